"""A feed of made-up buyers, its contract, and a context whose product placements are plain to see."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from feeds.context import ReadContext
from feeds.countries import load_countries
from feeds.money import load_rates
from schemas.contracts import FeedContract

CONFIG = Path(__file__).resolve().parents[2] / "config"
NIGHT = date(2025, 7, 13)

SHIRTS: dict[str, object] = {
    "feed": "shirts",
    "title": "Orders of shirts",
    "format": "csv",
    "kind": "kind",
    "key": ["no"],
    "fields": {
        "occurred_at": {"sql": "day", "helper": "timestamp", "options": {"format": "%d-%m-%Y", "zone": "Asia/Kolkata"}},
        "account": "account",
        "buyer_name": "buyer",
        "country": {"sql": "country", "helper": "country"},
        "title": "item",
        "hs_code": "code",
        "quantity": "amount",
        "unit": "unit",
        "unit_price": "price",
        "currency": "currency",
    },
    "verified": "verified = 'yes'",
}
COLUMNS = "no,kind,day,account,buyer,country,item,code,amount,unit,price,currency,verified"


def shirts(**changes: object) -> FeedContract:
    """The contract of the feed of shirts, with changes at its top level."""
    return FeedContract.model_validate({**SHIRTS, **changes})


def shirts_file(folder: Path, *rows: str, name: str = "shirts.csv") -> Path:
    """A CSV file of the feed of shirts."""
    path = folder / name
    path.write_text("\n".join([COLUMNS, *rows, ""]), encoding="utf-8")
    return path


def codes_of_shirts(codes: pl.Series) -> pl.DataFrame:
    """A placement that knows chapter 61 only."""
    known = codes.str.slice(0, 4).alias("product_code")
    return pl.DataFrame(known).select(
        product_level=pl.when(pl.col("product_code").str.starts_with("61")).then(pl.lit("heading")),
        product_code=pl.when(pl.col("product_code").str.starts_with("61")).then("product_code"),
    )


def texts_of_shirts(texts: pl.Series, least: float) -> pl.DataFrame:
    """A placement that knows the words `shirt` (a heading) and `cloth` (a sector)."""
    text = pl.col("text").str.to_lowercase()
    level = pl.when(text.str.contains("shirt")).then(pl.lit("heading")).when(text.str.contains("cloth"))
    code = pl.when(text.str.contains("shirt")).then(pl.lit("6109")).when(text.str.contains("cloth"))
    return pl.DataFrame({"text": texts}).select(
        product_level=level.then(pl.lit("sector")).otherwise(pl.lit("all")),
        product_code=code.then(pl.lit("textiles_apparel")).otherwise(pl.lit("all")),
    )


def context(
    night: date = NIGHT,
    oldest: date = date(2025, 1, 1),
    place_texts: Callable[[pl.Series, float], pl.DataFrame] = texts_of_shirts,
) -> ReadContext:
    """A context with the committed countries and rates, and a cap of 1,000 USD for inquiries."""
    return ReadContext(
        night=night,
        zone="Asia/Kolkata",
        oldest=oldest,
        max_value_usd={"search": 1, "inquiry": 1_000, "rfq": 2e7, "order": 2e7, "cancellation": 2e7},
        rates=load_rates(CONFIG / "rates.csv"),
        countries=load_countries(CONFIG),
        place_codes=codes_of_shirts,
        place_texts=place_texts,
    )
