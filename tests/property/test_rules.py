"""Each rule against its definition, and each rule's closure under union (the ground of docs/guarantee.md)."""

from decimal import Decimal

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anonymize.classes.rules import judged
from schemas.policy import BuyerRules
from tests.support import definitions_of_safe as by_definition

NO_SALES = pl.LazyFrame(schema={"group_no": pl.Int64, "supplier": pl.Int64, "amount": pl.Int64})
SEASONED = frozenset({0, 1, 2, 4, 6, 7})
AMOUNT = st.one_of(st.integers(0, 20), st.sampled_from([0, 1, 10, 100, 1_000, 10_000]))
HOLDINGS = st.dictionaries(st.integers(0, 9), st.tuples(AMOUNT, st.booleans()), min_size=1, max_size=8)

LIKELY_SAFE = st.dictionaries(
    st.integers(0, 9),
    st.tuples(st.integers(3, 12), st.sampled_from([True, True, True, False])),
    min_size=7,
    max_size=10,
)

ALL_ZERO = st.dictionaries(st.integers(0, 9), st.tuples(st.just(0), st.just(True)), min_size=7, max_size=10)


@st.composite
def rule_sets(draw: st.DrawFn) -> BuyerRules:
    coalition = draw(st.integers(1, 3))
    k = draw(st.integers(coalition + 2, 6))
    return BuyerRules(
        k=k,
        k_seasoned=draw(st.integers(0, k)),
        seasoned_from=None,
        p=draw(st.sampled_from([Decimal("0.05"), Decimal("0.10"), Decimal("0.33"), Decimal("1")])),
        coalition=coalition,
        max_share=draw(st.sampled_from([Decimal("0.3"), Decimal("0.6"), Decimal("0.9")])),
    )


def _amounts(held: dict[int, tuple[int, bool]]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {
                "group_no": 1,
                "contributor": contributor,
                "is_counting": counts,
                "is_seasoned": contributor in SEASONED,
                "amount": amount,
            }
            for contributor, (amount, counts) in held.items()
        ],
        schema={
            "group_no": pl.Int64,
            "contributor": pl.Int64,
            "is_counting": pl.Boolean,
            "is_seasoned": pl.Boolean,
            "amount": pl.Int64,
        },
    )


def _verdict(
    held: dict[int, tuple[int, bool]], rules: BuyerRules, sales: pl.LazyFrame = NO_SALES, *, may_be_zero: bool = False
) -> dict[str, object]:
    verdicts = judged(_amounts(held), sales, buyers=rules, suppliers=rules, may_be_zero=may_be_zero)
    return verdicts.collect().row(0, named=True)


@given(HOLDINGS, rule_sets(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_rule_says_what_its_definition_says(
    held: dict[int, tuple[int, bool]], rules: BuyerRules, may_be_zero: bool
) -> None:
    verdict = _verdict(held, rules, may_be_zero=may_be_zero)
    assert verdict["threshold"] == by_definition.passes_threshold(held, rules)
    assert verdict["seasoned"] == by_definition.passes_seasoned(held, SEASONED, rules)
    assert verdict["share"] == by_definition.passes_share(held, rules, may_be_zero=may_be_zero)
    if len(held) > rules.coalition:  # with fewer contributors a full coalition does not exist; k forbids that anyway
        assert verdict["p_percent"] == by_definition.passes_p_percent(held, rules)


@given(LIKELY_SAFE, st.one_of(LIKELY_SAFE, ALL_ZERO), rule_sets(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_two_safe_groups_together_are_safe(
    one: dict[int, tuple[int, bool]], other: dict[int, tuple[int, bool]], rules: BuyerRules, may_be_zero: bool
) -> None:
    other = {i: (amount, one[i][1] if i in one else counts) for i, (amount, counts) in other.items()}
    assume(all(_verdict(held, rules, may_be_zero=may_be_zero)["is_safe"] for held in (one, other)))
    both = {
        i: (one.get(i, (0, False))[0] + other.get(i, (0, False))[0], (one.get(i) or other[i])[1]) for i in one | other
    }
    assert _verdict(both, rules, may_be_zero=may_be_zero)["is_safe"]


def test_none_at_all_is_safe_only_of_a_measure_that_may_be_zero_and_of_enough_contributors() -> None:
    rules = BuyerRules(k=3, p=Decimal("0.10"), coalition=1, max_share=Decimal("0.6"), k_seasoned=0, seasoned_from=None)
    nothing = dict.fromkeys(range(3), (0, True))
    assert _verdict(nothing, rules, may_be_zero=True)["is_safe"]
    assert not _verdict(nothing, rules)["is_safe"]
    assert not _verdict(dict.fromkeys(range(2), (0, True)), rules, may_be_zero=True)["is_safe"]


@given(
    st.dictionaries(
        st.integers(0, 7), st.dictionaries(st.one_of(st.none(), st.integers(0, 4)), AMOUNT, min_size=1), min_size=2
    ),
    st.lists(st.booleans(), min_size=8, max_size=8),
    rule_sets(),
)
@settings(max_examples=200, deadline=None)
def test_the_joint_rule_is_at_least_as_strict_as_its_definition(
    bought: dict[int, dict[int | None, int]], counts: list[bool], rules: BuyerRules
) -> None:
    held = {i: (sum(sales.values()), counts[i]) for i, sales in bought.items()}
    sold: dict[int, int] = {}
    for sales in bought.values():
        for supplier, amount in sales.items():
            if supplier is not None:
                sold[supplier] = sold.get(supplier, 0) + amount
    assume(sold and len(held) > rules.coalition)
    sales_frame = pl.LazyFrame([{"group_no": 1, "supplier": s, "amount": a} for s, a in sold.items()])
    if _verdict(held, rules, sales_frame)["joint"]:
        assert by_definition.passes_joint(bought, dict(enumerate(counts)), rules)
