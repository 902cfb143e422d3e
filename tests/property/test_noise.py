"""What noise guarantees: bounded parts, budgets that hold, estimates that add up whatever the noise was."""

from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.noise.bounds import bounded_sums
from anonymize.noise.domain import is_coarse
from anonymize.noise.estimates import estimated
from anonymize.noise.fit import shared_out
from anonymize.noise.loss import NANO, rho_nano
from anonymize.noise.marginals import MARGINALS, counted
from anonymize.noise.mechanism import NoisyCounts
from schemas.errors import DisclosureError
from tests.support.estimated import DOMAIN, random_counts, random_month
from tests.support.small_world import PLACES, PRODUCTS
from warehouse.budget import spend, spent_nano
from warehouse.duck import connected
from warehouse.statements import statement

CELL = ["product_code", "place_code"]
PARENTS = {code: parent for _, code, parent, _ in (*PRODUCTS, *PLACES)}
COUNTRIES = [code for level, code, _, _ in PLACES if level == "country"]


def _labels(random: np.random.Generator, classes: pl.DataFrame, at: np.ndarray) -> pl.DataFrame:
    """Events with fine labels drawn from those that their classes may hold."""
    rows = []
    for number in at.tolist():
        node = classes.row(number, named=True)
        products = [code for _, code, _, _ in PRODUCTS if _is_within(code, node["product_code"])]
        countries = [code for code in COUNTRIES if _is_within(code, node["place_code"])]
        countries += [None] if node["place_code"] == "001" else []
        country = countries[random.integers(len(countries))] if countries else None
        rows.append((products[random.integers(len(products))], country, node["product_level"], node["place_level"]))
    names = ["own_product", "own_country", "product_level", "place_level"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _is_within(code: str, node: str) -> bool:
    at: str | None = code
    while at is not None and at != node:
        at = PARENTS[at]
    return at == node


@given(st.integers(0, 2**32), st.integers(1, 400))
@settings(max_examples=25, deadline=None)
def test_one_contributors_labels_exchanged_move_no_count_further_than_the_noise_is_made_for(seed, bound):
    random = np.random.default_rng(seed)
    classes = random_month(seed, 12).filter(is_coarse())
    if classes.is_empty():
        return
    n = int(random.integers(1, 80))
    at = random.integers(0, classes.height, n)
    contributor = pl.Series("contributor", random.integers(0, 4, n))
    weight = pl.Series("n_events", random.integers(1, 6, n))
    before = _labels(random, classes, at).with_columns(contributor, weight)
    other = _labels(random, classes, at).with_columns(contributor, weight)
    after = pl.concat([before.filter(pl.col("contributor") != 0), other.filter(pl.col("contributor") == 0)])
    for marginal in MARGINALS:
        sums = [bounded_sums(counted(marginal, events, DOMAIN), CELL, l2_bound=bound) for events in (before, after)]
        both = sums[0].join(sums[1], on=CELL, how="full", coalesce=True).fill_null(0)
        moved = int(((both["amount"] - both["amount_right"]) ** 2).sum())
        assert moved <= 2 * bound**2
        one = bounded_sums(counted(marginal, before.filter(contributor=0), DOMAIN), CELL, l2_bound=bound)
        assert int((one["amount"] ** 2).sum()) <= bound**2
        assert (one["amount"] >= 0).all()


@given(st.integers(0, 2**32), st.integers(1, 25), st.sampled_from([5, 100, 3000]))
@settings(max_examples=20, deadline=None)
def test_estimates_are_never_below_what_is_known_and_add_up_whatever_the_noise(seed, n, scale):
    classes = random_month(seed, n)
    if classes.filter(is_coarse()).is_empty():
        return
    found = estimated(classes, random_counts(classes, seed, scale), DOMAIN)
    at = {(product, place): row for product, place, *row in found.rows()}
    held = [(row["product_code"], row["place_code"], row["n_events"], row["value_usd"]) for row in classes.to_dicts()]
    for (product, place), (events, margin, cents, value_margin) in at.items():
        inside = [row for row in held if _is_within(row[0], product) and _is_within(row[1], place)]
        beside = [
            row
            for row in held
            if row not in inside
            and (_is_within(row[0], product) or _is_within(product, row[0]))
            and (_is_within(row[1], place) or _is_within(place, row[1]))
        ]
        least, most = (sum(row[2] for row in rows) for rows in (inside, inside + beside))
        assert 100 * least <= events <= 100 * most
        assert 0 <= margin <= 100 * (most - least)
        if cents is not None:
            worth = [round(sum((row[3] or 0) * 100 for row in rows)) for rows in (inside, inside + beside)]
            assert worth[0] <= cents <= worth[1]
            assert 0 <= value_margin <= worth[1] - worth[0]
    total = at["all", "001"]
    assert total[0] == 100 * classes["n_events"].sum()
    assert total[1] == 0
    zero = (0, 0, 0, 0)
    for level, code, _, _ in PLACES:  # a place is its children, and what is known of no country stands at the world
        if level in ("region", "subregion"):
            for product in ("all", "textiles", "pharma"):
                children = [child for child, parent in PARENTS.items() if parent == code]
                parts = [at.get((product, child), zero) for child in children]
                assert at.get((product, code), zero)[0] == sum(part[0] for part in parts)
    for code in [*COUNTRIES, "002", "142", "001"]:
        known = sum(at.get((sector, code), zero)[0] for sector in ("textiles", "pharma"))
        assert known <= at.get(("all", code), zero)[0]
    for sector in ("textiles", "pharma"):
        chapters = [child for child, parent in PARENTS.items() if parent == sector]
        assert sum(at.get((chapter, "001"), zero)[0] for chapter in chapters) <= at.get((sector, "001"), zero)[0]


@given(st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_the_same_classes_and_counts_give_the_same_estimates_in_any_order_of_rows(seed):
    classes = random_month(seed, 15)
    if classes.filter(is_coarse()).is_empty():
        return
    counts = random_counts(classes, seed, 100)
    shuffled = classes.sample(fraction=1.0, shuffle=True, seed=seed % 1000)
    assert estimated(classes, counts, DOMAIN).equals(estimated(shuffled, counts, DOMAIN))


@given(st.integers(0, 10**12), st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_whole_number_is_shared_out_whole(total, weights):
    parts = shared_out(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


@pytest.fixture(scope="module")
def ledger():
    with connected(None) as duck:
        duck.run(statement("ledger/tables"))
        yield duck


@given(
    st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abc"), st.integers(30, 900), st.booleans()), max_size=40)
)
@settings(max_examples=20, deadline=None)
def test_a_year_never_loses_more_than_its_budget_however_often_draws_are_tried(ledger, tries):
    ledger.run("delete from draws")
    limit = Fraction(1, 20)
    for month, purpose, scale, is_changed in tries:
        counts = NoisyCounts(
            np.zeros(1, dtype=np.int64), scale, rho_nano(100, scale), f"{month}{purpose}{scale}{is_changed}"
        )
        before = spent_nano(ledger, 2026)
        arguments = {"month": date(2026, month, 1), "purpose": purpose, "night": date(2027, 1, 1)}
        try:
            is_new = spend(ledger, counts, rho_year=limit, **arguments)
        except DisclosureError:
            is_new = False
        assert spent_nano(ledger, 2026) == before + (counts.rho_nano if is_new else 0) <= limit * NANO
    assert ledger.frame("select month, purpose from draws").is_unique().all()
