"""What the assets share: the partitions, the resource that names the installation, and their common labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import dagster as dg

from assets.alone import alone
from assets.settings import Settings
from schemas.tables import LogicalType, Table, columns_of

NIGHTS = dg.DailyPartitionsDefinition(start_date="2010-01-01", timezone="Asia/Kolkata", end_offset=1)
"""One partition an arrival night; tonight's may run before the day is over."""

GROUP = "night"
OWNERS = ["team:mandi"]
DUCKDB_POOL = "duckdb"
"""Steps of this pool run one at a time: they hold the ledger or write a DuckDB file."""


PATIENCE_S = 600.0
"""How long a run that Dagster started waits for a command that holds the home."""


@dataclass(frozen=True)
class Mandi:
    """The installation the assets work on; while a run has it, it holds the home."""

    _settings: Settings

    def settings(self) -> Settings:
        """Its settings."""
        return self._settings


@dg.resource(config_schema={}, description="The home and the rules that this process was started with.")
def installation(_: dg.InitResourceContext) -> Iterator[Mandi]:
    """Holds the home for a run, from before its first step to its last.

    Guarantee: which home and which rules, the process says (`MANDI_HOME`, `MANDI_CONFIG`). A run's configuration has no
    place for them, so that nobody who may start a run can name rules of his own.

    Raises: NightError if a command holds the home for longer than a run has patience.
    """
    settings = Settings.from_environment()
    with alone(settings.home, patience_s=PATIENCE_S):
        yield Mandi(settings)


def night_of(context: dg.AssetExecutionContext) -> date:
    """The arrival night of a run."""
    return date.fromisoformat(context.partition_key)


_DAGSTER_TYPES: dict[LogicalType, str] = {
    "text": "text", "int64": "bigint", "double": "double", "date": "date", "timestamp": "timestamp", "bool": "boolean",
    "bytes": "blob",
}  # fmt: skip


def column_schema(table: type[Table]) -> dict[str, dg.TableSchema]:
    """Metadata that shows a table's columns in Dagster, from the table's model."""
    columns = [
        dg.TableColumn(
            column.name,
            _DAGSTER_TYPES[column.type],
            description=f"{column.text} [{column.unit}]" if column.unit else column.text,
            constraints=dg.TableColumnConstraints(nullable=column.is_nullable),
        )
        for column in columns_of(table)
    ]
    return {"dagster/column_schema": dg.TableSchema(columns=columns)}
