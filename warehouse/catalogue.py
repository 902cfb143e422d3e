"""What `demand.duckdb` holds beside rows: tables with their comments, macros for the usual questions, the dictionary.

Belongs here: creating it, and reading it back, so that the audit can tell a file that holds anything else. A macro is
one file of `sql/macros/`; the comment on its top is the comment that the file carries.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.tables import Table, columns_of, grain_of
from warehouse.comments import create_table, described, quoted
from warehouse.duck import Duck
from warehouse.statements import statement

NAMES = "known_as"
"""The macro that tells what countries are called; `place_of` asks it."""

FINDING = (NAMES, "product_of", "place_of")
"""What it takes to find a product or a place by what people call it."""

HELPERS = ("product_of", "place_of", "kind_of", "level_of", "newest_month", "month_of")
"""Macros that give one value; the others ask them."""

QUESTIONS = (
    "find", "below", "demand_trend", "top_markets", "top_products", "rising", "compare", "opportunities", "prices",
    "unmet", "asked_for",
)  # fmt: skip
"""Macros that give a table: what people ask most."""

MACROS = (NAMES, *HELPERS, *QUESTIONS)
DICTIONARY = "data_dictionary"
_DICTIONARY_COLUMNS = {
    "table_name": "Table or macro.",
    "column_name": "Its column; null on the row of the table or macro itself.",
    "meaning": "What it holds, with its unit.",
}


def create_catalogue(duck: Duck, tables: Mapping[str, type[Table]]) -> None:
    """Creates every table, empty and with comments, every macro, and the view `data_dictionary`."""
    for name, table in tables.items():
        duck.run(create_table(name, table))
    create_macros(duck)
    rows: list[tuple[str, str | None, str]] = [(name, None, grain_of(table)) for name, table in tables.items()]
    rows += [
        (name, column.name, described(column.text, column.unit))
        for name, table in tables.items()
        for column in columns_of(table)
    ]
    rows += [(name, None, meaning_of(name)) for name in MACROS]
    rows += [(DICTIONARY, None, "One row per table, column and macro.")]
    rows += [(DICTIONARY, name, meaning) for name, meaning in _DICTIONARY_COLUMNS.items()]
    values = ",\n".join(f"({', '.join('null' if cell is None else quoted(cell) for cell in row)})" for row in rows)
    duck.run(f"create view {DICTIONARY} as select * from (values {values}) as told ({', '.join(_DICTIONARY_COLUMNS)})")
    duck.run(f"comment on view {DICTIONARY} is 'One row per table, column and macro.'")
    for name, meaning in _DICTIONARY_COLUMNS.items():
        duck.run(f"comment on column {DICTIONARY}.{name} is {quoted(meaning)}")


def create_macros(duck: Duck, names: Sequence[str] = MACROS) -> None:
    """Creates macros with their comments; the tables they read exist."""
    for name in names:
        duck.run(statement(f"macros/{name}"))
        kind = "macro" if name in HELPERS else "macro table"
        duck.run(f"comment on {kind} {name} is {quoted(meaning_of(name))}")


def meaning_of(macro: str) -> str:
    """The comment on top of a macro's file, as one line."""
    lines = statement(f"macros/{macro}").splitlines()
    return " ".join(line.removeprefix("--").strip() for line in lines if line.startswith("--"))


def catalogue(duck: Duck) -> pl.DataFrame:
    """Everything that a DuckDB file says without a row: `kind`, `name`, `part`, `told`, sorted."""
    return duck.frame(
        """
        select 'table' as kind, table_name as name, '' as part, coalesce(comment, '') as told
        from duckdb_tables() where not internal and not temporary
        union all
        select 'view', view_name, sql, coalesce(comment, '') from duckdb_views() where not internal and not temporary
        union all
        select 'column', columns.table_name || '.' || columns.column_name,
            columns.data_type || case when columns.is_nullable then '' else ' not null' end
                || coalesce(' default ' || columns.column_default, ''),
            coalesce(columns.comment, '')
        from duckdb_columns() as columns where not columns.internal
        union all
        select function_type, function_name || '(' || coalesce(array_to_string(parameters, ', '), '') || ')',
            coalesce(macro_definition, ''), coalesce(comment, '')
        from duckdb_functions() where not internal
        union all
        select 'index', index_name, coalesce(sql, ''), coalesce(comment, '') from duckdb_indexes()
        union all
        select 'sequence', sequence_name, coalesce(sql, ''), coalesce(comment, '') from duckdb_sequences()
        union all
        select 'type', type_name, logical_type, coalesce(comment, '') from duckdb_types() where not internal
        union all
        select 'constraint', table_name, constraint_text, ''
        from duckdb_constraints() where constraint_type <> 'NOT NULL'
        union all
        select 'schema', schema_name, '', coalesce(comment, '') from duckdb_schemas() where not internal
        order by all
        """
    )


def fixed_texts() -> frozenset[str]:
    """Texts that every file holds: public, whatever a buyer may be called."""
    told = {meaning_of(name) for name in MACROS} | {statement(f"macros/{name}") for name in MACROS}
    return frozenset({*MACROS, DICTIONARY, *_DICTIONARY_COLUMNS, *_DICTIONARY_COLUMNS.values(), *told})
