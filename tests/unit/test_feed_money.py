from datetime import date
from pathlib import Path

import polars as pl
import pytest

from feeds.money import load_rates, usd_per_unit
from schemas.errors import ConfigurationError
from tests.support.feeds import CONFIG

HEADER = "currency,from_date,usd_per_unit,source\n"


def rates_of(folder: Path, *lines: str) -> pl.DataFrame:
    (folder / "rates.csv").write_text(HEADER + "\n".join(lines) + "\n")
    return load_rates(folder / "rates.csv")


def test_a_rate_holds_until_the_next_of_its_currency(tmp_path: Path) -> None:
    rates = rates_of(
        tmp_path, "GBP,2025-01-01,1.3,x", "GBP,2010-01-01,1.5,x", "GBP,2012-01-01,,none set", "USD,2000-01-01,1,x"
    )
    days = [date(2009, 12, 31), date(2010, 1, 1), date(2011, 12, 31), date(2012, 1, 1), date(2025, 1, 1)]

    found = usd_per_unit(pl.Series(["GBP", "gbp ", "GBP", "GBP", "GBP"]), pl.Series(days), rates)

    assert found.to_list() == [None, 1.5, 1.5, None, 1.3]


def test_an_unknown_or_missing_currency_has_no_rate_and_rows_keep_their_order(tmp_path: Path) -> None:
    rates = rates_of(tmp_path, "GBP,2010-01-01,1.5,x", "USD,2000-01-01,1,x")
    day = pl.Series([date(2020, 5, day) for day in (4, 1, 3, 2)])

    assert usd_per_unit(pl.Series(["USD", None, "QQQ", "GBP"]), day, rates).to_list() == [1.0, None, None, 1.5]
    assert usd_per_unit(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.Date), rates).to_list() == []


def test_a_hundredth_of_a_currency_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    rates = rates_of(tmp_path, "GBP,2010-01-01,1.5,x", "CNY,2010-01-01,0.14,x")
    day = pl.Series([date(2020, 5, 4)] * 5)

    found = usd_per_unit(pl.Series(["GBp", " GBp", "GBP", "gbp", "RMB"]), day, rates)

    assert found.to_list() == [None, None, 1.5, 1.5, 0.14]


@pytest.mark.parametrize(
    ("currency", "rate"),
    [("CNH", 0.14), ("US$", 1.0), ("US $", 1.0), ("₹", 0.012), ("$", None), ("C$", None), ("£", None), ("¥", None),
     ("Rs", None), ("FOB", None)],
)  # fmt: skip
def test_a_sign_has_a_rate_where_one_currency_alone_bears_it(tmp_path: Path, currency: str, rate: float | None) -> None:
    rates = rates_of(
        tmp_path, *(f"{code},2010-01-01,{usd},x" for code, usd in (("CNY", 0.14), ("USD", 1), ("INR", 0.012)))
    )

    assert usd_per_unit(pl.Series([currency]), pl.Series([date(2020, 5, 4)]), rates).to_list() == [rate]


def test_committed_rates_load_and_say_where_they_come_from() -> None:
    assert load_rates(CONFIG / "rates.csv").filter(pl.col("currency") == "USD")["usd_per_unit"].to_list() == [1.0]
    sources = pl.read_csv(CONFIG / "rates.csv")["source"]
    assert sources.str.contains("set by hand for demonstration|by definition|none set").all()


@pytest.mark.parametrize(
    "line",
    ["gbp,2010-01-01,1.5,x", "GBP,01-01-2010,1.5,x", "GBP,2010-01-01,-1,x", "GBP,2010-01-01,0,x",
     "GBP,2010-01-01,nan,x", "GBP,2010-01-01,abc,x", "GBP,2010-01-01,1.5,",
     "GBP,2010-01-01,1.5,x\nGBP,2010-01-01,1.6,x", "GBP,2010-01-01"],
)  # fmt: skip
def test_a_wrong_line_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"rates\.csv"):
        rates_of(tmp_path, line)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_rates(tmp_path / "rates.csv")
