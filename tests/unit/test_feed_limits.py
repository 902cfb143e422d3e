"""Small files that unfold to vast ones are refused while they are read, in bounded memory."""

import gzip
import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feeds import limits
from feeds.files import read_rows
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError

MB = 1 << 20


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds of a hundredth, so that a bomb of some megabytes is one."""
    monkeypatch.setattr(limits, "FREE_BYTES", MB)
    monkeypatch.setattr(limits, "FREE_ROWS", 10_000)


def contract(format: str, **changes: object) -> FeedContract:
    return FeedContract.model_validate(
        {"feed": "small", "title": "t", "format": format, "kind": "'rfq'", "key": ["a"], "verified": "false",
         "fields": {"occurred_at": "b"}, **changes}
    )  # fmt: skip


def n_rows(path: Path, of: FeedContract) -> int:
    return sum(batch.n_rows for batch in read_rows(path, of))


@pytest.mark.parametrize(("format", "row"), [("csv", b"1,2\n"), ("jsonl", b'{"a": 1, "b": 2}\n')])
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_bomb_of_text_is_refused_and_its_contract_may_allow_it(
    tmp_path: Path, format: str, row: bytes, suffix: str
) -> None:
    content = b"a,b\n" * (format == "csv") + row * (4 * MB // len(row))
    packed = gzip.compress(content, mtime=0) if suffix == ".gz" else bytes(pa.compress(content, "zstd", asbytes=True))
    path = tmp_path / f"x.{format}{suffix}"
    path.write_bytes(packed)

    with pytest.raises(FeedFileError, match="unfolds to far more than its size"):
        n_rows(path, contract(format, max_expansion=20))
    assert n_rows(path, contract(format, max_expansion=100_000)) == 4 * MB // len(row)


def test_a_value_that_a_dictionary_repeats_is_weighed_before_it_is_written_out(tmp_path: Path) -> None:
    """Without the bound two thousand rows of this file of some kilobytes would take two gigabytes."""
    path = tmp_path / "x.parquet"
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000, pa.int32()), pa.array(["x" * MB]))
    pq.write_table(pa.table({"a": values, "b": pa.array(["2026-01-01"] * 2_000)}), path, store_schema=False)
    assert path.stat().st_size < 200_000

    with pytest.raises(FeedFileError, match="unfolds to far more than its size"):
        n_rows(path, contract("parquet"))
    with pytest.raises(FeedFileError, match="row after row"):
        n_rows(path, contract("parquet", max_expansion=100_000))


def test_more_rows_than_bytes_can_tell_apart_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.nulls(5_000_000, pa.string()), "b": pa.nulls(5_000_000, pa.string())}), path)

    with pytest.raises(FeedFileError, match="claims more rows than it can hold"):
        n_rows(path, contract("parquet"))


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.struct([("x", pa.int64())]), pa.binary()])
def test_a_type_that_no_expression_reads_is_refused_by_its_column(tmp_path: Path, kind: pa.DataType) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": pa.nulls(2, kind), "b": ["1", "2"]}), path)

    with pytest.raises(FeedFileError, match="column 'a' in a type that no expression reads"):
        n_rows(path, contract("parquet"))


def test_text_in_every_type_that_parquet_has_for_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int16(), pa.string()), pa.string_view()):
        values = pa.array(["x", None, ""], pa.string()).cast(kind)
        pq.write_table(pa.table({"a": values, "b": values}), path)
        rows = next(batch.rows for batch in read_rows(path, contract("parquet")))
        assert rows["a"].to_list() == ["x", None, None] and rows["b"].dtype == rows["a"].dtype


def test_a_header_of_ten_thousand_columns_and_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b" + ",c" * 10_000 + "\n")

    with pytest.raises(FeedFileError, match="more than 10,000 columns"):
        n_rows(path, contract("csv"))


def test_millions_of_blank_rows_are_counted_without_an_object_each(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n" + b"\n" * 300_000 + b"7\n")
    of = contract("csv", fields={"occurred_at": "a"})

    [batch] = list(read_rows(path, of, batch_rows=MB))
    assert (batch.rows.height, batch.refused.height) == (1, 300_000)
    assert batch.refused.row(-1) == (300_000, "blank_row", "")


def test_damaged_files_leave_no_memory_behind(tmp_path: Path) -> None:
    """Arrow's `read` of a compressed stream keeps its buffer, a megabyte or more, whenever it fails."""
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 100, mtime=0)[:-12])

    def address_space() -> int:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

    def read(times: int) -> None:
        for _ in range(times):
            with pytest.raises(FeedFileError, match="compression is damaged"):
                n_rows(path, contract("csv"))

    read(3)
    before = address_space()
    read(60)
    assert address_space() - before < 30 * MB
