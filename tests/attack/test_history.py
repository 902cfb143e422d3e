"""Differencing over time and between recipients.

What the attacker knows: every release there ever was, withdrawn ones too, and what other recipients hold. What they
want: two publications of one thing that differ, because the difference is what somebody did or took back.
"""

import polars as pl
import pytest

from anonymize.attacks.history import classes_that_changed, figures_between_releases, rows_beyond_release
from tests.support.published import demand_of, random_classes
from warehouse.door import digest_of, digests_of
from warehouse.duck import connected

OLD = random_classes(3, 12).with_columns(release_id=pl.lit("2026-01-01"))
NEW = random_classes(4, 8).with_columns(release_id=pl.lit("2026-01-02"))
NOW = pl.concat([OLD, NEW])


def _demand(classes: pl.DataFrame) -> pl.DataFrame:
    with connected(None) as duck:
        return demand_of(duck, classes)


def _at(number: int, column: str, new: pl.Expr) -> pl.Expr:
    is_there = (pl.col("release_id") == "2026-01-01") & (pl.col("class_id") == number)
    return pl.when(is_there).then(new).otherwise(column).alias(column)


@pytest.mark.parametrize(
    "change",
    [
        _at(4, "n_events", pl.col("n_events") - 1),
        _at(4, "value_usd", pl.lit(None)),
        _at(4, "n_contributors", pl.col("n_contributors") + 1),
        _at(4, "place_code", pl.lit("001")),
    ],
    ids=["an event less", "hidden later", "a contributor more", "moved"],
)
def test_a_published_class_that_changed_later_falls(change):
    found = classes_that_changed(OLD, NOW.with_columns(change), where="2026-01-01")
    assert [(finding.what, finding.n) for finding in found] == [("published class that changed", 1)]


def test_a_published_class_that_was_taken_back_falls():
    found = classes_that_changed(OLD, NOW.filter(~((pl.col("release_id") == "2026-01-01") & (pl.col("class_id") == 4))),
                                 where="2026-01-01")  # fmt: skip
    assert [finding.what for finding in found] == ["published class that is gone"]


def test_a_class_slipped_into_an_old_release_falls():
    slipped = pl.concat([NOW, OLD.head(1).with_columns(class_id=pl.lit(13, pl.Int64))])
    found = classes_that_changed(OLD, slipped, where="2026-01-01")
    assert [finding.what for finding in found] == ["class added to a release after its day"]


@pytest.mark.parametrize("column", ["n_events", "value_usd", "contributors_min", "contributors_max"])
def test_a_figure_that_shrank_since_an_earlier_release_falls(column):
    before = _demand(OLD)
    shrunk = _demand(NOW).with_columns(pl.when(pl.col("nes").is_null()).then(0).otherwise(column).alias(column))
    assert figures_between_releases(before, shrunk, where="2026-01-01")


def test_a_node_that_is_gone_falls():
    assert figures_between_releases(_demand(OLD), _demand(NEW), where="2026-01-01")


def test_a_growing_list_of_classes_passes():
    assert classes_that_changed(OLD, NOW, where="2026-01-01") == []
    assert figures_between_releases(_demand(OLD), _demand(NOW), where="2026-01-01") == []


def test_an_extract_with_a_figure_of_its_own_falls():
    whole = _demand(NOW)
    own = whole.head(9).with_columns(n_events=pl.when(pl.int_range(pl.len()) == 5).then(1).otherwise("n_events"))
    assert [finding.n for finding in rows_beyond_release(own, whole, where="body")] == [1]
    assert rows_beyond_release(whole.head(9), whole, where="body") == []


def test_an_extract_with_a_column_of_its_own_falls():
    whole = _demand(NOW)
    assert rows_beyond_release(whole.head(9).with_columns(secret=pl.lit(1)), whole, where="body")


def test_the_digests_of_earlier_releases_are_those_their_classes_had_then():
    assert digests_of(NOW) == {"2026-01-01": digest_of(OLD), "2026-01-02": digest_of(NOW)}
