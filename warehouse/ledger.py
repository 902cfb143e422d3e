"""The ledger: the private pool, who stands behind it, the classes of every night, the accounting, and the chain.

A night is one transaction, can be run again until it is sealed, and never reads what is not in the ledger or in its
own scrubbed events. The file holds pseudonyms and scrubbed text, never a direct identifier; it never leaves `private/`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

import polars as pl

from anonymize.classes.contributors import contributors
from anonymize.classes.ladder import RungYield, walk
from schemas.errors import ConfigurationError, MandiError, NightError, SecretError
from schemas.policy import Policy
from schemas.releases import WithdrawalReason
from schemas.taxonomy import Taxonomy
from warehouse.accounting import COLUMNS, Accounting
from warehouse.asked_terms import draw_month_terms, take_terms
from warehouse.chain import append, broken_link, digest_of_text, entries, head, withdrawn
from warehouse.compaction import compact
from warehouse.draws import draw_month_estimates
from warehouse.duck import Duck, connected
from warehouse.engines import ladder_engine, refuse_missing_engine
from warehouse.epochs import last_closed_epoch
from warehouse.facts import facts_digests
from warehouse.provenance import code_digest, taxonomy_digest
from warehouse.records import NightRecord, release_facts
from warehouse.statements import statement

_NO_ACCOUNTS = pl.DataFrame(schema={"epoch": pl.Int64, "account": pl.Binary})
NO_FACTS = digest_of_text("")
"""Stands for the facts of a night without classes."""


@dataclass(frozen=True)
class NightResult:
    """What the ledger step of a night did."""

    accounting: Accounting
    rungs: tuple[RungYield, ...]


class Ledger:
    """An open ledger file; see the module."""

    def __init__(self, duck: Duck, work: Path | None = None) -> None:
        """Args: work is a private folder for the engine of the ladder, should that need one; see `engines`."""
        self.duck = duck
        self._work = work
        _refuse_other_format(duck)
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

    def know_keys(self, fingerprints: Mapping[int, str]) -> None:
        """Raises SecretError if an epoch's key is not the one its pseudonyms were made with, or is another epoch's."""
        known = dict(self.duck.frame("select epoch, fingerprint from epochs").iter_rows())
        for epoch, fingerprint in sorted(fingerprints.items()):
            if known.get(epoch, fingerprint) != fingerprint:
                raise SecretError(
                    f"the key of epoch {epoch} is not the one this ledger was made with; restore that key"
                )
        known |= fingerprints
        if len(set(known.values())) < len(known):
            raise SecretError("two epochs have one key; give each epoch a key of its own")

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
        opted_out: pl.DataFrame | None = None,
        noise_key: Callable[[int], bytes] | None = None,
        on_rung: Callable[[RungYield], None] = lambda _: None,
    ) -> NightResult:
        """Takes a night's scrubbed events into the pool and walks the ladder: one transaction, all or nothing.

        Args:
            night: Arrival night; must not be published.
            files: Parquet files of `ScrubbedEvent` rows; may be empty.
            n_refused: Rows refused while reading.
            policy: Rules, ladder and windows.
            policy_digest: Digest of the policy, kept with the night.
            taxonomy: Product and place trees, and the vocabulary of terms.
            settle_days: Days after which an unsettled event of a feed enters anyway, by feed.
            fingerprints: Key fingerprint of each epoch in the files.
            opted_out: Accounts on the opt-out list as `epoch` and `account` (a pseudonym); what waits of them, and of
                every account that keys join to one of them, leaves the pool.
            noise_key: Secret key for the noise of an epoch, by its year; needed where the policy asks for estimates.
            on_rung: Called after each rung.

        Guarantee: a second call for the same night gives the same result; the accounting identity holds or nothing
            is written (`tests/unit/test_ledger.py`, `tests/property/test_accounting.py`).

        Raises: NightError, SecretError; ConfigurationError if the policy's engine is not installed.
        """
        refuse_missing_engine(policy)
        self.may_run(night)
        self.know_keys(fingerprints)
        previous = self.last_sealed()
        with self.duck.transaction():
            self._undo(night)
            n_erased = self._count("select coalesce(sum(n_pooled), 0) from erasures where night is null")
            self.duck.run("update erasures set night = $night where night is null", night=night)
            n_pooled_before = self.n_pooled() + n_erased
            self.duck.load("opted_out", opted_out if opted_out is not None else _NO_ACCOUNTS)
            n_delivered, n_duplicates = self._take(night, files)
            if files:
                take_terms(self.duck, night=night, previous=previous, policy=policy, taxonomy=taxonomy)
            for epoch, fingerprint in sorted(fingerprints.items()):
                self.duck.run(
                    "insert into epochs values ($epoch, $fingerprint) on conflict do nothing",
                    epoch=epoch,
                    fingerprint=fingerprint,
                )
            self._know_contributors()
            self.duck.run(statement("ledger/opt_out"), night=night)
            self.duck.run(statement("ledger/opt_out_terms"), night=night)
            self.duck.run(statement("ledger/net"), night=night)
            settling = pl.DataFrame(
                {"feed": list(settle_days), "days": list(settle_days.values())},
                schema={"feed": pl.String, "days": pl.Int64},
            )
            self.duck.load("settling", settling)
            self.duck.run(statement("ledger/pooled"), night=night)
            with ladder_engine(policy, self.duck, self._work) as engine:
                rungs = walk(engine, policy=policy, taxonomy=taxonomy, night=night, previous=previous, on_rung=on_rung)
            self._keep(night)
            closed_epoch = last_closed_epoch(night, policy)
            self.duck.run(statement("ledger/destroy"), night=night, closed_epoch=closed_epoch)
            accounting = Accounting(
                n_rows=n_delivered + n_refused,
                n_refused=n_refused,
                n_duplicates=n_duplicates,
                n_events=n_delivered - n_duplicates,
                n_pooled_before=n_pooled_before,
                n_classed=self._fates("classed", night),
                n_netted=self._fates("netted", night),
                n_opted_out=self._fates("opted_out", night),
                n_erased=n_erased,
                n_destroyed=self._fates("destroyed", night),
                n_pooled=self.n_pooled(),
            )
            accounting.prove()
            columns = ", ".join(COLUMNS)
            self.duck.run(
                "insert into nights (night, previous, is_sealed, release_id, policy_digest, code_digest, "
                f"taxonomy_digest, closed_epoch, {columns}) values ($night, $previous, false, $release_id, $digest, "
                f"$code, $taxonomy, $closed_epoch, {', '.join(map(str, astuple(accounting)))})",
                night=night,
                previous=previous,
                release_id=night.isoformat(),
                digest=policy_digest,
                code=code_digest(),
                taxonomy=taxonomy_digest(taxonomy),
                closed_epoch=closed_epoch,
            )
            for draw in (draw_month_estimates, draw_month_terms):
                draw(self.duck, night=night, previous=previous, policy=policy, taxonomy=taxonomy, noise_key=noise_key)
        return NightResult(accounting, rungs)

    def intend(self, night: date, classes_digest: str) -> None:
        """Notes which proven classes are about to be published, so that a crash in between can be finished."""
        self.duck.run(
            "update nights set classes_digest = $digest where night = $night and not is_sealed",
            night=night,
            digest=classes_digest,
        )

    def seal(self, night: date, classes_digest: str, *, files_digest: str) -> None:
        """Marks a night as published, links it to the chain, and forgets its contributor rows and closed epochs.

        Args:
            night: Whose classes were proven and published; one that is unknown or sealed already changes nothing.
            classes_digest: Of all published classes up to that night.
            files_digest: `provenance.files_digest` of the published folder.
        """
        record = self.record(night)
        if record is None or record.is_sealed:
            return
        facts_digest = self.facts_digests().get(night, NO_FACTS)
        with self.duck.transaction():
            facts = release_facts(record, classes_digest=classes_digest, facts_digest=facts_digest)
            append(self.duck, "release", night, facts | {"files_digest": files_digest, "salt": self._salt()})
            self._close_epochs(record)
            self.duck.run(
                statement("ledger/seal"), night=night, classes_digest=classes_digest, facts_digest=facts_digest
            )
        self.duck.run("checkpoint")

    def facts_digests(self) -> dict[date, str]:
        """By night, SHA-256 over what the ledger says of its classes and estimates."""
        return facts_digests(self.duck)

    def is_history_unchanged(self, night: date) -> bool:
        """Whether the classes of all nights but this one are those that were sealed, and the chain says the same."""
        known = entries(self.duck)
        sealed = {record.night: record.facts_digest for record in self.records() if record.is_sealed}
        linked = {
            date.fromisoformat(entry.facts["night"]): entry.facts["facts_digest"]
            for entry in known
            if entry.facts["kind"] == "release"
        }
        found = dict.fromkeys(sealed, NO_FACTS) | self.facts_digests()
        found.pop(night, None)
        return broken_link(known) is None and found == sealed == linked

    def evidence(self, night: date) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What contributors and suppliers hold in a night's classes, from their own rows.

        Returns: buyers (`group_no`, `measure`, `contributor`, `is_counting`, the `first_month` it was active in,
            `first_day` and `last_day` of its events with a known amount, `amount`) and suppliers (`group_no`,
            `measure`, `supplier`, `amount`); `group_no` is the class's number within the night.
        """
        self._know_contributors()
        buyers = self.duck.frame(statement("ledger/evidence"), night=night)
        suppliers = self.duck.frame(statement("ledger/evidence_of_suppliers"), night=night)
        return buyers, suppliers

    def n_pooled(self) -> int:
        """Events that wait."""
        return self._count("select count(*) from pool where fate is null")

    def pooled_pseudonyms(self) -> pl.Series:
        """Distinct pseudonyms of accounts and suppliers of whom something waits or is not sealed yet."""
        found = self.duck.frame(
            "select distinct account as key from pool union select distinct supplier from pool "
            "union select distinct account from asked_terms"
        )
        return found["key"].drop_nulls().cast(pl.Binary)

    def pooled_texts(self) -> pl.Series:
        """Distinct scrubbed titles and messages of events that wait; private."""
        texts = self.duck.frame(
            "select title as text from pool where fate is null union select description from pool where fate is null"
        )
        return texts["text"].drop_nulls()

    def head(self) -> str:
        """Digest of the newest entry of the chain."""
        return head(self.duck)

    def is_compaction_due(self) -> bool:
        """Whether the file holds remains of what had to leave it; it is written anew when it is closed."""
        return self._count("select count(*) from compaction_due") > 0

    def closed_epochs(self) -> tuple[int, ...]:
        """Epochs that have closed, whose keys must be gone."""
        return tuple(entry.facts["epoch"] for entry in entries(self.duck) if entry.facts["kind"] == "epoch_closed")

    def withdraw(self, release_id: str, reason: WithdrawalReason) -> None:
        """Links to the chain that a release was withdrawn, and why; its classes count as known for ever.

        Raises: NightError if there is no such release, or it was withdrawn before.
        """
        sealed = [record for record in self.records() if record.is_sealed and record.release_id == release_id]
        if not sealed:
            raise NightError(f"there is no release {release_id}; mandi nights lists them")
        if release_id in withdrawn(entries(self.duck)):
            raise NightError(f"release {release_id} was withdrawn before")
        with self.duck.transaction():
            facts = {"release_id": release_id, "reason": reason, "salt": self._salt()}
            append(self.duck, "withdrawal", sealed[0].night, facts)

    def salt(self, fingerprint: str) -> str:
        """A salt for an entry that may come before any event: hangs on a key's fingerprint as well."""
        return digest_of_text(f"{fingerprint}\n{self._salt()}")

    def _close_epochs(self, record: NightRecord) -> None:
        """Links a receipt for each epoch that has closed; then no pseudonym of it stays."""
        closing = self.duck.frame(statement("ledger/closing"), closed_epoch=record.closed_epoch)
        for receipt in closing.iter_rows(named=True):
            append(self.duck, "epoch_closed", record.night, receipt | {"salt": self._salt()})
        if not closing.is_empty():
            self.duck.run(statement("ledger/close"), closed_epoch=record.closed_epoch)

    def _salt(self) -> str:
        """What keeps a published digest from being guessed: secret as the keys, the same in every rerun."""
        prints = self.duck.frame("select fingerprint from epochs order by epoch")["fingerprint"]
        return digest_of_text("mandi/1/chain\n" + "\n".join(prints) + head(self.duck))

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
        for name in (
            "take_updates",
            "take_pool",
            "take_account_keys",
            "take_counting_accounts",
            "take_first_months",
            "take_seen",
        ):
            self.duck.run(statement(f"ledger/{name}"), night=night)
        self.duck.run(statement("ledger/take_opt_outs"))
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
        ledger = Ledger(duck, path.with_name("spark"))
        yield ledger
        is_due = ledger.is_compaction_due()
    if is_due:
        with suppress(MandiError):  # another process was faster to open it: the next one to close it compacts it
            compact(path)


def _refuse_other_format(duck: Duck) -> None:
    """Raises ConfigurationError if the file holds a ledger of an earlier version: it is never half understood."""
    found = duck.frame("select table_name, column_name from duckdb_columns() where not internal")
    if not found.is_empty() and ("draws", "rho_nano") not in found.rows():
        raise ConfigurationError("this ledger was made by an earlier version of Mandi; start a new MANDI_HOME")
