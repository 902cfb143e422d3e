"""A ledger in a temporary folder, fed with scrubbed events of the small world."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from schemas.policy import Policy
from schemas.taxonomy import Taxonomy
from tests.support.scrubbed import key
from tests.support.small_world import TAXONOMY, policy
from warehouse.chain import Entry, entries
from warehouse.door import SealedClasses, prove_classes
from warehouse.ledger import Ledger, NightResult, open_ledger

POLICY = policy()
DIGEST = "digest of the policy"


@dataclass(frozen=True)
class Books:
    """An open ledger, with what its callers usually pass along."""

    ledger: Ledger
    folder: Path
    taxonomy: Taxonomy = TAXONOMY

    def take(
        self,
        night: date,
        *deliveries: pl.DataFrame,
        n_refused: int = 0,
        rules: Policy = POLICY,
        settle_days: Mapping[str, int] | None = None,
        fingerprints: Mapping[int, str] | None = None,
        opted_out: Iterable[str] = (),
        noise_key: Callable[[int], bytes] | None = None,
    ) -> NightResult:
        files = []
        for number, delivery in enumerate(deliveries):
            files.append(self.folder / f"{night}-{number}.parquet")
            delivery.write_parquet(files[-1])
        listed = [(year, key(f"buyer {buyer}")) for buyer in opted_out for year in (night.year - 1, night.year)]
        epochs = {epoch for delivery in deliveries for epoch in delivery["epoch"]}
        return self.ledger.take_night(
            night,
            files=files,
            n_refused=n_refused,
            policy=rules,
            policy_digest=DIGEST,
            taxonomy=self.taxonomy,
            settle_days=settle_days or {},
            fingerprints=fingerprints if fingerprints is not None else {epoch: f"key {epoch}" for epoch in epochs},
            noise_key=noise_key,
            opted_out=pl.DataFrame(listed, schema={"epoch": pl.Int64, "account": pl.Binary}, orient="row"),
        )

    def prove(self, night: date, rules: Policy = POLICY) -> SealedClasses:
        return prove_classes(self.ledger, night=night, policy=rules, policy_digest=DIGEST, taxonomy=self.taxonomy)

    def seal(self, night: date) -> SealedClasses:
        """Proves a night and marks it as published."""
        sealed = self.prove(night)
        self.ledger.seal(night, sealed.digest, files_digest="no files")
        return sealed

    def chain(self) -> tuple[Entry, ...]:
        return entries(self.ledger.duck)

    def run(self, sql: str, **parameters: object) -> int:
        """Changes the ledger behind its back."""
        return self.ledger.duck.run(sql, **parameters)

    def rows(self, sql: str, **parameters: object) -> list[tuple[object, ...]]:
        return self.ledger.duck.frame(sql, **parameters).rows()

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table of the ledger file, sorted."""
        tables = [name for (name,) in self.rows("select table_name from duckdb_tables() where not temporary")]
        return {str(name): self.rows(f"select * from {name} order by all") for name in tables}


@contextmanager
def books(folder: Path, taxonomy: Taxonomy = TAXONOMY) -> Iterator[Books]:
    """Books in a new ledger below a folder."""
    with open_ledger(folder / "private" / "ledger.duckdb") as ledger:
        yield Books(ledger, folder, taxonomy)
