"""Distinct l-diversity: a class in which an attribute is known holds at least l values of it.

A rule of the class, not of a measure: it is about what membership tells, and membership is the same for all measures.
The ladder applies it in SQL (`sql/diverse.sql`); the release door proves it with this function.
"""

import polars as pl

from schemas.policy import Diversity


def diverse(values: pl.LazyFrame, rule: Diversity) -> pl.LazyFrame:
    """One verdict per group in which the attribute is known of anybody; others have no row, and nothing to tell.

    Args:
        values: `group_no`, `is_counting`, `value` (null where not known): at least one row per group, value and
            whether a contributor who counts has it.
        rule: How many values there must be.

    Returns: `group_no`, `is_diverse`: whether counting contributors have at least l distinct values.

    Guarantee: closed under union: the values of a union include those of either part, and a part in which nothing is
        known adds nothing to the other (`tests/property/test_diversity.py`).
    """
    known = values.filter(pl.col("value").is_not_null())
    n_values = pl.col("value").filter("is_counting").n_unique()
    return known.group_by("group_no").agg(is_diverse=n_values >= rule.l)
