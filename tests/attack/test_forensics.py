"""Parquet forensics.

What the attacker does: opens the file below the level of tables, where a value may survive that no table shows. What a
careless writer leaves there: a data frame's metadata, a remark on a field, bounds of row groups, a dictionary.
"""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from anonymize.attacks.forensics import parquet_texts, remains, texts_of


def test_everything_readable_is_read(tmp_path):
    schema = pa.schema(
        [
            pa.field("text", pa.string(), metadata={"description": "a remark"}),
            pa.field("word", pa.dictionary(pa.int32(), pa.string())),
            pa.field("raw", pa.binary()),
            pa.field("many", pa.list_(pa.string())),
            pa.field("nested", pa.struct([pa.field("inner", pa.string())])),
            pa.field("n", pa.int64()),
        ],
        metadata={"pandas": "made by somebody"},
    )
    table = pa.table(
        [
            ["in text", None], pa.array(["in a dictionary", None]).dictionary_encode(), [b"in bytes", None],
            [["in a list"], None], [{"inner": "in a structure"}, None], [1, 2],
        ],
        schema=schema,
    )  # fmt: skip
    pq.write_table(table, tmp_path / "x.parquet")
    texts = set(parquet_texts(tmp_path / "x.parquet"))
    assert texts >= {
        "text", "description", "a remark", "pandas", "made by somebody", "in text", "in a dictionary", "in bytes",
        "in a list", "inner", "in a structure",
    }  # fmt: skip


def test_a_bound_in_the_statistics_is_read(tmp_path):
    pq.write_table(pa.table({"text": ["aaa", "zzz"]}), tmp_path / "x.parquet", write_statistics=True)
    assert {"aaa", "zzz"} <= set(parquet_texts(tmp_path / "x.parquet"))


def test_numbers_are_no_texts(tmp_path):
    pq.write_table(pa.table({"n": [4938268]}), tmp_path / "x.parquet", store_schema=False)
    assert not any("4938268" in text for text in parquet_texts(tmp_path / "x.parquet"))
    assert texts_of(pl.DataFrame({"n": [4938268]})).to_list() == ["n"]


def test_a_file_without_rows_still_tells_its_names_and_metadata(tmp_path):
    schema = pa.schema([pa.field("text", pa.string())], metadata={"by": "somebody"})
    pq.write_table(schema.empty_table(), tmp_path / "x.parquet")
    assert {"text", "by", "somebody"} <= set(parquet_texts(tmp_path / "x.parquet"))


ORDER = ["n"]


def _remains(path) -> set[str]:
    return {finding.what for finding in remains(path, order=ORDER, where="x")}


def test_a_name_that_was_filtered_away_stays_in_the_dictionary_and_falls(tmp_path):
    """A writer that filters a dictionary-encoded column keeps the entries of the rows that went."""
    table = pa.table({"who": pa.array(["the one", "a", "b"]).dictionary_encode(), "n": [1, 2, 3]})
    pq.write_table(table.filter(pa.array([False, True, True])), tmp_path / "x.parquet", compression="zstd")
    assert "the one" not in set(pl.read_parquet(tmp_path / "x.parquet")["who"].cast(pl.String))
    assert "the one" in set(parquet_texts(tmp_path / "x.parquet"))
    assert _remains(tmp_path / "x.parquet") == {"dictionary entry of no row"}


def test_a_bloom_filter_answers_whether_a_value_was_there_and_falls(tmp_path):
    table = pa.table({"who": ["a", "b"], "n": [1, 2]})
    pq.write_table(table, tmp_path / "x.parquet", bloom_filter_options={"who": True})
    assert _remains(tmp_path / "x.parquet") == {"bloom filter"}


def test_rows_in_the_order_in_which_they_arrived_fall(tmp_path):
    pq.write_table(pa.table({"who": ["a", "b", "c"], "n": [2, 1, 3]}), tmp_path / "x.parquet")
    assert _remains(tmp_path / "x.parquet") == {"row out of order"}


def test_a_file_of_sorted_rows_and_nothing_else_passes(tmp_path):
    pq.write_table(pa.table({"who": ["b", "a", None], "n": [None, 2, 2]}), tmp_path / "x.parquet")
    assert _remains(tmp_path / "x.parquet") == set()
