import json
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from feeds.canonical import CanonicalBatch, canonical_batches
from feeds.context import oldest_day
from feeds.frames import polars_schema
from feeds.reasons import DROPS, READ_REASONS, REASONS
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError, MandiError
from schemas.events import CanonicalEvent, RefusedRow
from tests.support.feeds import SHIRTS, context, shirts, shirts_file

GOOD = "1,order,13-07-2025,A1,Ann,UAE,cotton shirt,,3,dozen,12.00,USD,yes"


def read(folder: Path, *rows: str, of: FeedContract | None = None) -> CanonicalBatch:
    """The one batch of a small file."""
    (batch,) = canonical_batches(shirts_file(folder, *rows), of or shirts(), context())
    return batch


def test_an_event_has_the_columns_of_its_model_in_order(tmp_path: Path) -> None:
    batch = read(tmp_path, GOOD, "2,order")

    assert batch.events.schema == polars_schema(CanonicalEvent)
    assert batch.refused.schema == polars_schema(RefusedRow)


def test_a_good_row_becomes_an_event(tmp_path: Path) -> None:
    event = read(tmp_path, GOOD).events.row(0, named=True)

    assert event == {
        "event_id": "1", "kind": "order", "occurred_at": datetime(2025, 7, 12, 18, 30, tzinfo=UTC),
        "occurred_on": date(2025, 7, 13), "is_settled": True, "cancels_id": None, "account": "A1",
        "buyer_name": "Ann", "company": None,
        "email": None, "phone": None, "tax_id": None, "payment": None, "city": None, "is_verified": True,
        "supplier": None, "country": "AE", "product_level": "heading", "product_code": "6109", "title": "cotton shirt",
        "description": None, "quantity": 36.0, "unit": "count", "unit_price_usd": 1.0, "value_usd": 36.0,
        "quotes_received": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",order,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "no_key"),
        ("1,barter,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "unknown_kind"),
        ("1,,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "unknown_kind"),
        ("1,order,,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "no_date"),
        ("1,order,31-02-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "no_date"),
        ("1,order,14-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "date_in_future"),
        ("1,order,31-12-2024,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes", "too_old"),
        ("1,order,13-07-2025,,Ann,UAE,shirt,,3,pcs,1,USD,yes", "no_contributor"),
        ("1,order,13-07-2025, n/a ,Ann,UAE,shirt,,3,pcs,1,USD,yes", "no_contributor"),
        ("1,order,13-07-2025,A1,Ann,UAE,shirt,,-3,pcs,1,USD,yes", "negative_quantity"),
        ("1,order", "too_few_fields"),
        ("1,order,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes,no", "too_many_fields"),
        (",,,,,,,,,,,,", "blank_row"),
    ],
)
def test_a_row_is_refused_for_its_reason_and_can_be_replayed(tmp_path: Path, row: str, reason: str) -> None:
    batch = read(tmp_path, GOOD, row)

    assert batch.refused.select("feed", "file", "row", "reason").rows() == [("shirts", "shirts.csv", 2, reason)]
    assert batch.events.height == 1
    assert batch.n_rows == 2
    raw = batch.refused["raw"].item()
    if reason not in READ_REASONS:
        header, values = SHIRTS["key"], json.loads(raw)
        assert header == ["no"]
        assert list(values.values()).count(None) == sum(not cell for cell in row.split(","))
        assert {value.strip() for value in values.values() if value} == {c.strip() for c in row.split(",") if c}


def test_every_reason_that_can_come_is_documented() -> None:
    assert set(READ_REASONS) < set(REASONS)
    assert all(sentence.endswith(".") for sentence in [*REASONS.values(), *DROPS.values()])


def test_a_name_alone_counts_only_where_the_contract_says_so(tmp_path: Path) -> None:
    row = "1,order,13-07-2025,,Ann,UAE,shirt,,3,pcs,1,USD,yes"

    assert read(tmp_path, row).events.is_empty()
    assert read(tmp_path, row, of=shirts(counts_by_name=True)).events["buyer_name"].to_list() == ["Ann"]


@pytest.mark.parametrize(
    ("row", "drop", "kept"),
    [
        ("1,order,13-07-2025,A1,,Nowhere,shirt,,3,pcs,2,USD,yes", "unknown_country", {"country": None, "value_usd": 6}),
        ("1,order,13-07-2025,A1,,UAE,shirt,9999,3,pcs,2,USD,yes", "unknown_hs_code", {"product_code": "6109"}),
        ("1,order,13-07-2025,A1,,UAE,shirt,,2e10,pcs,2,USD,yes", "quantity_too_large", {"quantity": None}),
        ("1,order,13-07-2025,A1,,UAE,shirt,,3,pcs,0,USD,yes", "price_not_positive", {"quantity": 3, "value_usd": None}),
        ("1,order,13-07-2025,A1,,UAE,shirt,,3,pcs,-1,USD,yes", "price_not_positive", {"unit_price_usd": None}),
        ("1,order,13-07-2025,A1,,UAE,shirt,,3,pcs,2,QQQ,yes", "no_rate", {"value_usd": None, "quantity": 3}),
        ("1,order,13-07-2025,A1,,UAE,shirt,,3,pcs,2,,yes", "no_rate", {"unit_price_usd": None}),
        ("1,inquiry,13-07-2025,A1,,UAE,shirt,,501,pcs,2,USD,yes", "value_above_cap",
         {"value_usd": None, "unit_price_usd": None, "quantity": 501}),
    ],
)  # fmt: skip
def test_a_value_that_cannot_stand_is_dropped_and_its_event_stays(
    tmp_path: Path, row: str, drop: str, kept: dict[str, object]
) -> None:
    batch = read(tmp_path, row)

    assert {word: count for word, count in batch.drops.items() if count} == {drop: 1}
    event = batch.events.row(0, named=True)
    assert {name: event[name] for name in kept} == kept


def test_no_country_at_all_is_no_unknown_country(tmp_path: Path) -> None:
    batch = read(tmp_path, "1,order,13-07-2025,A1,,,shirt,,3,pcs,2,USD,yes")

    assert batch.drops["unknown_country"] == 0
    assert batch.events["country"].to_list() == [None]


def test_quantity_price_and_unit_are_converted_together(tmp_path: Path) -> None:
    batch = read(tmp_path, "1,order,13-07-2025,A1,,UAE,cloth,,2000,g,0.5,USD,yes")
    event = batch.events.row(0, named=True)

    assert (event["quantity"], event["unit"], event["unit_price_usd"], event["value_usd"]) == (2.0, "kg", 500.0, 1000.0)


def test_a_quantity_with_its_unit_in_one_field_gives_the_same_value(tmp_path: Path) -> None:
    fields = dict(SHIRTS["fields"])  # type: ignore[call-overload]
    fields |= {name: {"sql": "concat_ws(' ', amount, unit)", "helper": name} for name in ("quantity", "unit")}
    batch = read(tmp_path, "1,order,13-07-2025,A1,,UAE,cloth,,2000,g,0.5,USD,yes", of=shirts(fields=fields))
    event = batch.events.row(0, named=True)

    assert (event["quantity"], event["unit"], event["unit_price_usd"], event["value_usd"]) == (2.0, "kg", 500.0, 1000.0)


def test_products_come_from_the_code_else_the_text_else_stand_at_all(tmp_path: Path) -> None:
    fields = {**SHIRTS["fields"], "description": "buyer"}  # type: ignore[dict-item]
    rows = [
        "1,order,13-07-2025,A1,,UAE,shirt,610520,3,pcs,2,USD,yes",
        "2,order,13-07-2025,A1,,UAE,shirt,,3,pcs,2,USD,yes",
        "3,order,13-07-2025,A1,like a shirt,UAE,cloth,,3,pcs,2,USD,yes",
        "4,order,13-07-2025,A1,nothing,UAE,cloth,,3,pcs,2,USD,yes",
        "5,order,13-07-2025,A1,a shirt,UAE,,,3,pcs,2,USD,yes",
        "6,order,13-07-2025,A1,,UAE,,,3,pcs,2,USD,yes",
    ]

    events = read(tmp_path, *rows, of=shirts(fields=fields)).events

    assert events["product_code"].to_list() == ["6105", "6109", "6109", "textiles_apparel", "6109", "all"]
    assert events["product_level"].to_list() == ["heading", "heading", "heading", "sector", "heading", "all"]


def test_placements_see_each_text_once(tmp_path: Path) -> None:
    seen: list[str] = []

    def place(texts: pl.Series, least: float) -> pl.DataFrame:
        seen.extend(texts.to_list())
        assert least == 0.9
        return pl.DataFrame({"product_level": ["all"] * len(texts), "product_code": ["all"] * len(texts)})

    rows = [f"{i},order,13-07-2025,A1,,UAE,{'shirt' if i % 2 else 'cloth'},,3,pcs,2,USD,yes" for i in range(50)]
    list(canonical_batches(shirts_file(tmp_path, *rows), shirts(confidence=0.9), context(place_texts=place)))

    assert sorted(seen) == ["cloth", "shirt"]


def test_keys_of_several_parts_never_run_into_one(tmp_path: Path) -> None:
    of = shirts(key=["no", "item"])
    parts = [("a|b", "c"), ("a", "b|c"), ("a\\", "|b"), ("a\\|", "b"), ("a", "\\|b"), ("a\\\\", "b")]
    rows = [f"{no},order,13-07-2025,A1,,UAE,{item},,3,pcs,2,USD,yes" for no, item in parts]

    ids = read(tmp_path, *rows, of=of).events["event_id"]

    assert ids.n_unique() == len(parts)


def test_an_event_is_settled_only_once_its_contract_says_so(tmp_path: Path) -> None:
    of = shirts(settle={"closed": "verified = 'yes'"})

    rows = [GOOD, GOOD.replace("yes", "no"), GOOD.replace("yes", "")]
    assert read(tmp_path, *rows, of=of).events["is_settled"].to_list() == [True, False, False]


def test_days_begin_in_the_policys_zone(tmp_path: Path) -> None:
    fields = {**SHIRTS["fields"], "occurred_at": {"sql": "day", "helper": "timestamp", "options": {"format": "iso"}}}  # type: ignore[dict-item]
    rows = [f"1,order,{at},A1,,UAE,shirt,,3,pcs,2,USD,yes" for at in ("2025-07-12T18:29:59Z", "2025-07-12T18:30:00Z")]

    assert read(tmp_path, *rows, of=shirts(fields=fields)).events["occurred_on"].to_list() == [
        date(2025, 7, 12), date(2025, 7, 13),
    ]  # fmt: skip


def test_every_row_is_answered_for_once_whatever_the_batches(tmp_path: Path) -> None:
    rows = [GOOD if i % 3 else "bad" for i in range(100)]
    path = shirts_file(tmp_path, *rows)

    whole = list(canonical_batches(path, shirts(), context()))
    parts = list(canonical_batches(path, shirts(), context(), batch_rows=7))

    for batches in (whole, parts):
        assert sum(batch.n_rows for batch in batches) == 100
        assert all(batch.n_rows == batch.events.height + batch.refused.height for batch in batches)
    assert pl.concat(b.events for b in parts).equals(whole[0].events)
    assert pl.concat(b.refused for b in parts).equals(whole[0].refused)


def test_parquet_types_are_taken_as_they_are(tmp_path: Path) -> None:
    pl.DataFrame(
        {"id": [1, 2], "at": [datetime(2025, 7, 1, 12), None], "who": ["A", "B"], "n": [3.0, float("nan")],
         "worth": [50, -1], "ok": [True, None]}
    ).write_parquet(tmp_path / "x.parquet")  # fmt: skip
    of = FeedContract.model_validate(
        {"feed": "typed", "title": "t", "format": "parquet", "kind": "'rfq'", "key": ["id"], "verified": "ok",
         "fields": {"occurred_at": "at", "account": "who", "quantity": "n", "value_usd": "worth"}}
    )  # fmt: skip

    (batch,) = canonical_batches(tmp_path / "x.parquet", of, context())

    assert batch.events.select("event_id", "occurred_at", "is_verified", "quantity", "value_usd").rows() == [
        ("1", datetime(2025, 7, 1, 12, tzinfo=UTC), True, 3.0, 50.0)
    ]
    assert batch.refused["reason"].to_list() == ["no_date"]
    assert json.loads(batch.refused["raw"].item())["who"] == "B"


def test_an_expression_that_fails_on_the_files_types_is_named_without_any_value(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["SECRET-1"], "at": ["SECRET-2"]}).write_parquet(tmp_path / "x.parquet")
    of = FeedContract.model_validate(
        {"feed": "typed", "title": "t", "format": "parquet", "kind": "'rfq'", "key": ["id"], "verified": "false",
         "fields": {"occurred_at": "at", "quantity": "id + 1", "account": "id"}}
    )  # fmt: skip

    with pytest.raises(ConfigurationError, match="typed, quantity: ") as caught:
        list(canonical_batches(tmp_path / "x.parquet", of, context()))

    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


def test_no_error_holds_a_value_of_the_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "Zaphod-4711"
    texts = [
        f"{secret},order,{secret},{secret},,{secret},{secret},{secret},{secret},{secret},{secret},{secret},{secret}",
        f'"{secret}',
    ]
    with pytest.raises(MandiError) as caught:
        list(canonical_batches(shirts_file(tmp_path, *texts), shirts(), context()))

    assert secret not in "".join(traceback.format_exception(caught.value)) + "".join(capfd.readouterr())


def test_the_oldest_day_is_the_first_of_the_oldest_open_epoch() -> None:
    assert oldest_day(date(2026, 4, 30), 120) == date(2025, 1, 1)
    assert oldest_day(date(2026, 5, 1), 120) == date(2026, 1, 1)
    assert oldest_day(date(2026, 1, 10), 400) == date(2024, 1, 1)


def test_a_cancellation_names_the_event_id_of_its_order_and_nothing_else_does(tmp_path: Path) -> None:
    of = shirts(key=["no", "kind"], cancels=["code", "'order'"])
    order = "1,order,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes"
    cancellation = "2,cancellation,13-07-2025,A1,Ann,UAE,shirt,1,3,pcs,1,USD,yes"
    of_none = "3,cancellation,13-07-2025,A1,Ann,UAE,shirt,,3,pcs,1,USD,yes"

    events = read(tmp_path, order, cancellation, of_none, of=of).events

    assert events["event_id"].to_list() == ["1|order", "2|cancellation", "3|cancellation"]
    assert events["cancels_id"].to_list() == [None, "1|order", None]
