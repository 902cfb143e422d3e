"""terms.sql on a few noisy counts, worked out by hand: the floor, the bands, the ranks, and what is called."""

from datetime import date

import polars as pl
import pytest

from anonymize.attacks.asked_terms import terms_beyond_draws, terms_that_moved
from schemas.published import TermRow
from tests.support.asking import ASKING
from warehouse.comments import create_table
from warehouse.demand import fill_terms
from warehouse.duck import connected

# Scale 1,000 is ten contributors: a row is shown from 45 on, and its band reaches 25.8 to either side.
# cotton: 45 is shown (19.2 to 70.8: 19 to 71); 260 (234.2 to 285.8: two digits outward, 230 to 290) against 45 is 215
#   more, noise and chance are sqrt(100 + 260 + 100 + 45) = 22.5: rising; 200 against the mean 152.5: 47.5 more, three
#   times sqrt(100 + 200 + (100 + 45 + 100 + 260) / 4) = 20.6 is 61.9: within noise; 90 against (45 + 260 + 200) / 3:
#   78.3 less, 3 * sqrt(100 + 90 + 805 / 9) = 50.1: fading.
# gots: 44.99 is not shown, 1,234.56 of Western Asia is (1,208.76 to 1,260.36: 1,200 to 1,300), before any record.
# iso: as many as cotton in January, so that both are second; noise below zero counts as nothing in what chance may do.
# gone: on no vocabulary any more, first all the same.
COUNTS = """
month      term     sector   place amount
2025-11-01 cotton   textiles 014   4500
2025-12-01 cotton   textiles 014   26000
2026-01-01 cotton   textiles 014   20000
2026-02-01 cotton   textiles 014   9000
2026-01-01 gots     textiles 014   4499
2026-01-01 gots     textiles 145   123456
2025-12-01 iso      textiles 014   -5000
2026-01-01 iso      textiles 014   20000
2026-01-01 gone     textiles 014   90000
"""
EXPECTED = """
month      term   place low  high rank trend      reason
2025-11-01 cotton 014   19   71   1    not_called before_record
2025-12-01 cotton 014   230  290  1    rising     -
2026-01-01 cotton 014   170  230  2    not_called within_noise
2026-01-01 gots   145   1200 1300 1    not_called before_record
2026-01-01 iso    014   170  230  2    rising     -
2026-02-01 cotton 014   64   120  1    fading     -
"""


def counts() -> pl.DataFrame:
    rows = [line.split() for line in COUNTS.strip().splitlines()[1:]]
    names = ("month", "term", "product_code", "place_code", "amount")
    text = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return text.with_columns(
        pl.col("month").str.to_date(), pl.col("amount").cast(pl.Int64), scale=pl.lit(1000, pl.Int64),
        release_id=pl.lit("2026-02-02"),
    )  # fmt: skip


def table(drawn: pl.DataFrame) -> pl.DataFrame:
    with connected(None) as duck:
        duck.run(create_table("terms", TermRow))
        fill_terms(duck, drawn, ASKING, release_id="2026-03-02")
        return duck.frame("select * from terms order by period_start, product_code, place_code, term")


@pytest.fixture(scope="module")
def terms() -> pl.DataFrame:
    return table(counts())


def test_what_is_shown_of_noisy_counts_is_what_was_worked_out_by_hand(terms):
    told = ("period_start", "term", "place_code", "contributors_low", "contributors_high", "term_rank", "trend",
            "trend_reason")  # fmt: skip
    rows = [
        " ".join("-" if cell is None else str(cell) for cell in row)
        for row in terms.select(told).sort("period_start", "term").rows()
    ]
    assert rows == [" ".join(line.split()) for line in EXPECTED.strip().splitlines()[1:]]
    first = terms.row(0, named=True)
    assert (first["release_id"], first["product_level"], first["place_level"]) == ("2026-03-02", "sector", "subregion")
    assert (first["period_end"], first["term_kind"], first["term_en"]) == (date(2025, 11, 30), "material", "cotton")


def test_a_term_that_the_vocabulary_does_not_hold_is_never_shown(terms):
    assert "gone" not in terms["term"].to_list()


def test_the_audit_comes_to_the_same_by_another_way_and_finds_every_other_row(terms):
    drawn = counts()
    assert terms_beyond_draws(terms, drawn, ASKING) == []
    changes = (
        {"contributors_low": pl.col("contributors_low") + 1},
        {"contributors_high": pl.col("contributors_high") - 10},
        {"trend": pl.lit("rising")},
        {"trend_reason": pl.lit(None, pl.String)},
        {"term_rank": pl.lit(7, pl.Int64)},
        {"term_hi": pl.lit("Project X")},
        {"period_end": pl.col("period_start")},
    )
    for change in changes:
        assert terms_beyond_draws(terms.with_columns(**change), drawn, ASKING), change
    assert terms_beyond_draws(terms.head(5), drawn, ASKING)
    assert terms_beyond_draws(pl.concat([terms, terms.head(1)]), drawn, ASKING)


def test_a_row_may_not_move_between_releases_but_a_term_may_leave_the_vocabulary(terms):
    again = table(counts().with_columns(amount=pl.col("amount") + 500))
    assert terms_that_moved(terms, terms.with_columns(release_id=pl.lit("later")), ASKING, where="first") == []
    [finding] = terms_that_moved(terms, again, ASKING, where="first")
    assert finding.n == terms.height - 1  # the band of two digits is the same five contributors on
    gone = terms.with_columns(term=pl.lit("gone"))
    assert terms_that_moved(gone, terms, ASKING, where="first") == []
