"""A landed file without some of its rows: what stays keeps its bytes, what goes is in no byte."""

import csv
import gzip
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.files import read_rows
from feeds.rewriting import write_without
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError


def contract(kind: str) -> FeedContract:
    return FeedContract(
        feed="things", title="Things", format=kind, kind="'order'", key=["id"],
        fields={"occurred_at": "day", "account": "buyer"}, verified="true",
    )  # type: ignore[arg-type]  # fmt: skip


def rewritten(path: Path, kind: str, rows: set[int]) -> Path:
    n_rows = sum(batch.n_rows for batch in read_rows(path, contract(kind)))
    target = path.with_name(f"new-{path.name}")
    assert write_without(path, target, contract(kind), frozenset(rows), n_rows) == n_rows - len(rows)
    return target


CSV = (
    b'\xef\xbb\xbf"id",day,buyer\r\n1,2026-01-01,plain\r\n2,2026-01-01,"two\r\nlines, and ""quotes"""\r\n\r\n'
    b'4,2026-01-01\r\n5,2026-01-01,5" pipe\r\n6,2026-01-01,"last"'
)


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        (set(), b""),
        ({1}, b"1,2026-01-01,plain\r\n"),
        ({2}, b'2,2026-01-01,"two\r\nlines, and ""quotes"""\r\n'),
        ({3, 4}, b"\r\n4,2026-01-01\r\n"),
        ({5}, b'5,2026-01-01,5" pipe\r\n'),
        ({6}, b'6,2026-01-01,"last"'),
    ],
)
def test_csv_records_go_whole_and_all_others_keep_their_bytes(tmp_path, rows, gone):
    path = tmp_path / "things.csv"
    path.write_bytes(CSV)
    head, _, tail = CSV.partition(gone) if gone else (CSV, b"", b"")
    assert rewritten(path, "csv", rows).read_bytes() == head + tail


@given(st.lists(st.text(st.sampled_from('a,"\n\r é'), max_size=6), min_size=1, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_any_csv_value_is_told_apart_as_the_reader_does(tmp_path_factory, values, data):
    path = tmp_path_factory.mktemp("csv") / "things.csv"
    frame = pl.DataFrame({"id": [str(n) for n in range(len(values))], "day": "2026-01-01", "buyer": values})
    frame.write_csv(path, quote_style="always")
    rows = data.draw(st.sets(st.integers(1, len(values))))
    target = rewritten(path, "csv", rows)
    kept = [value for number, value in enumerate(values, 1) if number not in rows]
    with target.open(newline="", encoding="utf-8") as opened:
        assert [row["buyer"] for row in csv.DictReader(opened)] == kept


@pytest.mark.parametrize("compression", ["", ".gz", ".zst"])
def test_json_lines_go_whole_in_every_compression(tmp_path, compression):
    lines = [f'{{"id": {n}, "day": "2026-01-01", "buyer": "b{n}"}}\n'.encode() for n in range(1, 5)]
    lines[1] = b'{"id": 2, broken b2\n'
    path = tmp_path / f"things.jsonl{compression}"
    codec = {"": None, ".gz": "gzip", ".zst": "zstd"}[compression]
    with pa.output_stream(str(path), compression=codec) as out:
        out.write(b"".join(lines))
    target = rewritten(path, "jsonl", {2, 3})
    with pa.input_stream(str(target), compression=codec) as stream:
        assert stream.read() == lines[0] + lines[3]


def test_parquet_rows_go_with_their_statistics_and_dictionaries(tmp_path):
    path = tmp_path / "things.parquet"
    buyers = pa.array(["keep me", "forget me", "keep me"]).dictionary_encode()
    table = pa.table({"id": ["1", "2", "3"], "day": ["2026-01-01"] * 3, "buyer": buyers, "other": ["x", "own", "y"]})
    pq.write_table(table, path, compression="none")
    assert b"forget me" in path.read_bytes()
    target = rewritten(path, "parquet", {2})
    assert pq.read_table(target).to_pydict() == {
        "id": ["1", "3"], "day": ["2026-01-01"] * 2, "buyer": ["keep me"] * 2, "other": ["x", "y"],
    }  # fmt: skip
    columns = pq.ParquetFile(target).metadata.row_group(0)
    statistics = [columns.column(at).statistics for at in range(columns.num_columns)]
    assert not any("forget me" in (s.min, s.max) or "own" in (s.min, s.max) for s in statistics)


def test_a_file_whose_rows_are_not_those_the_reader_counted_is_refused(tmp_path):
    path = tmp_path / "things.csv"
    path.write_bytes(CSV)
    with pytest.raises(FeedFileError, match="cannot be told apart"):
        write_without(path, tmp_path / "new.csv", contract("csv"), frozenset({1}), 99)
    assert not (tmp_path / "new.csv").exists()


def test_a_cut_file_is_refused(tmp_path):
    path = tmp_path / "things.csv.gz"
    path.write_bytes(gzip.compress(b'id,day,buyer\n1,2026-01-01,"open'))
    with pytest.raises(FeedFileError, match="ends inside a quoted value"):
        write_without(path, tmp_path / "new.csv.gz", contract("csv"), frozenset({1}), 1)
