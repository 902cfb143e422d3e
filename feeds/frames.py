"""Polars schemas of the tables that `schemas` describes, and frames that follow them.

Belongs here: the one mapping from logical types to Polars types. Called by every module of the room that returns a
frame, so that a column is described once.
"""

from collections.abc import Mapping

import polars as pl

from schemas.tables import LogicalType, Table, columns_of

_TYPES: Mapping[LogicalType, pl.DataType] = {
    "text": pl.String(),
    "int64": pl.Int64(),
    "double": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean(),
    "bytes": pl.Binary(),
}


def polars_schema(table: type[Table]) -> pl.Schema:
    """The Polars schema of a table model: its columns, in order, with their types; timestamps are UTC."""
    return pl.Schema({column.name: _TYPES[column.type] for column in columns_of(table)})


def conform(frame: pl.DataFrame, table: type[Table]) -> pl.DataFrame:
    """The columns of a table model taken from a frame, in the model's order and types.

    Returns: the frame's rows in their order, with exactly the model's columns.
    Raises: polars.exceptions.ColumnNotFoundError if a column is missing; a mistake of the caller, not of the data.
    """
    return frame.select(pl.col(name).cast(kind) for name, kind in polars_schema(table).items())
