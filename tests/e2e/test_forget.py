"""Erasure of a buyer, end to end: no byte that stood only in that buyer's rows is left in a private place."""

import io
import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymize.pseudonyms import account_pseudonyms
from assets import forget as forgetting
from assets.forget import forget_buyer
from assets.landed_feeds import check_landed
from assets.settings import Settings
from feeds.demo import FEEDS, known_identifiers
from feeds.landing import delivery
from pipelines.demo import NIGHTS
from pipelines.keeping import audited_digests
from schemas.errors import ConfigurationError, NightError
from tests.conftest import Installation
from tests.support.command import Mandi
from tests.support.dagster_home import copy_of
from tests.support.held_home import held_elsewhere
from warehouse.audit import files_of
from warehouse.duck import connected
from warehouse.files import tree_digest
from warehouse.ledger import open_ledger
from warehouse.verification import first_problem, verify

_COLUMNS = {"account": "buyer_account", "company": "buyer_company", "email": "buyer_email"}


def texts_of(path: Path) -> bytes:
    """Everything a file holds, decompressed as well."""
    raw = path.read_bytes()
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as opened:
            buffer = io.BytesIO()
            opened.read().to_pandas().to_csv(buffer)
        return raw + buffer.getvalue()
    if path.suffix in (".gz", ".zst"):
        with pa.input_stream(str(path), compression="detect") as stream:
            return raw + bytes(stream.read())
    return raw


def private_bytes(settings: Settings) -> bytes:
    home = settings.home
    return b"\n".join(texts_of(path) for folder in (home.landing, home.private) for path in files_of(folder))


def everyone(settings: Settings) -> pl.DataFrame:
    """Account, company and e-mail of every order ever landed."""
    frames = []
    for folder in sorted((settings.home.landing / "demo_orders").glob("*")):
        for path in delivery(folder):
            text = texts_of(path)[len(path.read_bytes()) :] or path.read_bytes()
            frames.append(pl.read_csv(io.BytesIO(text), infer_schema=False, truncate_ragged_lines=True))
    return pl.concat(frames).select(*(pl.col(column).alias(name) for name, column in _COLUMNS.items()))


@pytest.fixture(scope="module")
def buyer(published: Installation) -> dict[str, str]:
    """A buyer with many orders whose e-mail and company stand in no other buyer's rows."""
    rows = everyone(published.settings).drop_nulls()
    own = [pl.col("account").n_unique().over(name) == 1 for name in ("email", "company")]
    found = rows.filter(*own).group_by("account").agg(pl.len().alias("n"), pl.col("email", "company").first())
    return found.filter(pl.col("n") > 3).sort("n", "account", descending=True).row(0, named=True)


@pytest.fixture
def settings(published: Installation, tmp_path: Path) -> Settings:
    return copy_of(published.home.root, tmp_path / "home")


def secrets_of(settings: Settings, buyer: dict[str, str]) -> list[bytes]:
    """What must be gone: identifiers as written, and pseudonyms of the account."""
    accounts = account_pseudonyms(
        pl.Series([buyer["account"]]), space="demo_marketplace", keyring=settings.keyring, epochs=(2025, 2026)
    )
    return [*(buyer[name].encode() for name in _COLUMNS), *accounts["account"]]


def published_bytes(settings: Settings) -> str:
    return tree_digest(settings.home.releases)


def test_no_byte_of_the_buyer_is_left_and_nothing_published_changes(settings: Settings, buyer: dict[str, str]) -> None:
    before, secrets, releases = private_bytes(settings), secrets_of(settings, buyer), published_bytes(settings)
    assert all(secret in before for secret in secrets[:3])
    n_pooled = _n_pooled(settings)

    told = forget_buyer(settings, "demo_rfqs", buyer["account"])

    after = private_bytes(settings)
    assert [secret for secret in secrets if secret in after] == []
    assert told["n_landed"] > 3 and told["n_keys"] > 0
    assert _n_pooled(settings) == n_pooled - told["n_pooled"]
    assert published_bytes(settings) == releases
    assert not settings.home.erasing.exists()
    with open_ledger(settings.home.ledger) as ledger:
        links = verify(ledger, settings.home, audited=audited_digests(settings.home))
    assert first_problem(links) is None and links[-1].kind == "erasure"
    receipt = json.loads(settings.home.receipt(told["receipt"]).read_text())
    assert receipt == told and set(receipt) == {
        "receipt", "night", "n_landed", "n_quarantined", "n_pooled", "n_keys", "n_terms",
    }  # fmt: skip


def test_all_other_rows_stay_and_every_delivery_verifies(settings: Settings, buyer: dict[str, str]) -> None:
    before = everyone(settings)
    forget_buyer(settings, "demo_orders", buyer["account"])
    after = everyone(settings)
    others = before.filter((pl.col("account") != buyer["account"]) | pl.col("account").is_null())
    assert after.filter(pl.col("account") == buyer["account"]).is_empty()
    assert others.filter(pl.col("email").ne_missing(buyer["email"])).equals(
        after.filter(pl.col("email").ne_missing(buyer["email"]))
    )
    for feed in FEEDS:
        for night in NIGHTS:
            folder = settings.home.landed(feed, night)
            assert not folder.is_dir() or delivery(folder)


def test_the_next_night_runs_and_accounts_for_what_was_erased(settings: Settings, buyer: dict[str, str]) -> None:
    told = forget_buyer(settings, "demo_orders", buyer["account"])
    night = date(2026, 2, 4)
    with open_ledger(settings.home.ledger) as ledger:
        result = ledger.take_night(
            night, files=[], n_refused=0, policy=settings.policy, policy_digest=settings.policy_digest,
            taxonomy=settings.taxonomy, settle_days={}, fingerprints={},
        )  # fmt: skip
    assert result.accounting.n_erased == told["n_pooled"]


def test_a_dry_run_counts_the_same_and_changes_nothing(settings: Settings, buyer: dict[str, str]) -> None:
    before = {path: path.read_bytes() for path in files_of(settings.home.landing)}
    contents = _ledger(settings)
    dry = forget_buyer(settings, "demo_orders", buyer["account"], dry_run=True)
    assert {path: path.read_bytes() for path in files_of(settings.home.landing)} == before
    assert _ledger(settings) == contents and not settings.home.erasing.exists()
    told = forget_buyer(settings, "demo_orders", buyer["account"])
    assert {name: n for name, n in dry.items() if name.startswith("n_")} == {
        name: n for name, n in told.items() if name.startswith("n_")
    }


class PowerCutError(Exception):
    """What no step expects."""


@pytest.mark.parametrize("step", ["flush_tree", "write_whole", "Path.replace", "forget", "rmtree", "receipt"])
def test_an_erasure_that_dies_at_any_step_is_finished_by_the_next_call(
    settings: Settings, buyer: dict[str, str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    secrets = secrets_of(settings, buyer)
    with monkeypatch.context() as patched:
        _break(patched, step)
        with pytest.raises(PowerCutError):
            forget_buyer(settings, "demo_orders", buyer["account"])
    has_begun = (settings.home.erasing / "journal.json").is_file()
    assert has_begun == (step not in ("flush_tree", "write_whole"))
    if has_begun:
        with pytest.raises(NightError, match="erasure was interrupted"):
            check_landed(settings, date(2026, 2, 4))
    told = forget_buyer(settings, "demo_orders", buyer["account"])
    after = private_bytes(settings)
    assert [secret for secret in secrets if secret in after] == []
    assert told["n_landed"] > 3 and told["n_pooled"] > 0
    with open_ledger(settings.home.ledger) as ledger:
        assert first_problem(verify(ledger, settings.home, audited={})) is None
        assert len([1 for entry in _receipts(ledger) if entry == told["receipt"]]) == 1


def _break(patched: pytest.MonkeyPatch, step: str) -> None:
    def dies(*_: object, **__: object) -> None:
        raise PowerCutError

    n_calls = 0
    real_replace, real_write = Path.replace, forgetting.write_whole

    def dies_the_second_time(path: Path, target: Path) -> Path:
        nonlocal n_calls
        if "erasing" in path.parts:
            n_calls += 1
            if n_calls == 2:
                raise PowerCutError
        return real_replace(path, target)

    def dies_at_the_receipt(path: Path, content: bytes, **how: int) -> None:
        if path.parent.name == "receipts":
            raise PowerCutError
        real_write(path, content, **how)

    match step:
        case "Path.replace":
            patched.setattr(Path, "replace", dies_the_second_time)
        case "receipt":
            patched.setattr(forgetting, "write_whole", dies_at_the_receipt)
        case "rmtree":
            real = shutil.rmtree
            patched.setattr(
                forgetting.shutil, "rmtree",
                lambda path, **how: real(path, **how) if how else dies(),
            )  # fmt: skip
        case _:
            patched.setattr(forgetting, step, dies)


def _receipts(ledger: object) -> list[str]:
    rows = ledger.duck.frame("select body from chain")["body"]  # type: ignore[attr-defined]
    return [json.loads(body)["receipt"] for body in rows if "receipt" in json.loads(body)]


def test_a_night_that_runs_refuses_the_command(settings: Settings, mandi_at: Mandi, buyer: dict[str, str]) -> None:
    with held_elsewhere(settings.home):
        told = mandi_at("forget", "--feed", "demo_orders", "--account", buyer["account"])
    assert told.code == 2 and "runs a night" in told.err and buyer["account"] not in told.err


def test_the_account_may_come_from_standard_input_and_is_never_printed(
    settings: Settings, mandi_at: Mandi, buyer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{buyer['account']}\n"))
    told = mandi_at("forget", "--feed", "demo_orders", "--account", "-")
    assert told.code == 0, told.err
    assert "Erased" in told.out and not any(buyer[name] in told.out + told.err for name in _COLUMNS)
    verified = mandi_at("ledger", "verify")
    assert verified.code == 0 and "8 entries hold" in verified.out
    again = mandi_at("forget", "--feed", "demo_orders", "--account", buyer["account"])
    assert again.code == 0 and "Nothing of that account" in again.out


def test_a_broken_ledger_is_named_with_exit_code_2(settings: Settings, mandi_at: Mandi) -> None:
    with connected(settings.home.ledger) as duck:
        duck.run("update class_measures set amount = amount + 1 where night = '2026-02-02' and class_no = 1")
    told = mandi_at("ledger", "verify")
    assert told.code == 2 and "breaks at entry 6 (release 2026-02-02)" in told.err


def test_a_feed_without_accounts_and_an_unknown_one_are_refused(settings: Settings) -> None:
    for feed in ("rfqs_uae", "nothing"):
        with pytest.raises(ConfigurationError):
            forget_buyer(settings, feed, "account")
    with pytest.raises(ConfigurationError, match="no account"):
        forget_buyer(settings, "demo_orders", "n/a")


def test_the_demos_truth_knows_the_buyer(published: Installation, buyer: dict[str, str]) -> None:
    """The identifiers searched for above are real ones of the marketplace."""
    assert {buyer[name] for name in _COLUMNS} <= set(known_identifiers(published.marketplace / "truth")["value"])


def _n_pooled(settings: Settings) -> int:
    with open_ledger(settings.home.ledger) as ledger:
        return ledger.n_pooled()


def _ledger(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with connected(settings.home.ledger, is_read_only=True) as duck:
        names = duck.frame("select table_name from duckdb_tables() order by all")["table_name"]
        return {name: duck.frame(f"select * from {name} order by all").rows() for name in names}


@pytest.fixture
def mandi_at(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(settings.home.root, monkeypatch, capsys)
