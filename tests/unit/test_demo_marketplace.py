"""The demo marketplace: the same bytes every time, truth that points at the very characters, a world wide enough."""

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from feeds.demo import FEEDS, DemoSummary, feed_path, known_identifiers, write_marketplace
from feeds.demo.events import plan_nights, share_out
from feeds.demo.identifiers import draw_ibans, draw_tax_ids
from feeds.demo.marketplace import build_marketplace, count_accounts
from feeds.demo.phrases import ENTITIES, PLAIN_SLOTS, read_clauses
from feeds.demo.places import read_places
from feeds.demo.products import FAMILIES, read_products
from feeds.demo.wording import Choice, Writer

N_EVENTS = 50_000
NIGHTS = [date(2026, 3, 1) + timedelta(days=i) for i in range(6)]


def digests(out: Path) -> dict[str, str]:
    files = sorted(path for path in out.rglob("*") if path.is_file())
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rfq_lines(out: Path, night: date) -> list[str]:
    return gzip.decompress(feed_path(out, "demo_rfqs", night).read_bytes()).decode().splitlines()


def csv_records(out: Path, feed: str, night: date) -> tuple[list[str], list[list[str]]]:
    path = feed_path(out, feed, night)
    if path.suffix == ".zst":
        with pa.CompressedInputStream(str(path), "zstd") as stream:
            text = stream.read().decode()
    else:
        text = path.read_text(encoding="utf-8")
    header, *records = csv.reader(io.StringIO(text, newline=""))
    return header, records


def records_of(out: Path, feed: str, night: date) -> list[dict[str, object]]:
    """The rows that parse."""
    if feed == "demo_searches":
        return pl.read_parquet(feed_path(out, feed, night)).to_dicts()
    if feed == "demo_rfqs":
        rows = []
        for line in rfq_lines(out, night):
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return rows
    header, records = csv_records(out, feed, night)
    return [dict(zip(header, record, strict=True)) for record in records if len(record) == len(header)]


def record_id(feed: str, row: dict[str, object]) -> object:
    keys = {"demo_rfqs": "rfq_id", "demo_inquiries": "Inquiry No", "demo_searches": "search_id"}
    return f"{row['order_no']}/{row['line_no']}" if feed == "demo_orders" else row[keys[feed]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoSummary]:
    out = tmp_path_factory.mktemp("marketplace")
    return out, write_marketplace(out, n_events=N_EVENTS, nights=NIGHTS)


@pytest.fixture(scope="module")
def rows(written: tuple[Path, DemoSummary]) -> dict[str, dict[date, list[dict[str, object]]]]:
    return {feed: {night: records_of(written[0], feed, night) for night in NIGHTS} for feed in FEEDS}


@pytest.fixture(scope="module")
def truth(written: tuple[Path, DemoSummary]) -> pl.DataFrame:
    parts = [pl.read_parquet(written[0] / "truth" / f"{night}.parquet").with_columns(night=night) for night in NIGHTS]
    return pl.concat(parts)


def test_two_writes_are_byte_identical_whatever_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path; from feeds.demo import write_marketplace;"
        "write_marketplace(Path(sys.argv[1]), n_events=4000, nights=[date(2026, 1, 1), date(2026, 1, 2)])"
    )
    for name, hash_seed in (("a", "1"), ("b", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=True, env=environment)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert len(digests(tmp_path / "a")) == 2 * (len(FEEDS) + 1)


def test_another_seed_makes_another_world(tmp_path: Path) -> None:
    nights = [date(2026, 1, 1)]
    write_marketplace(tmp_path / "a", n_events=1_000, nights=nights, seed=1)
    write_marketplace(tmp_path / "b", n_events=1_000, nights=nights, seed=2)
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "b").values())


def test_cutting_the_work_into_chunks_keeps_every_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.demo.write.CHUNK_EVENTS", 700)
    seen: list[tuple[int, int]] = []
    summary = write_marketplace(
        tmp_path, n_events=5_000, nights=NIGHTS, on_progress=lambda done, total: seen.append((done, total))
    )
    assert summary.total("n_events") == 5_000
    assert seen[-1] == (5_000, 5_000)
    assert len(seen) > 5
    assert not list(tmp_path.glob(".waiting*"))
    for count in summary.counts:
        if count.feed == "demo_searches":
            frame = pl.read_parquet(feed_path(tmp_path, count.feed, count.night))
            assert len(frame) == count.n_rows


def test_offsets_in_the_truth_match_the_written_text(
    rows: dict[str, dict[date, list[dict[str, object]]]], truth: pl.DataFrame
) -> None:
    texts = {
        (feed, night, record_id(feed, row)): row
        for feed, nights in rows.items()
        for night, records in nights.items()
        for row in records
    }
    planted = truth.filter(pl.col("start").is_not_null() & (pl.col("record_id") != ""))
    n_checked = 0
    for row in planted.iter_rows(named=True):
        record = texts.get((row["feed"], row["night"], row["record_id"]))
        text = record and record[row["field"]]
        if text:  # a fault may have emptied it
            assert str(text)[row["start"] : row["end"]] == row["value"]
            n_checked += 1
    assert n_checked > 0.98 * len(planted) > 10_000


def test_whole_columns_in_the_truth_match_the_written_columns(
    rows: dict[str, dict[date, list[dict[str, object]]]], truth: pl.DataFrame
) -> None:
    columns = truth.filter(pl.col("start").is_null() & (pl.col("field") != "line"))
    told = Counter(columns.filter(pl.col("feed") == "demo_rfqs").select("record_id", "field", "value").iter_rows())
    fields = ("buyer_id", "buyer_name", "company", "email", "phone", "tax_id")
    seen = {
        (row["rfq_id"], name, row[name])
        for records in rows["demo_rfqs"].values()
        for row in records
        for name in fields
        if row[name] is not None
    }
    assert seen == set(told)
    assert set(columns["entity"]) == {"ACCOUNT", "PERSON", "ORG", "EMAIL", "PHONE", "TAX_ID", "IBAN"}


def test_the_summary_counts_what_the_files_hold(
    written: tuple[Path, DemoSummary], rows: dict[str, dict[date, list[dict[str, object]]]]
) -> None:
    out, summary = written
    assert summary.total("n_events") == N_EVENTS
    assert [(count.night, count.feed) for count in summary.counts] == [
        (night, feed) for night in NIGHTS for feed in FEEDS
    ]
    for count in summary.counts:
        assert count.n_rows == count.n_events + count.n_duplicates + count.n_updates + count.n_cancellations
        if count.feed == "demo_rfqs":
            assert len(rfq_lines(out, count.night)) == count.n_rows
        elif count.feed == "demo_searches":
            assert len(rows[count.feed][count.night]) == count.n_rows
        else:
            assert len(csv_records(out, count.feed, count.night)[1]) == count.n_rows
    share = {name: summary.total(name) / N_EVENTS for name in ("n_malformed", "n_duplicates", "n_late")}
    assert 0.002 < share["n_malformed"] < 0.004
    assert 0.006 < share["n_duplicates"] < 0.012
    assert 0.015 < share["n_late"] < 0.04
    assert summary.total("n_cancellations") > 100


def test_malformed_rows_stay_within_their_own_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.demo.faults.MALFORMED_SHARE", 0.2)
    summary = write_marketplace(tmp_path, n_events=5_000, nights=NIGHTS[:1])
    n_rows = {count.feed: count.n_rows for count in summary.counts}
    for feed in ("demo_inquiries", "demo_orders"):
        header, records = csv_records(tmp_path, feed, NIGHTS[0])
        assert len(records) == n_rows[feed]
        assert any(len(record) < len(header) for record in records)
        assert any(len(record) > len(header) for record in records)
        assert sum(len(record) == len(header) for record in records) > 0.9 * len(records)
    lines = rfq_lines(tmp_path, NIGHTS[0])
    n_parsed = len(records_of(tmp_path, "demo_rfqs", NIGHTS[0]))
    assert len(lines) == n_rows["demo_rfqs"]
    assert 0.9 * len(lines) < n_parsed < len(lines)
    assert any(line.startswith("{") and not line.endswith("}") for line in lines)
    assert any(not line.startswith("{") for line in lines)


def test_identifiers_of_a_line_that_does_not_parse_have_no_offsets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.demo.faults.MALFORMED_SHARE", 0.2)
    write_marketplace(tmp_path, n_events=5_000, nights=NIGHTS[:1])
    truth = pl.read_parquet(tmp_path / "truth" / f"{NIGHTS[0]}.parquet")
    lost = truth.filter(pl.col("field") == "line")
    parsed = {row["rfq_id"] for row in records_of(tmp_path, "demo_rfqs", NIGHTS[0])}
    broken = set(lost.filter(pl.col("feed") == "demo_rfqs")["record_id"])
    assert broken and not broken & parsed
    assert lost["start"].null_count() == lost["end"].null_count() == len(lost)


def test_a_duplicate_is_the_same_row_again(rows: dict[str, dict[date, list[dict[str, object]]]]) -> None:
    by_id: dict[object, list[dict[str, object]]] = {}
    for records in rows["demo_searches"].values():
        for row in records:
            by_id.setdefault(row["search_id"], []).append(row)
    repeated = [copies for copies in by_id.values() if len(copies) > 1]
    assert len(repeated) > 100
    assert all(copy == copies[0] for copies in repeated for copy in copies)


def test_some_open_rfqs_close_on_a_later_night_with_more_quotes(
    rows: dict[str, dict[date, list[dict[str, object]]]],
) -> None:
    opened: dict[object, int] = {}
    n_closed_later = 0
    for night in NIGHTS:
        for row in rows["demo_rfqs"][night]:
            if row["status"] == "open":
                opened[row["rfq_id"]] = int(str(row["quotes_received"]))
            elif row["rfq_id"] in opened:
                assert int(str(row["quotes_received"])) > opened[row["rfq_id"]]
                n_closed_later += 1
    assert n_closed_later > 30


def test_identifiers_stand_in_about_a_third_of_the_messages(
    written: tuple[Path, DemoSummary], truth: pl.DataFrame
) -> None:
    held = truth.filter(pl.col("field") == "Message")["record_id"].n_unique()
    n_inquiries = sum(count.n_events for count in written[1].counts if count.feed == "demo_inquiries")
    assert 0.32 < held / n_inquiries < 0.38
    entities = truth.filter(pl.col("start").is_not_null())["entity"].value_counts()
    assert set(entities["entity"]) == set(ENTITIES.values())


def test_the_world_has_190_countries_and_90_chapters(rows: dict[str, dict[date, list[dict[str, object]]]]) -> None:
    searches = [row for records in rows["demo_searches"].values() for row in records]
    assert len({row["country"] for row in searches}) >= 190
    codes = [str(row["hs_code"]) for records in rows["demo_orders"].values() for row in records]
    chapters = {code.zfill(6 if len(code) < 7 else 8)[:2] for code in codes if code.isdigit() and int(code)}
    assert len(chapters) >= 90


def test_one_buyer_dominates_some_cells_of_country_and_heading(
    rows: dict[str, dict[date, list[dict[str, object]]]],
) -> None:
    orders = pl.DataFrame(
        [row for records in rows["demo_orders"].values() for row in records], infer_schema_length=None
    ).with_columns(pl.col("quantity", "unit_price").cast(pl.Float64, strict=False))
    sound = orders.filter(
        (pl.col("currency") == "USD") & pl.col("quantity").is_between(0, 1e9) & (pl.col("unit_price") < 1e6)
    )
    value = (pl.col("quantity") * pl.col("unit_price")).sum()
    heading = pl.col("hs_code").str.slice(0, 4)
    by_buyer = sound.group_by("buyer_country", heading, "buyer_account").agg(value=value)
    cells = by_buyer.group_by("buyer_country", "hs_code").agg(
        n=pl.len(), share=pl.col("value").max() / pl.col("value").sum()
    )
    assert len(cells.filter((pl.col("n") >= 5) & (pl.col("share") > 0.6))) > 10
    assert len(cells.filter((pl.col("n") >= 5) & (pl.col("share") < 0.6))) > 10


def test_known_identifiers_are_distinct_and_sorted(written: tuple[Path, DemoSummary]) -> None:
    known = known_identifiers(written[0] / "truth")
    assert known.columns == ["entity", "value"]
    assert known.equals(known.unique().sort("entity", "value"))
    assert known["value"].null_count() == 0


def test_known_identifiers_of_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds no truth"):
        known_identifiers(tmp_path)


@pytest.mark.parametrize("nights", [[], [date(2026, 1, 2), date(2026, 1, 1)], [date(2026, 1, 1), date(2026, 1, 1)]])
def test_nights_that_do_not_ascend_are_refused(nights: list[date], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nights must be ascending"):
        write_marketplace(tmp_path, n_events=100, nights=nights)


def test_a_handful_of_events_still_makes_every_file(tmp_path: Path) -> None:
    summary = write_marketplace(tmp_path, n_events=8, nights=NIGHTS)
    assert summary.total("n_events") == 8
    assert all(feed_path(tmp_path, feed, night).exists() for feed in FEEDS for night in NIGHTS)


def test_events_are_shared_out_without_loss_and_weekends_are_quiet() -> None:
    assert share_out(10, [1, 1, 1]) == [4, 3, 3]
    week = [date(2026, 3, 2) + timedelta(days=i) for i in range(7)]
    plan = plan_nights(100_000, week)
    assert sum(sum(counts) for counts in plan.values()) == 100_000
    assert {feed: sum(counts) for feed, counts in plan.items()} == {
        "demo_rfqs": 10_000,
        "demo_inquiries": 20_000,
        "demo_searches": 45_000,
        "demo_orders": 25_000,
    }
    assert max(plan["demo_orders"][5:]) < min(plan["demo_orders"][:5])


def test_companies_with_several_accounts_share_a_key() -> None:
    world = build_marketplace(60_000, 7)
    assert world.n_accounts == count_accounts(60_000) == 10_000
    owned = np.bincount(world.companies)
    assert 0.12 < (owned > 1).mean() < 0.18
    assert owned.max() <= 10
    accounts = world.accounts.with_columns(
        company_no=pl.Series(world.companies), mail=pl.col("email").str.split("@").list.last()
    )
    for _, group in accounts.filter(pl.Series(owned[world.companies] > 1)).group_by("company_no"):
        first = group.row(0, named=True)
        for other in group.rows(named=True)[1:]:
            shared = [
                other["tax_id"] is not None and other["tax_id"] == first["tax_id"],
                other["mail"] == other["domain"],
                other["phone"] == first["phone"],
                other["company"] == first["company"],
            ]
            assert any(shared)


def test_company_names_and_domains_belong_to_one_company() -> None:
    accounts = build_marketplace(60_000, 7).accounts
    assert accounts["domain"].n_unique() == accounts["domain"].str.split(".").list.first().n_unique()


def test_ibans_and_tax_numbers_carry_their_check_digits() -> None:
    places, rng = read_places(), np.random.default_rng(5)
    codes = places.iso2.to_list()
    for iban in draw_ibans(places, np.repeat([codes.index("DE"), codes.index("GB")], 50), rng):
        turned = iban[4:] + iban[:4]
        assert int("".join(str(int(c, 36)) for c in turned)) % 97 == 1
    for gstin in draw_tax_ids(places, np.repeat(codes.index("IN"), 50), rng):
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        factors = [alphabet.index(c) * (1 + i % 2) for i, c in enumerate(gstin[:14])]
        total = sum(factor // 36 + factor % 36 for factor in factors)
        assert alphabet[(36 - total % 36) % 36] == gstin[14]
    for cnpj in draw_tax_ids(places, np.repeat(codes.index("BR"), 50), rng):
        digits = [int(c) for c in cnpj if c.isdigit()]
        for n in (12, 13):
            weights = [(n - 1 - i) % 8 + 2 for i in range(n)]
            rest = sum(a * b for a, b in zip(digits, weights, strict=False)) % 11
            assert digits[n] == (0 if rest < 2 else 11 - rest)


def test_texts_in_capitals_keep_their_offsets_or_stay_as_they_are() -> None:
    writer = Writer(
        {"person": pl.Series(["Eva Groß", "Eva Gross"]), "product": pl.Series(["tea", "tea"])}, np.zeros(2, np.int64)
    )
    choice = Choice(("titles_id",), np.zeros(2, np.int64), np.full(2, 0.7))  # "{product} contact {person}"
    shouted = np.array([True, True])
    texts, spans = writer.write([choice], shouted=shouted, lowered=~shouted)
    assert texts.to_list() == ["tea contact Eva Groß", "TEA CONTACT EVA GROSS"]
    assert spans.frame["value"].to_list() == ["Eva Groß", "EVA GROSS"]


def test_only_clauses_marked_as_such_hold_identifiers() -> None:
    for clause, languages in read_clauses().items():
        may_identify = clause.endswith("_id") or clause.startswith("extras_")
        for templates in languages.values():
            for template in templates:
                identifies = any(f"{{{slot}}}" in template for slot in ENTITIES)
                assert identifies == may_identify, clause
                left = template
                for slot in (*PLAIN_SLOTS, *ENTITIES):
                    left = left.replace(f"{{{slot}}}", "")
                assert "{" not in left


def test_products_cover_every_chapter_with_known_codes_and_sane_prices() -> None:
    products = read_products()
    assert products.n >= 400
    assert len(set(products.chapters)) == 96
    assert products.hs6.is_sorted()
    assert products.hs6.n_unique() == products.n
    assert (products.price_low_usd < products.price_high_usd).all()
    weight = {family: products.weights[products.families == i].sum() for i, family in enumerate(FAMILIES)}
    focus = sum(weight[family] for family in ("apparel", "textile", "pharma", "auto", "electronics"))
    assert 0.5 < focus < 0.75


@pytest.mark.real_data
def test_product_codes_exist_in_hs_2022() -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "hs" / "hs2022.csv"
    if not path.exists():
        pytest.skip("../shared/data is absent")
    known = set(pl.read_csv(path, infer_schema=False)["code"])
    assert set(read_products().hs6) <= known
