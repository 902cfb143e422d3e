"""How a pydantic model describes a table: one field a column, with its type, unit and meaning.

The models in this room are contracts of frames, not of single objects: no row is ever instantiated. Rooms derive
Polars, DuckDB, Arrow and Dagster schemas from `columns_of`, so that a column is described once.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

LogicalType = Literal["text", "int64", "double", "date", "timestamp", "bool", "bytes"]
"""The types a column may have; `bytes` is a pseudonym and never published."""


@dataclass(frozen=True)
class Meaning:
    """What a column holds, beside its name: its logical type, unit and one sentence."""

    type: LogicalType
    text: str
    unit: str | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: LogicalType
    is_nullable: bool
    text: str
    unit: str | None


class Table(BaseModel):
    """Base of table models; the class docstring's first line tells the grain."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def columns_of(table: type[Table]) -> tuple[Column, ...]:
    """The columns of a table model, in order.

    Raises: TypeError if a field carries no `Meaning`.
    """
    columns = []
    for name, field in table.model_fields.items():
        meaning = next((m for m in field.metadata if isinstance(m, Meaning)), None)
        if meaning is None:
            raise TypeError(f"{table.__name__}.{name} has no Meaning")
        is_nullable = type(None) in get_args(field.annotation)
        columns.append(Column(name, meaning.type, is_nullable, meaning.text, meaning.unit))
    return tuple(columns)


def grain_of(table: type[Table]) -> str:
    """The first line of a table model's docstring: one row for each what."""
    return (table.__doc__ or "").strip().splitlines()[0]
