"""The morning page: whole in itself, readable on every screen and in every light, and a function of its model."""

import re
from datetime import date, datetime
from html.parser import HTMLParser

import pytest

from assets.concerns import ZONE
from schemas.morning import MORNING_VERSION, Concern, FeedMorning, Morning, NightMorning, PoolMorning, StepMorning
from schemas.steps import STEPS
from schemas.watch import Colour
from warehouse.morning_page import duration, gigabytes, morning_page

NIGHT = date(2026, 2, 5)


def morning(colour: Colour = "amber", **changes: object) -> Morning:
    step = StepMorning(step=STEPS[0], state="finished", seconds=75.0, usual_seconds=50.0)
    feed = FeedMorning(
        feed="demo_orders", n_files=2, n_bytes=1_500_000, n_rows=12_345, usual_rows=12_000.5, verdict=None,
        n_low=None, n_high=None, n_refused=12, refused_ratio=12 / 12_345, usual_refused_ratio=None,
        refused={"no_date": 9, "too_old": 3},
    )  # fmt: skip
    told = {
        "version": MORNING_VERSION,
        "written_at": datetime(2026, 2, 6, 2, 30, tzinfo=ZONE),
        "night": NIGHT,
        "phase": "published",
        "colour": colour,
        "sentence": "Night 2026-02-05 is published; one thing wants a look.",
        "concerns": (Concern(colour="amber", sentence="audit took 90 s.", command="mandi report --private"),),
        "began_at": None,
        "ended_at": None,
        "feeds": (feed,),
        "identities": ("rows add up",),
        "steps": (step,),
        "attacks": (),
        "release": None,
        "newest_release": "2026-02-04",
        "last_success_at": None,
        "pool": PoolMorning(as_of=NIGHT, n_events=9, ages={"under 7 days": 9}, next_close=None, n_next_close=0),
        "disk_free_bytes": 10**10,
        "disk_total_bytes": 10**11,
        "dates": (),
        "nights": (NightMorning(night=NIGHT, state="published"),),
    }
    return Morning.model_validate(told | changes)


class _Page(HTMLParser):
    """Tags that are open, attributes that fetch, and scripts."""

    VOID = ("meta", "br", "wbr", "link", "img", "input", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetches: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetches += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "action", "data")]
        self.fetches += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} is closed where another tag is open"


def read(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    return parser


EMPTY = {"feeds": (), "steps": (), "pool": None, "nights": (), "concerns": (), "disk_free_bytes": None,
         "disk_total_bytes": None, "night": None, "phase": "none"}  # fmt: skip


@pytest.mark.parametrize(
    "changes", [{}, EMPTY, {"colour": "green"}, {"colour": "red"}], ids=["full", "empty", "g", "r"]
)
def test_a_page_is_whole_in_itself_and_well_formed(changes: dict[str, object]) -> None:
    page = morning_page(morning(**changes))  # type: ignore[arg-type]
    parsed = read(page)

    assert parsed.open == [] and parsed.fetches == []
    assert not parsed.seen & {"script", "link", "img", "iframe", "form", "object", "embed"}
    assert "url(" not in page and "@import" not in page and "http" not in page
    assert {"main", "header", "footer", "h1", "title"} <= parsed.seen


def test_the_same_morning_gives_the_same_bytes() -> None:
    assert morning_page(morning()) == morning_page(morning())


def test_a_sentence_is_text_whatever_it_holds() -> None:
    hostile = "<script>alert(1)</script> & \"quoted\" 'too'"
    concern = Concern(colour="red", sentence=hostile, command=hostile)
    page = morning_page(morning("red", sentence=hostile, concerns=(concern,)))

    assert "<script" not in page and page.count("&lt;script&gt;") == 2


@pytest.mark.parametrize("colour", ["green", "amber", "red"])
def test_a_colour_is_told_by_its_word_and_by_a_shape_of_its_own(colour: Colour) -> None:
    page = morning_page(morning(colour, concerns=()))
    others = {"green": "circle", "amber": "M12 1.5", "red": "M7.4 1"}

    assert f"Mandi is {colour}" in page and f">{colour.capitalize()}" in page
    assert {name for name, shape in others.items() if shape in page} == {colour}


def test_it_tells_figures_as_people_read_them() -> None:
    page = morning_page(morning())

    for text in ("12,345", "usual 12,000", "1 min 15 s", "no date", "(0.10%)", "10 GB free", "mandi report --private"):
        assert text in page, text


def test_a_night_that_never_ran_shows_no_empty_tables() -> None:
    steps = tuple(StepMorning(step=step, state="not run", seconds=None, usual_seconds=None) for step in STEPS)
    page = morning_page(morning("red", feeds=(), steps=steps, phase="missing", identities=()))

    assert "No step ran." in page and "Nothing has landed for this night." in page


def test_what_the_verdict_says_is_not_said_twice() -> None:
    concern = Concern(colour="red", sentence="Night 2026-02-05 did not end.", command="mandi night 2026-02-05")
    page = morning_page(morning("red", sentence=concern.sentence, concerns=(concern,)))

    assert page.count("did not end") == 1 and page.count("mandi night 2026-02-05") == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3_599, "59 min 59 s"),
     (3_600, "1 h 0 min"), (90_061, "25 h 1 min")],
)  # fmt: skip
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(None, "-"), (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (12_345_678, "12 MB"),
                          (1_200_000_000_000, "1,200 GB")],
)  # fmt: skip
def test_sizes(n_bytes: int | None, text: str) -> None:
    assert gigabytes(n_bytes) == text


# Contrast, by WCAG 2.2's formula, of every pair of colours that the style sheet puts together.


def luminance(colour: str) -> float:
    digits = colour if len(colour) == 6 else "".join(each * 2 for each in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [("ink", "paper"), ("soft", "paper"), ("ink", "code"), ("green", "green-back"), ("amber", "amber-back"),
           ("red", "red-back"), ("ink", "green-back"), ("ink", "amber-back"), ("ink", "red-back"), ("green", "paper"),
           ("amber", "paper"), ("red", "paper"), ("amber", "code"), ("red", "code")]  # fmt: skip
SHAPES_ON = [("bar", "paper"), ("usual", "paper")]


@pytest.mark.parametrize("light", ["light", "dark"])
def test_text_and_shapes_stand_out_in_both_lights(light: str) -> None:
    roots = re.findall(r":root \{(.*?)\}", morning_page(morning()), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", roots[0 if light == "light" else 1]))

    assert [pair for pair in TEXT_ON if contrast(*(colours[name] for name in pair)) < 4.5] == []
    assert [pair for pair in SHAPES_ON if contrast(*(colours[name] for name in pair)) < 3] == []


def test_the_measure_of_contrast_is_that_of_the_standard() -> None:
    assert contrast("000", "fff") == pytest.approx(21.0)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01), "the grey that just fails"
