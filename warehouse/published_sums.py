"""The sums of a release's classes in the ledger's whole units, as attacks on amounts take them off one another."""

import polars as pl

from schemas.published import MEASURED_UNITS

_AMOUNTS = {
    "n_events": ("n_events", 1),
    "value_usd": ("value_usd", 100),
    "quotes_received": ("quotes_received", 1),
    **{f"quantity_{unit}": (f"quantity_{unit}", 1000) for unit in MEASURED_UNITS},
}
"""Published columns by measure, and how many of the ledger's units make one of theirs."""


def published_sums(classes: pl.DataFrame, release_id: str) -> pl.DataFrame:
    """What a recipient reads of the classes that a release is the first to hold.

    Args:
        classes: Rows of `schemas.published.ClassRow`, as they stand in the file.
        release_id: The release.

    Returns: `class_id`, `measure`, `total`; one row per class and measure given.
    """
    new = classes.filter(release_id=release_id)
    return pl.concat(
        [
            new.select(
                "class_id",
                measure=pl.lit(measure),
                total=(pl.col(column) * factor).round().cast(pl.Int64),
            ).drop_nulls("total")
            for measure, (column, factor) in _AMOUNTS.items()
        ]
    )
