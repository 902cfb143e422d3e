"""A night that is not complete is held before anything is classed, until somebody accepts it on the record."""

import shutil
from pathlib import Path

import pytest
import yaml

from assets.completeness import accept_arrival, judge_arrivals, refuse_missing
from assets.demand_classes import class_night
from assets.figures import Figures, figures_of, keep_figures
from assets.scrubbed_events import scrub_night
from assets.settings import ROOT, Settings
from feeds.demo import FEEDS
from feeds.landing import SUMS, land
from feeds.manifest import MANIFEST, manifest_text
from pipelines.keeping import audited_digests
from pipelines.waiting import waiting_nights
from schemas.errors import ConfigurationError, FeedFileError, HeldNightError, NightError
from schemas.home import Home
from tests.conftest import Installation
from tests.support.command import Mandi
from tests.support.refusals import NIGHT, assert_refused, delivered, put
from warehouse.arrivals import arrivals_of
from warehouse.chain import entries
from warehouse.ledger import open_ledger
from warehouse.verification import first_problem, verify

WHY = "public holiday at the sender"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The committed configuration, with demo feeds that have learned after five nights."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    for feed in FEEDS:
        path = folder / "feeds" / f"{feed}.yaml"
        contract = yaml.safe_load(path.read_text(encoding="utf-8"))
        contract["expects"] = {"band": {"learning_nights": 5, "floor": 0.35, "country_rows": 30}}
        path.write_text(yaml.safe_dump(contract), encoding="utf-8")
    return folder


@pytest.fixture
def settings(later: Mandi, config: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with seven published nights that has learned what is usual."""
    monkeypatch.setenv("MANDI_CONFIG", str(config))
    return Settings(Home(later.home), config)


def read(settings: Settings, **n_rows: int) -> None:
    """What reading the night counted: as on the last published night, with other numbers for some feeds."""
    counted: Figures = figures_of(settings.home, NIGHT.replace(day=3), "scrubbed_events")
    for feed, n in n_rows.items():
        share = n / counted[feed]["n_rows"]
        counted[feed]["n_rows"] = n
        counted[feed]["countries"] = {c: int(m * share) for c, m in counted[feed]["countries"].items()}
    keep_figures(settings.home, NIGHT, "scrubbed_events", counted)


def put_all(settings: Settings, published: Installation, *but: str) -> None:
    for feed in (feed for feed in FEEDS if feed not in but):
        put(settings.home.root, delivered(published, feed), feed)


def test_every_published_night_left_what_arrived_by_feed_and_country(published: Installation) -> None:
    with open_ledger(published.home.ledger) as ledger:
        for record in ledger.records():
            arrivals = arrivals_of(ledger, record.night)
            wholes = {each.feed: each for each in arrivals if each.country is None}
            assert set(wholes) == set(FEEDS)
            assert sum(each.n_rows for each in wholes.values()) == record.accounting.n_rows
            for feed, whole in wholes.items():
                in_countries = sum(each.n_rows for each in arrivals if each.feed == feed and each.country)
                assert 0 < in_countries <= whole.n_rows


def test_a_missing_feed_holds_the_night_before_a_row_is_read(
    later: Mandi, settings: Settings, published: Installation
) -> None:
    put_all(settings, published, "demo_orders")

    told = assert_refused(later, "night", str(NIGHT), saying=f"night {NIGHT} is held: demo_orders has not landed")

    assert f"mandi night {NIGHT} --accept-missing demo_orders --reason" in told.err
    assert not settings.home.scrubbed(NIGHT).exists()
    assert "waits for demo_orders" in later("nights").out


def test_a_missing_feed_that_is_accepted_lets_the_night_begin_and_stays_on_record(
    later: Mandi, settings: Settings, published: Installation
) -> None:
    put_all(settings, published, "demo_orders")
    landed = frozenset(FEEDS) - {"demo_orders"}

    accept_arrival(settings, NIGHT, "demo_orders", "missing", WHY)
    accept_arrival(settings, NIGHT, "demo_orders", "missing", WHY)

    refuse_missing(settings, NIGHT, landed)
    with pytest.raises(HeldNightError, match="demo_rfqs has not landed"):
        refuse_missing(settings, NIGHT, landed - {"demo_rfqs"})
    with open_ledger(settings.home.ledger) as ledger:
        kept = [entry.facts for entry in entries(ledger.duck) if entry.facts["kind"] == "acceptance"]
        links = verify(ledger, settings.home, audited=audited_digests(settings.home))
        (waiting,) = waiting_nights(settings, ledger)
    assert [(facts["feed"], facts["verdict"], facts["reason"]) for facts in kept] == [("demo_orders", "missing", WHY)]
    assert first_problem(links) is None
    assert (waiting.awaited, waiting.held) == (frozenset(), ())
    assert WHY in later("nights").out


@pytest.mark.parametrize(("n_rows", "verdict"), [(1, "short"), (60_000, "long")])
def test_a_feed_beyond_its_band_holds_the_night_whichever_step_is_run(
    settings: Settings, n_rows: int, verdict: str
) -> None:
    read(settings, demo_rfqs=n_rows)

    for step in (judge_arrivals, class_night):
        with pytest.raises(
            HeldNightError, match=rf"demo_rfqs is (far too )?{verdict}, {n_rows:,} rows as against"
        ) as told:
            step(settings, NIGHT)
    assert f"--accept-{verdict} demo_rfqs" in str(told.value)
    with open_ledger(settings.home.ledger) as ledger:
        assert ledger.record(NIGHT) is None
        assert next(each.verdict for each in arrivals_of(ledger, NIGHT) if each.feed == "demo_rfqs") == verdict


def test_an_acceptance_holds_for_the_rows_that_were_accepted_and_no_others(settings: Settings) -> None:
    read(settings, demo_rfqs=9)
    with pytest.raises(HeldNightError):
        judge_arrivals(settings, NIGHT)

    accept_arrival(settings, NIGHT, "demo_rfqs", "short", WHY)

    figures = judge_arrivals(settings, NIGHT)
    assert figures["is_complete"] and [each["reason"] for each in figures["accepted"]] == [WHY]
    read(settings, demo_rfqs=8)
    with pytest.raises(HeldNightError, match="8 rows"):
        judge_arrivals(settings, NIGHT)


def test_a_country_that_falls_silent_holds_the_night(settings: Settings) -> None:
    usual = figures_of(settings.home, NIGHT.replace(day=3), "scrubbed_events")["demo_searches"]["countries"]
    largest = max(usual, key=lambda country: usual[country])
    counted = figures_of(settings.home, NIGHT.replace(day=3), "scrubbed_events")
    counted["demo_searches"]["countries"][largest] = 0
    keep_figures(settings.home, NIGHT, "scrubbed_events", counted)

    with pytest.raises(HeldNightError, match=f"demo_searches is not as usual from {largest} 0 rows as against"):
        judge_arrivals(settings, NIGHT)


@pytest.mark.parametrize(
    ("feed", "verdict", "reason", "error", "saying"),
    [
        ("demo_rfqs", "missing", "", ConfigurationError, "needs a reason"),
        ("strangers", "missing", WHY, ConfigurationError, "no feed of that name"),
        ("demo_rfqs", "missing", WHY, NightError, "has landed; nothing of it is missing"),
        ("rfqs_uae", "missing", WHY, NightError, "it may stay away"),
        ("demo_rfqs", "short", WHY, NightError, "is not held for demo_rfqs being short"),
    ],
    ids=["no reason", "no such feed", "landed", "optional", "never judged"],
)
def test_nothing_can_be_accepted_that_does_not_hold_the_night(
    settings: Settings,
    published: Installation,
    feed: str,
    verdict: str,
    reason: str,
    error: type[Exception],
    saying: str,
) -> None:
    put_all(settings, published)

    with pytest.raises(error, match=saying):
        accept_arrival(settings, NIGHT, feed, verdict, reason)  # type: ignore[arg-type]


def test_a_published_night_accepts_nothing(settings: Settings) -> None:
    with pytest.raises(NightError, match="already published"):
        accept_arrival(settings, NIGHT.replace(day=3), "demo_rfqs", "short", WHY)


def test_a_delivery_is_replaced_only_where_that_is_asked_for(
    later: Mandi, settings: Settings, published: Installation, tmp_path: Path
) -> None:
    whole = delivered(published, "demo_inquiries")
    part = tmp_path / whole.name
    part.write_text("\n".join(whole.read_text(encoding="utf-8").splitlines()[:5]) + "\n", encoding="utf-8")
    assert later("land", "demo_inquiries", part, "--night", str(NIGHT)).code == 0

    assert "holds another delivery" in later("land", "demo_inquiries", whole, "--night", str(NIGHT)).err
    assert later("land", "demo_inquiries", whole, "--night", str(NIGHT), "--replace").code == 0

    assert (settings.home.landed("demo_inquiries", NIGHT) / whole.name).read_bytes() == whole.read_bytes()
    refused = later("land", "demo_inquiries", part, "--night", "2026-02-03", "--replace")
    assert refused.code == 2 and "is released" in refused.err


# A manifest


def test_a_manifest_that_counts_other_rows_holds_the_night(
    later: Mandi, published: Installation, tmp_path: Path
) -> None:
    settings = Settings(Home(later.home), ROOT / "config")
    file, manifest = tmp_path / "few.csv", tmp_path / MANIFEST
    lines = delivered(published, "demo_inquiries").read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines[:4], "cut", ""]), encoding="utf-8")
    manifest.write_text(manifest_text({file.name: 50}), encoding="utf-8")
    contract = settings.contracts["demo_inquiries"].model_copy(update={"max_refused_ratio": 1.0})
    land([file, manifest], contract, settings.home.landed("demo_inquiries", NIGHT))
    settings.contracts["demo_inquiries"] = contract

    read_now = scrub_night(settings, NIGHT)["demo_inquiries"]

    assert (0 < read_now["n_rows"] < 5, read_now["n_told"]) == (True, 50)
    with pytest.raises(HeldNightError, match=f"{read_now['n_rows']} rows as against 50 that its manifest counts"):
        judge_arrivals(settings, NIGHT)


def test_a_contract_that_wants_a_manifest_lands_nothing_without_one(
    settings: Settings, published: Installation, tmp_path: Path
) -> None:
    contract = settings.contracts["demo_inquiries"]
    strict = replace_expects(contract)
    file, folder = delivered(published, "demo_inquiries"), settings.home.landed("demo_inquiries", NIGHT)

    with pytest.raises(FeedFileError, match=f"expects a {MANIFEST}"):
        land([file], strict, folder)
    assert not folder.exists()


def replace_expects(contract):  # type: ignore[no-untyped-def]
    return contract.model_copy(update={"expects": contract.expects.model_copy(update={"manifest": True})})


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"a.csv": -1}}', '{"files": {"other.csv": 1}}', '{"rows": 1}'])
def test_a_manifest_of_another_form_or_of_other_files_lands_nothing(
    settings: Settings, published: Installation, tmp_path: Path, text: str
) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    folder = settings.home.landed("demo_inquiries", NIGHT)

    with pytest.raises(FeedFileError, match=MANIFEST):
        land(
            [delivered(published, "demo_inquiries"), tmp_path / MANIFEST], settings.contracts["demo_inquiries"], folder
        )
    assert not (folder / SUMS).exists()
