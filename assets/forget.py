"""Erasure of one buyer: his rows leave landing zone, quarantine, scrubbed files and ledger; published classes stay.

First everything that will change is written aside below `private/erasing`, then a journal, and only then are files put
in place, the ledger changed and its file written anew. A process that dies before the journal has changed nothing; one
that dies after it is finished by the next call, which needs no identifier for that.
"""

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from anonymize.pseudonyms import account_pseudonyms, pseudonymise
from anonymize.traces import Traces, traces_of
from assets.retention import finish_purge
from assets.settings import Settings
from feeds.contracts import ROW_COLUMN, compile_contract
from feeds.countries import load_countries
from feeds.files import read_rows
from feeds.helpers import HelperContext
from feeds.landing import SUMS, delivery, sums_of
from feeds.manifest import MANIFEST, manifest_text
from feeds.parsing import parse
from feeds.raw import RawBatch
from feeds.reasons import READ_REASONS
from feeds.rewriting import write_without
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError, NightError
from warehouse.erasure import JOURNAL, forget, held, refuse_open_night, refuse_unfinished
from warehouse.files import flush_tree, write_whole
from warehouse.ledger import open_ledger
from warehouse.release import finish_publication


@dataclass
class Erasure:
    """What an erasure will change; paths are relative to the home."""

    receipt: str
    replaced: list[str] = field(default_factory=list)
    """Files that stand rewritten below `private/erasing`."""

    removed: list[str] = field(default_factory=list)
    """Files and folders of which nothing is left."""

    counts: dict[str, int] = field(default_factory=lambda: {"n_landed": 0, "n_quarantined": 0})
    accounts: list[tuple[int, str]] = field(default_factory=list)
    """Epoch and pseudonym, in hexadecimal digits, of every account of his."""

    @property
    def pseudonyms(self) -> pl.DataFrame:
        """`epoch` and `account`, as the ledger knows them."""
        rows = sorted({(epoch, bytes.fromhex(account)) for epoch, account in self.accounts})
        return pl.DataFrame(rows, schema={"epoch": pl.Int64, "account": pl.Binary}, orient="row")


def forget_buyer(settings: Settings, feed: str, account: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Erases one account of a feed's marketplace. The caller holds the home, so that no night runs meanwhile.

    Rows are his if they bear the account, or bear none but an e-mail, phone, tax number or payment account of his.

    Args:
        feed: A feed under contract; every feed of its namespace is searched.
        account: As the feed writes it.
        dry_run: Only counts.

    Returns: the receipt: `receipt` (random), `night`, and how many rows and keys were removed where.

    Guarantee: no byte that stood only in his rows is left below the landing zone and the private folder, the opt-out
        list and the demo's own marketplace aside (`tests/e2e/test_forget.py`).

    Raises: NightError if a night is not published; ConfigurationError if the feed is not under contract or maps no
        account; FeedFileError if a delivery is not whole or a file cannot be rewritten. Then nothing was changed.
    """
    erasing = settings.home.erasing
    if not dry_run:
        finish_purge(settings.home)
    if dry_run:
        refuse_unfinished(settings.home)
    done = _carry_out(settings, _read_journal(erasing)) if (erasing / JOURNAL).is_file() else None
    contracts = _contracts_of(settings, feed)
    with open_ledger(settings.home.ledger) as ledger:
        finish_publication(ledger, settings.home, settings.keyring)
        refuse_open_night(ledger)
        epochs = ledger.epochs()
    shutil.rmtree(erasing, ignore_errors=True)
    erasure = _prepared(settings, contracts, account, epochs, dry_run=dry_run)
    with open_ledger(settings.home.ledger) as ledger:
        found = held(ledger, erasure.pseudonyms)
        night = ledger.last_sealed()
    counts = erasure.counts | asdict(found)
    if dry_run or not any(counts.values()):
        shutil.rmtree(erasing, ignore_errors=True)
        return done or {"receipt": None, "night": str(night), **counts}
    flush_tree(erasing)
    write_whole(erasing / JOURNAL, json.dumps(vars(erasure)).encode(), mode=0o600)
    return _carry_out(settings, erasure)


def _read_journal(folder: Path) -> Erasure:
    return Erasure(**json.loads((folder / JOURNAL).read_text(encoding="utf-8")))


def _prepared(
    settings: Settings, contracts: list[FeedContract], account: str, epochs: tuple[int, ...], *, dry_run: bool
) -> Erasure:
    """Finds what is his and writes aside what will stand in its place."""
    erasure = Erasure(secrets.token_hex(16))
    traces = traces_of(account)
    space = contracts[0].namespace or contracts[0].feed
    own = account_pseudonyms(pl.Series([account]), space=space, keyring=settings.keyring, epochs=epochs)
    _add_accounts(erasure, own)
    settings.home.erasing.mkdir(parents=True, mode=0o700)
    for delivered in _deliveries(settings, contracts):
        for _, parsed in delivered.batches(settings):
            traces.learn(parsed)
    for contract in contracts:
        _prepare(settings, contract, traces, erasure, dry_run=dry_run)
    # What was scrubbed for a night that never reached the ledger is scrubbed anew when that night runs.
    for folder in sorted((settings.home.private / "scrubbed").glob("*")):
        report = settings.home.private / "reports" / folder.name / "scrubbed_events.json"
        erasure.removed += [str(path.relative_to(settings.home.root)) for path in (report, folder)]
    return erasure


@dataclass(frozen=True)
class _Delivered:
    """One landed file of a feed."""

    path: Path
    contract: FeedContract

    def batches(self, settings: Settings) -> Iterator[tuple[RawBatch, pl.DataFrame]]:
        """Its rows as they came, and the readable ones as the contract reads them, with their numbers."""
        night = date.fromisoformat(self.path.parent.name)
        context = HelperContext(night, settings.policy.zone, load_countries(settings.config))
        compiled = compile_contract(self.contract)
        for batch in read_rows(self.path, self.contract):
            yield batch, parse(batch.rows, compiled, context).with_columns(batch.rows[ROW_COLUMN])


def _contracts_of(settings: Settings, feed: str) -> list[FeedContract]:
    """The contracts of a feed's namespace, the feed's own first."""
    if feed not in settings.contracts:
        raise ConfigurationError(
            f"there is no feed of that name; feeds under contract: {', '.join(settings.contracts)}"
        )
    own = settings.contracts[feed]
    if "account" not in own.fields:
        raise ConfigurationError(f"{feed} names no accounts; its buyers can be erased with the whole delivery only")
    others = [
        contract
        for contract in settings.contracts.values()
        if contract.feed != feed and contract.namespace is not None and contract.namespace == own.namespace
    ]
    return [own, *others]


def _deliveries(settings: Settings, contracts: list[FeedContract]) -> Iterator[_Delivered]:
    for contract in contracts:
        for folder in sorted((settings.home.landing / contract.feed).glob("*")):
            for path in delivery(folder):
                yield _Delivered(path, contract)


def _prepare(settings: Settings, contract: FeedContract, traces: Traces, erasure: Erasure, *, dry_run: bool) -> None:
    """Writes aside what will stand in the place of a feed's deliveries, quarantined rows and scrubbed files."""
    home = settings.home
    found: dict[tuple[str, str], frozenset[int]] = {}
    for folder in sorted((home.landing / contract.feed).glob("*")):
        kept: dict[str, Path] = {}
        left: dict[str, int] = {}
        is_changed = False
        for path in delivery(folder):
            rows, n_rows = _rows_of(_Delivered(path, contract), traces, erasure, settings)
            found[folder.name, path.name] = rows
            erasure.counts["n_landed"] += len(rows)
            is_changed |= bool(rows)
            if rows and len(rows) == n_rows:
                continue
            kept[path.name] = path
            left[path.name] = n_rows - len(rows)
            if rows and not dry_run:
                kept[path.name] = _aside(settings, path)
                write_without(path, kept[path.name], contract, rows, n_rows)
        if is_changed and not dry_run:
            if kept and (folder / MANIFEST).is_file():
                kept[MANIFEST] = _aside(settings, folder / MANIFEST)
                write_whole(kept[MANIFEST], manifest_text(left).encode(), mode=0o600)
            _replace_delivery(settings, folder, kept, erasure)
    for path in sorted((home.private / "quarantine").glob(f"*/{contract.feed}.parquet")):
        _prepare_quarantine(settings, path, traces, erasure, found, dry_run=dry_run)


def _rows_of(delivered: _Delivered, traces: Traces, erasure: Erasure, settings: Settings) -> tuple[frozenset[int], int]:
    """Numbers of the rows of a file that are his, and how many rows it has; notes the accounts they make."""
    contract, rows, n_rows = delivered.contract, set[int](), 0
    for batch, parsed in delivered.batches(settings):
        n_rows += batch.n_rows
        unread = batch.refused
        rows |= set(unread.filter(traces.named_in(unread["raw"], with_company=True))["row"])
        own = parsed.filter(traces.of(parsed))
        rows |= set(own[ROW_COLUMN])
        epochs = [year for year in own["occurred_on"].dt.year().unique().drop_nulls() if _has_key(settings, year)]
        pooled = own.filter(pl.col("event_id").is_not_null() & pl.col("occurred_on").dt.year().is_in(epochs))
        if not pooled.is_empty():
            keys = pseudonymise(pooled, feed=contract.feed, keyring=settings.keyring, namespace=contract.namespace)
            _add_accounts(erasure, keys.select("epoch", account=pl.col("key_account")))
    return frozenset(rows), n_rows


def _has_key(settings: Settings, year: int) -> bool:
    return 1900 <= year <= 9999 and settings.keyring.has_epoch_key(year)


def _add_accounts(erasure: Erasure, accounts: pl.DataFrame) -> None:
    known = set(erasure.accounts) | {(epoch, account.hex()) for epoch, account in accounts.unique().iter_rows()}
    erasure.accounts = sorted(known)


def _replace_delivery(settings: Settings, folder: Path, kept: dict[str, Path], erasure: Erasure) -> None:
    """Notes what becomes of a delivery; one without any row left counts as not landed, so its sums go first."""
    root, sums = settings.home.root, folder / SUMS
    gone = [path for path in (folder / MANIFEST, *delivery(folder)) if path.name not in kept and path.is_file()]
    if kept:
        erasure.replaced += [
            str((folder / name).relative_to(root)) for name, path in sorted(kept.items()) if path != folder / name
        ]
        aside = _aside(settings, sums)
        aside.write_text(sums_of(kept), encoding="ascii")
        aside.chmod(0o600)
        erasure.replaced.append(str(sums.relative_to(root)))
        erasure.removed += [str(path.relative_to(root)) for path in gone]
    else:
        erasure.removed += [str(path.relative_to(root)) for path in (sums, *gone, folder)]


def _prepare_quarantine(
    settings: Settings,
    path: Path,
    traces: Traces,
    erasure: Erasure,
    found: dict[tuple[str, str], frozenset[int]],
    *,
    dry_run: bool,
) -> None:
    """Writes a quarantine file aside without his rows: those found in the landed file, and those that name him."""
    night = path.parent.name
    aside = _aside(settings, path)
    n_gone = 0
    with pq.ParquetFile(path) as opened, pq.ParquetWriter(aside, opened.schema_arrow, compression="zstd") as writer:
        for batch in opened.iter_batches():
            frame = pl.DataFrame(pl.from_arrow(batch))
            landed = frame.select(
                pl.any_horizontal(
                    pl.lit(value=False),
                    *(
                        (pl.col("file") == file) & pl.col("row").is_in(sorted(rows))
                        for (at, file), rows in found.items()
                        if at == night and rows
                    ),
                )
            ).to_series()
            is_unread = frame["reason"].is_in(list(READ_REASONS))
            named = traces.named_in(frame["raw"], with_company=False) | (
                is_unread & traces.named_in(frame["raw"], with_company=True)
            )
            is_gone = landed | named
            n_gone += int(is_gone.sum())
            writer.write_table(frame.filter(~is_gone).to_arrow().cast(opened.schema_arrow))
    erasure.counts["n_quarantined"] += n_gone
    if n_gone and not dry_run:
        aside.chmod(0o600)
        erasure.replaced.append(str(path.relative_to(settings.home.root)))
    else:
        aside.unlink()


def _aside(settings: Settings, path: Path) -> Path:
    """Where the file that will replace `path` is written first."""
    aside = settings.home.erasing / path.relative_to(settings.home.root)
    aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return aside


def _carry_out(settings: Settings, erasure: Erasure) -> dict[str, Any]:
    """Makes a prepared erasure true; every step may be repeated."""
    home = settings.home
    for name in erasure.replaced:
        aside = home.erasing / name
        if aside.is_file():
            aside.replace(home.root / name)
    for name in erasure.removed:
        path = home.root / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    home.span_cache.unlink(missing_ok=True)  # keyed hashes of his texts, too
    with open_ledger(home.ledger) as ledger:
        entry = forget(ledger, erasure.pseudonyms, receipt=erasure.receipt, counts=erasure.counts)
    with open_ledger(home.ledger) as ledger:
        if ledger.is_compaction_due():
            raise NightError("the ledger is held by another process and keeps remains; run the same mandi forget again")
    facts = entry.facts
    counts = {name: n for name, n in sorted(facts.items()) if name.startswith("n_")}
    receipt = {"receipt": erasure.receipt, "night": facts["night"], **counts}
    write_whole(home.receipt(erasure.receipt), (json.dumps(receipt, indent=2) + "\n").encode(), mode=0o600)
    shutil.rmtree(home.erasing)
    return receipt
