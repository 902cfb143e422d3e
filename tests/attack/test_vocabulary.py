"""The vocabulary attack.

What the attacker wants: a text of a row in a published column, also one that stands on no list of identifiers (a nick
name, a free remark). Published text comes from closed public lists, so that any other word gives itself away.
"""

import polars as pl
import pytest

from anonymize.attacks.vocabulary import foreign_words, vocabulary
from tests.support.published import demand_of, random_classes
from tests.support.scrubbed import key
from tests.support.small_world import TAXONOMY
from warehouse.duck import connected

WORDS = vocabulary(TAXONOMY, pl.Series(["2026-02-02"]))
CLASSES = random_classes(1, 30)
TEXT_COLUMNS = [name for name, dtype in CLASSES.schema.items() if dtype == pl.String]


@pytest.mark.parametrize("column", TEXT_COLUMNS)
def test_a_release_with_a_remark_in_a_text_column_falls(column):
    unprotected = CLASSES.with_columns(
        pl.when(pl.col("class_id") == 3).then(pl.lit("call Amina")).otherwise(column).alias(column)
    )
    [finding] = foreign_words(unprotected, WORDS, where="classes")
    assert (finding.where, finding.n) == (f"classes.{column}", 1)
    assert "Amina" not in repr(finding)


@pytest.mark.parametrize(
    "extra",
    [
        pl.lit("given").alias("remark"),
        pl.lit("KE").alias("buyer_country"),
        pl.lit(key("buyer")).alias("key_account"),
        pl.lit(key("buyer").hex()).alias("key_account"),
        pl.lit("KE").cast(pl.Categorical).alias("place_code"),
        pl.concat_list(pl.lit("KE")).alias("places"),
        pl.struct(name=pl.lit("Amina")).alias("buyer"),
    ],
)
def test_a_release_with_a_column_that_is_not_in_the_schema_falls(extra):
    assert foreign_words(CLASSES.with_columns(extra), WORDS, where="classes")


def test_a_word_of_one_column_is_foreign_in_another():
    swapped = CLASSES.with_columns(product_code=pl.col("place_code"))
    assert foreign_words(swapped, WORDS, where="classes")


def test_an_honest_release_passes():
    assert foreign_words(CLASSES, WORDS, where="classes") == []
    with connected(None) as duck:
        assert foreign_words(demand_of(duck, CLASSES), WORDS, where="demand") == []


def test_an_empty_release_passes():
    assert foreign_words(CLASSES.clear(), WORDS, where="classes") == []
