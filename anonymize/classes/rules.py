"""What *safe* means: the threshold, seasoned, p% and share rules, for buyers, for suppliers, and for both together.

Pure functions over contributors' sums. Each is a conjunction of inequalities that are linear in the sums for every
fixed set of contributors, so two safe groups together are safe as well (closure under union; the proof stands in
docs/guarantee.md; tests/property/test_closure.py finds every rule here by itself). A rule that is not closed has no
place here.

The ladder applies the same rules in SQL (`sql/verdicts.sql`); the release door re-proves with these functions, which
share no code with the SQL. Amounts are integers, ratios exact fractions: nothing is rounded.
"""

import polars as pl

from schemas.policy import BuyerRules, Rules

Amounts = pl.LazyFrame
"""One row per group and contributor: `group_no`, `contributor`, `is_counting`, `is_seasoned` (in the group: one of the
events that are summed lies in a month after the contributor's first), `amount` (int64, never negative)."""

Sales = pl.LazyFrame
"""One row per group and supplier: `group_no`, `supplier`, `amount`."""


def grouped_sums(amounts: Amounts, rules: Rules) -> pl.LazyFrame:
    """The sums that the rules look at, one row per group.

    Returns: `group_no`, `n_counting` contributors, `n_seasoned` of them, `total` of all, `counting_total`, `largest` of
        all, `largest_counting`, `largest_other` (not counting), `coalition` (the c largest counting together) and
        `next_largest` (the counting contributor after those).
    """
    c = rules.coalition
    counting = pl.col("amount").filter("is_counting")
    top = counting.sort(descending=True)
    return amounts.group_by("group_no").agg(
        n_counting=counting.len().cast(pl.Int64),
        n_seasoned=(pl.col("is_counting") & pl.col("is_seasoned")).sum().cast(pl.Int64),
        total=_wide(pl.col("amount")).sum(),
        counting_total=_wide(counting).sum(),
        largest=_wide(pl.col("amount")).max(),
        largest_counting=_wide(counting).max().fill_null(0),
        largest_other=_wide(pl.col("amount").filter(~pl.col("is_counting"))).max().fill_null(0),
        coalition=_wide(top.head(c)).sum(),
        next_largest=_wide(top.slice(c, 1)).sum(),
    )


def threshold(rules: Rules) -> pl.Expr:
    """At least k distinct counting contributors.

    Source: Hundepool et al., Statistical Disclosure Control (2012), 4.2.1.
    """
    return pl.col("n_counting") >= rules.k


def seasoned(rules: BuyerRules) -> pl.Expr:
    """At least k_seasoned of the counting contributors were active in a month before the event's.

    Closed under union because it is judged event by event: who is seasoned in a group is seasoned in every union with
    it. A rule by share, such as "at most 30 % fresh accounts", is not closed (ADR 43).
    """
    return pl.col("n_seasoned") >= rules.k_seasoned


def p_percent(rules: Rules) -> pl.Expr:
    """Nobody, with up to c - 1 partners, can estimate another contributor's amount within p%.

    For every contributor i and every set C of at most c others, the counting contributors outside C and i hold at
    least p * x_i. The worst cases are the largest counting contributor against the c next, and the largest
    contributor that does not count against the c largest that do; both are tested.

    Source: Hundepool et al. (2012), 4.2.2, extended to coalitions and to contributors that do not count.
    """
    p = rules.p_ratio
    beside_counting = pl.col("counting_total") - pl.col("coalition") - pl.col("next_largest")
    beside_other = pl.col("counting_total") - pl.col("coalition")
    return (beside_counting * p.denominator >= pl.col("largest_counting") * p.numerator) & (
        beside_other * p.denominator >= pl.col("largest_other") * p.numerator
    )


def share(rules: Rules, *, may_be_zero: bool = False) -> pl.Expr:
    """No contributor holds more than `max_share` of the total, and the total is above zero, or `may_be_zero`.

    Source: the (n, k) dominance rule with n = 1, Hundepool et al. (2012), 4.2.2.
    """
    most = rules.share_ratio
    return (pl.col("total") >= (0 if may_be_zero else 1)) & (
        pl.col("largest") * most.denominator <= pl.col("total") * most.numerator
    )


def joint(rules: Rules, largest_supplier: pl.Expr) -> pl.Expr:
    """Without any one supplier's own sales, what remains for any buyer still passes p%.

    The supplier takes the place of one member of the coalition: for every supplier s, every buyer i and every set C of
    c - 1 other buyers, the counting total less all sales of s, less C and i, is at least p * x_i. Taking off all that
    s sold, also to C and to i, makes the rule stricter than the design asks; in exchange it needs only the sums of
    buyers and of suppliers, and its worst case is found by sorting (ADR 10).
    """
    p = rules.p_ratio
    c = rules.coalition
    # coalition already holds the c largest: i and the c - 1 next, whichever i is the largest
    beside_counting = pl.col("counting_total") - pl.col("coalition") - largest_supplier
    beside_other = pl.col("counting_total") - largest_supplier - (pl.col("coalition_less_one") if c > 1 else 0)
    return (beside_counting * p.denominator >= pl.col("largest_counting") * p.numerator) & (
        beside_other * p.denominator >= pl.col("largest_other") * p.numerator
    )


def judged(
    amounts: Amounts, sales: Sales, *, buyers: BuyerRules, suppliers: Rules, may_be_zero: bool = False
) -> pl.LazyFrame:
    """One verdict per group: does what it would publish pass every rule?

    Args:
        amounts: Buyers' sums. Groups without a row here have no known amount and do not appear in the result.
        sales: Suppliers' sums over the events that name one; a group without rows names none and passes that side.
        buyers: Rules of the buyers' side, which also govern the joint rule.
        suppliers: Rules of the suppliers' side.
        may_be_zero: Whether the measure is one of `schemas.policy.MAY_BE_ZERO`.

    Returns: `group_no`, `n_counting`, `total`, one boolean column per rule (`threshold`, `seasoned`, `p_percent`,
        `share`, `supplier_threshold`, `supplier_p_percent`, `supplier_share`, `joint`) and `is_safe`, all of them.
    """
    sums = grouped_sums(amounts, buyers)
    if buyers.coalition > 1:
        smaller = buyers.model_copy(update={"coalition": buyers.coalition - 1})
        less_one = grouped_sums(amounts, smaller).select("group_no", coalition_less_one="coalition")
        sums = sums.join(less_one, on="group_no")
    bought = sums.with_columns(
        threshold=threshold(buyers),
        seasoned=seasoned(buyers),
        p_percent=p_percent(buyers),
        share=share(buyers, may_be_zero=may_be_zero),
    )
    sold = (
        grouped_sums(
            sales.rename({"supplier": "contributor"}).with_columns(is_counting=pl.lit(True), is_seasoned=pl.lit(False)),
            suppliers,
        )
        .with_columns(
            supplier_threshold=threshold(suppliers),
            supplier_p_percent=p_percent(suppliers),
            supplier_share=share(suppliers, may_be_zero=may_be_zero),
        )
        .select("group_no", "^supplier_.*$", largest_supplier="largest")
    )
    both_sides = ("threshold", "p_percent", "share")
    verdicts = (*both_sides, "seasoned", *(f"supplier_{name}" for name in both_sides), "joint")
    return (
        bought.join(sold, on="group_no", how="left")
        .with_columns(
            pl.col("^supplier_.*$").fill_null(True),
            joint=pl.when(pl.col("largest_supplier").is_null())
            .then(True)
            .otherwise(joint(buyers, pl.col("largest_supplier").fill_null(0))),
        )
        .select("group_no", "n_counting", "total", *verdicts)
        .with_columns(is_safe=pl.all_horizontal(*verdicts))
    )


def _wide(amount: pl.Expr) -> pl.Expr:
    return amount.cast(pl.Int128)
