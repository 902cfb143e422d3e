"""Raw rows go when their days have passed, their night is published and its accounting proven; nothing else goes."""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.figures import figures_of
from assets.retention import finish_purge, purge
from assets.settings import Settings
from feeds.landing import SUMS, delivery, sums_of
from pipelines.demo import NIGHTS
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from warehouse.access import make_home
from warehouse.ledger import open_ledger
from warehouse.verification import verify

FIRST, SECOND = NIGHTS[0], NIGHTS[1]


@pytest.fixture
def settings(published: Installation, tmp_path: Path) -> Settings:
    """What retention looks at, of a published home: ledger, reports, raw files of two nights, and their releases."""
    home = Home(tmp_path / "home")
    make_home(home)
    shutil.copy2(published.home.ledger, home.ledger)
    for night in (FIRST, SECOND):
        shutil.copytree(published.home.report(night), home.report(night))
        shutil.copytree(published.home.quarantine(night), home.quarantine(night))
        shutil.copytree(published.home.release(night.isoformat()), home.release(night.isoformat()))
        for folder in published.home.landing.glob(f"*/{night}"):
            shutil.copytree(folder, home.landed(folder.parent.name, night))
    return Settings(home, published.settings.config)


def after(settings: Settings, night: date = FIRST, days: int = 1) -> date:
    """So many days after the last day on which a night's raw files may be kept."""
    return night + timedelta(days=settings.policy.retention_days + days)


def raw_nights(home: Home) -> set[str]:
    return {
        path.name for place in (home.landing.glob("*/*"), home.quarantine(FIRST).parent.glob("*")) for path in place
    }


def state(home: Home) -> dict[str, int]:
    return {str(path.relative_to(home.root)): path.lstat().st_mtime_ns for path in home.root.rglob("*")}


def test_raw_files_and_quarantine_go_on_the_day_after_their_last(settings: Settings) -> None:
    home = settings.home
    n_landed = len(list(home.landing.glob(f"*/{FIRST}")))
    assert purge(settings, after(settings, days=0)).purged == ()
    before = state(home)
    would = purge(settings, after(settings), dry_run=True)
    assert state(home) == before
    done = purge(settings, after(settings))

    assert done == would and done.held == ()
    [found] = done.purged
    assert (found.night, found.n_deliveries) == (FIRST, n_landed) and min(found.n_files, found.n_bytes) > 0
    with open_ledger(home.ledger) as ledger:
        record = ledger.record(FIRST)
        links = verify(ledger, home, audited={})
    assert record is not None and found.n_quarantined == record.accounting.n_refused > 0
    assert [link.problem for link in links[:2]] == [None, None]
    assert raw_nights(home) == {SECOND.isoformat()}
    noted = figures_of(home, FIRST, "purged")
    assert (noted["is_done"], noted["n_files"], noted["as_of"]) == (True, found.n_files, str(after(settings)))
    assert purge(settings, after(settings)).purged == ()


def changed(home: Home) -> None:
    path = next(iter(delivery(next(home.landing.glob(f"*/{FIRST}")))))
    path.write_bytes(path.read_bytes() + b"\n")


def swapped(home: Home) -> None:
    folder = next(home.landing.glob(f"*/{FIRST}"))
    path = delivery(folder)[0]
    path.write_bytes(path.read_bytes() + b"\n")
    (folder / SUMS).write_text(sums_of({path.name: path}))


def landed_later(home: Home) -> None:
    folder = home.landed("online_retail", FIRST)
    folder.mkdir(parents=True)
    (folder / "x.csv").write_text("a\n1\n")
    (folder / SUMS).write_text(sums_of({"x.csv": folder / "x.csv"}))


def not_arrived(home: Home) -> None:
    (next(home.landing.glob(f"*/{FIRST}")) / SUMS).unlink()


def accounting_changed(home: Home) -> None:
    with open_ledger(home.ledger) as ledger:
        ledger.duck.run("update nights set n_rows = n_rows + 1, n_refused = n_refused + 1 where night = $n", n=FIRST)


def not_published(home: Home) -> None:
    with open_ledger(home.ledger) as ledger:
        ledger.duck.run("update nights set is_sealed = false where night = $n", n=FIRST)


def release_gone(home: Home) -> None:
    shutil.rmtree(home.release(FIRST.isoformat()))


def figures_gone(home: Home) -> None:
    (home.report(FIRST) / "scrubbed_events.json").unlink()


def quarantine_short(home: Home) -> None:
    next(path for path in home.quarantine(FIRST).glob("*.parquet") if path.stem == "demo_searches").unlink()


def quarantine_foreign(home: Home) -> None:
    (home.quarantine(FIRST) / "notes.txt").write_text("keep")


def file_linked(home: Home) -> None:
    path = delivery(next(home.landing.glob(f"*/{FIRST}")))[0]
    outside = path.rename(home.root.parent / "outside")
    path.symlink_to(outside)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (changed, "changed since it landed"),
        (swapped, "not what that night read"),
        (landed_later, "not what that night read"),
        (not_arrived, "has not arrived whole"),
        (accounting_changed, "accounting does not hold"),
        (not_published, "is not published"),
        (release_gone, "is not there"),
        (figures_gone, "has not run"),
        (quarantine_short, "does not hold the rows that were refused"),
        (quarantine_foreign, "foreign files"),
        (file_linked, "no plain file"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_cannot_be_proven_stays_whole_and_is_told(
    settings: Settings, tamper: Callable[[Home], None], reason: str
) -> None:
    tamper(settings.home)
    before = state(settings.home)
    done = purge(settings, after(settings))

    assert done.purged == () and [night for night, _ in done.held] == [FIRST]
    assert reason in done.held[0][1]
    after_it = state(settings.home)
    assert {name for name in before if "landing" in name or "quarantine" in name} <= set(after_it)


def night_linked(home: Home, outside: Path) -> Path:
    return next(home.landing.glob(f"*/{FIRST}"))


def feed_linked(home: Home, outside: Path) -> Path:
    return next(home.landing.glob(f"*/{FIRST}")).parent


def landing_linked(home: Home, outside: Path) -> Path:
    return home.landing


def quarantine_linked(home: Home, outside: Path) -> Path:
    return home.quarantine(FIRST).parent


@pytest.mark.parametrize("place", [night_linked, feed_linked, landing_linked, quarantine_linked])
def test_nothing_behind_a_link_goes(settings: Settings, tmp_path: Path, place: Callable[[Home, Path], Path]) -> None:
    path = place(settings.home, tmp_path)
    outside = path.rename(tmp_path / "outside")
    path.symlink_to(outside)
    before = {each for each in outside.rglob("*") if each.is_file()}
    purge(settings, after(settings, SECOND))

    assert {each for each in outside.rglob("*") if each.is_file()} == before and path.is_symlink()


def test_a_purge_that_dies_anywhere_is_finished_by_the_next_with_the_counts_it_began_with(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = settings.home
    whole = purge(settings, after(settings), dry_run=True)
    rename, n_done = Path.rename, [0]

    def crash(path: Path, target: Path) -> Path:
        if n_done[0] == 2:
            raise KeyboardInterrupt
        n_done[0] += 1
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", crash)
        with pytest.raises(KeyboardInterrupt):
            purge(settings, after(settings))
    assert len(list(home.landing.glob("*/.purging-*"))) == 2
    assert figures_of(home, FIRST, "purged")["is_done"] is False
    finish_purge(home)
    assert not list(home.landing.glob("*/.purging-*"))
    assert len(purge(settings, after(settings)).purged) == 1
    noted = figures_of(home, FIRST, "purged")
    assert (noted["is_done"], noted["n_files"]) == (True, whole.purged[0].n_files)
    assert raw_nights(home) == {SECOND.isoformat()}


def test_the_command_tells_before_it_removes_and_what_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mandi = Mandi(settings.home.root, monkeypatch, capsys)
    day = str(after(settings))
    told = mandi("purge", "--dry-run", "--as-of", day)
    assert told.code == 0 and FIRST.isoformat() in told.out and len(raw_nights(settings.home)) == 2
    assert "lies in the future" in mandi("purge", "--as-of", "2999-01-01").err
    changed(settings.home)
    told = mandi("purge")
    assert told.code == 2 and "Stays" in told.out and "1 night is older" in told.err
    assert raw_nights(settings.home) == {FIRST.isoformat()}
