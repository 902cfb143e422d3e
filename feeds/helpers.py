"""The named helpers a contract may apply to an expression: times, quantities, countries, labels, numbers.

Belongs here: the list of helpers with their options; what each does lives in `times`, `units`, `numbers` and
`countries`. Called by `feeds.contracts` (are name and options right?) and `feeds.canonical` (apply).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import available_timezones

import polars as pl

from feeds.countries import Countries
from feeds.numbers import number, over_distinct
from feeds.times import UTC_TYPE, has_day, relative_time, timestamp
from feeds.units import amount_of, unit_of, without_label
from schemas.errors import ConfigurationError

Options = Mapping[str, str]


@dataclass(frozen=True)
class HelperContext:
    """What helpers may know beside the value: the night, the policy's zone, the names of countries."""

    night: date
    zone: str
    countries: Countries


@dataclass(frozen=True)
class Helper:
    """A named helper: how it is applied to a text expression, and the options it takes."""

    apply: Callable[[pl.Expr, Options, HelperContext], pl.Expr]
    required: frozenset[str] = field(default_factory=frozenset)
    optional: frozenset[str] = field(default_factory=frozenset)


def _timestamp(text: pl.Expr, options: Options, context: HelperContext) -> pl.Expr:
    return timestamp(text, format=options["format"], zone=options.get("zone", "UTC"))


def _relative_time(text: pl.Expr, options: Options, context: HelperContext) -> pl.Expr:
    observed_on = date.fromisoformat(options["observed_on"]) if "observed_on" in options else context.night
    zone = options.get("zone", context.zone)
    return over_distinct(
        text, lambda each: relative_time(each, observed_on=observed_on, zone=zone), return_dtype=UTC_TYPE
    )


def _country(text: pl.Expr, options: Options, context: HelperContext) -> pl.Expr:
    return without_label(text).map_batches(context.countries.by_name, return_dtype=pl.String)


def _number(text: pl.Expr, options: Options, context: HelperContext) -> pl.Expr:
    decimal = options.get("decimal", ".")
    return over_distinct(text, lambda each: number(each, decimal=decimal), return_dtype=pl.Float64())


def _quantity(text: pl.Expr, options: Options, context: HelperContext) -> pl.Expr:
    return amount_of(text, decimal=options.get("decimal"))


HELPERS: Mapping[str, Helper] = {
    "timestamp": Helper(_timestamp, frozenset({"format"}), frozenset({"zone"})),
    "relative_time": Helper(_relative_time, optional=frozenset({"observed_on", "zone"})),
    "quantity": Helper(_quantity, optional=frozenset({"decimal"})),
    "unit": Helper(lambda text, options, context: unit_of(text)),
    "country": Helper(_country),
    "strip_label": Helper(lambda text, options, context: without_label(text)),
    "number": Helper(_number, optional=frozenset({"decimal"})),
}
"""`timestamp` reads a time by `format` (strptime, or `iso`), local times in `zone` (default UTC).
`relative_time` reads `6 days ago`, counted back from `observed_on` (default the night) in `zone` (default the
policy's). `quantity` and `unit` take `1,200 Meter/Meters` or `2 x 40ft` apart and convert to the units of
`schemas.events.UNITS`; without `decimal`, `1.000 pcs` may be one or a thousand and is null. `country` reads names and
codes of countries. `strip_label` drops `Posted in:`. `number` reads `£1,234.50`; `decimal` may be a comma."""


def check_helper(name: str, options: Options) -> None:
    """Refuse a helper that does not exist, or options it does not take.

    Raises: ConfigurationError saying which and what would do.
    """
    helper = HELPERS.get(name)
    if helper is None:
        raise ConfigurationError(f"no helper '{name}'; use one of {', '.join(HELPERS)}")
    for option in sorted(helper.required - set(options)):
        raise ConfigurationError(f"helper '{name}' needs the option '{option}'")
    for option in sorted(set(options) - helper.required - helper.optional):
        raise ConfigurationError(f"helper '{name}' takes no option '{option}'")
    if "zone" in options and options["zone"] not in available_timezones():
        raise ConfigurationError(f"helper '{name}', zone: no such time zone; write one such as Asia/Kolkata")
    if options.get("decimal", ".") not in (".", ","):
        raise ConfigurationError(f"helper '{name}', decimal: must be a point or a comma")
    if "format" in options and not has_day(options["format"]):
        raise ConfigurationError(f"helper '{name}', format: must be iso or a strptime format that gives the day")
    if "observed_on" in options and not _is_date(options["observed_on"]):
        raise ConfigurationError(f"helper '{name}', observed_on: must be a date such as 2025-07-13")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
