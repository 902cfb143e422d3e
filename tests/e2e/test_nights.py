"""Seven nights on real parts: what they publish, what they never publish, and that they publish it again."""

import json
import re
import shutil
import stat
from dataclasses import asdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymize.terms.cells import term_cells
from assets.figures import figures_of
from feeds.demo import known_identifiers
from pipelines.demo import NIGHTS, run_demo
from schemas.home import Home
from schemas.published import SCHEMA_VERSION
from schemas.releases import ReleaseManifest
from tests.conftest import N_EVENTS, Installation
from tests.e2e.conftest import Rerun
from warehouse.accounting import Accounting
from warehouse.audit import public_words, search_files
from warehouse.catalogue import DICTIONARY, MACROS
from warehouse.demand import TABLES as CATALOGUED
from warehouse.duck import connected
from warehouse.extracts import EXTRACTED, HEADLINES
from warehouse.files import sha256_of
from warehouse.ledger import open_ledger
from warehouse.release import TABLES

MEASURES = ["value_usd", "quotes_received"] + [f"quantity_{unit}" for unit in ("count", "pair", "set", "kg", "m", "m2")]


def releases(home: Home) -> list[Path]:
    return sorted(path for path in home.releases.iterdir() if path.is_dir())


def bytes_of(home: Home) -> dict[str, str]:
    """Every published file but the DuckDB files, whose pages hold no fixed order, by its SHA-256."""
    files = (path for path in home.releases.rglob("*") if path.is_file() and path.name != TABLES)
    return {str(path.relative_to(home.releases)): sha256_of(path) for path in files}


def table(release: Path, name: str) -> pl.DataFrame:
    with connected(release / TABLES, is_read_only=True) as duck:
        return duck.frame(f"select * from {name} order by all")


def searched(installation: Installation, folder: Path, pseudonyms: frozenset[bytes]) -> dict[str, set[str]]:
    """Which kinds of thing the search finds below a folder, by file."""
    settings = installation.settings
    findings = search_files(
        folder,
        public=public_words(settings.taxonomy, settings.trade_bodies, [night.isoformat() for night in NIGHTS]),
        identifiers=known_identifiers(installation.marketplace / "truth")["value"].unique(),
        pseudonyms=pseudonyms,
    )
    found: dict[str, set[str]] = {}
    for finding in findings:
        found.setdefault(finding.where, set()).add(finding.what)
    return found


def test_every_night_is_published_and_sealed_and_the_last_one_is_current(published: Installation) -> None:
    with open_ledger(published.home.ledger) as ledger:
        records = ledger.records()

    assert [path.name for path in releases(published.home)] == [night.isoformat() for night in NIGHTS]
    assert [(record.night, record.is_sealed) for record in records] == [(night, True) for night in NIGHTS]
    assert published.home.current.resolve() == published.home.release("2026-02-03").resolve()
    listed = json.loads((published.home.releases / "releases.json").read_text())["releases"]
    assert [release["release_id"] for release in listed] == [night.isoformat() for night in NIGHTS]


def test_nothing_is_lost_in_any_night(published: Installation) -> None:
    nights = [figures_of(published.home, night, "demand_classes") for night in NIGHTS]
    accounts = [Accounting(**figures["accounting"]) for figures in nights]

    for night, account in zip(NIGHTS, accounts, strict=True):
        feeds = figures_of(published.home, night, "scrubbed_events").values()
        assert account.n_rows == sum(feed["n_rows"] for feed in feeds)
        assert account.n_rows == account.n_refused + account.n_duplicates + account.n_events
        assert account.n_pooled_before + account.n_events == sum(
            n for name, n in asdict(account).items()
            if name in ("n_classed", "n_netted", "n_opted_out", "n_erased", "n_destroyed", "n_pooled")
        )  # fmt: skip
    assert all(later.n_pooled_before == earlier.n_pooled for earlier, later in pairwise(accounts))
    assert sum(account.n_events for account in accounts) >= N_EVENTS * 0.9
    assert min(sum(getattr(account, name) for account in accounts) for name in ("n_refused", "n_duplicates")) > 0


def test_the_events_of_all_nights_are_in_classes_or_wait(published: Installation) -> None:
    accounts = [Accounting(**figures_of(published.home, night, "demand_classes")["accounting"]) for night in NIGHTS]

    classes = table(releases(published.home)[-1], "classes")

    assert classes["n_events"].sum() == sum(account.n_classed for account in accounts) > 0
    n_netted = sum(account.n_netted for account in accounts)
    assert n_netted > 0, "the marketplace sends cancellations of orders that still wait"
    assert classes["n_events"].sum() + accounts[-1].n_pooled + n_netted == sum(account.n_events for account in accounts)


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_every_published_class_is_safe_by_what_it_says_of_itself(published: Installation, night: object) -> None:
    classes = table(published.home.release(str(night)), "classes")
    policy = published.settings.policy

    assert classes.filter(pl.col("n_contributors") < policy.buyers.k).is_empty()
    assert classes.filter(pl.col("n_events") < pl.col("n_contributors")).is_empty()
    for measure in MEASURES:
        status = pl.col(measure.replace("_usd", "").replace("_received", "") + "_status")
        assert set(classes.select(status.unique()).to_series()) <= {"given", "none", "withheld"}
        assert classes.filter((status == "given") != pl.col(measure).is_not_null()).is_empty()
    required = pl.col("kind").is_in([kind.value for kind in policy.required])
    assert classes.filter(required & (pl.col("value_status") == "withheld")).is_empty()
    assert classes.select("release_id", "class_id").is_unique().all()
    public_key = ["release_id", "kind", "product_code", "place_code", "period_level", "period_start", "price_low",
                  "price_high"]  # fmt: skip
    assert classes.select(public_key).is_unique().all()


def test_published_classes_never_change(published: Installation) -> None:
    tables = [table(release, "classes") for release in releases(published.home)]

    for earlier, later in pairwise(tables):
        known = earlier["release_id"].unique()
        assert later.filter(pl.col("release_id").is_in(known.implode())).equals(earlier)
    assert tables[-1].height > tables[0].height


def test_the_top_of_the_demand_table_sums_to_the_classes(published: Installation) -> None:
    release = releases(published.home)[-1]
    demand, classes = table(release, "demand"), table(release, "classes")

    top = demand.filter(product_level="all", place_level="world", period_level="year").filter(pl.col("nes").is_null())

    assert dict(top.group_by("kind").agg(pl.col("n_events").sum()).rows()) == dict(
        classes.group_by("kind").agg(pl.col("n_events").sum()).rows()
    )
    assert demand.filter(pl.col("contributors_min") > pl.col("contributors_max")).is_empty()
    assert demand.filter(pl.col("contributors_min") < published.settings.policy.buyers.k).is_empty()


def test_the_month_close_reaches_rungs_that_no_other_night_reaches(published: Installation) -> None:
    rungs = {
        str(night): {
            found["rung"]
            for found in figures_of(published.home, night, "demand_classes")["rungs"]
            if found["n_classes"]
        }
        for night in NIGHTS
    }

    closing = rungs.pop("2026-02-02")
    assert {rung for rung in closing if rung.endswith("month")} and {rung for rung in closing if rung.endswith("dekad")}
    assert all(rung.endswith("day") for found in rungs.values() for rung in found)


def test_a_month_is_estimated_on_the_night_of_its_close_and_what_was_drawn_stays(published: Installation) -> None:
    figures = ["n_events_estimate", "n_events_margin", "value_usd_estimate", "value_usd_margin"]
    node = ["kind", "product_code", "place_code", "period_level", "period_start"]
    tables = [table(release, "demand") for release in releases(published.home)]
    assert [demand["n_events_estimate"].drop_nulls().len() > 0 for demand in tables] == [False] * 5 + [True] * 2
    closing, last = (
        demand.filter(pl.col("n_events_estimate").is_not_null(), pl.col("period_level") == "month")
        for demand in tables[-2:]
    )
    assert (closing["n_events_estimate"] >= closing["n_events"]).all()
    assert closing.filter(product_code="all", place_code="001")["n_events_margin"].unique().to_list() == [0.0]
    both = closing.join(last.filter(~pl.col("is_after_estimate")), on=node, suffix="_now")
    assert both.height > 100
    assert all(both[name].equals(both[f"{name}_now"], null_equal=True) for name in figures)
    with open_ledger(published.home.ledger) as ledger:
        drawn = ledger.duck.frame("select night, purpose, rho_nano from draws")
        asked = ledger.duck.frame("select distinct month from asked_terms")["month"].to_list()
        n_cells = ledger.duck.value("select count(*) from term_counts")
    estimates = published.settings.policy.estimates
    assert estimates is not None
    assert drawn.height == 3 * len(estimates.shares) + 1
    assert drawn["night"].unique().to_list() == [NIGHTS[-2]]
    assert asked == [date(2026, 2, 1)]
    assert n_cells == term_cells(published.settings.taxonomy).height
    assert [table(release, "terms").height for release in releases(published.home)][:5] == [0] * 5
    assert 12 * drawn["rho_nano"].sum() <= float(estimates.rho_year) * 10**9


def test_a_rerun_from_scratch_gives_the_same_bytes(published: Installation, rerun: Rerun) -> None:
    again = bytes_of(rerun.settings.home)

    assert bytes_of(published.home) == again
    n_extracts = len(NIGHTS) * len(published.settings.trade_bodies)
    assert len([name for name in again if name.endswith(".parquet")]) == len(EXTRACTED) * n_extracts
    assert len([name for name in again if name.endswith((".xlsx", ".md"))]) == 2 * n_extracts


def test_a_rerun_from_scratch_gives_the_same_tables(published: Installation, rerun: Rerun) -> None:
    for night in NIGHTS:
        ours, theirs = published.home.release(str(night)), rerun.settings.home.release(str(night))
        for name in (*CATALOGUED, DICTIONARY):
            assert table(ours, name).equals(table(theirs, name))


def test_no_planted_identifier_and_no_pseudonym_stands_in_any_byte_of_any_release(
    published: Installation, rerun: Rerun
) -> None:
    assert len(rerun.pseudonyms) > N_EVENTS
    assert searched(published, published.home.releases, rerun.pseudonyms) == {}


def test_the_search_finds_what_is_planted_in_a_release(published: Installation, rerun: Rerun, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(releases(published.home)[0] / "extracts" / "acma", folder)
    planted = known_identifiers(published.marketplace / "truth")
    email = planted.filter(pl.col("value").str.contains("@") & pl.col("value").str.contains(r"^[ -~]+$"))["value"][0]
    pseudonym = min(rerun.pseudonyms)
    for path in folder.iterdir():
        path.chmod(0o644)

    pq.write_table(pa.table({"note": [f"ask {email} today"]}), folder / "page.parquet", compression="zstd")
    pq.write_table(pa.table({"n": [1]}).replace_schema_metadata({"by": email}), folder / "footer.parquet")
    package = folder / "datapackage.json"
    package.write_text(package.read_text().replace('"title": "', f'"title": "{email} ', 1))
    (folder / "raw.bin").write_bytes(b"\0" * 5 + pseudonym + b"\0" * 5)
    (folder / "spelled.txt").write_text(f"key {pseudonym.hex()}")

    assert searched(published, folder, rerun.pseudonyms) == {
        "page.parquet": {"identifier"},
        "footer.parquet": {"identifier"},
        "datapackage.json": {"identifier"},
        "raw.bin": {"pseudonym"},
        "spelled.txt": {"pseudonym"},
    }


def test_a_second_demo_run_changes_no_published_byte(published: Installation, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(published.home.root, home.root, symlinks=True, ignore=shutil.ignore_patterns("dagster"))
    shutil.copytree(published.marketplace, home.demo)
    (home.demo / "marketplace.txt").write_text(f"{N_EVENTS} events, seed 7\n")
    before = {path: path.stat().st_mtime_ns for path in home.releases.rglob("*")}

    run_demo(type(published.settings)(home, published.settings.config), n_events=N_EVENTS, seed=7)

    assert {path: path.stat().st_mtime_ns for path in home.releases.rglob("*")} == before


def keys_of(value: Any) -> set[str]:
    """Every key of a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


PRIVATE_FIGURE = re.compile(r"pool|refus|reject|quarantin|duplicat|opt|eras|destroy|scrub|placeholder|n_rows|withheld$")


def test_nothing_published_tells_figures_of_the_private_side(published: Installation) -> None:
    files = sorted(published.home.releases.rglob("*.json"))
    reports = [json.loads(path.read_text()) for path in files if path.name == "disclosure.json"]
    # what a report says of inputs is rounded; its policy names rules, its measures count published classes
    spoken = [{part: told for part, told in report.items() if part not in ("inputs", "policy", "measures")}
              for report in reports]  # fmt: skip
    others = [json.loads(path.read_text()) for path in files if path.name != "disclosure.json"]

    assert len(reports) == len(NIGHTS)
    assert len(others) == 1 + len(NIGHTS) * (1 + len(published.settings.trade_bodies))
    assert {key for told in (*others, *spoken) for key in keys_of(told) if PRIVATE_FIGURE.search(key)} == set()
    assert {n % 1_000 for report in reports for n in report["inputs"].values()} == {0}
    assert set(json.loads((published.home.current / "release.json").read_text())) == set(ReleaseManifest.model_fields)


def test_a_release_holds_these_files_and_tables_and_no_others(published: Installation) -> None:
    release = releases(published.home)[-1]
    bodies = {body.id for body in published.settings.trade_bodies}
    with connected(release / TABLES, is_read_only=True) as duck:
        names = set(duck.frame("select table_name from duckdb_tables()")["table_name"])
        views = set(duck.frame("select view_name from duckdb_views() where not internal")["view_name"])
        macros = set(duck.frame("select function_name from duckdb_functions() where not internal")["function_name"])
    parts = {str(path.relative_to(release)) for path in release.rglob("*") if path.is_file()}

    signed = {
        *(f"{name}.parquet" for name in EXTRACTED), *(f"headline_{name}.csv" for name in HEADLINES), "headline.xlsx",
        "brief.html", "brief.hi.html", "CHANGES.md", "datapackage.json", "public-key.pem", "SHA256SUMS",
        "SHA256SUMS.sig",
    }  # fmt: skip
    assert (names, views, macros) == (set(CATALOGUED), {DICTIONARY}, set(MACROS))
    assert parts == {TABLES, "release.json", "disclosure.json", "disclosure.html"} | {
        f"extracts/{body}/{name}" for body in bodies for name in signed
    }
    manifest = json.loads((release / "release.json").read_text())
    assert (manifest["schema_version"], manifest["release_id"]) == (SCHEMA_VERSION, release.name)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_private_things_are_closed_and_released_ones_readable_and_frozen(published: Installation) -> None:
    home = published.home
    closed = [home.private, home.landing, home.keys, home.dagster, *(home.private / "quarantine").iterdir()]
    closed += home.landing.glob("*/*")
    secret = [home.ledger, *home.keys.iterdir(), *(home.private / "reports").rglob("*.json")]
    secret += [*(home.private / "quarantine").rglob("*.parquet"), *(path for path in home.landing.rglob("*.*"))]
    secret = [path for path in secret if path.is_file()]
    open_files = [path for release in releases(home) for path in release.rglob("*") if path.is_file()]

    assert {mode(path) for path in closed} == {0o700}
    assert {mode(path) for path in secret} == {0o600}
    assert {mode(path) for path in open_files} == {0o444}
    assert {mode(path) for path in releases(home)} == {0o755}


def test_a_sealed_night_leaves_no_scrubbed_rows_no_staging_and_no_contributor_rows(published: Installation) -> None:
    assert not list((published.home.private / "scrubbed").iterdir())
    assert not list((published.home.private / "staging").iterdir())
    with connected(published.home.ledger, is_read_only=True) as duck:
        assert duck.value("select count(*) from pool where fate is not null") == 0
        assert (
            duck.value("select count(*) from pool")
            == figures_of(published.home, NIGHTS[-1], "demand_classes")["accounting"]["n_pooled"]
        )
