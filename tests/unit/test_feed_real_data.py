"""What the committed contracts make of real files: figures only; no name, text or row stands here."""

from datetime import date
from pathlib import Path

import pytest

from feeds.check import FeedCheck, check_file
from feeds.contracts import load_contract
from tests.support.feeds import CONFIG, context

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]


def checked(feed: str, file: str, night: date) -> FeedCheck:
    contract = load_contract(CONFIG / "feeds" / f"{feed}.yaml")
    return check_file(contract, DATA / file, context(night, oldest=date(2009, 1, 1)))


def test_rfqs_of_one_country() -> None:
    check = checked("rfqs_uae", "rfqs/rfqs_uae.csv", date(2025, 7, 13))

    assert (check.n_rows, check.n_accepted, check.n_with_country) == (2000, 1996, 1996)
    assert check.refused == {"no_date": 4}
    assert check.drops == {"quantity_too_large": 1}
    assert check.is_within_limit
    assert "Buyer Image URL" in check.ignored_columns


def test_rfqs_of_many_countries() -> None:
    check = checked("rfqs_toys_world", "rfqs/rfqs_toys_world.csv", date(2025, 7, 13))

    assert (check.n_rows, check.n_accepted, check.n_with_country) == (840, 839, 839)
    assert check.n_unknown_countries == 0
    assert check.is_within_limit


def test_rfqs_that_name_no_buyer_are_all_refused() -> None:
    check = checked("rfqs_described", "rfqs/rfqs_described.csv", date(2025, 7, 13))

    assert (check.n_rows, check.n_accepted) == (60, 0)
    assert sum(check.refused.values()) == 60
    assert check.is_within_limit


def test_a_year_of_orders() -> None:
    check = checked("online_retail", "orders/online_retail.parquet", date(2011, 12, 10))

    assert check.n_rows == 541_909
    assert check.refused == {"no_contributor": 135_080}
    assert check.kinds == {"order": 397_924, "cancellation": 8_905}
    assert check.n_accepted == 406_829
    assert check.n_with_value == 406_829 - check.drops["price_not_positive"]
    assert check.n_unknown_countries == 1_063
    assert check.is_within_limit
