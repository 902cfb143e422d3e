import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from feeds.check import check_file
from tests.support.feeds import COLUMNS, context, shirts, shirts_file

ROWS = (
    "1,order,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,2,USD,yes",
    "2,inquiry,13-07-2025,A2,Bob,Nowhere,thing,,3,pcs,,,no",
    "3,order,13-07-2025,,Cy,UAE,shirt,,3,pcs,2,USD,yes",
    "4",
)


def test_a_check_counts_what_becomes_of_a_file(tmp_path: Path) -> None:
    check = check_file(shirts(), shirts_file(tmp_path, *ROWS), context())

    assert (check.feed, check.file, check.n_rows, check.n_accepted) == ("shirts", "shirts.csv", 4, 2)
    assert check.refused == {"no_contributor": 1, "too_few_fields": 1}
    assert check.drops == {"unknown_country": 1}
    assert check.n_unknown_countries == 1
    assert check.products == {"heading": 1, "all": 1}
    assert check.kinds == {"order": 1, "inquiry": 1}
    assert (check.n_with_value, check.n_with_country, check.n_verified) == (1, 1, 1)
    assert check.refused_ratio == 0.5
    assert not check.is_within_limit
    assert check_file(shirts(max_refused_ratio=0.5), tmp_path / "shirts.csv", context()).is_within_limit


def test_a_check_holds_no_value_unless_asked(tmp_path: Path) -> None:
    path = shirts_file(tmp_path, *ROWS)

    assert "Ann" not in repr(check_file(shirts(), path, context()))
    asked = check_file(shirts(), path, context(), with_samples=True)
    assert [sample["buyer_name"] for sample in asked.samples] == ["Ann", "Bob"]
    assert "Ann" not in repr(asked)


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_columns_that_no_contract_names_are_listed_and_not_read(tmp_path: Path, format: str) -> None:
    frame = pl.DataFrame({name: ["x"] for name in COLUMNS.split(",")}).with_columns(surname=pl.lit("secret"))
    if format == "csv":
        frame.write_csv(tmp_path / "x.csv")
    elif format == "parquet":
        frame.write_parquet(tmp_path / "x.parquet")
    else:
        (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(json.dumps(frame.row(0, named=True)).encode()))
    (path,) = tmp_path.iterdir()

    check = check_file(shirts(format=format), path, context())

    assert check.ignored_columns == ("surname",)
    assert set(check.mapped_columns) == set(COLUMNS.split(","))


def test_an_empty_day_is_within_every_limit(tmp_path: Path) -> None:
    check = check_file(shirts(max_refused_ratio=0.0), shirts_file(tmp_path), context())

    assert (check.n_rows, check.refused_ratio, check.is_within_limit) == (0, 0.0, True)
