"""Types and comments of published tables, derived from the models in `schemas`."""

import pyarrow as pa

from schemas.tables import Table, columns_of, grain_of

DUCK_TYPES = {"text": "text", "int64": "bigint", "double": "double", "date": "date", "bool": "boolean"}
ARROW_TYPES = {
    "text": pa.string(), "int64": pa.int64(), "double": pa.float64(), "date": pa.date32(), "bool": pa.bool_(),
}  # fmt: skip
FRICTIONLESS_TYPES = {"text": "string", "int64": "integer", "double": "number", "date": "date", "bool": "boolean"}
"""Names of the types in a Frictionless data package."""


def create_table(name: str, table: type[Table]) -> str:
    """The statements that create a published table with its comments."""
    columns = ", ".join(
        f"{column.name} {DUCK_TYPES[column.type]}{'' if column.is_nullable else ' not null'}"
        for column in columns_of(table)
    )
    comments = "".join(
        f"comment on column {name}.{column.name} is {quoted(described(column.text, column.unit))};\n"
        for column in columns_of(table)
    )
    return f"create table {name} ({columns});\ncomment on table {name} is {quoted(grain_of(table))};\n{comments}"


def arrow_schema(table: type[Table], metadata: dict[str, str]) -> pa.Schema:
    """The Arrow schema of a published table, each field with its description and unit, the file with `metadata`."""
    fields = [
        pa.field(
            column.name,
            ARROW_TYPES[column.type],
            column.is_nullable,
            metadata={"description": column.text} | ({"unit": column.unit} if column.unit else {}),
        )
        for column in columns_of(table)
    ]
    return pa.schema(fields, metadata=metadata)


def described(text: str, unit: str | None) -> str:
    """A column's meaning with its unit."""
    return f"{text} [{unit}]" if unit else text


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
