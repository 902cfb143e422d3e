"""The ledger: the private pool, who stands behind it, the classes of every night, and the accounting.

A night is one transaction, can be run again until it is sealed, and never reads what is not in the ledger or in its
own scrubbed events. The file holds pseudonyms and scrubbed text, never a direct identifier; it never leaves `private/`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

import polars as pl

from anonymize.classes.contributors import contributors
from anonymize.classes.ladder import RungYield, walk
from schemas.errors import NightError, SecretError
from schemas.policy import Policy
from schemas.taxonomy import Taxonomy
from warehouse.accounting import COLUMNS, Accounting
from warehouse.duck import Duck, connected
from warehouse.statements import statement


@dataclass(frozen=True)
class NightResult:
    """What the ledger step of a night did."""

    accounting: Accounting
    rungs: tuple[RungYield, ...]


@dataclass(frozen=True)
class NightRecord:
    """A night as the ledger knows it."""

    night: date
    previous: date | None
    is_sealed: bool
    release_id: str
    policy_digest: str
    classes_digest: str | None
    facts_digest: str | None
    accounting: Accounting


class Ledger:
    """An open ledger file; see the module."""

    def __init__(self, duck: Duck) -> None:
        self.duck = duck
        duck.run(statement("ledger/tables"))

    def last_sealed(self) -> date | None:
        """The newest published night."""
        night = self.duck.value("select max(night) from nights where is_sealed")
        return night if isinstance(night, date) else None

    def record(self, night: date) -> NightRecord | None:
        """What is known of a night; None if it never reached the ledger."""
        frame = self.duck.frame("select * from nights where night = $night", night=night)
        if frame.is_empty():
            return None
        row = frame.row(0, named=True)
        accounting = Accounting(**{name: row.pop(name) for name in COLUMNS})
        return NightRecord(accounting=accounting, **row)

    def records(self) -> tuple[NightRecord, ...]:
        """Every night, in order."""
        nights = self.duck.frame("select night from nights order by night")["night"]
        return tuple(record for night in nights if (record := self.record(night)))

    def may_run(self, night: date) -> None:
        """Raises NightError if `night` is published, lies before a published night, or an earlier one waits."""
        waiting = self.duck.value("select min(night) from nights where not is_sealed and night < $night", night=night)
        if waiting is not None:
            raise NightError(f"night {waiting} has classes that are not published; run mandi night {waiting} first")
        last = self.last_sealed()
        if last is None or night > last:
            return
        record = self.record(night)
        if record and record.is_sealed:
            raise NightError(
                f"night {night} is already published as release {record.release_id}; releases never change"
            )
        raise NightError(f"night {night} lies before {last}, which is published; land its files under a later night")

    def epochs(self) -> tuple[int, ...]:
        """Epochs whose pseudonyms the ledger holds."""
        return tuple(self.duck.frame("select epoch from epochs order by epoch")["epoch"])

    def know_key(self, epoch: int, fingerprint: str) -> None:
        """Raises SecretError if the key of an epoch is not the one its pseudonyms were made with."""
        known = self.duck.value("select fingerprint from epochs where epoch = $epoch", epoch=epoch)
        if known is not None and known != fingerprint:
            raise SecretError(f"the key of epoch {epoch} is not the one this ledger was made with; restore that key")

    def take_night(
        self,
        night: date,
        *,
        files: Sequence[Path],
        n_refused: int,
        policy: Policy,
        policy_digest: str,
        taxonomy: Taxonomy,
        settle_days: Mapping[str, int],
        fingerprints: Mapping[int, str],
        on_rung: Callable[[RungYield], None] = lambda _: None,
    ) -> NightResult:
        """Takes a night's scrubbed events into the pool and walks the ladder: one transaction, all or nothing.

        Args:
            night: Arrival night; must not be published.
            files: Parquet files of `ScrubbedEvent` rows; may be empty.
            n_refused: Rows refused while reading.
            policy: Rules, ladder and windows.
            policy_digest: Digest of the policy, kept with the night.
            taxonomy: Product and place trees.
            settle_days: Days after which an unsettled event of a feed enters anyway, by feed.
            fingerprints: Key fingerprint of each epoch in the files.
            on_rung: Called after each rung.

        Guarantee: a second call for the same night gives the same result; the accounting identity holds or nothing
            is written (`tests/unit/test_ledger.py`, `tests/property/test_accounting.py`).

        Raises: NightError, SecretError.
        """
        self.may_run(night)
        for epoch, fingerprint in fingerprints.items():
            self.know_key(epoch, fingerprint)
        previous = self.last_sealed()
        with self.duck.transaction():
            self._undo(night)
            n_pooled_before = self._count("select count(*) from pool where fate is null")
            n_delivered, n_duplicates = self._take(night, files)
            for epoch, fingerprint in sorted(fingerprints.items()):
                self.duck.run(
                    "insert into epochs values ($epoch, $fingerprint) on conflict do nothing",
                    epoch=epoch,
                    fingerprint=fingerprint,
                )
            self._know_contributors()
            settling = pl.DataFrame(
                {"feed": list(settle_days), "days": list(settle_days.values())},
                schema={"feed": pl.String, "days": pl.Int64},
            )
            self.duck.load("settling", settling)
            self.duck.run(statement("ledger/pooled"), night=night)
            rungs = walk(self.duck, policy=policy, taxonomy=taxonomy, night=night, previous=previous, on_rung=on_rung)
            self._keep(night)
            self.duck.run(statement("ledger/destroy"), night=night, late_window_days=policy.late_window_days)
            accounting = Accounting(
                n_rows=n_delivered + n_refused,
                n_refused=n_refused,
                n_duplicates=n_duplicates,
                n_events=n_delivered - n_duplicates,
                n_pooled_before=n_pooled_before,
                n_classed=self._fates("classed", night),
                n_opted_out=self._fates("opted_out", night),
                n_erased=self._fates("erased", night),
                n_destroyed=self._fates("destroyed", night),
                n_pooled=self._count("select count(*) from pool where fate is null"),
            )
            accounting.prove()
            columns = ", ".join(COLUMNS)
            self.duck.run(
                f"insert into nights (night, previous, is_sealed, release_id, policy_digest, {columns}) "
                f"values ($night, $previous, false, $release_id, $digest, {', '.join(map(str, astuple(accounting)))})",
                night=night,
                previous=previous,
                release_id=night.isoformat(),
                digest=policy_digest,
            )
        return NightResult(accounting, rungs)

    def intend(self, night: date, classes_digest: str) -> None:
        """Notes which proven classes are about to be published, so that a crash in between can be finished."""
        self.duck.run(
            "update nights set classes_digest = $digest where night = $night and not is_sealed",
            night=night,
            digest=classes_digest,
        )

    def seal(self, night: date, classes_digest: str) -> None:
        """Marks a night as published and forgets its contributor rows. Sealing twice changes nothing."""
        with self.duck.transaction():
            self.duck.run(
                statement("ledger/seal"),
                night=night,
                classes_digest=classes_digest,
                facts_digest=self.facts_digest(night),
            )
        self.duck.run("checkpoint")

    def facts_digest(self, night: date) -> str:
        """SHA-256 over what the ledger says of every class up to a night, whatever the public schema is."""
        facts = self.duck.frame(statement("ledger/facts"), night=night)
        return hashlib.sha256(facts.write_csv().encode()).hexdigest()

    def evidence(self, night: date) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What contributors and suppliers hold in a night's classes, from their own rows.

        Returns: buyers (`group_no`, `measure`, `contributor`, `is_counting`, `amount`) and suppliers (`group_no`,
            `measure`, `supplier`, `amount`); `group_no` is the class's number within the night.
        """
        self._know_contributors()
        buyers = self.duck.frame(statement("ledger/evidence"), night=night)
        suppliers = self.duck.frame(statement("ledger/evidence_of_suppliers"), night=night)
        return buyers, suppliers

    def n_pooled(self) -> int:
        """Events that wait."""
        return self._count("select count(*) from pool where fate is null")

    def pooled_texts(self) -> pl.Series:
        """Distinct scrubbed titles and messages of events that wait; private."""
        texts = self.duck.frame(
            "select title as text from pool where fate is null union select description from pool where fate is null"
        )
        return texts["text"].drop_nulls()

    def _undo(self, night: date) -> None:
        """Takes back what an earlier try of a night wrote, and every later night: those were formed without it."""
        for record in reversed(self.records()):
            if record.night >= night:
                self.duck.run(statement("ledger/undo"), night=record.night)

    def _take(self, night: date, files: Sequence[Path]) -> tuple[int, int]:
        """Takes delivered rows in; returns how many there were, and how many of them were duplicates."""
        if not files:
            return 0, 0
        n_delivered = self.duck.run(statement("ledger/arrived"), files=[str(file) for file in files])
        for name in ("take_updates", "take_pool", "take_account_keys", "take_counting_accounts", "take_seen"):
            self.duck.run(statement(f"ledger/{name}"), night=night)
        n_new = self._count("select count(*) from arrived where delivery = 1 and not is_seen")
        return n_delivered, n_delivered - n_new

    def _know_contributors(self) -> None:
        self.duck.run(statement("ledger/account_numbers"))
        self.duck.load("components", contributors(self.duck.frame(statement("ledger/edges"))))
        self.duck.run(statement("ledger/contributor_of"))

    def _keep(self, night: date) -> None:
        self.duck.run(statement("ledger/keep_classes"), night=night)
        self.duck.run(statement("ledger/keep_measures"), night=night)
        self.duck.run(statement("ledger/keep_fates"), night=night)

    def _fates(self, fate: str, night: date) -> int:
        return self._count(
            "select count(*) from pool where fate = $fate and fate_night = $night", fate=fate, night=night
        )

    def _count(self, sql: str, **parameters: object) -> int:
        value = self.duck.value(sql, **parameters)
        assert isinstance(value, int)
        return value


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Opens the ledger file, creating it with mode 0600 in a folder of mode 0700.

    Raises: NightError if another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with connected(path) as duck:
        path.chmod(0o600)
        yield Ledger(duck)
