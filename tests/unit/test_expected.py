"""What a night should bring, learned from nights before: bands, weekdays, countries, and what breaks them."""

from datetime import date, timedelta

import polars as pl
import pytest

from feeds.expected import COUNTS, PAST, awaited, judged
from schemas.arrivals import Arrival
from schemas.contracts import Band, Expectation

MONDAY = date(2026, 3, 2)
LEARNED = Expectation(band=Band(learning_nights=5, past_nights=40, same_weekday_nights=3, country_rows=100))


def past(
    n_rows: list[int | None], *, feed: str = "orders", country: str | None = None, other: bool = True
) -> pl.DataFrame:
    """One night a number, the last one the day before MONDAY; None: the feed stayed away, another came."""
    first = MONDAY - timedelta(days=len(n_rows))
    nights = [first + timedelta(days=at) for at in range(len(n_rows))]
    rows = [(night, feed, country, n) for night, n in zip(nights, n_rows, strict=True) if n is not None]
    if other:
        rows += [(night, "other", None, 10) for night in nights]
    return pl.DataFrame(rows, schema=PAST, orient="row")


def counts(**n_rows: int) -> pl.DataFrame:
    return pl.DataFrame([(feed, None, n) for feed, n in n_rows.items()], schema=COUNTS, orient="row")


def verdict(n_rows: int | None, known: pl.DataFrame, expectation: Expectation = LEARNED) -> Arrival | None:
    """What is thought of a night that brings so many rows of `orders`; None if nothing is said."""
    came = counts() if n_rows is None else counts(orders=n_rows)
    found = judged(came, known, {"orders": expectation}, MONDAY, {})
    return next(iter(found), None)


@pytest.mark.parametrize(
    ("n_rows", "expected"),
    [
        (1000, "as_usual"), (500, "as_usual"), (3000, "as_usual"), (499, "short"), (0, "short"), (3001, "long"),
        (None, "missing"),
    ],
)  # fmt: skip
def test_rows_are_judged_by_the_median_of_the_nights_before(n_rows: int | None, expected: str) -> None:
    found = verdict(n_rows, past([1000, 1010, 990, 1000, 1000]))

    assert found is not None and found.verdict == expected
    assert (found.n_usual, found.n_low, found.n_high, found.n_nights) == (1000, 500, 3000, 5)


def test_nothing_is_judged_while_too_few_nights_are_known() -> None:
    found = verdict(1, past([1000, 1010, 990, 1000]))

    assert found is not None and found.verdict == "learning" and found.n_low is None
    assert verdict(None, past([1000, 1010, 990, 1000])) is None


def test_a_required_feed_is_missed_from_the_first_night_on() -> None:
    required = Expectation(presence="required")

    missing, empty = verdict(None, past([]), required), verdict(0, past([]), required)
    assert missing is not None and missing.verdict == "missing"
    assert empty is not None and empty.verdict == "short"


def test_an_optional_feed_may_stay_away_but_not_come_short() -> None:
    optional = LEARNED.model_copy(update={"presence": "optional"})
    known = past([1000, None, 1000, None, 1000, 1000, None, 1000])

    assert verdict(None, known, optional) is None
    short = verdict(100, known, optional)
    assert short is not None and short.verdict == "short" and short.n_nights == 5


def test_a_feed_that_comes_every_second_night_is_not_missed() -> None:
    assert verdict(None, past([1000, None] * 5)) is None


def test_a_feed_that_stayed_away_on_every_earlier_monday_is_not_missed_on_a_monday() -> None:
    week = [None, 900, 900, 900, 900, 900, 900]

    assert verdict(None, past(week * 4)) is None
    tuesday = judged(counts(), past(week * 4), {"orders": LEARNED}, MONDAY + timedelta(days=1), {})
    assert [each.verdict for each in tuesday] == ["missing"]


def test_mondays_are_compared_with_mondays_where_enough_are_known() -> None:
    week = [100, 1000, 1000, 1000, 1000, 1000, 1000]

    usual, long = verdict(100, past(week * 3)), verdict(1000, past(week * 3))
    assert usual is not None and (usual.verdict, usual.n_usual, usual.n_nights) == ("as_usual", 100, 3)
    assert long is not None and long.verdict == "long"


def test_one_absurd_night_moves_no_band() -> None:
    calm, wild = verdict(1000, past([1000] * 6)), verdict(1000, past([1000, 1000, 90_000, 1000, 1000, 1000]))

    assert calm is not None and wild is not None
    assert (wild.n_low, wild.n_high) == (calm.n_low, calm.n_high)


def test_a_feed_that_scatters_has_a_wider_band() -> None:
    found = verdict(150, past([200, 1800, 600, 1400, 1000, 900, 1100]))

    assert found is not None and found.verdict == "as_usual" and found.n_low == 1


def test_nights_before_the_contracts_since_are_forgotten() -> None:
    known = past([1000] * 8 + [100] * 5)
    since = MONDAY - timedelta(days=5)
    changed = LEARNED.model_copy(update={"band": Band(learning_nights=5, since=since)})

    before, after = verdict(100, known), verdict(100, known, changed)
    assert before is not None and before.verdict == "short"
    assert after is not None and after.verdict == "as_usual"


def test_a_country_that_usually_brings_enough_is_judged_by_itself() -> None:
    known = pl.concat(
        [past([1000] * 6), *(past([n] * 6, country=c, other=False) for c, n in (("US", 600), ("KE", 20)))]
    )
    came = pl.concat([counts(orders=980), pl.DataFrame([("orders", "KE", 1)], schema=COUNTS, orient="row")])

    found = judged(came, known, {"orders": LEARNED}, MONDAY, {})

    assert [(each.country, each.n_rows, each.verdict) for each in found] == [
        (None, 980, "as_usual"), ("KE", 1, "learning"), ("US", 0, "short"),
    ]  # fmt: skip


@pytest.mark.parametrize(("n_rows", "expected"), [(999, "short"), (1001, "long"), (1000, "learning")])
def test_a_manifest_is_held_to_the_row(n_rows: int, expected: str) -> None:
    found = judged(counts(orders=n_rows), past([]), {"orders": Expectation()}, MONDAY, {"orders": 1000})

    assert [each.verdict for each in found] == [expected]


def test_without_a_band_only_absence_of_a_required_feed_holds() -> None:
    bandless = Expectation(band=None)

    assert verdict(None, past([1000] * 9), bandless) is None
    found = verdict(1, past([1000] * 9), bandless)
    assert found is not None and found.verdict == "learning"


def test_while_learning_a_night_that_begins_by_itself_waits_for_what_came_so_far() -> None:
    known, both = past([1000, 1000]), {"orders": LEARNED, "other": LEARNED, "never": LEARNED}

    assert awaited(known, both, MONDAY) == {"orders", "other"}
    assert awaited(past([]), both, MONDAY) == frozenset()
    assert awaited(past([]), {"orders": Expectation(presence="required")}, MONDAY) == {"orders"}
