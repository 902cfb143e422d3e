"""The linkage attack: an auxiliary file of who traded what, where and when, laid beside the finest published cells.

The attacker holds something like a customs manifest: company, product, country, month. For each line they look for the
classes that may hold it. A company is singled out where such a class has fewer than k contributors: then its figures
are nearly the company's own.
"""

from dataclasses import dataclass

import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "linkage"


@dataclass(frozen=True)
class Crowds:
    """In how large a crowd the companies of an auxiliary file stand."""

    n_companies: int
    """Companies of the auxiliary file."""
    n_linked: int
    """Companies with at least one class that may hold them."""
    n_certain: int
    """Companies with a line that fits one class only: their membership is known, their part is not."""
    least_crowd: int | None
    """Contributors of the smallest class that a company was linked to; None if none was."""
    n_singled_out: int
    """Companies linked to a class with fewer than k contributors."""


def crowds(
    manifest: pl.DataFrame, classes: pl.DataFrame, product_up: pl.DataFrame, place_up: pl.DataFrame, *, k: int
) -> Crowds:
    """Links every line of a manifest to the published classes that may hold it.

    Args:
        manifest: `company`, `product_code`, `country`, `month` (first day): one row per line.
        classes: Rows of `schemas.published.ClassRow`.
        product_up: Ancestry of the product tree: `code`, `up_code`.
        place_up: Ancestry of the place tree.
        k: The policy's threshold.
    """
    lines = manifest.select("product_code", "country", "month").unique(maintain_order=True).with_row_index("line")
    in_product = pl.concat(
        [
            product_up.select(product_code="code", class_product="up_code"),
            product_up.filter(pl.col("code") != pl.col("up_code")).select(product_code="up_code", class_product="code"),
        ]
    )
    candidates = (
        lines.lazy()
        .join(in_product.lazy(), on="product_code")
        .join(place_up.lazy().select(country="code", class_place="up_code"), on="country")
        .join(
            classes.lazy().select(
                "release_id", "class_id", "n_contributors", "period_start", "period_end",
                class_product="product_code", class_place="place_code",
            ),
            on=["class_product", "class_place"],
        )
        .filter(pl.col("period_start") <= pl.col("month").dt.month_end(), pl.col("period_end") >= pl.col("month"))
        .group_by("line")
        .agg(n_classes=pl.len(), crowd=pl.col("n_contributors").min())
    )  # fmt: skip
    linked = (
        manifest.lazy()
        .join(lines.lazy(), on=["product_code", "country", "month"])
        .join(candidates, on="line")
        .group_by("company")
        .agg(crowd=pl.col("crowd").min(), is_certain=(pl.col("n_classes") == 1).any())
        .collect()
    )
    least = linked["crowd"].min()
    return Crowds(
        n_companies=manifest["company"].n_unique(),
        n_linked=linked.height,
        n_certain=int(linked["is_certain"].sum()),
        least_crowd=least if isinstance(least, int) else None,
        n_singled_out=linked.filter(pl.col("crowd") < k).height,
    )


def companies_singled_out(found: Crowds) -> list[Finding]:
    """One finding where a company stands in a crowd below k."""
    n = found.n_singled_out
    return [Finding(ATTACK, "classes", "company linked to a class below the threshold", n)] if n else []
