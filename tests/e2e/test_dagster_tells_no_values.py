"""Whatever fails on a row, Dagster's files, the command's message and the reports hold no value of it."""

import logging
import sqlite3
import traceback
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import anonymize.events
from assets.logs import lines, log_path
from assets.settings import Settings
from feeds.landing import land
from schemas.errors import FeedFileError, MandiError, RefusalLimitError, StepError
from tests.e2e.conftest import CLOSING, Rerun
from tests.support.command import Mandi
from tests.support.dagster_home import copy_of, own_environment
from warehouse.morning_page import PAGE

SECRET = "Zubeida Quartermaine <zq.9417@quartermaine-looms.example>"
COLUMNS = "inquiry_id,sent_at,buyer_id,buyer_name"


@pytest.fixture
def closing(rerun: Rerun, tmp_path: Path) -> Settings:
    """An installation whose closing night has landed."""
    return copy_of(rerun.before_closing, tmp_path / "home")


def places_that_hold(folder: Path, secret: str) -> list[str]:
    """Files below a folder whose bytes, or whose SQLite cells once decompressed, hold any word of a secret."""
    words = [word.strip("<>").encode() for word in secret.split()]
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        cells = _cells(path) if path.suffix == ".db" else []
        if any(word in content for content in [path.read_bytes(), *cells] for word in words):
            found.append(path.name)
    return found


def _cells(path: Path) -> list[bytes]:
    cells: list[bytes] = []
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
        for row in connection.execute(f'select * from "{name}"'):
            for value in row:
                raw = value.encode() if isinstance(value, str) else value
                if isinstance(raw, bytes):
                    cells.append(raw)
                    try:
                        cells.append(zlib.decompress(raw))
                    except zlib.error:
                        continue
    connection.close()
    return cells


def raise_with_a_value(*_: object, **__: object) -> None:
    raise ValueError(f"cannot read {SECRET}")


def raise_from_a_value(*_: object, **__: object) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise RuntimeError("wrapped") from error


def raise_while_handling_a_value(*_: object, **__: object) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        raise RuntimeError("in the middle")  # noqa: B904  # the implicit context is what is tested


def raise_with_a_note(*_: object, **__: object) -> None:
    error = ValueError("noted")
    error.add_note(SECRET)
    raise error


def raise_a_group(*_: object, **__: object) -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET)])


def raise_of_polars(*_: object, **__: object) -> None:
    pl.DataFrame({"buyer": [SECRET]}).select(pl.col("buyer").cast(pl.Int64))


def raise_our_own_from_a_value(*_: object, **__: object) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise FeedFileError("a file is wrong. Land it again.") from error


def speak_and_raise(*_: object, **__: object) -> None:
    print(SECRET)
    logging.getLogger("mandi").error(SECRET)
    warnings.warn(SECRET, stacklevel=1)
    raise ValueError("spoke")


FAILURES = [
    raise_with_a_value, raise_from_a_value, raise_while_handling_a_value, raise_with_a_note, raise_a_group,
    raise_of_polars, raise_our_own_from_a_value, speak_and_raise,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Zubeida")
def test_a_failure_deep_inside_a_step_leaves_no_value_behind(
    closing: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.runner import run_night

    for failure in FAILURES:
        monkeypatch.setattr(anonymize.events, "pseudonymise", failure)
        with own_environment(), pytest.raises(MandiError) as raised:
            run_night(closing, CLOSING)
        told = "".join(traceback.format_exception(raised.value, chain=True))
        assert "Quartermaine" not in str(raised.value), failure.__name__
        assert "cannot read Zubeida" not in told, failure.__name__
        assert raised.value.__cause__ is None, failure.__name__
        assert places_that_hold(closing.home.dagster, SECRET) == [], failure.__name__
    told_of = [closing.home.private / "reports", closing.home.private / "logs", closing.home.private / "metrics"]
    assert [places_that_hold(folder, SECRET) for folder in told_of] == [[], [], []]
    recorded = lines(log_path(closing.home, CLOSING))
    assert [line.error for line in recorded if line.event == "step_failed"] == [
        "FeedFileError" if failure is raise_our_own_from_a_value else "StepError" for failure in FAILURES
    ]
    assert "stopped at scrubbed_events" in (closing.home.report(CLOSING) / PAGE).read_text(encoding="utf-8")
    assert not closing.home.release(CLOSING.isoformat()).exists()


def test_the_message_of_an_unforeseen_failure_tells_its_type_and_place(
    closing: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.runner import run_night

    monkeypatch.setattr(anonymize.events, "pseudonymise", raise_of_polars)
    with own_environment(), pytest.raises(StepError, match=r"scrubbed_events: InvalidOperationError at .+\.py:\d+\."):
        run_night(closing, CLOSING)


def test_the_search_finds_a_value_that_dagster_was_told(closing: Settings, tmp_path: Path) -> None:
    import dagster as dg

    from pipelines.runner import prepare_environment

    @dg.op(name="unguarded")
    def unguarded() -> None:
        raise_with_a_value()

    with own_environment():
        prepare_environment(closing)
        with dg.DagsterInstance.get() as instance:
            job = dg.GraphDefinition("careless", node_defs=[unguarded]).to_job()
            job.execute_in_process(instance=instance, raise_on_error=False)

    assert places_that_hold(closing.home.dagster, SECRET)


def cut_inside_a_quote(folder: Path) -> Path:
    path = folder / "cut.csv"
    path.write_text(f'{COLUMNS}\n1,2026-02-01,B1,"{SECRET}')
    return path


def in_latin_1(folder: Path) -> Path:
    path = folder / "latin.csv"
    path.write_bytes(f"{COLUMNS}\n1,2026-02-01,B1,{SECRET} caf\xe9\n".encode("latin-1"))
    return path


def lacking_columns(folder: Path) -> Path:
    path = folder / "columns.csv"
    path.write_text(f"{COLUMNS}\n1,2026-02-01,B1,{SECRET}\n")
    return path


@pytest.mark.parametrize("write", [cut_inside_a_quote, in_latin_1, lacking_columns])
def test_a_file_that_is_wrong_is_told_without_its_values(
    closing: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    write: Callable[[Path], Path],
) -> None:
    land_instead(closing, write(tmp_path))

    told = Mandi(closing.home.root, monkeypatch, capsys)("night", CLOSING)

    assert told.code == 2
    assert told.err.startswith("mandi: ") and len(told.err.splitlines()) == 1
    assert "Quartermaine" not in told.err + told.out
    assert places_that_hold(closing.home.dagster, SECRET) == []


def test_a_feed_refused_above_its_limit_is_told_without_its_values(closing: Settings, tmp_path: Path) -> None:
    from pipelines.runner import run_night

    landed = next(closing.home.landed("demo_inquiries", CLOSING).glob("*.csv"))
    header = landed.read_text(encoding="utf-8").splitlines()[0]
    path = tmp_path / "refused.csv"
    path.write_text("\n".join([header, *[",".join([SECRET] * len(header.split(",")))] * 20, ""]))
    land_instead(closing, path)

    with own_environment(), pytest.raises(RefusalLimitError) as raised:
        run_night(closing, CLOSING)

    assert "Quartermaine" not in str(raised.value)
    assert places_that_hold(closing.home.dagster, SECRET) == []


def land_instead(settings: Settings, file: Path) -> None:
    """Lands a file as the night's inquiries, in place of what had landed."""
    folder = settings.home.landed("demo_inquiries", CLOSING)
    for path in folder.iterdir():
        path.unlink()
    land([file], settings.contracts["demo_inquiries"], folder)
