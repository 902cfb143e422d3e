"""What the assets share: the partitions, the resource that names the installation, and their common labels."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from assets.alone import alone
from assets.settings import Settings
from schemas.home import Home
from schemas.tables import LogicalType, Table, columns_of

NIGHTS = dg.DailyPartitionsDefinition(start_date="2010-01-01", timezone="Asia/Kolkata", end_offset=1)
"""One partition an arrival night; tonight's may run before the day is over."""

GROUP = "night"
OWNERS = ["team:mandi"]
DUCKDB_POOL = "duckdb"
"""Steps of this pool run one at a time: they hold the ledger or write a DuckDB file."""


PATIENCE_S = 600.0
"""How long a run that Dagster started waits for a command that holds the home."""


class Mandi(dg.ConfigurableResource[Any]):
    """The installation the assets work on; whoever has it holds the home, from before the first step to the last."""

    home: str
    config: str

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Mandi"]:
        """Holds the home for a run.

        Raises: NightError if a command holds it for longer than a run has patience.
        """
        with alone(Home(Path(self.home)), patience_s=PATIENCE_S):
            yield self

    def settings(self) -> Settings:
        """Its settings."""
        return Settings(Home(Path(self.home)), Path(self.config))


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
