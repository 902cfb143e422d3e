"""Points in time as feeds write them: by a format, as ISO 8601, or as `6 days ago`. Called by `feeds.helpers`.

All results are UTC. A time that a clock change skipped is null, one that it repeats is read as the earlier.
"""

from datetime import date, datetime, time

import polars as pl

UTC_TYPE = pl.Datetime("us", "UTC")
_NUMBER_WORDS = {"a": "1", "an": "1", "one": "1"}
_DAY_WORDS = {"just now": "0 days ago", "now": "0 days ago", "today": "0 days ago", "yesterday": "1 day ago"}
_FIXED = (("second", "s"), ("sec", "s"), ("minute", "m"), ("min", "m"), ("hour", "h"), ("hr", "h"), ("day", "d"),
          ("week", "w"), ("month", "mo"), ("year", "y"))  # fmt: skip
_RELATIVE = r"^(\d{1,3}|an?|one) (second|sec|minute|min|hour|hr|day|week|month|year)s? (?:before|ago|earlier)$"
_DAY_FIGURES = ("%d", "%j", "%F", "%D", "%x", "%e")
_CLOCK_FIGURES = ("%H", "%I", "%T", "%R", "%X", "%c", "%s", "%+", "%k", "%l", "%r")


def in_utc(naive: pl.Expr, zone: str) -> pl.Expr:
    """A time without a zone, read as local time of `zone`."""
    local = naive.cast(pl.Datetime("us")).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").cast(UTC_TYPE)


def timestamp(text: pl.Expr, *, format: str, zone: str) -> pl.Expr:
    """The time a text gives by a strptime format, or `iso`; null where it gives none.

    A format with an offset (`%z`) needs no zone; a date alone is its midnight in `zone`.
    """
    plain = text.str.strip_chars()
    if format == "iso":
        return _iso(plain, zone)
    if "%z" in format or "%:z" in format or "%#z" in format:
        return plain.str.to_datetime(format, strict=False, time_unit="us", time_zone="UTC").cast(UTC_TYPE)
    if not any(figure in format for figure in _CLOCK_FIGURES):
        return in_utc(plain.str.to_date(format, strict=False), zone)
    return in_utc(plain.str.to_datetime(format, strict=False, time_unit="us"), zone)


def relative_time(text: pl.Expr, *, observed_on: date, zone: str) -> pl.Expr:
    """The time that `9 minutes before`, `6 days ago`, `yesterday` or `Just now` means; null where it means none.

    It counts back from the last second of `observed_on` in `zone`: the feed does not say at what hour it was read,
    and so no event falls after the day it was seen on, and hours keep to that day while they fit into it.
    """
    last_second = datetime.combine(observed_on, time(23, 59, 59))
    plain = text.str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " ")
    plain = plain.replace(_DAY_WORDS)
    count = plain.str.extract(_RELATIVE, 1).replace(_NUMBER_WORDS)
    unit = plain.str.extract(_RELATIVE, 2).replace(dict(_FIXED))
    local = pl.lit(last_second, dtype=pl.Datetime("us")).dt.offset_by("-" + count + unit)
    return in_utc(local, zone)


def has_day(format: str) -> bool:
    """Whether a strptime format, or `iso`, tells a day at all."""
    return format == "iso" or any(figure in format for figure in (*_DAY_FIGURES, "%s", "%c", "%+"))


def _iso(plain: pl.Expr, zone: str) -> pl.Expr:
    """ISO 8601 with `T` or a space; an offset, else `zone`; seconds and fractions may be left out."""
    joined = plain.str.replace(" ", "T", literal=True)
    with_offset = "%Y-%m-%dT%H:%M:%S%.f%#z"
    has_offset = joined.str.contains(r"T.*(?:[zZ]|[+-]\d{2}(?::?\d{2})?)$")
    offset_time = pl.when(has_offset).then(joined)
    local_time = pl.when(~has_offset & joined.str.contains("T", literal=True)).then(joined)
    day = pl.when(~joined.str.contains("T", literal=True)).then(joined)
    return pl.coalesce(
        offset_time.str.to_datetime(with_offset, strict=False, time_unit="us", time_zone="UTC").cast(UTC_TYPE),
        in_utc(local_time.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us"), zone),
        in_utc(local_time.str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us"), zone),
        in_utc(day.str.to_date("%Y-%m-%d", strict=False), zone),
    )
