"""The disclosure report: its figures follow from published classes, its inputs from thousands, its page from both."""

import json
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets.figures import figures_of
from pipelines.demo import NIGHTS
from schemas.disclosure import PublicReport, RoundedInputs
from schemas.policy import Policy, Rules
from schemas.releases import ReleaseManifest
from tests.conftest import Installation
from tests.support.books import POLICY
from tests.support.published import published_classes, random_classes
from warehouse import charts
from warehouse.audit import ATTACKS
from warehouse.chain import entries
from warehouse.disclosure import (
    MEANINGS,
    PAGE,
    REPORT,
    as_json,
    public_report,
    read_public,
    report_beyond_classes,
    rounded_inputs,
    write_public,
)
from warehouse.disclosure_page import public_page
from warehouse.duck import connected
from warehouse.exact_disclosure import read_exact
from warehouse.ledger import open_ledger
from warehouse.release import TABLES

JANUARY = date(2026, 1, 1)
MANIFEST = ReleaseManifest(
    release_id="2026-02-02",
    night=date(2026, 2, 2),
    previous="2026-02-01",
    schema_version="1.0.0",
    policy_name="small",
    policy_version=1,
    policy_digest="0" * 64,
    classes_digest="1" * 64,
    chain_head="2" * 64,
    n_classes_new=2,
    n_classes=3,
    n_demand_rows=9,
)
INPUTS = rounded_inputs(n_rows=3_472, n_events=3_431, n_identifiers_replaced=42, n_pooled=5_059)
CLASSES = published_classes(
    {"product": "6109", "place": "KE", "period": ("day", JANUARY), "n_events": 8, "n_contributors": 5,
     "value_usd": 10.25, "release_id": "2026-02-01"},
    {"product": "textiles", "place": "001", "period": ("month", JANUARY), "n_events": 4, "n_contributors": 3,
     "value_status": "withheld"},
    {"product": "6109", "place": "KE", "period": ("month", JANUARY), "n_events": 9, "n_contributors": 7,
     "kind": "rfq", "quotes_received": 12, "quotes_status": "given"},
)  # fmt: skip


def report(classes: pl.DataFrame = CLASSES, inputs: RoundedInputs = INPUTS) -> PublicReport:
    return public_report(classes, MANIFEST, POLICY, inputs)


def test_it_tells_of_each_kind_how_much_there_is_and_how_large_the_crowds_are() -> None:
    assert [tuple(kind.model_dump().values()) for kind in report().kinds] == [
        ("order", 2, 1, 12, 10.25, 3, 4.0),
        ("rfq", 1, 1, 9, None, 7, 7.0),
    ]


def test_it_tells_at_which_level_events_and_value_stand_finest_first() -> None:
    assert [tuple(share.model_dump().values()) for share in report().levels] == [
        ("order", "product", "heading", 1, 8, 10.25),
        ("order", "product", "sector", 1, 4, None),
        ("rfq", "product", "heading", 1, 9, None),
        ("order", "place", "country", 1, 8, 10.25),
        ("order", "place", "world", 1, 4, None),
        ("rfq", "place", "country", 1, 9, None),
        ("order", "period", "day", 1, 8, 10.25),
        ("order", "period", "month", 1, 4, None),
        ("rfq", "period", "month", 1, 9, None),
    ]
    assert [tuple(rung.model_dump().values()) for rung in report().rungs] == [
        ("heading x country x day", 1, 0, 8, 10.25),
        ("heading x country x month", 1, 1, 9, None),
        ("sector x world x month", 1, 1, 4, None),
    ]


def test_it_tells_how_often_a_measure_is_withheld() -> None:
    assert [tuple(measure.model_dump().values()) for measure in report().measures] == [
        ("order", "value", 1, 1, 0),
        ("rfq", "quotes", 1, 0, 0),
    ]


def test_a_release_without_a_class_has_a_report_and_a_page() -> None:
    empty = report(CLASSES.clear())

    assert empty.kinds == () and "<h1>" in public_page(empty)


def test_every_attack_that_runs_is_named_with_its_meaning() -> None:
    assert set(MEANINGS) == set(ATTACKS)
    assert [attack.attack for attack in report().attacks] == list(MEANINGS)


@given(seed=st.integers(0, 1_000), n=st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int, n: int) -> None:
    classes = random_classes(seed, n)

    assert report(classes.sample(fraction=1, shuffle=True, seed=seed)) == report(classes)


def test_every_line_of_the_policy_stands_on_the_page() -> None:
    page = public_page(report())
    shown = {name for name in (*Policy.model_fields, *Rules.model_fields) if f">{name}:" in page or f">{name}<" in page}

    apart = {"name", "version", "buyers", "suppliers", "ladder", "scrub"}
    assert shown | apart >= {*Policy.model_fields, *Rules.model_fields}
    assert all(entity.value in page for entity in POLICY.scrub.entities)


def test_drawing_again_gives_the_same_bytes() -> None:
    classes = random_classes(3, 40)
    first = as_json(report(classes)), public_page(report(classes))
    charts._drawn_stacks.cache_clear()

    assert (as_json(report(classes)), public_page(report(classes))) == first


# Nothing about inputs finer than thousands


@given(n=st.lists(st.tuples(st.integers(0, 9), st.integers(-500, 499), st.integers(-500, 499)), min_size=4, max_size=4))
@settings(max_examples=50, deadline=None)
def test_inputs_within_the_same_thousand_cannot_be_told_apart(n: list[tuple[int, int, int]]) -> None:
    names = tuple(RoundedInputs.model_fields)
    one, other = (
        rounded_inputs(**{name: max(k * 1_000 + pair[at], 0) for name, (k, *pair) in zip(names, n, strict=True)})
        for at in (0, 1)
    )

    assert as_json(report(inputs=one)) == as_json(report(inputs=other))


def test_a_report_cannot_hold_an_exact_input() -> None:
    with pytest.raises(ValidationError):
        RoundedInputs(n_rows=3_472, n_events=0, n_identifiers_replaced=0, n_pooled=0)


def test_a_small_input_is_told_as_small() -> None:
    assert INPUTS.n_identifiers_replaced == 0
    assert "under 500" in public_page(report()) and "3,000" in public_page(report())


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_no_exact_input_figure_stands_in_a_published_report(published: Installation, night: date) -> None:
    folder = published.home.release(night.isoformat())
    report = read_public(folder)
    page = re.sub(r"<(style|svg).*?</\1>", " ", (folder / PAGE).read_text(encoding="utf-8"), flags=re.DOTALL)
    seen = {int(number.replace(",", "")) for number in re.findall(r"(?<![\w.,-])\d[\d,]*(?![\w.-]|,\d)", page)}
    totals = {sum(getattr(kind, name) for kind in report.kinds) for name in ("n_classes", "n_classes_new", "n_events")}
    public = numbers(report.model_dump(exclude={"inputs"})) | totals

    exact = {n for n in inputs_of(published, night) if n >= 100 and n % 1_000}

    assert len(exact) >= 5
    assert exact & (seen | numbers(report.inputs.model_dump())) <= public


def inputs_of(published: Installation, night: date) -> set[int]:
    """Every exact count of what came in, and of what it became before there were classes."""
    landed = figures_of(published.home, night, "landed_feeds")
    feeds = [feed | {"epochs": ()} for feed in figures_of(published.home, night, "scrubbed_events").values()]
    accounting = figures_of(published.home, night, "demand_classes")["accounting"] | {"n_classed": 0}
    return numbers([landed, feeds, accounting])


def numbers(value: object) -> set[int]:
    """Every whole number in a nested value."""
    match value:
        case dict():
            return set().union(*map(numbers, value.values()))
        case list() | tuple():
            return set().union(*map(numbers, value))
        case int() | float() if not isinstance(value, bool):
            return {int(value)}
        case _:
            return set()


# The audit builds it again


@pytest.fixture
def staged(tmp_path):
    write_public(report(), tmp_path)
    return tmp_path


def test_the_audit_finds_nothing_in_the_report_as_it_was_staged(staged) -> None:
    assert report_beyond_classes(staged, CLASSES, MANIFEST, POLICY) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("inputs", "n_rows"), 3_472),
        (("inputs", "n_refused"), 0),
        (("kinds", 0, "n_events"), 13),
        (("attacks", 0, "meaning"), "held by 5,059 waiting events"),
    ],
    ids=["exact input", "another input", "another figure", "another sentence"],
)
def test_the_audit_finds_a_report_that_says_more(staged, path, value) -> None:
    told = json.loads((staged / REPORT).read_text())
    at = told
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    (staged / REPORT).write_text(json.dumps(told, indent=2) + "\n")

    assert [finding.where for finding in report_beyond_classes(staged, CLASSES, MANIFEST, POLICY)] == [REPORT]


def test_the_audit_finds_a_page_that_says_more(staged) -> None:
    page = (staged / PAGE).read_text().replace("</main>", "<p>5,059 events wait</p></main>")
    (staged / PAGE).write_text(page)

    assert [finding.where for finding in report_beyond_classes(staged, CLASSES, MANIFEST, POLICY)] == [PAGE]


@pytest.mark.parametrize("name", [REPORT, PAGE])
def test_the_audit_finds_that_a_file_is_missing(staged, name) -> None:
    (staged / name).unlink()

    assert len(report_beyond_classes(staged, CLASSES, MANIFEST, POLICY)) == 1


# Pages that people can read


class Tags(HTMLParser):
    """Every element of a page with its attributes; fails where elements do not nest."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module", params=["public", "exact"])
def page(request, published: Installation) -> str:
    night = NIGHTS[-2]
    home = published.home
    folder = home.release(night.isoformat()) if request.param == "public" else home.report(night)
    return (folder / PAGE).read_text(encoding="utf-8")


def test_a_page_is_whole_in_itself_and_runs_nothing(page: str) -> None:
    tags = Tags(page)

    assert not {tag for tag, _ in tags.found} & {"script", "link", "img", "iframe", "object"}
    references = [
        value for _, attributes in tags.found for name, value in attributes.items() if name in ("src", "href")
    ]
    assert references == []
    assert "@import" not in page and "url(http" not in page
    assert tags.all("html") == [{"lang": "en"}]


def test_every_chart_has_a_text_beside_it_and_the_same_figures_as_a_table(page: str) -> None:
    tags = Tags(page)
    drawings = tags.all("svg")

    assert len(drawings) >= 6
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in drawings)
    assert len(tags.all("figure")) == len(tags.all("figcaption")) == len(tags.all("details")) == len(drawings)
    assert len(tags.all("caption")) == len(tags.all("table"))
    assert all(header["scope"] in ("row", "col") for header in tags.all("th"))


def test_identifiers_of_a_page_are_given_once_and_what_is_referred_to_exists(page: str) -> None:
    given = [attributes["id"] for _, attributes in Tags(page).found if "id" in attributes]

    assert len(given) == len(set(given))
    assert set(re.findall(r"url\(#(\w+)\)", page)) <= set(given)


def test_parts_of_a_bar_differ_by_more_than_colour() -> None:
    drawing = charts.stacked_bars("a", ["x"], {str(part): [1.0] for part in range(5)}, alt="five parts")

    assert drawing.count("<pattern") == 4  # the first part is plain
    assert len(set(re.findall(r"<pattern.*?</pattern>", drawing, re.DOTALL))) == 4


def test_what_a_chart_says_of_itself_is_escaped() -> None:
    drawing = charts.bars("a", ["<b>"], [1], alt='"<b>"')

    assert "<b>" not in drawing


# The exact cut


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_the_exact_report_agrees_with_the_ledger(published: Installation, night: date) -> None:
    exact = read_exact(published.home.report(night))
    with open_ledger(published.home.ledger) as ledger:
        record = ledger.record(night)
        chain = {entry.number: entry.digest for entry in entries(ledger.duck)}

    assert record is not None
    assert exact.accounting["n_rows"] == record.accounting.n_rows == sum(feed.n_rows for feed in exact.feeds)
    assert exact.pool.n_events == record.accounting.n_pooled
    assert sum(share.n_events for share in exact.pool.ages) == exact.pool.n_events
    assert sum(share.n_events for share in exact.pool.chances) == exact.pool.n_events
    assert all(share.night > night for share in exact.pool.chances)
    assert exact.has_passed and {attack.attack for attack in exact.attacks} == set(ATTACKS)
    assert exact.chain is not None and chain[exact.chain.number] == exact.chain.digest
    assert exact.public == read_public(published.home.release(night.isoformat()))


def test_only_the_owner_can_read_the_exact_report(published: Installation) -> None:
    folder = published.home.report(NIGHTS[-1])

    assert {(folder / name).stat().st_mode & 0o777 for name in (REPORT, PAGE)} == {0o600}


def test_the_public_report_sums_to_the_published_classes(published: Installation) -> None:
    folder = published.home.release(NIGHTS[-1].isoformat())
    with connected(folder / TABLES, is_read_only=True) as duck:
        classes = duck.frame("select * from classes")
    told = read_public(folder)

    assert sum(kind.n_events for kind in told.kinds) == classes["n_events"].sum()
    for dimension in ("product", "place", "period"):
        shares = [share for share in told.levels if share.dimension == dimension]
        assert sum(share.n_events for share in shares) == classes["n_events"].sum()
        assert sum(share.n_classes for share in shares) == classes.height
    assert sum(rung.n_classes for rung in told.rungs) == classes.height
    assert min(kind.smallest_crowd for kind in told.kinds) >= published.settings.policy.buyers.k


def test_the_command_line_starts_without_the_chart_library() -> None:
    code = "import sys, pipelines.cli; print('matplotlib' in sys.modules, 'jinja2.environment' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.split()[0] == "False"
