"""The collusion attack: a supplier takes its sales off a published sum and estimates what a buyer bought elsewhere.

The attacker is any supplier named in a class. Its books say what it sold to whom; with buyers among its partners it
also knows what these bought of others, and every contributor that does not count may be an account of its own. What is
left of the published sum bounds what the victim bought elsewhere; the attack succeeds where that bound lies within p%
of the truth.

The rule proves something stricter from two lists of sums (`anonymize.classes.rules.joint`, ADR 10); this plays the
design's words on the matrix of who bought from whom, and shares no code with it.
"""

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "collusion"

BATCH = 250_000
"""Lines of suppliers' books that are looked at together; a class is never divided."""

_SUM = ("class_id", "measure")
_BOOKS = (*_SUM, "supplier")


@dataclass(frozen=True)
class Closest:
    """How near a supplier came, over all classes and measures."""

    n_estimates: int
    """Pairs of a supplier and a buyer of whom it estimated something."""
    least_ratio: float | None
    """The best estimate's error relative to the truth; None without victims. Exact, hence private."""
    n_within: int
    """Estimates within p%."""


def estimates(
    published: pl.DataFrame, held: pl.DataFrame, sales: pl.DataFrame, *, partners: int, p: Fraction
) -> Closest:
    """Lets every supplier of every class estimate what buyers bought of others.

    Every customer of a supplier is tried, and of those who bought nothing of it the largest: a smaller one leaves more
    beside itself, so none of them falls before these. That keeps the work within a few times the number of customers;
    classes are taken a batch at a time, which keeps memory.

    Args:
        published: What a recipient reads: `class_id`, `measure`, `total`; one row per class and measure given.
        held: The truth: `class_id`, `measure`, `contributor`, `is_counting`, `amount`.
        sales: What each supplier's books say: `class_id`, `measure`, `supplier`, `contributor`, `amount`.
        partners: Buyers that tell the supplier what they know.
        p: Least relative error that the policy promises.
    """
    batch = (pl.col("len").cast(pl.Int64).cum_sum() - 1) // BATCH
    classes = sales.group_by("class_id").len().sort("class_id").with_columns(batch=batch)
    found = [
        _estimates(
            published,
            held.join(some, on="class_id", how="semi"),
            sales.join(some, on="class_id", how="semi"),
            partners,
            p,
        )
        for some in classes.partition_by("batch", maintain_order=True)
    ]
    ratios = [one.least_ratio for one in found if one.least_ratio is not None]
    return Closest(sum(one.n_estimates for one in found), min(ratios, default=None), sum(one.n_within for one in found))


def suppliers_that_succeed(closest: Closest, *, where: str) -> list[Finding]:
    """One finding where a supplier came within p%."""
    what = "purchases elsewhere estimated within p%"
    return [Finding(ATTACK, where, what, closest.n_within)] if closest.n_within else []


def _estimates(published: pl.DataFrame, held: pl.DataFrame, sales: pl.DataFrame, partners: int, p: Fraction) -> Closest:
    """`estimates` of some classes."""
    ranked = (
        held.lazy()
        .sort(*_SUM, "is_counting", "amount", "contributor", descending=[False, False, False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over(*_SUM, "is_counting"))
    )
    sold = sales.lazy().join(published.lazy(), on=_SUM).rename({"amount": "sold"})
    known = sold.join(ranked, on=[*_SUM, "contributor"])
    books = known.group_by(*_BOOKS, "total").agg(
        sold=pl.col("sold").sum(),
        sold_to_fresh=pl.col("sold").filter(~pl.col("is_counting")).sum(),
        n_customers=pl.col("is_counting").sum(),
        n_fresh=(~pl.col("is_counting")).sum(),
    )
    victims = pl.concat(
        [
            known.select(*_BOOKS, "contributor"),
            _largest(books, ranked, pl.col("n_customers") + partners + 2, is_counting=True),
            _largest(books, ranked, pl.col("n_fresh") + 1, is_counting=False),
        ]
    ).unique()
    fresh = ranked.group_by(_SUM).agg(fresh=pl.col("amount").filter(~pl.col("is_counting")).sum())
    top = pl.col("elsewhere").filter("is_counting").sort(descending=True)
    strong = pl.col("elsewhere").rank("ordinal", descending=True).over(*_BOOKS, "is_counting") <= partners
    judged = (
        victims.join(ranked, on=[*_SUM, "contributor"])
        .join(sold.select(*_BOOKS, "contributor", "sold"), on=[*_BOOKS, "contributor"], how="left")
        .with_columns(elsewhere=pl.col("amount") - pl.col("sold").fill_null(0))
        .with_columns(
            is_strong=pl.col("is_counting") & strong,
            strongest=top.head(partners).sum().over(_BOOKS),
            strongest_and_next=top.head(partners + 1).sum().over(_BOOKS),
        )
        .drop("sold")
        .join(books, on=_BOOKS)
        .join(fresh, on=_SUM)
        .filter(pl.col("elsewhere") > 0)
        .with_columns(
            told=pl.when("is_strong").then(pl.col("strongest_and_next") - pl.col("elsewhere")).otherwise("strongest"),
            own=pl.when("is_counting").then("elsewhere").otherwise(0),
        )
        .with_columns(
            excess=pl.col("total") - pl.col("sold") - (pl.col("fresh") - pl.col("sold_to_fresh"))
            - pl.col("told") - pl.col("own")
        )
        .select(
            ratio=pl.col("excess") / pl.col("elsewhere"),
            is_within=pl.col("excess") * p.denominator < pl.col("elsewhere") * p.numerator,
        )
        .collect()
    )  # fmt: skip
    least = judged["ratio"].min()
    return Closest(judged.height, float(least) if isinstance(least, float) else None, int(judged["is_within"].sum()))


def _largest(books: pl.LazyFrame, ranked: pl.LazyFrame, n: pl.Expr, *, is_counting: bool) -> pl.LazyFrame:
    """The n largest buyers of a sum beside each supplier's books: the largest who are no customers are among them."""
    ranks = books.select(*_BOOKS, rank=pl.int_ranges(1, n + 1)).explode("rank")
    return (
        ranks.with_columns(is_counting=pl.lit(is_counting))
        .join(ranked, on=[*_SUM, "is_counting", "rank"])
        .select(*_BOOKS, "contributor")
    )
