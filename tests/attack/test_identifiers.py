"""The identifier attack.

What the attacker knows: lists of names, companies, e-mails, phones, tax numbers, and perhaps the pseudonyms of a night.
What they want: one of them, anywhere in the bytes of a release. Each unprotected release below must fall; each release
that only looks like one must pass.
"""

import json
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymize.attacks.identifiers import Pseudonyms, found_in_texts
from schemas.releases import TradeBody
from tests.support.scrubbed import key
from tests.support.small_world import TAXONOMY
from warehouse.searched_files import public_words, search_files

COMPANY, EMAIL, PHONE = "Nairobi Fashion House Ltd", "amina@nairobi-fashion.example", "+254 712 345 678"
KNOWN = pl.Series([COMPANY, EMAIL, PHONE, "27AAPFU0939F1ZV", "Amina Odhiambo", "Cotton", "Ltd", "KE", "4938268"])
BODY = TradeBody(id="knitwear", title="Knitwear Council", products=("all",))
PUBLIC = public_words(TAXONOMY, [BODY], ["2026-02-02"]) | {"Cotton"}
PSEUDONYMS = [key(f"buyer {n}") for n in range(50)]
COMMENT = f"checked with {EMAIL}"


def _found(folder: Path) -> set[tuple[str, str]]:
    findings = search_files(folder, public=PUBLIC, identifiers=KNOWN, pseudonyms=PSEUDONYMS)
    return {(finding.where, finding.what) for finding in findings}


def _parquet(folder: Path, columns: dict[str, object], metadata=None, field_metadata=None, **options: object) -> None:
    table = pa.table(columns)
    fields = [field.with_metadata(field_metadata) if field_metadata else field for field in table.schema]
    pq.write_table(
        table.cast(pa.schema(fields, metadata=metadata)), folder / "x.parquet", compression="zstd", **options
    )


def _duckdb(folder: Path, *statements: str, **parameters: object) -> None:
    with duckdb.connect(str(folder / "x.duckdb")) as connection:
        for statement in statements:
            connection.execute(statement, parameters or None)
            parameters = {}


UNPROTECTED_PARQUET = {
    "a company in a text column": {"columns": {"place_code": ["KE"] * 9 + [COMPANY]}},
    "a company inside a longer text": {"columns": {"note": ["KE", f"sold to {COMPANY.upper()}, twice"]}},
    "an e-mail in the file's metadata": {"columns": {"n": [1]}, "metadata": {"pandas": json.dumps({"by": EMAIL})}},
    "an e-mail in a field's metadata": {"columns": {"n": [1]}, "field_metadata": {"description": EMAIL}},
    "an e-mail as the bound of a row group": {"columns": {"note": [EMAIL, "b", "c"]}, "write_statistics": True},
    "an e-mail in bytes": {"columns": {"raw": [b"aaaa", EMAIL.encode(), b"zzzz"] * 50}, "write_statistics": False},
    "a name in a list": {"columns": {"buyers": [["KE"], ["KE", "Amina Odhiambo"]]}},
    "a name in a structure": {"columns": {"buyer": [{"name": "Amina Odhiambo"}]}},
    "a name of a column": {"columns": {"Amina Odhiambo": [1]}},
    "a short code that is a whole text": {"columns": {"note": ["ltd"]}},
}


@pytest.mark.parametrize("case", UNPROTECTED_PARQUET.values(), ids=UNPROTECTED_PARQUET)
def test_an_unprotected_parquet_file_falls(tmp_path, case):
    _parquet(tmp_path, **case)
    assert ("x.parquet", "identifier") in _found(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("datapackage.json", json.dumps({"title": "Demand", "contact": PHONE})),
        ("README.md", f"Thanks to {COMPANY}."),
        ("release.json", json.dumps({"tax": "27AAPFU0939F1ZV"})),
        ("sub/SHA256SUMS", f"0000  {EMAIL}\n"),
    ],
)
def test_an_unprotected_text_file_falls(tmp_path, name, text):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert _found(tmp_path) == {(name, "identifier")}


UNPROTECTED_DUCKDB = {
    "a row": [f"create table demand as select '{COMPANY}' as place_code"],
    "a row among many that are compressed": [
        "create table demand as select case when i = 70000 then 'Nairobi Fashion House Ltd' "
        "else concat('Nairobi market number ', i % 99) end as note from range(150000) as numbers (i)"
    ],
    "a table that was forgotten": ["create table demand (n int)", f"create table tmp as select '{EMAIL}' as e"],
    "a comment": ["create table demand (n int)", f"comment on column demand.n is '{COMMENT}'"],
    "a view": [f"create view demand as select '{EMAIL}' as contact"],
}


@pytest.mark.parametrize("statements", UNPROTECTED_DUCKDB.values(), ids=UNPROTECTED_DUCKDB)
def test_an_unprotected_duckdb_file_falls(tmp_path, statements):
    _duckdb(tmp_path, *statements)
    assert ("x.duckdb", "identifier") in _found(tmp_path)


@pytest.mark.parametrize(
    "value", [PSEUDONYMS[7], PSEUDONYMS[7].hex(), PSEUDONYMS[7].hex().upper()], ids=["raw", "hex", "HEX"]
)
def test_a_duckdb_file_with_a_pseudonym_falls(tmp_path, value):
    _duckdb(tmp_path, "create table demand as select $value as code", value=value)
    assert ("x.duckdb", "pseudonym") in _found(tmp_path)


def test_a_deleted_row_that_left_remains_in_a_duckdb_file_falls(tmp_path):
    _duckdb(
        tmp_path, "create table demand as select $value as code from range(3000)", "checkpoint",
        "delete from demand", "insert into demand values ('ok')", "checkpoint", value=EMAIL,
    )  # fmt: skip
    assert ("x.duckdb", "identifier") in _found(tmp_path)


@pytest.mark.parametrize("offset", range(9))
def test_a_pseudonym_is_found_at_any_offset(tmp_path, offset):
    for at, needle in enumerate((PSEUDONYMS[0], PSEUDONYMS[-1])):
        path = tmp_path / f"{at}.bin"
        path.write_bytes(b"\0" * offset + needle + b"\xff")
        assert [finding.n for finding in Pseudonyms(PSEUDONYMS).found_in(path, where="x")] == [1]


def test_half_a_pseudonym_and_no_pseudonyms_at_all_do_not_cry_wolf(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"abc" + PSEUDONYMS[0][:15] + b"\0" + PSEUDONYMS[1][1:] + PSEUDONYMS[2].hex()[:31].encode())
    assert Pseudonyms(PSEUDONYMS).found_in(path, where="x") == []
    assert Pseudonyms([]).found_in(path, where="x") == []
    path.write_bytes(b"")
    assert Pseudonyms(PSEUDONYMS).found_in(path, where="x") == []


LOOK_ALIKES = {
    "a company called like a product title": {"columns": {"title": ["Cotton", "Wool"]}},
    "an account number equal to a sum": {"columns": {"n_events": [4938268], "value_usd": [4938268.0]}},
    "a country code that is also a short account": {"columns": {"place_code": ["KE"]}},
    "a short code inside a longer word": {"columns": {"note": ["moltding"]}},
    "a company's name continued by letters": {"columns": {"note": ["Amina Odhiambos", "xAmina Odhiambo"]}},
    "the recipient's own title": {"columns": {"note": ["Knitwear Council"]}, "metadata": {"for": "knitwear"}},
}


@pytest.mark.parametrize("case", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_a_release_that_only_looks_unprotected_passes(tmp_path, case):
    _parquet(tmp_path, **case)
    _duckdb(tmp_path, "create table demand as select 4938268 as n_events, 'Cotton' as title, 'KE' as place_code")
    (tmp_path / "release.json").write_text('{"products": ["Cotton", "Cottonwool"], "n_events": 49382680}')
    assert _found(tmp_path) == set()


def test_an_empty_release_and_no_identifiers_find_nothing(tmp_path):
    assert _found(tmp_path) == set()
    _parquet(tmp_path, {"note": [COMPANY]})
    nothing = pl.Series(dtype=pl.String)
    assert search_files(tmp_path, public=frozenset(), identifiers=nothing, pseudonyms=[]) == []


@pytest.mark.parametrize("text", ["(acme) a.b*", "x (ACME) A.B* y", "«(acme) a.b*»"])
def test_identifiers_are_taken_word_for_word_not_as_patterns(text):
    texts = pl.DataFrame({"where": ["x", "y"], "text": [text, "(acme) aXbbb"]})
    assert [finding.where for finding in found_in_texts(texts, pl.Series(["(Acme) a.b*"]))] == ["x"]


def test_a_finding_tells_where_and_how_many_and_never_what(tmp_path):
    _parquet(tmp_path, {"note": [COMPANY, EMAIL]})
    findings = search_files(tmp_path, public=PUBLIC, identifiers=KNOWN, pseudonyms=PSEUDONYMS)
    assert (findings[0].where, findings[0].n) == ("x.parquet", 2)
    assert "nairobi" not in repr(findings).lower()
