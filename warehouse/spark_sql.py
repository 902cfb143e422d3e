"""The ladder's SQL files as Spark runs them: the same text, carried by sqlglot.

Belongs here: what each statement of DuckDB becomes where tables are never changed in place, and where a number of 128
bits is a DECIMAL(38, 0). Does not belong here: sessions, files, running anything (`spark`). Caller: `spark`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import sqlglot
from sqlglot import exp

from schemas.errors import StepError

What = Literal["make", "append", "replace", "empty", "ask"]
HUGE = "decimal(38, 0)"
"""What holds a sum of whole numbers of 64 bits without fear: 38 digits. Beyond them Spark fails, as DuckDB does."""


@dataclass(frozen=True)
class Step:
    """One statement, as a query whose rows become a table, join one, or are the answer."""

    what: What
    table: str
    """Empty where rows are the answer."""
    query: str
    """Spark SQL with named parameters; empty where a table is emptied, or made by its columns."""
    columns: tuple[tuple[str, str], ...] = ()
    """Names and Spark's types, where the statement declares them."""
    reads: frozenset[str] = frozenset()
    """Tables that the query reads."""
    parameters: frozenset[str] = frozenset()
    gone: str = ""
    """The table that says which rows go, where that is all that decides; if it is empty nothing changes."""


@cache
def steps(sql: str) -> tuple[Step, ...]:
    """The statements of `sql` in order.

    Guarantee: on equal tables each gives the rows that DuckDB gives (tests/golden/test_spark_sql.py).
    Raises: StepError if a statement is of a form that is not carried.
    """
    return tuple(_step(tree) for tree in sqlglot.parse(sql, read="duckdb") if tree is not None)


def _step(tree: exp.Expr) -> Step:
    if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
        return Step("make", tree.this.this.name, "", tuple(_columns(tree.this)))
    if isinstance(tree, exp.Create) and tree.expression is not None:
        return _asked("make", tree.this.name, tree.expression)
    if isinstance(tree, exp.Insert):
        return _asked("append", tree.this.name, tree.expression)
    if isinstance(tree, exp.Delete):
        return _without(tree)
    if isinstance(tree, exp.Update):
        return _changed(tree)
    if isinstance(tree, exp.Query):
        return _asked("ask", "", tree)
    raise StepError(f"the ladder's SQL holds a statement that Spark is not told: {tree.key}")


def _columns(schema: exp.Schema) -> Iterator[tuple[str, str]]:
    for column in schema.expressions:
        yield column.name, _carried(column.args["kind"])


def _asked(what: What, table: str, query: exp.Expr, gone: str = "") -> Step:
    names = {each.alias_or_name for each in query.find_all(exp.CTE)}
    return Step(
        what,
        table,
        _carried(query),
        reads=frozenset(each.name for each in query.find_all(exp.Table)) - names,
        parameters=frozenset(each.name for each in query.find_all(exp.Placeholder)),
        gone=gone,
    )


def _without(tree: exp.Delete) -> Step:
    """A table less some rows: those whose key another table holds, those that meet a condition, or all."""
    table, where = tree.this.name, tree.args.get("where")
    kept = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier(table))).from_(table)
    if where is None:
        return Step("empty", table, "")
    condition = where.this
    if not isinstance(condition, exp.In):
        return _asked("replace", table, kept.where(exp.not_(exp.func("coalesce", condition, exp.false()))))
    keys = condition.this.expressions if isinstance(condition.this, exp.Tuple) else [condition.this]
    theirs = condition.args["query"].this
    named = [exp.alias_(each, f"key_{place}") for place, each in enumerate(theirs.expressions)]
    gone = theirs.select(*named, append=False).subquery("gone")
    on = [f"{table}.{key.name} = gone.key_{place}" for place, key in enumerate(keys)]
    return _asked("replace", table, kept.join(gone, on=on, join_type="left anti"), theirs.find(exp.Table).name)


def _changed(tree: exp.Update) -> Step:
    """A table with columns of the rows that a join finds set anew; it finds each of them once."""
    table = tree.this.name
    source = tree.args["from_"].this
    found = exp.select().from_(source.copy())
    on = []
    for place, equal in enumerate(_equalities(tree.args["where"].this)):
        sides = {side.table: side for side in (equal.left, equal.right)}
        ours = sides.pop(table)
        (theirs,) = sides.values()
        found = found.select(exp.alias_(theirs.copy(), f"key_{place}"))
        on.append(f"found.key_{place} = {table}.{ours.name}")
    set_anew = [each.this.name for each in tree.expressions]
    others = exp.Star(except_=[exp.to_identifier(name) for name in set_anew])
    query = exp.select(exp.Column(this=others, table=exp.to_identifier(table)))
    for place, (name, each) in enumerate(zip(set_anew, tree.expressions, strict=True)):
        found = found.select(exp.alias_(each.expression.copy(), f"new_{place}"))
        query = query.select(f"if(found.key_0 is not null, found.new_{place}, {table}.{name}) as {name}")
    return _asked("replace", table, query.from_(table).join(found.subquery("found"), on=on, join_type="left"))


def _equalities(condition: exp.Expr) -> list[exp.Expr]:
    equal = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    if not all(isinstance(each, exp.EQ) for each in equal):
        raise StepError("the ladder's SQL changes rows by more than equal keys; Spark is not told how")
    return equal


def _carried(tree: exp.Expr) -> str:
    wide = tree.copy().transform(_wide)
    return str(wide.sql("spark", comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE))


def _wide(node: exp.Expr) -> exp.Expr:
    """128 bits as decimals. A sum is one of those, unless it is cast to 64 bits or adds ones up: then it is that."""
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.INT128:
        return exp.DataType.build(HUGE, dialect="spark")
    if isinstance(node, exp.Sum) and not isinstance(node.parent, exp.Cast) and not _is_count(node.this):
        return exp.Sum(this=exp.cast(node.this, HUGE, dialect="spark"))
    return node


def _is_count(summed: exp.Expr) -> bool:
    """Whether only literals are added up."""
    if not isinstance(summed, exp.Case):
        return False
    results = [summed.args.get("default"), *(each.args["true"] for each in summed.args["ifs"])]
    return all(isinstance(each, exp.Literal) for each in results)
