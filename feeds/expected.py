"""What a night should bring of each feed, learned from published nights, and what is to be thought of what it brought.

Belongs here: bands and verdicts, as functions of counts alone. Does not belong here: where counts are kept
(`warehouse.arrivals`) and what becomes of a night that is held (`assets.arrivals`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from schemas.arrivals import Arrival, Verdict
from schemas.contracts import Band, Expectation

COUNTS = pl.Schema({"feed": pl.String, "country": pl.String, "n_rows": pl.Int64})
"""Rows by feed and country; a null country stands for the whole feed."""

PAST = pl.Schema({"night": pl.Date, "feed": pl.String, "country": pl.String, "n_rows": pl.Int64})
"""The same of published nights. A night of which nothing is told is not known; a feed it leaves out stayed away."""

_NORMAL = 1.4826
"""Turns a median absolute deviation into a standard deviation, for numbers that scatter normally."""
_FAITHFUL = 0.75
"""Share of the nights compared with on which something came, from which on nothing at all is too little."""
_BANDS = pl.Schema(
    {"country": pl.String, "n_usual": pl.Int64, "n_low": pl.Int64, "n_high": pl.Int64, "n_nights": pl.Int64}
)


def judged(
    counts: pl.DataFrame,
    past: pl.DataFrame,
    expectations: Mapping[str, Expectation],
    night: date,
    manifests: Mapping[str, int],
) -> tuple[Arrival, ...]:
    """Every feed that came or should have come, and every country in it, with what is to be thought of its rows.

    Args:
        counts: of the night, as `COUNTS`; feeds that were delivered have a row without a country.
        past: of published nights, as `PAST`.
        expectations: by feed under contract.
        night: the arrival night.
        manifests: rows that a delivery says it holds, by feed.

    Returns: sorted by feed; the whole feed before its countries.

    Guarantee: verdicts do not hang on the order of rows; a feed that brings its median is as usual; fewer rows are
        never judged less short (`tests/property/test_expected.py`).
    """
    found: list[Arrival] = []
    for feed, expectation in sorted(expectations.items()):
        of_feed = counts.filter(feed=feed)
        bands = _bands(past, feed, expectation, night, is_learning=False)
        whole = of_feed.filter(pl.col("country").is_null())
        if whole.is_empty():
            if expectation.presence == "required" or (expectation.presence == "usual" and _low(bands)):
                found.append(_arrival(feed, None, 0, bands, "missing"))
            continue
        found.append(_whole(feed, whole["n_rows"][0], bands, expectation, manifests.get(feed)))
        found += _countries(feed, of_feed.filter(pl.col("country").is_not_null()), bands)
    return tuple(found)


def awaited(past: pl.DataFrame, expectations: Mapping[str, Expectation], night: date) -> frozenset[str]:
    """Feeds that should come before a night begins; while little is known, those that came on most nights so far."""
    return frozenset(
        feed
        for feed, expectation in expectations.items()
        if expectation.presence == "required"
        or (expectation.presence == "usual" and _low(_bands(past, feed, expectation, night, is_learning=True)))
    )


def _whole(feed: str, n_rows: int, bands: pl.DataFrame, expectation: Expectation, manifest: int | None) -> Arrival:
    if manifest is not None and n_rows != manifest:
        verdict: Verdict = "short" if n_rows < manifest else "long"
        return Arrival(feed, None, n_rows, manifest, manifest, manifest, 0, verdict)
    arrival = _arrival(feed, None, n_rows, bands)
    if not n_rows and expectation.presence == "required":
        return _arrival(feed, None, 0, bands, "short")
    return arrival


def _countries(feed: str, counts: pl.DataFrame, bands: pl.DataFrame) -> list[Arrival]:
    came: dict[str, int] = dict(counts.select("country", "n_rows").iter_rows())
    judged_ones = set(bands["country"].drop_nulls())
    return [_arrival(feed, country, came.get(country, 0), bands) for country in sorted(judged_ones | set(came))]


def _arrival(
    feed: str, country: str | None, n_rows: int, bands: pl.DataFrame, verdict: Verdict | None = None
) -> Arrival:
    band = bands.filter(pl.col("country").eq_missing(pl.lit(country)))
    if band.is_empty():
        return Arrival(feed, country, n_rows, None, None, None, 0, verdict or "learning")
    _, n_usual, n_low, n_high, n_nights = band.row(0)
    if verdict is None:
        is_long = n_high is not None and n_rows > n_high
        verdict = "short" if n_rows < n_low else "long" if is_long else "as_usual"
    return Arrival(feed, country, n_rows, n_usual, n_low, n_high, n_nights, verdict)


def _low(bands: pl.DataFrame) -> int:
    whole = bands.filter(pl.col("country").is_null())
    return 0 if whole.is_empty() else int(whole["n_low"][0])


def _bands(past: pl.DataFrame, feed: str, expectation: Expectation, night: date, *, is_learning: bool) -> pl.DataFrame:
    """The band of a feed and of each country that usually brings enough; empty while too little is known."""
    band = expectation.band
    if band is None:
        return pl.DataFrame(schema=_BANDS)
    known = past.filter(pl.col("night") < night, pl.col("night") >= (band.since or date.min))
    own = known.filter(pl.col("feed") == feed)
    whole = own.filter(pl.col("country").is_null())
    if whole.is_empty():
        return pl.DataFrame(schema=_BANDS)
    first = min(whole["night"].to_list())
    nights = sorted(set(known.filter(pl.col("night") >= first)["night"].to_list()))[-band.past_nights :]
    if expectation.presence == "optional":
        nights = sorted(set(nights) & set(whole["night"]))
    if not nights or (not is_learning and len(nights) < band.learning_nights):
        return pl.DataFrame(schema=_BANDS)
    same = [each for each in nights if each.weekday() == night.weekday()]
    nights = same if len(same) >= band.same_weekday_nights else nights
    came = sorted(set(nights) & set(whole["night"]))
    countries = own.filter(pl.col("country").is_not_null())
    return pl.concat(
        [
            _band_of(whole.with_columns(country=pl.lit(None, pl.String)), nights, band),
            _band_of(countries, came, band).filter(pl.col("n_usual") >= band.country_rows),
        ]
    )


def _band_of(counts: pl.DataFrame, nights: Sequence[date], band: Band) -> pl.DataFrame:
    """Median and limits of each country over the nights; a night that does not tell of it counts as none."""
    grid = counts.select("country").unique().join(pl.DataFrame({"night": nights}, {"night": pl.Date}), how="cross")
    filled = grid.join(counts, on=["country", "night"], how="left", nulls_equal=True).with_columns(
        pl.col("n_rows").fill_null(0)
    )
    usual = pl.col("n_rows").median()
    found = (
        filled.with_columns(usual=usual.over("country"))
        .with_columns(far=(pl.col("n_rows") - pl.col("usual")).abs())
        .group_by("country")
        .agg(
            pl.col("usual").first(),
            deviation=pl.col("far").median() * _NORMAL,
            is_faithful=(pl.col("n_rows") > 0).mean() >= _FAITHFUL,
        )
        .with_columns(slack=pl.max_horizontal("deviation", pl.col("usual").sqrt()) * band.spread)
        .sort("country", nulls_last=False)
    )
    low = pl.min_horizontal(pl.col("usual") * band.floor, pl.col("usual") - pl.col("slack")).floor()
    high = pl.max_horizontal(pl.col("usual") * band.ceiling, pl.col("usual") + pl.col("slack")).ceil()
    least = pl.when("is_faithful").then(1.0).otherwise(0.0)
    return found.select(
        "country",
        n_usual=pl.col("usual").floor().cast(pl.Int64),
        n_low=pl.max_horizontal(low, least).cast(pl.Int64),
        n_high=pl.when(pl.col("usual") > 0).then(high).cast(pl.Int64),
        n_nights=pl.lit(len(nights), pl.Int64),
    ).cast(dict(_BANDS))  # type: ignore[arg-type]
