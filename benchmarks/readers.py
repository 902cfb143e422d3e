"""Readers of the current release while nights run and publish: not one may meet an error.

    python -m benchmarks.readers [--readers 50] [--releases 5] [--events 6000]

Runs two nights of a small demo marketplace, starts that many reader processes, and runs further nights through Dagster,
as `mandi night` does. Each reader opens `current/demand.duckdb` every few seconds, asks several questions, and holds
every third connection until `current` has moved on, to ask once more. An error of any kind counts, as does a connection
that shows two releases, or an answer that changes while it is open.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
QUESTIONS = (
    "select kind, sum(n_events) from classes group by kind order by kind",
    "select count(*), sum(n_events), count(distinct release_id) from demand where nes is null",
    "from find('cotton')",
    "select count(*) from data_dictionary",
)
_PATIENCE_SECONDS = 60


def read(root: Path, stop: Path, seed: int, pause: float) -> dict[str, int | dict[str, int]]:
    """Reads until `stop` exists, resting about `pause` seconds.

    Returns: `opens`, `queries`, `kept` (connections that stayed open through a release), and `errors` by type.
    """
    rng = random.Random(seed)
    path = root / "current" / "demand.duckdb"
    counts: Counter[str] = Counter(opens=0, queries=0, kept=0)
    errors: Counter[str] = Counter()
    while not stop.exists():
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                counts["opens"] += 1
                first = _asked(connection, counts)
                if counts["opens"] % 3 == 0:
                    counts["kept"] += _kept(root, stop)
                if _asked(connection, counts) != first:
                    errors["AnswerChanged"] += 1
                if len(first[-1]) > 1:  # a small marketplace's first releases may hold no class yet
                    errors["TwoReleases"] += 1
        except Exception as error:
            errors[type(error).__name__] += 1
        time.sleep(rng.uniform(0, 2 * pause))
    return {**counts, "errors": dict(errors)}


def _asked(connection: duckdb.DuckDBPyConnection, counts: Counter[str]) -> list[list[object]]:
    answers: list[list[object]] = []
    for question in QUESTIONS:
        answers.append(connection.execute(question).fetchall())
        counts["queries"] += 1
    releases = connection.execute("select distinct release_id from demand").fetchall()
    return [*answers, releases]


def _kept(root: Path, stop: Path) -> bool:
    """Waits until `current` has moved on; whether it did."""
    before, until = (root / "current").readlink(), time.monotonic() + _PATIENCE_SECONDS
    while (root / "current").readlink() == before and time.monotonic() < until and not stop.exists():
        time.sleep(0.05)
    return (root / "current").readlink() != before


@contextmanager
def reading(root: Path, n: int, *, pause: float) -> Iterator[list[dict[str, int | dict[str, int]]]]:
    """Reader processes for as long as the block runs; at its end what each of them counted."""
    told: list[dict[str, int | dict[str, int]]] = []
    with tempfile.TemporaryDirectory() as folder:
        stop = Path(folder) / "stop"
        words = [sys.executable, "-m", "benchmarks.readers", "--read", str(root), "--stop", str(stop)]
        words += ["--pause", str(pause), "--seed"]
        readers = [
            subprocess.Popen([*words, str(seed)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for seed in range(n)
        ]
        try:
            yield told
        finally:
            stop.touch()
            told += [json.loads(reader.communicate()[0]) for reader in readers]


def summed(told: list[dict[str, int | dict[str, int]]]) -> tuple[Counter[str], Counter[str]]:
    """Counts and errors over all readers."""
    counts: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for each in told:
        for name, value in each.items():
            if isinstance(value, dict):
                errors.update(value)
            else:
                counts[name] += value
    return counts, errors


def main() -> None:
    """Prints what the readers counted, night by night and in all."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--readers", type=int, default=50)
    options.add_argument("--releases", type=int, default=5)
    options.add_argument("--events", type=int, default=6_000)
    options.add_argument("--pause", type=float, default=2.0)
    options.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--stop", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.read:
        print(json.dumps(read(given.read, given.stop, given.seed, given.pause)))
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), n_readers=given.readers, n_releases=given.releases, n_events=given.events, pause=given.pause)


def _run(folder: Path, *, n_readers: int, n_releases: int, n_events: int, pause: float) -> None:
    from assets.settings import Settings
    from feeds.demo import FEEDS, feed_path, write_marketplace
    from feeds.landing import land
    from pipelines.demo import NIGHTS
    from pipelines.runner import make_home, run_night
    from schemas.home import Home

    nights = NIGHTS[: n_releases + 2]
    assert len(nights) == n_releases + 2, f"the demo has {len(NIGHTS)} nights"
    settings = Settings(Home(folder / "home"), ROOT / "config")
    make_home(settings.home)
    write_marketplace(folder / "demo", n_events=n_events, nights=NIGHTS, seed=7)
    for night in nights:
        for feed in FEEDS:
            file = feed_path(folder / "demo", feed, night)
            if file.is_file():
                land([file], settings.contracts[feed], settings.home.landed(feed, night))
    for night in nights[:2]:
        run_night(settings, night)
    with reading(settings.home.root, n_readers, pause=pause) as told:
        for night in nights[2:]:
            start = time.monotonic()
            run_night(settings, night)
            print(f"night {night} ran for {time.monotonic() - start:.0f} s and published", flush=True)
    counts, errors = summed(told)
    print(
        f"{n_readers} readers through {n_releases} releases: {counts['opens']:,} opens, {counts['queries']:,} queries"
    )
    print(f"{counts['kept']:,} connections kept open through a release, {errors.total():,} errors {dict(errors)}")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
