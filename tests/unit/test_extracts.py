"""Extracts hold their body's products only, describe themselves, and come out the same byte for byte."""

import json

import polars as pl
import pyarrow.parquet as pq
import pytest

from schemas.errors import ConfigurationError
from schemas.published import SCHEMA_VERSION
from schemas.releases import TradeBody
from schemas.tables import columns_of
from tests.support.books import DIGEST, POLICY
from tests.support.releases import KEY, KNITWEAR, PHARMA, house
from tests.support.scrubbed import NIGHT, scrubbed
from tests.support.small_world import TAXONOMY
from warehouse.extracts import EXTRACTED, write_extracts
from warehouse.files import tree_digest
from warehouse.signatures import verify


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    with house(tmp_path_factory.mktemp("house")) as opened:
        rows = [
            {"event": f"{code} {n}", "buyer": f"{n}", "product_code": code, "value_cents": 100 + n}
            for code in ("610910", "6203", "3004")
            for n in range(4)
        ]
        opened.books.take(NIGHT, scrubbed(*rows))
        yield opened.stage(NIGHT)


@pytest.fixture(scope="module")
def written(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extracts")
    rows = write_extracts(tables, [KNITWEAR, PHARMA], folder, taxonomy=TAXONOMY, policy=POLICY, key=KEY)
    return folder, rows


def test_an_extract_holds_its_bodys_nodes_and_what_lies_below_them_and_nothing_else(written):
    folder, _ = written
    codes = {
        (body, name): set(pl.read_parquet(folder / body / f"{name}.parquet")["product_code"])
        for body in ("knitwear", "pharma")
        for name in EXTRACTED
    }
    assert codes == {
        ("knitwear", "classes"): {"6109"},
        ("knitwear", "demand"): {"textiles/61", "6109"},
        ("pharma", "classes"): {"6203", "3004"},
        ("pharma", "demand"): {"6203", "pharma", "pharma/30", "3004"},
    }


def test_the_counts_told_are_those_of_the_files(written):
    folder, rows = written
    for body, tables in rows.items():
        for name, n in tables.items():
            assert pl.read_parquet(folder / body / f"{name}.parquet").height == n > 0


def test_columns_types_and_meanings_are_those_of_the_public_schema(written):
    folder, _ = written
    for name, table in EXTRACTED.items():
        schema = pq.read_schema(folder / "knitwear" / f"{name}.parquet")
        for field, column in zip(schema, columns_of(table), strict=True):
            assert field.name == column.name and field.nullable == column.is_nullable
            assert field.metadata[b"description"].decode() == column.text
            assert field.metadata.get(b"unit", b"").decode() == (column.unit or "")
        assert schema.metadata == {
            b"release_id": b"2026-01-20",
            b"schema_version": SCHEMA_VERSION.encode(),
            b"policy": f"{POLICY.name} {POLICY.version}".encode(),
            b"policy_sha256": DIGEST.encode(),
        }


def test_rows_are_sorted_by_their_public_keys(written):
    folder, _ = written
    demand = pl.read_parquet(folder / "pharma" / "demand.parquet")
    keys = ["kind", "product_code", "place_code", "period_start", "period_level", "nes"]
    assert demand.equals(demand.sort(keys, nulls_last=False))


def test_the_data_package_describes_every_column_and_counts_the_rows(written):
    folder, rows = written
    package = json.loads((folder / "knitwear" / "datapackage.json").read_text())
    assert package["mandi"]["products"] == ["textiles/61"]
    for resource in package["resources"]:
        assert (folder / "knitwear" / resource["path"]).is_file()
        assert resource["rowCount"] == rows["knitwear"][resource["name"]]
        names = [column.name for column in columns_of(EXTRACTED[resource["name"]])]
        assert [field["name"] for field in resource["schema"]["fields"]] == names


def test_every_extract_is_signed(written):
    folder, _ = written
    for body in ("knitwear", "pharma"):
        assert verify(folder / body).problems == ()


def test_the_same_tables_and_key_give_the_same_bytes(tables, written, tmp_path):
    write_extracts(tables, [KNITWEAR, PHARMA], tmp_path, taxonomy=TAXONOMY, policy=POLICY, key=KEY)
    assert tree_digest(tmp_path) == tree_digest(written[0])


def test_a_body_with_a_product_that_does_not_exist_is_refused(tables, tmp_path):
    body = TradeBody(id="typo", title="Typo", products=("textiles/61", "textiles/99"))
    with pytest.raises(ConfigurationError, match="no product node textiles/99"):
        write_extracts(tables, [body], tmp_path, taxonomy=TAXONOMY, policy=POLICY, key=KEY)
    assert list(tmp_path.iterdir()) == []


def test_a_body_whose_products_nobody_wants_gets_empty_tables_with_the_whole_schema(tables, tmp_path):
    body = TradeBody(id="none", title="None", products=("6110",))
    rows = write_extracts(tables, [body], tmp_path, taxonomy=TAXONOMY, policy=POLICY, key=KEY)
    assert rows == {"none": {"classes": 0, "demand": 0}}
    assert pl.read_parquet(tmp_path / "none" / "classes.parquet").width == len(columns_of(EXTRACTED["classes"]))
