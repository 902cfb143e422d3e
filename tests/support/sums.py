"""What contributors and suppliers hold in groups of events, as the functions of `anonymize.classes.rules` take it."""

import polars as pl


def buyers_of(known: pl.DataFrame) -> pl.LazyFrame:
    """Sums of contributors over events with a known `amount`.

    Args:
        known: `group_no`, `occurred_on`, `contributor`, `is_counting`, `first_month`, `amount`.
    """
    was_there = pl.col("first_month") < pl.col("occurred_on").dt.month_start()
    return (
        known.lazy()
        .group_by("group_no", "contributor", "is_counting")
        .agg(pl.col("amount").sum(), is_seasoned=was_there.fill_null(False).any())
    )


def suppliers_of(known: pl.DataFrame) -> pl.LazyFrame:
    """Sums of suppliers over events that name one."""
    return known.lazy().drop_nulls("supplier").group_by("group_no", "supplier").agg(pl.col("amount").sum())
