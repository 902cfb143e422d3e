"""A night that must not be published stays unpublished, whichever late step an operator materialises alone."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from assets.audit import audit_night
from assets.figures import figures_of, keep_figures
from assets.settings import Settings
from pipelines.runner import run_night
from schemas.errors import DisclosureError
from tests.conftest import Installation
from tests.e2e.conftest import CLOSING, Rerun
from tests.support.dagster_home import copy_of, materialise, own_environment, refusals
from warehouse.audit import ATTACKS
from warehouse.disclosure import PAGE, REPORT, read_public
from warehouse.duck import connected
from warehouse.exact_disclosure import read_exact
from warehouse.files import tree_digest

LATE_STEPS = ("demand_tables", "disclosure_report", "extracts", "audit", "release")
AS_ONE_CONTRIBUTOR = """
update pool set account = (
    select min(account) from pool where fate_night = $night and fate = 'classed' and class_no = 1
) where fate_night = $night and fate = 'classed' and class_no = 1
"""
ONE_EVENT_ELSEWHERE = """
update pool set class_no = (
    select min(class_no) from classes where night = $night and kind <> (
        select kind from classes where night = $night and class_no = 1
    )
) where event_no = (select min(event_no) from pool where fate_night = $night and fate = 'classed' and class_no = 1)
"""
ONE_CENT_MORE = """
update class_measures set amount = amount + 1
where night = $night and measure = 'value_usd'
    and class_no = (select min(class_no) from class_measures where night = $night and measure = 'value_usd')
"""


@pytest.fixture
def audited(rerun: Rerun, tmp_path: Path) -> Settings:
    """An installation whose closing night is staged and has passed the audit, but is not released."""
    return copy_of(rerun.audited, tmp_path / "home")


def state(settings: Settings) -> tuple[set[str], str]:
    home = settings.home
    return {str(path.relative_to(home.root)) for path in home.releases.rglob("*")}, str(home.current.readlink())


def assert_unpublished(settings: Settings, before: tuple[set[str], str]) -> None:
    assert not settings.home.release(CLOSING.isoformat()).exists()
    assert state(settings) == before


def exact_report(settings: Settings) -> Path:
    return settings.home.report(CLOSING) / REPORT


def assert_reported(settings: Settings, secret: str) -> None:
    """What the operator finds: who stopped the night, all exact figures of it, and nothing of what was found."""
    folder = settings.home.report(CLOSING)
    told = read_exact(folder)
    accounting = figures_of(settings.home, CLOSING, "demand_classes")["accounting"]
    assert {attack.attack: attack.n_found for attack in told.attacks if attack.n_found} == {"identifiers": 1}
    assert not told.has_passed and told.chain is None
    assert {attack.attack for attack in told.attacks if attack.figures} == set(ATTACKS)
    assert told.accounting == accounting and told.pool.n_events == accounting["n_pooled"]
    assert told.audited_digest == tree_digest(settings.home.staging(CLOSING))
    assert told.public == read_public(settings.home.staging(CLOSING))
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert "Stopped by identifiers: nothing was published." in page and "not sealed yet" in page
    assert secret not in page and secret not in (folder / REPORT).read_text(encoding="utf-8")


def planted_email(published: Installation) -> str:
    """An address that stands in the closing night's raw rows, which are what its audit looks for."""
    found = pl.read_parquet(published.marketplace / "truth" / f"{CLOSING}.parquet").filter(field="email")["value"]
    return str(found.filter(found.str.contains(r"^[a-z.]+@[a-z.]+$")).sort()[0])


def test_an_audited_night_is_published_by_its_release_step_alone(audited: Settings) -> None:
    result = materialise(audited, CLOSING, "release")

    assert result.success
    assert audited.home.current.resolve().name == CLOSING.isoformat()


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        (AS_ONE_CONTRIBUTOR, "classes break the"),
        (ONE_EVENT_ELSEWHERE, "events do not lie in their class"),
        (ONE_CENT_MORE, "rule for value_usd"),
    ],
    ids=["a class of one contributor", "an event in another class", "a sum that is not its events'"],
)
def test_a_ledger_that_breaks_the_promise_stops_every_late_step(audited: Settings, tampering: str, reason: str) -> None:
    before = state(audited)
    with connected(audited.home.ledger) as duck:
        assert duck.run(tampering, night=CLOSING) >= 1

    told = {step: refusals(materialise(audited, CLOSING, step)) for step in LATE_STEPS}

    assert not exact_report(audited).exists()  # it told of files that an attack had failed on before
    for step in LATE_STEPS:
        assert list(told[step]) == [step]
        assert "DisclosureError" in told[step][step] and reason in told[step][step]
    assert_unpublished(audited, before)


def test_a_class_below_k_names_the_threshold_and_k(audited: Settings) -> None:
    with connected(audited.home.ledger) as duck:
        duck.run(AS_ONE_CONTRIBUTOR, night=CLOSING)

    told = refusals(materialise(audited, CLOSING, "release"))["release"]

    assert "threshold" in told and "k = 10" in told and "1 of" in told


def test_an_audit_that_finds_something_stops_its_own_run_and_a_later_release_alone(
    audited: Settings, published: Installation
) -> None:
    before = state(audited)
    note = audited.home.staging(CLOSING) / "note.txt"
    note.write_text(f"ask {planted_email(published)}\n")

    assert read_exact(audited.home.report(CLOSING)).has_passed
    together = materialise(audited, CLOSING, "audit", "release")
    alone = materialise(audited, CLOSING, "release")

    failed = [check.check_name for check in together.get_asset_check_evaluations() if not check.passed]
    assert failed == ["identifiers_finds_nothing"]
    assert not together.success and "release" not in {event.step_key for event in together.get_step_success_events()}
    assert "have not passed the audit" in refusals(alone)["release"]
    assert figures_of(audited.home, CLOSING, "audit")["findings"] == [
        {"attack": "identifiers", "n": 1, "what": "identifier", "where": "note.txt"}
    ]
    assert_reported(audited, planted_email(published))
    assert_unpublished(audited, before)


def test_a_canary_stops_a_release_though_no_row_of_the_night_holds_it(audited: Settings) -> None:
    audited.home.canaries.write_text("Quillfeather Ombudsbury Trading\n")
    (audited.home.staging(CLOSING) / "note.txt").write_text("from Quillfeather Ombudsbury Trading")

    result = materialise(audited, CLOSING, "audit")

    assert [check.check_name for check in result.get_asset_check_evaluations() if not check.passed] == [
        "identifiers_finds_nothing"
    ]


def test_every_attack_leaves_its_figures_in_the_private_report(audited: Settings) -> None:
    figures = figures_of(audited.home, CLOSING, "audit")["figures"]

    assert set(figures) == set(ATTACKS)
    assert figures["dominance"]["buyers_closest_ratio"] >= 0.1
    assert figures["collusion"]["closest_ratio"] >= 0.1 and figures["collusion"]["pairs_estimated"] > 1_000
    assert figures["linkage"]["least_crowd"] >= 10 and figures["linkage"]["n_linked"] > 1_000
    assert figures["steering"]["n_accounts"] == 9
    assert figures["differencing"]["earlier_releases"] >= 1


def test_a_finding_in_the_whole_night_stops_it_with_one_line_that_tells_no_value(
    rerun: Rerun, published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = copy_of(rerun.before_closing, tmp_path / "home")
    before, email = state(settings), planted_email(published)
    from assets import extracts

    write = extracts.write_extracts

    def with_a_note(*args: object, **kwargs: object) -> object:
        written = write(*args, **kwargs)  # type: ignore[arg-type]
        (settings.home.staging(CLOSING) / "note.txt").write_text(email)
        return written

    monkeypatch.setattr(extracts, "write_extracts", with_a_note)
    with (
        own_environment(),
        pytest.raises(DisclosureError, match=r"identifiers found 1 in note\.txt") as told,
    ):
        run_night(settings, CLOSING)

    assert email not in str(told.value)
    assert_unpublished(settings, before)


def change_a_table(staging: Path) -> None:
    path = staging / "extracts" / "acma" / "classes.parquet"
    frame = pl.read_parquet(path)
    frame.with_columns(pl.col("n_events") + 1).write_parquet(path)


def change_a_byte(staging: Path) -> None:
    path = staging / "release.json"
    path.write_bytes(path.read_bytes() + b"\n")


def add_a_file(staging: Path) -> None:
    (staging / "extracts" / "readme.txt").write_text("hello")


def take_a_file_away(staging: Path) -> None:
    (staging / "extracts" / "acma" / "SHA256SUMS.sig").unlink()


def swap_two_bodies(staging: Path) -> None:
    extracts = staging / "extracts"
    (extracts / "acma").rename(extracts / "aside")
    (extracts / "fieo").rename(extracts / "acma")
    (extracts / "aside").rename(extracts / "fieo")


@pytest.mark.parametrize("change", [change_a_table, change_a_byte, add_a_file, take_a_file_away, swap_two_bodies])
def test_bytes_that_changed_after_the_audit_are_refused(audited: Settings, change: object) -> None:
    before = state(audited)
    change(audited.home.staging(CLOSING))  # type: ignore[operator]

    result = materialise(audited, CLOSING, "release")

    assert "DisclosureError" in refusals(result)["release"]
    assert "have not passed the audit" in refusals(result)["release"]
    assert_unpublished(audited, before)


def test_a_forged_verdict_does_not_publish_tables_that_are_not_the_proven_ones(audited: Settings) -> None:
    before = state(audited)
    staging = audited.home.staging(CLOSING)
    with connected(staging / "demand.duckdb") as duck:
        duck.run("update classes set n_events = n_events + 1")
    verdict = figures_of(audited.home, CLOSING, "audit") | {"digest": tree_digest(staging), "has_passed": True}
    keep_figures(audited.home, CLOSING, "audit", verdict)

    result = materialise(audited, CLOSING, "release")

    assert "does not hold the sealed classes" in refusals(result)["release"]
    assert_unpublished(audited, before)


def test_a_night_that_was_never_audited_is_not_released(audited: Settings) -> None:
    before = state(audited)
    (audited.home.report(CLOSING) / "audit.json").unlink()

    result = materialise(audited, CLOSING, "release")

    assert "audit has not run" in refusals(result)["release"]
    assert_unpublished(audited, before)


def test_classes_formed_under_another_policy_are_refused(audited: Settings, tmp_path: Path) -> None:
    before = state(audited)
    config = tmp_path / "config"
    shutil.copytree(audited.config, config)
    policy = config / "policy.yaml"
    policy.write_text(policy.read_text().replace("\nversion: ", "\nversion: 9"))

    result = materialise(Settings(audited.home, config), CLOSING, "release")

    assert "was formed under another policy" in refusals(result)["release"]
    assert_unpublished(audited, before)


def test_a_release_that_stands_is_never_replaced(audited: Settings) -> None:
    in_the_way = audited.home.release(CLOSING.isoformat())
    shutil.copytree(audited.home.current.resolve(), in_the_way)

    told = refusals(materialise(audited, CLOSING, "release"))["release"]

    assert "exists and holds other classes" in told
    assert audited.home.current.resolve().name == "2026-02-01"


def test_the_audit_is_kept_with_the_digest_of_what_it_saw(audited: Settings) -> None:
    figures = audit_night(audited, CLOSING)

    assert figures["has_passed"] and figures["digest"] == tree_digest(audited.home.staging(CLOSING))
