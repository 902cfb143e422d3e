"""The linkage attack.

What the attacker knows: a customs manifest, company by company: product, country, month. What they want: a published
cell in which a company stands nearly alone.
"""

from datetime import date

import polars as pl

from anonymize.attacks.linkage import companies_singled_out, crowds
from tests.support.published import published_classes
from tests.support.small_world import TAXONOMY
from warehouse.demand import ancestry

UPS = ancestry(TAXONOMY.products), ancestry(TAXONOMY.places)
JANUARY = date(2026, 1, 1)


def _manifest(*lines: tuple[int, str, str]) -> pl.DataFrame:
    rows = [(*line, JANUARY) for line in lines]
    return pl.DataFrame(rows, schema=["company", "product_code", "country", "month"], orient="row")


def _class(product: str, place: str, n: int, period: tuple[str, date] = ("month", JANUARY)) -> dict[str, object]:
    return {"product": product, "place": place, "period": period, "n_events": n, "n_contributors": n}


def test_a_company_alone_in_its_cell_is_singled_out():
    """What a table of plain counts by heading and country publishes."""
    unprotected = published_classes(_class("6109", "KE", 1), _class("6109", "TZ", 30))
    found = crowds(_manifest((1, "610910", "KE"), (2, "610910", "TZ")), unprotected, *UPS, k=10)
    assert (found.n_singled_out, found.least_crowd, found.n_linked) == (1, 1, 2)
    assert [finding.n for finding in companies_singled_out(found)] == [1]


def test_companies_in_classes_stand_in_crowds():
    found = crowds(
        _manifest((1, "610910", "KE"), (2, "610910", "TZ")),
        published_classes(_class("6109", "KE", 12), _class("textiles", "014", 40)),
        *UPS,
        k=10,
    )
    assert (found.n_singled_out, found.least_crowd, found.n_companies) == (0, 12, 2)
    assert companies_singled_out(found) == []


def test_membership_is_certain_only_where_one_class_alone_may_hold_a_line():
    classes = published_classes(_class("6109", "KE", 12), _class("textiles", "014", 40))
    found = crowds(_manifest((1, "610910", "KE"), (2, "610910", "TZ"), (3, "3004", "AE")), classes, *UPS, k=10)
    assert (found.n_certain, found.n_linked) == (1, 2)


def test_a_day_of_the_month_and_a_finer_product_are_candidates_too():
    classes = published_classes(_class("610990", "KE", 3, ("day", date(2026, 1, 31))))
    assert crowds(_manifest((1, "6109", "KE")), classes, *UPS, k=10).n_singled_out == 1


def test_another_month_is_none():
    classes = published_classes(_class("6109", "KE", 3, ("month", date(2026, 2, 1))))
    assert crowds(_manifest((1, "6109", "KE")), classes, *UPS, k=10).n_linked == 0


def test_an_empty_manifest_links_nobody():
    found = crowds(_manifest((1, "6109", "KE")).clear(), published_classes(_class("6109", "KE", 3)), *UPS, k=10)
    assert (found.n_companies, found.least_crowd) == (0, None)
