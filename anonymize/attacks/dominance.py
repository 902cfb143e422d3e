"""The dominance attack: an insider takes its own part off a published sum and estimates another's.

The attacker is any contributor of a class, alone or with c - 1 partners, who also knows every contributor that does not
count (they may be its own fresh accounts). What is left of the published sum bounds the victim's part from above; the
attack succeeds where that bound lies within p% of the truth.

This repeats, victim by victim and from the published file, what the rules prove by their worst case
(`anonymize.classes.rules.p_percent`); it shares no code with them.
"""

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "dominance"


@dataclass(frozen=True)
class Closest:
    """How near an insider came, over all classes and measures."""

    n_estimates: int
    """Victims that were estimated."""
    least_ratio: float | None
    """The best estimate's error relative to the truth; None without victims. Exact, hence private."""
    n_within: int
    """Victims estimated within p%."""


def estimates(published: pl.DataFrame, held: pl.DataFrame, *, coalition: int, p: Fraction) -> Closest:
    """Estimates every contributor of every class from the published sums.

    Args:
        published: What a recipient reads: `class_id`, `measure`, `total`; one row per class and measure given.
        held: The truth, for judging and for what the insiders know: `class_id`, `measure`, `contributor`,
            `is_counting`, `amount`.
        coalition: Insiders that pool what they know (c).
        p: Least relative error that the policy promises.
    """
    counting = pl.col("amount").filter("is_counting")
    top = counting.sort(descending=True)
    known = (
        held.lazy()
        .join(published.lazy(), on=["class_id", "measure"])
        .with_columns(
            others=pl.col("amount").filter(~pl.col("is_counting")).sum().over("class_id", "measure"),
            rank=pl.col("amount").rank("ordinal", descending=True).over("class_id", "measure", "is_counting"),
            strongest=top.head(coalition).sum().over("class_id", "measure"),
            strongest_and_next=top.head(coalition + 1).sum().over("class_id", "measure"),
        )
        .filter(pl.col("amount") > 0)
    )
    is_strong = pl.col("is_counting") & (pl.col("rank") <= coalition)
    partners = pl.when(is_strong).then(pl.col("strongest_and_next") - pl.col("amount")).otherwise("strongest")
    fresh = pl.col("others") - pl.when(pl.col("is_counting")).then(0).otherwise(pl.col("amount"))
    excess = pl.col("total") - partners - fresh - pl.col("amount")
    judged = known.select(
        ratio=excess / pl.col("amount"),
        is_within=excess * p.denominator < pl.col("amount") * p.numerator,
    ).collect()
    least = judged["ratio"].min()
    return Closest(judged.height, float(least) if isinstance(least, float) else None, int(judged["is_within"].sum()))


def insiders_that_succeed(closest: Closest, *, where: str) -> list[Finding]:
    """One finding where an insider came within p%."""
    return [Finding(ATTACK, where, "part estimated within p%", closest.n_within)] if closest.n_within else []
