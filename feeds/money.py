"""Currencies to USD by dated rates.

Belongs here: reading `config/rates.csv` and finding the rate of a day. A rate holds from its date until the next one of
its currency; a row without a rate ends the one before. Called by `feeds.values` and `feeds.context`.
"""

from pathlib import Path
from types import MappingProxyType

import polars as pl

from schemas.errors import ConfigurationError

_HUNDREDTH = r"^[A-Z]{2}[a-z]$"
"""How exchanges write a hundredth of a currency: `GBp` are pence."""
_ALSO = MappingProxyType({
    "RMB": "CNY", "CNH": "CNY", "US$": "USD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "NT$": "TWD", "R$": "BRL", "€": "EUR", "₹": "INR", "₽": "RUB", "₩": "KRW", "₫": "VND", "₺": "TRY",
    "₦": "NGN", "฿": "THB", "৳": "BDT", "₴": "UAH", "₸": "KZT", "₪": "ILS",
})  # fmt: skip
"""Names and signs of one currency alone, to its code; the yuan traded abroad, `CNH`, is set as the yuan. `$`, `£`, `¥`,
`C$`, `Rs` and `kr` belong to several countries each: a contract's expression says which is meant."""
_SCHEMA = {"currency": pl.String(), "from_date": pl.String(), "usd_per_unit": pl.String(), "source": pl.String()}


def load_rates(path: Path) -> pl.DataFrame:
    """The rates of a file.

    Returns: one row per currency and first day: currency (ISO 4217), from_date, usd_per_unit (null: none from that day
    on), sorted by from_date and currency.

    Raises: ConfigurationError if the file is missing, has other columns, or holds a currency, date or rate that is
    none, or a currency and day twice.
    """
    rates = None
    try:
        rates = pl.read_csv(path, schema=_SCHEMA).select(
            "currency",
            pl.col("from_date").str.to_date("%Y-%m-%d"),
            pl.col("usd_per_unit").cast(pl.Float64),
            has_source=pl.col("source").is_not_null(),
        )
    except (OSError, pl.exceptions.PolarsError):
        rates = None
    if rates is None or rates.is_empty():
        raise ConfigurationError(
            f"{path.name}: must give currency,from_date,usd_per_unit,source with dates as 2025-01-31. Mend the file."
        )
    is_good = rates.select(
        pl.col("currency").str.contains("^[A-Z]{3}$").all()
        & pl.col("from_date").is_not_null().all()
        & pl.col("has_source").all()
        & (pl.col("usd_per_unit").is_null() | (pl.col("usd_per_unit").is_finite() & (pl.col("usd_per_unit") > 0))).all()
        & pl.struct("currency", "from_date").is_unique().all()
    ).item()
    if not is_good:
        raise ConfigurationError(
            f"{path.name}: each line needs a currency of three capitals, a day it has no other rate for, a rate above "
            "zero or none, and a source. Mend the file."
        )
    return rates.drop("has_source").sort("from_date", "currency")


def usd_per_unit(currencies: pl.Series, days: pl.Series, rates: pl.DataFrame) -> pl.Series:
    """The rate of each row's currency on its day; null where there is none.

    Args:
        currencies: ISO 4217 codes, any case, or names and signs of one currency such as `RMB`, `US$` and `₹`; null
            where unknown. Two capitals and a small letter, as in `GBp`, are a hundredth of the currency and have no
            rate, nor has a sign of several currencies, such as `$`.
        days: dates of the same length.
        rates: as `load_rates` returns them.
    """
    written = currencies.str.strip_chars()
    whole = written.set(written.str.contains(_HUNDREDTH).fill_null(False), None)
    wanted = pl.DataFrame(
        {"currency": whole.str.to_uppercase().str.replace_all(" ", "", literal=True).replace(_ALSO), "day": days}
    )
    pairs = wanted.unique().drop_nulls().sort("day")
    found = pairs.join_asof(
        rates, left_on="day", right_on="from_date", by="currency", strategy="backward", check_sortedness=False
    )
    rows = wanted.join(
        found.select("currency", "day", "usd_per_unit"), on=["currency", "day"], how="left", maintain_order="left"
    )
    return rows["usd_per_unit"]
