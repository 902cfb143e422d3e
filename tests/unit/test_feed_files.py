import gzip
import json
import traceback
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from feeds.contracts import ROW_COLUMN
from feeds.files import read_rows
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError

SECRET = "Zaphod-Beeblebrox-4711"


def contract(format: str, **changes: object) -> FeedContract:
    return FeedContract.model_validate(
        {"feed": "small", "title": "t", "format": format, "kind": "'rfq'", "key": ["a"], "verified": "false",
         "fields": {"occurred_at": "b"}, **changes}
    )  # fmt: skip


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def rows_of(path: Path, of: FeedContract, batch_rows: int = 100_000) -> tuple[list[tuple[object, ...]], list[object]]:
    batches = list(read_rows(path, of, batch_rows=batch_rows))
    rows = [row for batch in batches for row in batch.rows.select("a", "b", ROW_COLUMN).rows()]
    return rows, [row for batch in batches for row in batch.refused.rows()]


def test_csv_gives_text_with_empty_as_null_and_bad_rows_with_their_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", b'a,z,b\n1,q,"x\ny"\nshort\n\n4,q,r,s\n5,q,\n6,"say ""hi""",007\n')

    rows, refused = rows_of(path, contract("csv"))

    assert rows == [("1", "x\ny", 1), ("5", None, 5), ("6", "007", 6)]
    assert refused == [(2, "too_few_fields", "short"), (3, "blank_row", ""), (4, "too_many_fields", "4,q,r,s")]


def test_only_named_columns_are_taken_out_of_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", f"a,secret,b\n1,{SECRET},2\n".encode())
    batch = next(iter(read_rows(path, contract("csv"))))
    assert batch.rows.columns == ["a", "b", ROW_COLUMN]

    path = written(tmp_path, "x.jsonl", json.dumps({"a": 1, "secret": SECRET, "b": 2}).encode())
    batch = next(iter(read_rows(path, contract("jsonl"))))
    assert batch.rows.columns == ["a", "b", ROW_COLUMN]


@pytest.mark.parametrize("compress", [lambda x: x, gzip.compress, zstd], ids=["plain", "gz", "zst"])
@pytest.mark.parametrize("batch_rows", [7, 100_000])
def test_rows_are_the_same_however_compressed_and_batched(
    tmp_path: Path, compress: Callable[[bytes], bytes], batch_rows: int
) -> None:
    suffix = {gzip.compress: ".gz", zstd: ".zst"}.get(compress, "")
    lines = [f"{i},{i * i}" if i % 5 else f"{i}" for i in range(1, 41)]
    path = written(tmp_path, "x.csv" + suffix, compress(("a,b\n" + "\n".join(lines) + "\n").encode()))

    rows, refused = rows_of(path, contract("csv"), batch_rows)

    assert rows == [(str(i), str(i * i), i) for i in range(1, 41) if i % 5]
    assert [row[0] for row in refused] == [5, 10, 15, 20, 25, 30, 35, 40]  # type: ignore[index]

    records = [json.dumps({"a": i, "b": str(i * i)}) if i % 5 else "{broken" for i in range(1, 41)]
    path = written(tmp_path, "x.jsonl" + suffix, compress(("\n".join(records) + "\n").encode()))

    rows, refused = rows_of(path, contract("jsonl"), batch_rows)

    assert rows == [(str(i), str(i * i), i) for i in range(1, 41) if i % 5]
    assert [row[:2] for row in refused] == [(i, "broken_json") for i in range(5, 41, 5)]  # type: ignore[index]


def test_many_blocks_of_csv_keep_row_numbers(tmp_path: Path) -> None:
    n = 400_000
    lines = [f"{i},{'x' * 40}" if i % 99_991 else "ragged" for i in range(1, n + 1)]
    path = written(tmp_path, "x.csv", ("a,b\n" + "\n".join(lines)).encode())
    assert path.stat().st_size > 2 * (8 << 20)

    batches = list(read_rows(path, contract("csv"), batch_rows=100_000))

    assert sum(batch.n_rows for batch in batches) == n
    assert [batch.rows.height for batch in batches][:-1] == [100_000] * (len(batches) - 1)
    assert all((batch.rows["a"].cast(pl.Int64) == batch.rows[ROW_COLUMN]).all() for batch in batches)
    refused = pl.concat(batch.refused for batch in batches)
    assert refused["row"].to_list() == [99_991 * i for i in range(1, 5)]


def test_json_values_become_text_and_odd_lines_are_set_aside(tmp_path: Path) -> None:
    lines = [
        '{"a": 1, "b": true}',
        '{"a": "é", "b": {"k": [1]}}',
        "",
        "[1]",
        "null",
        '{"a": 1}{"a": 2}',
        '{"a": NaN, "b": 1}',
        '{"a": "\\ud800", "b": 1}',
        '{"b": 2.5}',
        "{}",
    ]
    path = written(tmp_path, "x.jsonl", ("\n".join(lines) + "\n").encode())

    rows, refused = rows_of(path, contract("jsonl"))

    assert rows == [("1", "true", 1), ("é", '{"k": [1]}', 2), (None, "2.5", 9)]
    assert [row[:2] for row in refused] == [  # type: ignore[index]
        (3, "blank_row"), (4, "broken_json"), (5, "broken_json"), (6, "broken_json"), (7, "broken_json"),
        (8, "broken_json"), (10, "blank_row"),
    ]  # fmt: skip


def test_whole_blocks_and_single_lines_of_json_read_alike(tmp_path: Path) -> None:
    good = [
        json.dumps({"a": value, "b": "x"}, ensure_ascii=False)
        for value in (
            "t",
            "",
            None,
            0,
            12,
            -3,
            1.5,
            True,
            False,
            [1, "q"],
            {"k": None},
            "é\n",
            10**17,
            10**25,
            1.0,
            1e22,
            0.1,
        )
    ]
    together = written(tmp_path, "x.jsonl", ("\n".join(good) + "\n").encode())
    apart = written(tmp_path, "y.jsonl", ("\n".join([*good, "{"]) + "\n").encode())

    assert rows_of(together, contract("jsonl"))[0] == rows_of(apart, contract("jsonl"))[0]


def test_a_number_beyond_all_measure_refuses_its_line_alone(tmp_path: Path) -> None:
    path = written(tmp_path, "x.jsonl", b'{"a":1,"b":1}\n{"a":1e999,"b":1}\n{"a":3,"b":1}\n')

    rows, refused = rows_of(path, contract("jsonl"))

    assert [row[0] for row in rows] == ["1", "3"]
    assert [row[:2] for row in refused] == [(2, "broken_json")]  # type: ignore[index]


def test_parquet_keeps_types_and_writes_out_dictionaries(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["x", "", "x"], "b": [1, 2, None], "z": [SECRET] * 3})
    frame.with_columns(pl.col("a").cast(pl.Categorical)).write_parquet(tmp_path / "x.parquet")

    rows, refused = rows_of(tmp_path / "x.parquet", contract("parquet"), 2)

    assert rows == [("x", 1, 1), (None, 2, 2), ("x", None, 3)]
    assert refused == []


def test_a_header_without_rows_is_a_quiet_day(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "x.csv", b"a,b\n"), contract("csv")) == ([], [])
    assert rows_of(written(tmp_path, "x.csv", b"a,b"), contract("csv")) == ([], [])


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "x.csv", b"\xef\xbb\xbfa,b\n1,2\n"), contract("csv"))[0] == [("1", "2", 1)]
    assert rows_of(written(tmp_path, "x.jsonl", b'\xef\xbb\xbf{"a":1,"b":2}\n'), contract("jsonl"))[0] == [
        ("1", "2", 1)
    ]


CSV = f"a,b\n1,{SECRET}\n".encode() * 1
BIG = b"a,b\n" + f"{SECRET},{SECRET}\n".encode() * 20_000
JSON = f'{{"a":"{SECRET}","b":1}}\n'.encode() * 20_000
PARQUET_NAME = "x.parquet"

DAMAGED: dict[str, tuple[str, str, bytes | None, str]] = {
    "missing": ("csv", "x.csv", None, "is missing"),
    "empty": ("csv", "x.csv", b"", "is empty"),
    "empty gzip": ("csv", "x.csv.gz", gzip.compress(b""), "is empty"),
    "empty zstd json": ("jsonl", "x.jsonl.zst", zstd(b""), "is empty"),
    "cut gzip": ("csv", "x.csv.gz", gzip.compress(BIG)[:-20], "cut short"),
    "cut gzip near its head": ("csv", "x.csv.gz", gzip.compress(BIG)[:12], "cut short"),
    "cut zstd": ("csv", "x.csv.zst", zstd(BIG)[:-10], "cut short"),
    "cut zstd json": ("jsonl", "x.jsonl.zst", zstd(JSON)[:-10], "cut short"),
    "damaged gzip": ("jsonl", "x.jsonl.gz", gzip.compress(JSON)[:-8] + b"\0" * 8, "cut short"),
    "cut json line": ("jsonl", "x.jsonl", JSON[:-9], "middle of a line"),
    "ends in quotes": ("csv", "x.csv", CSV + f'2,"{SECRET}\n3,4\n'.encode(), "inside a quoted value"),
    "quote never closed in many blocks": ("csv", "x.csv", b'a,b\n1,"' + BIG * 20, "cannot be read as CSV"),
    "latin-1": ("csv", "x.csv", CSV + "2,Müller\n".encode("latin-1"), "not UTF-8"),
    "latin-1 in a ragged row": ("csv", "x.csv", CSV + "Müller\n".encode("latin-1"), "not UTF-8"),
    "latin-1 in an unnamed column": ("csv", "x.csv", "a,b,c\n1,2,Müller\n".encode("latin-1"), "not UTF-8"),
    "latin-1 json": ("jsonl", "x.jsonl", JSON + '{"a":"ü","b":1}\n'.encode("latin-1"), "not UTF-8"),
    "utf-16": ("csv", "x.csv", CSV.decode().encode("utf-16"), "not UTF-8"),
    "gzip under a plain name": ("csv", "x.csv", gzip.compress(CSV), "not what its name says"),
    "plain under a gzip name": ("csv", "x.csv.gz", CSV, "not what its name says"),
    "a spreadsheet": ("csv", "x.csv", b"PK\x03\x04" + b"\0" * 100, "not what its name says"),
    "json under a csv name": ("csv", "x.csv", JSON, "has no column 'a'"),
    "csv where json is wanted": ("jsonl", "x.csv", CSV, "does not end in .jsonl"),
    "csv under a json name": ("jsonl", "x.jsonl", CSV, "has no member 'a'"),
    "missing column": ("csv", "x.csv", f"a,{SECRET}\n1,2\n".encode(), "has no column 'b'"),
    "column twice": ("csv", "x.csv", b"a,b,a\n1,2,3\n", "has the column 'a' twice"),
    "no header": ("csv", "x.csv", b"\n\n\n", "no header"),
    "missing member": ("jsonl", "x.jsonl", b'{"a":1}\n{"a":2}\n', "has no member 'b'"),
    "text as parquet": ("parquet", PARQUET_NAME, CSV, "not what its name says"),
    "parquet head alone": ("parquet", PARQUET_NAME, b"PAR1" + SECRET.encode() * 10, "not Parquet"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_file_that_is_not_whole_is_refused_without_a_word_of_its_content(
    tmp_path: Path, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    format, name, content, words = DAMAGED[case]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(FeedFileError) as caught:
        list(read_rows(path, contract(format)))

    message = str(caught.value)
    assert words in message
    assert message.startswith(f"{name}: ")
    assert message.endswith(".")
    told = "".join(traceback.format_exception(caught.value, chain=True)) + "".join(capfd.readouterr())
    assert SECRET not in told
    assert "Müller" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_cut_parquet_file_is_refused(tmp_path: Path, keep: float) -> None:
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"a": [SECRET] * 1000, "b": range(1000)}).write_parquet(whole)
    content = whole.read_bytes()
    path = written(tmp_path, PARQUET_NAME, content[: int(len(content) * keep)])

    with pytest.raises(FeedFileError, match="cut short") as caught:
        list(read_rows(path, contract("parquet")))

    assert caught.value.__context__ is None


def test_parquet_without_a_named_column_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / PARQUET_NAME)

    with pytest.raises(FeedFileError, match="has no column 'b'"):
        list(read_rows(tmp_path / PARQUET_NAME, contract("parquet")))


def test_text_in_parquet_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"M\xfcller"]).buffers())
    pq.write_table(pa.table({"a": bad, "b": [1]}), tmp_path / PARQUET_NAME)

    with pytest.raises(FeedFileError, match="not UTF-8"):
        list(read_rows(tmp_path / PARQUET_NAME, contract("parquet")))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path, "real.csv", CSV)
    (tmp_path / "x.csv").symlink_to(tmp_path / "real.csv")

    with pytest.raises(FeedFileError, match="no plain file"):
        list(read_rows(tmp_path / "x.csv", contract("csv")))


def test_a_file_of_one_column_is_read_and_checked_for_its_end(tmp_path: Path) -> None:
    of = contract("csv", fields={"occurred_at": "a"})

    batch = next(iter(read_rows(written(tmp_path, "x.csv", b'a\n1\n"2"\n'), of)))
    assert batch.rows.rows() == [("1", 1), ("2", 2)]
    with pytest.raises(FeedFileError, match="inside a quoted value"):
        list(read_rows(written(tmp_path, "x.csv", b'a\n1\n"2\n'), of))


def test_other_separators_and_quotes_follow_the_contract(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", b"a;b\n'1;2';3\n")

    rows, _ = rows_of(path, contract("csv", csv={"separator": ";", "quote": "'"}))

    assert rows == [("1;2", "3", 1)]


def test_a_missing_last_line_end_loses_nothing(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "x.csv", b"a,b\r\n1,2\r\n3,4"), contract("csv"))[0] == [
        ("1", "2", 1),
        ("3", "4", 2),
    ]
    assert rows_of(written(tmp_path, "x.jsonl", b'{"a":1,"b":2}'), contract("jsonl"))[0] == [("1", "2", 1)]
