"""Where buyers sit: 213 countries with their names, weights as buying markets, clocks, phones and cities.

The table is `countries.csv`: `weight` is relative demand (South-East Asia, the Middle East, Africa and
Latin America first), `people` the pool of names, `mobile_prefix` + `n_mobile_digits` a mobile number after `dial_code`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from feeds.demo.pools import Floats, Ints, Pools

JUNK_COUNTRIES = ("Unspecified", "Other", "N/A", "-", "Global", "European Community", "Middle East", "Select Country")

# What one unit of a currency is worth in USD, in this world; a country whose currency is missing trades in USD.
USD_PER_UNIT = {
    "USD": 1.0, "EUR": 1.09, "GBP": 1.27, "INR": 0.0119, "AED": 0.2723, "SAR": 0.2667, "CNY": 0.139, "BRL": 0.18,
    "MXN": 0.053, "ZAR": 0.055, "TRY": 0.029, "MYR": 0.225, "THB": 0.029, "IDR": 0.0000625, "VND": 0.0000395,
    "KES": 0.0077, "NGN": 0.00065, "XOF": 0.00166, "JPY": 0.0067, "KRW": 0.00073, "AUD": 0.66, "SGD": 0.75, "PLN": 0.25,
}  # fmt: skip


@dataclass(frozen=True)
class Places:
    """One entry a country, in the order of `countries.csv`."""

    iso2: pl.Series
    names: Pools
    weights: Floats
    people: tuple[str, ...]
    languages: tuple[str, ...]
    currencies: pl.Series
    utc_offset_minutes: Ints
    utc_offsets: pl.Series
    dial_codes: pl.Series
    mobile_prefixes: pl.Series
    n_mobile_digits: Ints
    cities: Pools

    @property
    def n(self) -> int:
        """How many countries there are."""
        return len(self.iso2)


_CONCENTRATION = 1.7
"""Sharpens the table's weights: a few markets buy most, as in trade."""


@cache
def read_places() -> Places:
    """The countries of the committed table."""
    text = dict.fromkeys(("iso2", "dial_code", "mobile_prefix"), pl.String)
    rows = pl.read_csv(Path(__file__).with_name("countries.csv"), schema_overrides=text, null_values=[])
    minutes = rows["utc_offset_minutes"].to_list()
    offsets = [f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in minutes]
    weights = rows["weight"].to_numpy().astype(np.float64) ** _CONCENTRATION
    return Places(
        iso2=rows["iso2"],
        names=Pools.of([names.split(";") for names in rows["names"]]),
        weights=weights / weights.sum(),
        people=tuple(rows["people"]),
        languages=tuple(rows["language"]),
        currencies=pl.Series([code if code in USD_PER_UNIT else "USD" for code in rows["currency"]]),
        utc_offset_minutes=np.array(minutes, np.int64),
        utc_offsets=pl.Series(offsets),
        dial_codes=rows["dial_code"],
        mobile_prefixes=rows["mobile_prefix"],
        n_mobile_digits=rows["n_mobile_digits"].to_numpy().astype(np.int64),
        cities=Pools.of([cities.split(";") for cities in rows["cities"]]),
    )
