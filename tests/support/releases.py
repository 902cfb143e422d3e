"""A home whose ledger holds one proven night, and the steps of its publication one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from anonymize.keyring import Keyring
from schemas.home import Home
from schemas.releases import TradeBody
from tests.support.books import POLICY, Books, books
from tests.support.small_world import TAXONOMY
from warehouse.demand import SealedTables, build_tables
from warehouse.extracts import write_extracts
from warehouse.files import tree_digest
from warehouse.release import EXTRACTS, TABLES, publish, write_manifest

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KNITWEAR = TradeBody(id="knitwear", title="Knitwear Council", products=("textiles/61",))
PHARMA = TradeBody(id="pharma", title="Pharma Council", products=("pharma", "6203"))


@dataclass(frozen=True)
class House:
    """A home and its open books."""

    home: Home
    books: Books

    @property
    def keyring(self) -> Keyring:
        """Its keys; the list of releases is signed by one of them, the extracts by `KEY`."""
        return Keyring(self.home.keys)

    def stage(self, night: date) -> SealedTables:
        """Builds everything a night would publish."""
        staging = self.home.staging(night)
        tables = build_tables(self.books.prove(night), TAXONOMY, staging / TABLES)
        write_extracts(
            tables,
            [KNITWEAR, PHARMA],
            staging / EXTRACTS,
            releases=self.home.releases,
            taxonomy=TAXONOMY,
            policy=POLICY,
            key=KEY,
        )
        write_manifest(tables, POLICY, staging)
        return tables

    def publish(self, tables: SealedTables) -> Path:
        """Publishes staged files as if the audit had passed them."""
        digest = tree_digest(self.home.staging(tables.classes.night))
        return publish(tables, self.books.ledger, self.home, keyring=self.keyring, audited_digest=digest)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """A new home below a folder."""
    with books(folder) as opened:
        yield House(Home(folder), opened)
