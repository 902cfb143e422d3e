"""Differencing of terms: every published row must come from a stored draw, and stay what it was.

A band that is made of anything else (rows, an un-noised count, a second draw) could be held against one that is not.
This works the table out again from the noisy counts that the ledger keeps, by a way of its own, and compares releases.
"""

import polars as pl

from anonymize.attacks.differencing import ATTACK
from anonymize.attacks.findings import Finding
from schemas.published import TERM_FLOOR_PCT, TERM_MARGIN_PCT, TERM_MONTHS_BEFORE, TERM_SURELY
from schemas.taxonomy import Taxonomy

_CELL = ("term", "product_code", "place_code")
_TOLD = ("contributors_low", "contributors_high", "term_rank", "trend", "trend_reason")
_ROW = (*_CELL, "period_start")
_LONGEST = 18


def terms_beyond_draws(terms: pl.DataFrame, counts: pl.DataFrame, taxonomy: Taxonomy) -> list[Finding]:
    """Rows of `terms` that stored draws do not give, and rows that they give and that are not there.

    Args:
        terms: Rows of `schemas.published.TermRow`.
        counts: What the ledger keeps: `month`, the columns of a cell, `amount` in hundredths, `scale`.
        taxonomy: Its terms, beyond which nothing may be shown.
    """
    known = {term.id: (term.kind, term.title, term.title_hi) for term in taxonomy.terms}
    words = pl.DataFrame(
        [(term, *told) for term, told in known.items()],
        schema=dict.fromkeys(("term", "term_kind", "term_en", "term_hi"), pl.String),
        orient="row",
    )
    due = _expected(counts).join(words, on="term")
    columns = [name for name in terms.columns if name in due.columns]
    shown = terms.select(columns)
    n = shown.join(due, on=columns, how="anti", nulls_equal=True).height
    n += due.join(shown, on=columns, how="anti", nulls_equal=True).height
    n += terms.filter(
        (pl.col("product_level") != "sector")
        | (pl.col("place_level") != "subregion")
        | (pl.col("period_level") != "month")
        | (pl.col("period_end") != pl.col("period_start").dt.month_end())
    ).height
    n += terms.height - shown.unique().height
    return [Finding(ATTACK, "terms", "row that no stored draw gives", n)] if n else []


def terms_that_moved(earlier: pl.DataFrame, terms: pl.DataFrame, taxonomy: Taxonomy, *, where: str) -> list[Finding]:
    """Rows of an earlier release that are others now, or gone though their term is still on the vocabulary.

    Args:
        earlier: `terms` as an earlier release published it.
        terms: `terms` of the candidate release.
        taxonomy: Its terms.
        where: Name of the earlier release.
    """
    known = pl.Series([term.id for term in taxonomy.terms], dtype=pl.String)
    settled = earlier.filter(pl.col("term").is_in(known.implode()))
    n = settled.join(terms, on=[*_ROW, *_TOLD], how="anti", nulls_equal=True).height
    return [Finding(ATTACK, f"terms since {where}", "row that moved", n)] if n else []


def _expected(counts: pl.DataFrame) -> pl.DataFrame:
    """The columns `_ROW` and `_TOLD` of every row that stored counts give."""
    cells = counts.select(*_CELL, period_start="month", amount="amount", scale="scale")
    drawn = cells.with_columns(pl.col("amount", "scale").cast(pl.Int128))
    shown = drawn.filter(100 * pl.col("amount") >= TERM_FLOOR_PCT * pl.col("scale"))
    sums = shown.with_columns(n=pl.lit(0, pl.Int128), total=pl.lit(0, pl.Int128), spread=pl.lit(0, pl.Int128))
    for back in range(1, TERM_MONTHS_BEFORE + 1):
        then = drawn.select(
            *_CELL,
            pl.col("period_start").dt.offset_by(f"{back}mo"),
            then="amount",
            error=pl.col("scale") ** 2 + 100 * pl.max_horizontal("amount", pl.lit(0, pl.Int128)),
        )
        there = pl.col("then").is_not_null()
        sums = (
            sums.join(then, on=list(_ROW), how="left")
            .with_columns(
                n=pl.col("n") + there.cast(pl.Int128),
                total=pl.col("total") + pl.col("then").fill_null(0),
                spread=pl.col("spread") + pl.col("error").fill_null(0),
            )
            .drop("then", "error")
        )
    n, amount, scale = pl.col("n"), pl.col("amount"), pl.col("scale")
    excess = n * amount - pl.col("total")
    is_sure = excess**2 > TERM_SURELY**2 * (n**2 * (scale**2 + 100 * amount) + pl.col("spread"))
    margin = (TERM_MARGIN_PCT * scale + 99) // 100
    return sums.select(
        *_ROW,
        contributors_low=_rounded(pl.max_horizontal(amount - margin, pl.lit(0, pl.Int128)) // 100, is_up=False),
        contributors_high=_rounded((amount + margin + 99) // 100, is_up=True),
        term_rank=amount.rank("min", descending=True).over("product_code", "place_code", "period_start").cast(pl.Int64),
        trend=pl.when((n > 0) & is_sure).then(pl.when(excess > 0).then(pl.lit("rising")).otherwise(pl.lit("fading")))
        .otherwise(pl.lit("not_called")),
        trend_reason=pl.when(n == 0).then(pl.lit("before_record")).when(~is_sure).then(pl.lit("within_noise")),
    )  # fmt: skip


def _rounded(count: pl.Expr, *, is_up: bool) -> pl.Expr:
    """A count of three digits and more with zeros after its second one."""
    rounded = count
    for digits in range(3, _LONGEST):
        least, step = 10 ** (digits - 1), 10 ** (digits - 2)
        here = (count + step - 1) // step * step if is_up else count // step * step
        rounded = pl.when(count >= least).then(here).otherwise(rounded)
    return rounded.cast(pl.Int64)
