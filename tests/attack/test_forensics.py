"""Parquet forensics.

What the attacker does: opens the file below the level of tables, where a value may survive that no table shows. What a
careless writer leaves there: a data frame's metadata, a remark on a field, bounds of row groups, a dictionary.
"""

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from anonymize.attacks.forensics import parquet_texts, texts_of


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
