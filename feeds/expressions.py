"""SQL expressions of feed contracts: what may be written in them, and their compiled form.

An expression refers to columns of its row and to nothing else. `pl.sql_expr` alone would also take sub-queries,
aggregates over the batch and casts that stop at the first value they cannot read; so the words of an expression are
checked against a list before it is compiled. Called by `feeds.contracts`; evaluates nothing.
"""

import re

import polars as pl

from schemas.errors import ConfigurationError

FUNCTIONS = frozenset({
    "abs", "ceil", "char_length", "coalesce", "concat", "concat_ws", "ends_with", "floor", "greatest", "if",
    "ifnull", "initcap", "least", "left", "length", "lower", "ltrim", "nullif", "regexp_like", "replace", "reverse",
    "right", "round", "rtrim", "split_part", "starts_with", "strpos", "substr", "substring", "trim", "try_cast",
    "upper",
})  # fmt: skip
"""Functions an expression may call: each reads one row and never stops at a value."""

_WORDS_BEFORE_BRACKETS = frozenset({
    "and", "or", "not", "in", "when", "then", "else", "case", "like", "ilike", "between", "varchar", "decimal",
})  # fmt: skip
_REFUSED_WORDS = frozenset({
    "select", "from", "with", "union", "exists", "over", "values", "table", "join", "columns", "interval", "unnest",
})  # fmt: skip
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_DISTINCT_FROM = re.compile(r"\bis\s+(?:not\s+)?distinct\s+from\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d]\w*")
_CALL = re.compile(r"([^\W\d]\w*)\s*\(")
_FOREIGN = ("--", "/*", ";", "`", "[", "]", "{", "}", "$", "\\", "@")


def compile_expression(sql: str) -> pl.Expr:
    """The Polars expression of a contract's SQL: one value a row, out of that row's columns only.

    Raises: ConfigurationError if it does not parse, or uses anything but columns, literals, operators, `case` and
    the functions of `FUNCTIONS`. The message does not name contract or field; the caller adds them.
    """
    _refuse_foreign_words(sql)
    failed = False
    try:
        expression = pl.sql_expr(sql)
    except Exception:
        failed = True
    if failed:
        raise ConfigurationError("not an SQL expression Polars can read; mend its syntax")
    if "subplan" in str(expression) or expression.meta.has_multiple_outputs():
        raise ConfigurationError("an expression may only refer to columns of its own row")
    return expression


def columns_named(expression: pl.Expr) -> frozenset[str]:
    """Names of the file's columns an expression reads."""
    return frozenset(expression.meta.root_names())


def _refuse_foreign_words(sql: str) -> None:
    for token in _TOKEN.finditer(sql):
        if token[0][0] == "'" and re.match(r"[\w&]", sql[token.start() - 1 : token.start()] if token.start() else ""):
            raise ConfigurationError("a string literal carries a prefix; write it in plain single quotes")
    bare = _TOKEN.sub(" \x00 ", sql)
    if "'" in bare or '"' in bare:
        raise ConfigurationError("a quote is not closed")
    for sign in _FOREIGN:
        if sign in bare:
            raise ConfigurationError(f"'{sign}' is not allowed in an expression; refer to columns only")
    if "::" in bare or re.search(r"\bcast\b", bare, re.IGNORECASE):
        raise ConfigurationError("a cast stops at the first value it cannot read; write try_cast(... as ...)")
    for word in _WORD.findall(_DISTINCT_FROM.sub(" ", bare)):
        if word.lower() in _REFUSED_WORDS:
            raise ConfigurationError(f"'{word.lower()}' is not allowed in an expression; refer to columns only")
    for name in _CALL.findall(bare):
        if name.lower() not in FUNCTIONS | _WORDS_BEFORE_BRACKETS:
            raise ConfigurationError(f"function '{name.lower()}' is not one a contract may use; see docs/feeds.md")
