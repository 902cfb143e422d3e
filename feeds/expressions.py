"""SQL expressions of feed contracts: what may be written in them, and their compiled form.

An expression refers to columns of its row and to nothing else. `pl.sql_expr` alone would also take sub-queries,
aggregates over the batch and casts that stop at the first value they cannot read; so the words of an expression are
checked against a list before it is compiled, and every node of what came out is checked against another. Long chains
of operators are refused before: they would end the process (`tests/upstream/test_polars.py`). Called by
`feeds.contracts`; evaluates nothing.
"""

import json
import re
from typing import Any

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
MAX_CHARACTERS, MAX_OPERATIONS = 4_000, 100
"""Longest expression, and most operators, conditions and calls in it."""

_OPERATION = re.compile(
    r"\b(?:and|or|not|is|in|like|ilike|between|when|distinct)\b|\|\||[-+*/%<>=!~^&|#]+|\(", re.IGNORECASE
)
_SHAPES = {
    "BinaryExpr": {"left", "op", "right"},
    "Cast": {"expr", "dtype", "options"},
    "Ternary": {"predicate", "truthy", "falsy"},
    "Function": {"input", "function"},
}
"""Nodes of a compiled expression, beside columns and literals."""

_PLAIN_FUNCTIONS = frozenset({"Abs", "Ceil", "Coalesce", "FillNull", "Floor", "MaxHorizontal", "MinHorizontal"})
_FAMILIES = {
    "Boolean": frozenset({"IsNotNull", "IsNull", "Not"}),
    "Clip": frozenset({"has_min", "has_max"}),
    "ListExpr": frozenset({"Get"}),
    "Sql": frozenset({"Binary", "IsIn", "Round"}),
    "StringExpr": frozenset({
        "ConcatHorizontal", "Contains", "EndsWith", "Find", "LenChars", "Lowercase", "Replace", "Reverse", "Slice",
        "Split", "StartsWith", "StripChars", "StripCharsEnd", "StripCharsStart", "Titlecase", "Uppercase",
    }),
}  # fmt: skip
"""What the functions of `FUNCTIONS` become, by family; each looks at one row."""

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
    if not _is_of_one_row(_tree_of(expression)) or expression.meta.has_multiple_outputs():
        raise ConfigurationError("an expression may only refer to columns of its own row")
    return expression


def columns_named(expression: pl.Expr) -> frozenset[str]:
    """Names of the file's columns an expression reads."""
    return frozenset(expression.meta.root_names())


def _tree_of(expression: pl.Expr) -> Any:
    """The compiled expression as Polars writes it; nothing where it cannot."""
    try:
        return json.loads(expression.meta.serialize(format="json"))
    except Exception:
        return None


def _is_of_one_row(node: Any) -> bool:
    """Whether a node and all below it are of the kinds that expressions may become."""
    if not isinstance(node, dict) or len(node) != 1:
        return False
    [(kind, content)] = node.items()
    if kind in ("Column", "Literal"):
        return True
    if kind not in _SHAPES or not isinstance(content, dict) or set(content) != _SHAPES[kind]:
        return False
    if kind == "Cast":
        return _is_of_one_row(content["expr"]) and (content["options"] == "NonStrict" or _is_negated(content))
    if kind == "Function":
        return _is_known(content["function"]) and all(map(_is_of_one_row, content["input"]))
    return all(_is_of_one_row(content[name]) for name in _SHAPES[kind] - {"op"})


def _is_negated(cast: dict[str, Any]) -> bool:
    """Whether a strict cast is the one Polars puts between `not` and a condition; over a bare column it would stop."""
    return cast["dtype"] == {"Literal": "Boolean"} and not {"Column", "Ternary"} & set(cast["expr"])


def _is_known(function: Any) -> bool:
    if isinstance(function, str):
        return function in _PLAIN_FUNCTIONS
    if not isinstance(function, dict) or len(function) != 1:
        return False
    [(family, member)] = function.items()
    members = {member} if isinstance(member, str) else set(member)
    return members <= _FAMILIES.get(family, frozenset())


def _refuse_foreign_words(sql: str) -> None:
    if len(sql) > MAX_CHARACTERS:
        raise ConfigurationError(f"an expression has at most {MAX_CHARACTERS:,} characters; map the column by a helper")
    for token in _TOKEN.finditer(sql):
        if token[0][0] == "'" and re.match(r"[\w&]", sql[token.start() - 1 : token.start()] if token.start() else ""):
            raise ConfigurationError("a string literal carries a prefix; write it in plain single quotes")
    bare = _TOKEN.sub(" \x00 ", sql)
    if "'" in bare or '"' in bare:
        raise ConfigurationError("a quote is not closed")
    if len(_OPERATION.findall(bare)) > MAX_OPERATIONS:
        raise ConfigurationError(f"an expression has at most {MAX_OPERATIONS} operators and calls; split the feed")
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
