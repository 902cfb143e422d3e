"""Distinct l-diversity against its definition, and closed under union."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.classes.diversity import diverse
from schemas.policy import Diversity

HELD = st.lists(st.tuples(st.one_of(st.none(), st.sampled_from("abcd")), st.booleans()), min_size=1, max_size=12)
"""A value, and whether a contributor who counts has it."""


def _verdict(held: list[tuple[str | None, bool]], least: int) -> bool:
    values = pl.LazyFrame(
        [{"group_no": 1, "is_counting": counts, "value": value} for value, counts in held],
        schema={"group_no": pl.Int64, "is_counting": pl.Boolean, "value": pl.String},
    )
    verdicts = diverse(values, Diversity(attribute="product", l=least)).collect()
    return verdicts.is_empty() or bool(verdicts["is_diverse"].item())


@given(HELD, st.integers(2, 4))
@settings(max_examples=100, deadline=None)
def test_it_says_what_its_definition_says(held: list[tuple[str | None, bool]], least: int) -> None:
    is_known = any(value is not None for value, _ in held)
    n_values = len({value for value, counts in held if counts and value is not None})
    assert _verdict(held, least) == (not is_known or n_values >= least)


@given(HELD, HELD, st.integers(2, 3))
@settings(max_examples=100, deadline=None)
def test_two_diverse_groups_together_are_diverse(
    one: list[tuple[str | None, bool]], other: list[tuple[str | None, bool]], least: int
) -> None:
    if _verdict(one, least) and _verdict(other, least):
        assert _verdict([*one, *other], least)


def test_a_form_by_share_of_the_values_falls_to_the_same_test() -> None:
    """At least half as many values as events: each of these passes it, and their union does not."""

    def passes(values: str) -> bool:
        return 2 * len(set(values)) >= len(values)

    assert passes("abcd") and not passes("abcd" * 3)
