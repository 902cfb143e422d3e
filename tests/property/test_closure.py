"""Every rule found in rules.py is closed under union: nobody can add one that is not without this page noticing.

The rules are taken from the module and from the verdicts, not from a list kept here.
"""

import inspect
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes import rules as room
from anonymize.classes.rules import judged
from schemas.policy import BuyerRules
from tests.property.test_rules import rule_sets

LEANS_ON = {"joint": ["p_percent"]}
"""A rule that is closed only together with another: a class that names no supplier passes the joint rule by its p%."""
N_PAIRS = 60
SHARE_SEASONED = 0.2
SMALL = BuyerRules(k=4, p=Decimal("0.10"), coalition=1, max_share=Decimal("0.6"), k_seasoned=2, seasoned_from=None)


def rules_of(module: object) -> set[str]:
    """Names of the public functions that make an expression: the rules."""
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name for name, made in functions if not name.startswith("_") and made.__annotations__["return"] is pl.Expr}


def columns_of_rules(verdicts: pl.DataFrame) -> list[str]:
    return [name for name, dtype in verdicts.schema.items() if dtype == pl.Boolean and name != "is_safe"]


def _pairs(seed: int) -> pl.DataFrame:
    """What is bought in groups 3n and 3n + 1, and, as group 3n + 2, in both together: one row per buyer and supplier.

    Sizes reach from too few to enough, amounts from even to dominated; some groups name no supplier. Who is seasoned
    hangs on the event: the same contributor may be in one group and not in the other.
    """
    random = np.random.default_rng(seed)
    counts = random.random(14) < 0.8
    parts = []
    for group in range(2 * N_PAIRS):
        n = int(random.integers(2, 40))
        contributor = random.integers(0, random.integers(2, 14), n)
        amount = random.integers(0, 10, n) if random.random() < 0.8 else random.choice([0, 1, 100], n)
        supplier = random.integers(0, 12, n) if random.random() < 0.7 else [None] * n
        parts.append(
            pl.DataFrame(
                {
                    "contributor": contributor,
                    "is_counting": counts[contributor],
                    "is_seasoned": random.random(n) < SHARE_SEASONED,
                    "supplier": list(supplier),
                    "amount": amount,
                },
                schema={
                    "contributor": pl.Int64,
                    "is_counting": pl.Boolean,
                    "is_seasoned": pl.Boolean,
                    "supplier": pl.Int64,
                    "amount": pl.Int64,
                },
            ).with_columns(group_no=pl.lit(3 * (group // 2) + group % 2, pl.Int64))
        )
    single = pl.concat(parts)
    return pl.concat([single, single.with_columns(group_no=pl.col("group_no") // 3 * 3 + 2)])


def _verdicts(seed: int, rules: BuyerRules, *, may_be_zero: bool = False) -> pl.DataFrame:
    bought = _pairs(seed).lazy()
    return (
        judged(
            bought.group_by("group_no", "contributor", "is_counting").agg(
                pl.col("amount").sum(), pl.col("is_seasoned").any()
            ),
            bought.drop_nulls("supplier").group_by("group_no", "supplier").agg(pl.col("amount").sum()),
            buyers=rules,
            suppliers=rules,
            may_be_zero=may_be_zero,
        )
        .collect()
        .sort("group_no")
    )


def _breaches(passes: pl.Series) -> int:
    """Pairs that pass singly and fail together; verdicts in the order of `_pairs`."""
    one, other, both = (passes.gather_every(3, offset) for offset in range(3))
    return int((one & other & ~both).sum())


def test_every_rule_of_the_module_stands_in_the_verdicts_and_every_verdict_is_a_rule() -> None:
    columns = columns_of_rules(_verdicts(1, SMALL))
    assert {name.removeprefix("supplier_") for name in columns} == rules_of(room)


def test_safe_means_every_rule_that_there_is() -> None:
    verdicts = _verdicts(2, SMALL)
    assert verdicts["is_safe"].equals(verdicts.select(pl.all_horizontal(columns_of_rules(verdicts))).to_series(),
                                      check_names=False)  # fmt: skip


@given(st.integers(0, 2**32), rule_sets(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_rule_is_closed_under_union(seed: int, rules: BuyerRules, may_be_zero: bool) -> None:
    verdicts = _verdicts(seed, rules, may_be_zero=may_be_zero)
    for name in columns_of_rules(verdicts):
        stem = name.removeprefix("supplier_")
        together = verdicts.select(pl.all_horizontal(name, *LEANS_ON.get(stem, []))).to_series()
        assert _breaches(together) == 0, f"{name} is not closed under union"


def test_every_rule_passes_some_pairs_and_fails_some_groups_so_that_closure_says_something() -> None:
    verdicts = pl.concat([_verdicts(seed, SMALL) for seed in range(5)])
    for name in columns_of_rules(verdicts):
        passes = verdicts[name]
        assert (passes.gather_every(3, 0) & passes.gather_every(3, 1)).sum() > 0, name
        assert (~passes).sum() > 0, name


@pytest.mark.parametrize("mark", ["is_counting", "is_seasoned"])
def test_a_rule_by_share_of_contributors_falls_to_the_same_test(mark: str) -> None:
    """At least 40 % of them count, or are seasoned: sounds like a rule, and the union of two such groups breaks it."""
    is_marked = pl.col("contributor").filter(mark)
    n_breaches = 0
    for seed in range(20):
        groups = (
            _pairs(seed).group_by("group_no").agg(marked=is_marked.n_unique(), all=pl.col("contributor").n_unique())
        )
        n_breaches += _breaches(groups.sort("group_no").select(10 * pl.col("marked") >= 4 * pl.col("all")).to_series())
    assert n_breaches > 0
