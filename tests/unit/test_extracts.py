"""Extracts hold their body's products only, describe themselves, and come out the same byte for byte."""

import csv
import io
import json
from datetime import date, timedelta
from importlib.metadata import distribution

import duckdb
import jsonschema
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
from tests.support.small_world import PLACES, TAXONOMY
from tests.support.workbooks import sheets_of
from warehouse.extracts import EXTRACTED, HEADLINES, write_extracts
from warehouse.files import tree_digest
from warehouse.headline import MAX_ROWS, PERIODS, headline
from warehouse.parquet_files import ROWS_PER_GROUP, row_order, write_parquet
from warehouse.recipients import codes_of, sector_around
from warehouse.signatures import verify
from warehouse.workbook import HOW_TO_READ, workbook

FIELDS = {name: list(table.model_fields) for name, table in EXTRACTED.items()}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with house(tmp_path_factory.mktemp("house")) as opened:
        rows = [
            {"event": f"{code} {n}", "buyer": f"{n}", "product_code": code, "value_cents": 100 + n}
            for code in ("610910", "6203", "3004")
            for n in range(4)
        ]
        opened.books.take(NIGHT, scrubbed(*rows))
        yield opened


@pytest.fixture(scope="module")
def tables(opened):
    return opened.stage(NIGHT)


@pytest.fixture(scope="module")
def write(tables, opened):
    def written(folder, *bodies):
        return write_extracts(
            tables, bodies, folder, releases=opened.home.releases, taxonomy=TAXONOMY, policy=POLICY, key=KEY
        )

    return written


@pytest.fixture(scope="module")
def written(write, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extracts")
    return folder, write(folder, KNITWEAR, PHARMA)


def test_an_extract_holds_its_bodys_nodes_and_what_lies_below_them_and_nothing_else(written):
    folder, _ = written
    below = {
        "knitwear": {"textiles/61", "6109", "6110", "610910", "610990"},
        "pharma": {"6203", "pharma", "pharma/30", "3004", "300490"},
    }
    for body, codes in below.items():
        for name in EXTRACTED:
            assert set(pl.read_parquet(folder / body / f"{name}.parquet")["product_code"]) <= codes
    assert set(pl.read_parquet(folder / "knitwear/demand.parquet")["product_code"]) == {"textiles/61", "6109"}
    assert set(pl.read_parquet(folder / "pharma/classes.parquet")["product_code"]) == {"6203", "3004"}


@pytest.mark.parametrize(
    ("products", "sector"),
    [
        (("textiles/61", "textiles/62"), "textiles"),
        (("6109",), "textiles"),
        (("textiles",), None),
        (("textiles/61", "textiles"), None),
        (("textiles/61", "pharma/30"), None),
        (("all",), None),
        (("6109", "all"), None),
    ],
)
def test_a_body_whose_products_are_parts_of_one_sector_is_told_that_sectors_terms_and_no_other_table(products, sector):
    body = TradeBody(id="parts", title="Parts", products=products)
    assert sector_around(body, TAXONOMY) == sector
    codes = {name: set(codes_of(body, TAXONOMY, name)["product_code"]) for name in EXTRACTED}
    plain = {frozenset(of_table) for name, of_table in codes.items() if name != "terms"}
    assert plain == {frozenset(codes["terms"] - {sector})} and (sector is None or sector in codes["terms"])


def test_figures_for_people_have_four_digits_or_two_decimals_and_those_for_programs_have_all():
    figures = [0.123456, 0.000123456, -0.98765, 1.23456, 1234.5678, 1.0, None]
    frame = _demand(len(figures)).with_columns(placed_ratio=pl.Series(figures))
    told = headline(frame, EXTRACTED["demand"], TAXONOMY).frame.sort("n_events")
    assert told["placed_ratio"].to_list() == [0.1235, 0.0001235, -0.9877, 1.23, 1234.57, 1.0, None]


def test_the_counts_told_are_those_of_the_files(written):
    folder, rows = written
    for body, tables in rows.items():
        assert min(tables["classes"], tables["demand"]) > 0
        for name, n in tables.items():
            assert pl.read_parquet(folder / body / f"{name}.parquet").height == n


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


@pytest.mark.parametrize("name", EXTRACTED)
def test_rows_are_sorted_by_product_place_and_period_and_the_footer_says_so(written, name):
    path = written[0] / "pharma" / f"{name}.parquet"
    rows, order = pl.read_parquet(path), row_order(pl.read_parquet_schema(path))
    assert order[:2] == ["product_code", "place_code"]
    assert rows.equals(rows.sort(order, nulls_last=False))
    assert rows.select(order).is_unique().all(), "the order leaves nothing to chance"
    groups = pq.ParquetFile(path).metadata
    if groups.num_row_groups:
        said = [rows.columns[column.column_index] for column in groups.row_group(0).sorting_columns]
        assert said == order


def test_every_column_of_every_row_group_has_bounds_and_is_compressed(tmp_path):
    n = ROWS_PER_GROUP + 1
    frame = _demand(n)
    write_parquet(frame, EXTRACTED["demand"], tmp_path / "demand.parquet", {})
    footer = pq.ParquetFile(tmp_path / "demand.parquet").metadata
    assert [footer.row_group(at).num_rows for at in range(footer.num_row_groups)] == [ROWS_PER_GROUP, 1]
    for at in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            chunk = footer.row_group(at).column(column)
            assert chunk.compression == "ZSTD" and chunk.is_stats_set
            assert chunk.statistics.has_min_max or chunk.statistics.null_count == chunk.num_values


def _demand(n: int) -> pl.DataFrame:
    """Rows of `demand` for Kenya, one a day and product; figures mean nothing."""
    first = date(2020, 1, 1)
    rows = pl.DataFrame({"number": range(n)}).select(
        release_id=pl.lit("2026-01-20"),
        kind=pl.lit("order"),
        product_level=pl.lit("heading"),
        product_code=pl.lit("6109"),
        place_level=pl.lit("country"),
        place_code=pl.lit("KE"),
        period_level=pl.lit("month"),
        period_start=pl.lit(first) + pl.duration(days=pl.col("number")),
        period_end=pl.lit(first) + pl.duration(days=pl.col("number")),
        nes=pl.lit(None, dtype=pl.String),
        n_events=pl.col("number") + 3,
        value_usd=pl.col("number") / 4,
        contributors_min=pl.lit(3, dtype=pl.Int64),
        contributors_max=pl.lit(3, dtype=pl.Int64),
        placed_ratio=pl.lit(1.0),
        is_after_estimate=pl.lit(False),
    )
    missing = [name for name in FIELDS["demand"] if name not in rows.columns]
    return rows.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in missing).select(FIELDS["demand"])


# What describes itself.


PROFILES = "dplib/profiles/2.0"
"""Where the package dplib-py keeps the standard's own JSON schemas; the program around them would fetch them anew."""


@pytest.mark.parametrize("body", ["knitwear", "pharma"])
def test_the_data_package_is_valid_under_the_profiles_of_its_standard(written, body):
    package = json.loads((written[0] / body / "datapackage.json").read_text())
    profiles = {
        name: json.loads(distribution("dplib-py").locate_file(f"{PROFILES}/{name}.json").read_text())
        for name in ("datapackage", "dataresource", "tableschema")
    }
    assert package["$schema"].endswith("/2.0/datapackage.json")
    check = jsonschema.validators.validator_for(profiles["datapackage"])
    assert list(check(profiles["datapackage"]).iter_errors(package)) == []
    for resource in package["resources"]:
        assert list(check(profiles["dataresource"]).iter_errors(resource)) == []
        assert (
            list(check(profiles["tableschema"]).iter_errors(resource.get("schema", {"fields": [{"name": "x"}]}))) == []
        )
    assert list(check(profiles["datapackage"]).iter_errors(package | {"resources": []})) != []


def test_the_data_package_describes_every_column_and_counts_the_rows(written):
    folder, rows = written
    package = json.loads((folder / "knitwear" / "datapackage.json").read_text())
    assert package["mandi"]["products"] == ["textiles/61"]
    resources = {resource["path"]: resource for resource in package["resources"]}
    for name, table in EXTRACTED.items():
        told = resources[f"{name}.parquet"]
        assert told["rowCount"] == rows["knitwear"][name]
        assert [field["name"] for field in told["schema"]["fields"]] == [column.name for column in columns_of(table)]
        units = {column.name: column.unit for column in columns_of(table) if column.unit}
        assert {f["name"]: f["unit"] for f in told["schema"]["fields"] if "unit" in f} == units
    for name in HEADLINES:
        told = resources[f"headline_{name}.csv"]
        rows_of_csv = _csv(folder / "knitwear" / told["path"])
        assert [field["name"] for field in told["schema"]["fields"]] == rows_of_csv[0]
        assert told["rowCount"] == len(rows_of_csv) - 1
    sums = dict(line.split("  ")[::-1] for line in (folder / "knitwear" / "SHA256SUMS").read_text().splitlines())
    assert {path: told["hash"] for path, told in resources.items()} == {
        path: f"sha256:{sums[path]}" for path in resources
    }


def test_every_file_is_under_the_signature(written):
    folder, _ = written
    for body in ("knitwear", "pharma"):
        assert verify(folder / body).problems == ()
        names = {path.name for path in (folder / body).iterdir()}
        assert names == {
            *(f"{name}.parquet" for name in EXTRACTED), *(f"headline_{name}.csv" for name in HEADLINES),
            "headline.xlsx", "brief.html", "brief.hi.html", "CHANGES.md", "datapackage.json", "public-key.pem",
            "SHA256SUMS", "SHA256SUMS.sig",
        }  # fmt: skip
        assert verify(folder / body).n_files == len(names) - 2


def test_the_same_tables_and_key_give_the_same_bytes(write, written, tmp_path):
    write(tmp_path, KNITWEAR, PHARMA)
    assert tree_digest(tmp_path) == tree_digest(written[0])


def test_a_body_with_a_product_that_does_not_exist_is_refused(write, tmp_path):
    body = TradeBody(id="typo", title="Typo", products=("textiles/61", "textiles/99"))
    with pytest.raises(ConfigurationError, match="no product node textiles/99"):
        write(tmp_path, body)
    assert list(tmp_path.iterdir()) == []


def test_a_body_whose_products_nobody_wants_gets_empty_tables_with_the_whole_schema(write, tmp_path):
    rows = write(tmp_path, TradeBody(id="none", title="None", products=("6110",)))
    assert rows == {"none": dict.fromkeys(EXTRACTED, 0)}
    for name, table in EXTRACTED.items():
        assert pl.read_parquet(tmp_path / "none" / f"{name}.parquet").width == len(columns_of(table))
    assert len(_csv(tmp_path / "none" / "headline_demand.csv")) == 1
    assert len(sheets_of(tmp_path / "none" / "headline.xlsx")["demand"]) == 1


# For people in spreadsheets.


def _csv(path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_a_headline_shows_nodes_by_the_month_with_titles_the_newest_first(written):
    told = pl.read_csv(written[0] / "pharma" / "headline_demand.csv", schema_overrides={"product_code": pl.String})
    demand = pl.read_parquet(written[0] / "pharma" / "demand.parquet")
    shown = demand.filter(pl.col("nes").is_null(), pl.col("product_level") != "subheading", period_level="month")
    assert told.height == shown.height > 0
    assert told["n_events"].sum() == shown["n_events"].sum()
    assert told.columns[4:8] == ["product", "place_level", "place_code", "place"]
    assert (
        dict(told.select("place_code", "place").unique().rows()).items()
        <= {(code.lstrip("0") if code.isdigit() else code): title for _, code, _, title in PLACES}.items()
        | {code: title for _, code, _, title in PLACES}.items()
    )
    assert told["period_start"].is_sorted(descending=True)


def test_a_headline_of_many_months_shows_the_newest_thirteen():
    months = [date(2024 + at // 12, at % 12 + 1, 1) for at in range(20)]
    frame = pl.concat([_demand(1).with_columns(period_start=pl.lit(month)) for month in months])
    shown = headline(frame, EXTRACTED["demand"], TAXONOMY)
    assert sorted(set(shown.frame["period_start"])) == months[-PERIODS:]
    assert (shown.period_level, shown.left_out) == ("month", ())


def test_a_headline_that_is_too_long_says_which_levels_it_leaves_out():
    n = MAX_ROWS + 1
    few = _demand(7).with_columns(product_level=pl.lit("sector"), product_code=pl.lit("textiles"))
    frame = pl.concat([_demand(n), few]).with_columns(period_start=pl.lit(date(2026, 1, 1)))
    shown = headline(frame, EXTRACTED["demand"], TAXONOMY)
    assert (shown.frame.height, shown.left_out) == (7, ("heading",))


def test_every_spreadsheet_program_is_told_that_a_csv_is_utf_8(written):
    path = written[0] / "pharma" / "headline_demand.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrelease_id,")
    with duckdb.connect() as duck:
        assert duck.sql(f"from read_csv('{path}', all_varchar = true)").columns[0] == "release_id"


def test_a_workbook_holds_numbers_as_numbers_dates_as_dates_and_codes_as_texts(written):
    sheets = sheets_of(written[0] / "pharma" / "headline.xlsx")
    assert list(sheets) == ["Read me", *HEADLINES, "Columns"]
    told = _csv(written[0] / "pharma" / "headline_demand.csv")
    rows = sheets["demand"]
    assert rows[0] == told[0] and len(rows) == len(told)
    columns = {column.name: column.type for column in columns_of(EXTRACTED["demand"])}
    days = (date(1899, 12, 30), timedelta)
    for row, expected in zip(rows[1:], told[1:], strict=True):
        for name, cell, text in zip(rows[0], row, expected, strict=True):
            if text == "":
                assert cell is None
            elif columns.get(name) in ("int64", "double"):
                assert cell == float(text)
            elif columns.get(name) == "date":
                assert (days[0] + days[1](days=cell)).isoformat() == text
            elif columns.get(name) == "bool":
                assert cell is (text == "true")
            else:
                assert cell == text


def test_a_workbook_explains_itself_and_every_column(written):
    sheets = sheets_of(written[0] / "pharma" / "headline.xlsx")
    told = {cell for row in sheets["Read me"] for cell in row}
    assert {*HOW_TO_READ, "Pharma Council", "2026-01-20", SCHEMA_VERSION, "pharma, 6203"} <= told
    assert [row[1] for row in sheets["Columns"][1:] if row[0] == "demand"] == sheets["demand"][0]
    assert all(row[3] for row in sheets["Columns"])


def test_a_text_that_begins_like_a_formula_is_shown_and_not_computed(tmp_path):
    body = TradeBody(id="odd", title='=HYPERLINK("http://example.org")', products=("6109",))
    shown = headline(_demand(2), EXTRACTED["demand"], TAXONOMY)
    path = tmp_path / "odd.xlsx"
    metadata = {"release_id": "2026-01-20", "schema_version": "1", "policy": "+1"}
    path.write_bytes(workbook(body, {"demand": shown}, metadata, night=NIGHT))
    sheet = sheets_of(path)["Read me"]
    assert sheet[0] == ["For", body.title] and ["Policy", "+1"] in sheet
