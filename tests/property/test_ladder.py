"""What the ladder promises of every pool: disjoint, complete, safe, and blind to order and names."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.rules import judged
from schemas.policy import Policy
from tests.support import definitions_of_safe as by_definition
from tests.support.ladder_by_definition import classes_by_definition
from tests.support.small_world import CLOSING_NIGHT, PLACES, PRODUCTS, TAXONOMY, policy, pools
from tests.support.sums import buyers_of, suppliers_of
from warehouse.duck import Duck, connected

POLICY = policy(buyers={"k_seasoned": 2})


def _walk(
    duck: Duck, pool: pl.DataFrame, rules: Policy = POLICY, night: date = CLOSING_NIGHT
) -> dict[str, pl.DataFrame]:
    duck.load("pooled", pool)
    walk(duck, policy=rules, taxonomy=TAXONOMY, night=CLOSING_NIGHT, previous=None)
    names = ("found_classes", "classed", "found_measures")
    return {name: duck.frame(f"select * from {name}") for name in names}


@pytest.fixture(scope="module")
def duck():
    with connected(None) as connection:
        yield connection


@given(pools())
@settings(max_examples=10, deadline=None)
def test_classes_are_disjoint_and_hold_only_events_at_or_below_them(duck: Duck, pool: pl.DataFrame) -> None:
    result = _walk(duck, pool)
    assert result["classed"]["event_no"].is_unique().all()
    assert set(result["classed"]["class_no"]) == set(result["found_classes"]["class_no"])
    products = {code: set(_with_ancestors(PRODUCTS, code)) for _, code, _, _ in PRODUCTS}
    places = {code: set(_with_ancestors(PLACES, code)) for _, code, _, _ in PLACES}
    joined = result["classed"].join(result["found_classes"], on="class_no").join(pool, on="event_no")
    for row in joined.iter_rows(named=True):
        assert row["kind"] == row["kind_right"]
        assert PRODUCTS[row["product"]][1] in products[row["product_code"]]
        assert PLACES[row["place"]][1] in places[row["country"] or "001"]
        assert row["is_settled"] and row["period_start"] <= row["occurred_on"]


@given(pools())
@settings(max_examples=10, deadline=None)
def test_every_class_and_every_given_measure_passes_the_rules_word_for_word(duck: Duck, pool: pl.DataFrame) -> None:
    result = _walk(duck, pool)
    events = result["classed"].join(pool, on="event_no")
    measures = result["found_measures"]
    for class_no in result["found_classes"]["class_no"]:
        mine = events.filter(class_no=class_no)
        kind = mine["kind"][0]
        for measure, amount in {"n_events": pl.lit(1), "value_usd": pl.col("value_cents")}.items():
            verdict = measures.filter(class_no=class_no, measure=measure)
            known = mine.with_columns(amount=amount).filter(pl.col("amount").is_not_null())
            assert verdict.height == (known.height > 0)
            if not known.height:
                continue
            held = {
                row["contributor"]: (row["amount"], row["is_counting"])
                for row in known.group_by("contributor", "is_counting")
                .agg(pl.col("amount").sum())
                .iter_rows(named=True)
            }
            sold = _sums(known.drop_nulls("supplier"), "supplier")
            supplied = {row["supplier"]: (row["amount"], True) for row in sold}
            is_safe = all(
                rule(side, rules)
                for side, rules in ((held, POLICY.buyers), (supplied, POLICY.suppliers))
                if side
                for rule in (by_definition.passes_threshold, by_definition.passes_p_percent, by_definition.passes_share)
            )
            is_safe = is_safe and by_definition.passes_seasoned(held, _seasoned(known), POLICY.buyers)
            if verdict["is_given"][0] or measure == "n_events" or kind == "order":
                assert is_safe, f"a class publishes an unsafe {measure}"
            assert verdict["amount"][0] == known["amount"].sum()


@given(pools())
@settings(max_examples=10, deadline=None)
def test_sql_and_the_functions_of_the_door_agree_on_every_measure(duck: Duck, pool: pl.DataFrame) -> None:
    result = _walk(duck, pool)
    events = result["classed"].join(pool, on="event_no").rename({"class_no": "group_no"})
    for measure, amount in {"n_events": pl.lit(1), "value_usd": pl.col("value_cents")}.items():
        known = events.with_columns(amount=amount).drop_nulls("amount")
        verdicts = judged(
            buyers_of(known),
            suppliers_of(known),
            buyers=POLICY.buyers,
            suppliers=POLICY.suppliers,
        ).collect()
        mine = dict(verdicts.select("group_no", "is_safe").iter_rows())
        theirs = dict(result["found_measures"].filter(measure=measure).select("class_no", "is_given").iter_rows())
        assert mine == theirs


@given(pools(), st.sampled_from([1, 2]), st.sampled_from([0, 1, 5]), st.sampled_from([0, 1, 3]), st.booleans())
@settings(max_examples=17, deadline=None)
def test_classes_are_exactly_those_of_the_ladder_word_for_word(
    duck: Duck, pool: pl.DataFrame, coalition: int, max_peels: int, k_seasoned: int, is_february_asked: bool
) -> None:
    rules = policy(
        buyers={
            "k": 4,
            "coalition": coalition,
            "k_seasoned": k_seasoned,
            "seasoned_from": date(2026, 2, 1) if is_february_asked else None,
        },
        suppliers={"k": 3, "p": "0.10", "coalition": 1, "max_share": "0.7"},
        max_peels=max_peels,
    )
    expected = classes_by_definition(pool, rules, TAXONOMY, CLOSING_NIGHT)
    found = _walk(duck, pool, rules)["classed"].group_by("class_no").agg("event_no").sort("class_no")
    assert [set(events) for events in found["event_no"]] == expected


@pytest.mark.parametrize("attribute", ["supplier", "product", "country", "quotes"])
@given(pool=pools(), max_peels=st.sampled_from([0, 5]))
@settings(max_examples=5, deadline=None)
def test_classes_are_as_diverse_as_the_policy_asks_word_for_word(
    duck: Duck, pool: pl.DataFrame, max_peels: int, attribute: str
) -> None:
    rules = policy(diversity={"attribute": attribute, "l": 3}, max_peels=max_peels)
    expected = classes_by_definition(pool, rules, TAXONOMY, CLOSING_NIGHT)
    found = _walk(duck, pool, rules)["classed"].group_by("class_no").agg("event_no").sort("class_no")
    assert [set(events) for events in found["event_no"]] == expected


@given(pools(), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_result_depends_neither_on_row_order_nor_on_names(duck: Duck, pool: pl.DataFrame, random) -> None:
    first = _walk(duck, pool)
    names = list(range(100))
    random.shuffle(names)
    renamed = pool.with_columns(
        contributor=pl.col("contributor").replace_strict(dict(enumerate(names)), return_dtype=pl.Int64),
        supplier=pl.col("supplier").replace_strict(dict(enumerate(names)), return_dtype=pl.Int64),
    ).sample(fraction=1, shuffle=True, seed=random.randint(0, 999))
    second = _walk(duck, renamed)
    for name, keys in {"found_classes": "class_no", "classed": "event_no"}.items():
        assert first[name].sort(keys).equals(second[name].sort(keys))
    order = ["class_no", "measure"]
    assert first["found_measures"].sort(order).equals(second["found_measures"].sort(order))


def test_one_absurd_account_is_peeled_and_does_not_block_the_others(duck: Duck) -> None:
    pool = _orders([100] * 5 + [1_000_000])
    result = _walk(duck, pool)
    assert result["classed"]["event_no"].sort().to_list() == [0, 1, 2, 3, 4]


def test_without_peeling_the_absurd_account_does_block_them_at_every_rung(duck: Duck) -> None:
    result = _walk(duck, _orders([100] * 5 + [1_000_000]), policy(max_peels=0))
    assert result["classed"].is_empty()


def _orders(values: list[int]) -> pl.DataFrame:
    rows = [
        {
            "event_no": no, "kind": "order", "occurred_on": date(2026, 1, 20), "is_settled": True, "contributor": no,
            "is_counting": True, "first_month": date(2025, 12, 1),
            "supplier": None, "product_code": "610910", "country": "KE", "unit": None,
            "quantity_milli": None, "value_cents": value, "quotes_received": None,
        }
        for no, value in enumerate(values)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=POOLED_COLUMNS)


def _with_ancestors(rows: tuple[tuple[str, str, str | None, str | None], ...], code: str) -> list[str]:
    parent = {row[1]: row[2] for row in rows}
    found, at = [], code
    while at is not None:
        found.append(at)
        at = parent[at]
    return found


def _seasoned(known: pl.DataFrame) -> set[int]:
    """Contributors with an event in a later month than that in which they were first active."""
    return {
        row["contributor"]
        for row in known.iter_rows(named=True)
        if row["first_month"] and row["first_month"].month % 12 < row["occurred_on"].month
    }


def _sums(known: pl.DataFrame, *by: str) -> list[dict[str, int]]:
    return known.group_by(by).agg(pl.col("amount").sum()).to_dicts()
