from pathlib import Path

import polars as pl
import pytest

from anonymize.events import SCRUBBED_SCHEMA, ScrubFigures, scrub_events
from anonymize.keyring import Keyring
from anonymize.scrub.texts import build_scrubber
from schemas.errors import ContractError
from schemas.events import ScrubbedEvent
from tests.support.canonical_events import canonical

SCRUBBER = build_scrubber()
OptOut = set[tuple[str, str]] | pl.DataFrame


def scrubbed(
    folder: Path, *rows: dict[str, object], opted_out: OptOut | None = None, counts_by_name: bool = False
) -> tuple[pl.DataFrame, ScrubFigures]:
    return scrub_events(
        canonical(*rows),
        feed="rfqs",
        keyring=Keyring(folder / "keys"),
        scrubber=SCRUBBER,
        opted_out=set() if opted_out is None else opted_out,
        counts_by_name=counts_by_name,
    )


def test_the_columns_are_those_of_a_scrubbed_event_in_order(tmp_path: Path) -> None:
    events, _ = scrubbed(tmp_path, {"account": "A1"})

    assert events.columns == list(ScrubbedEvent.model_fields)
    assert dict(events.schema) == dict(SCRUBBED_SCHEMA)
    assert scrubbed(tmp_path, {"account": "A1"})[0].clear().schema == events.schema


def test_amounts_are_rounded_half_to_even(tmp_path: Path) -> None:
    values = [0.125, 0.375, 2.675, -0.125, None]
    quantities = [0.0005, 0.0015, 12.0, 1.0004, None]
    rows = [{"account": "A1", "value_usd": v, "quantity": q} for v, q in zip(values, quantities, strict=True)]
    events, _ = scrubbed(tmp_path, *rows)

    assert events["value_cents"].to_list() == [12, 38, 268, -12, None]
    assert events["quantity_milli"].to_list() == [0, 2, 12000, 1000, None]


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), 1e18])
def test_an_amount_that_is_not_exact_is_refused_without_telling_it(tmp_path: Path, amount: float) -> None:
    with pytest.raises(ContractError, match="feed rfqs: 1 rows have a value_usd that is not finite or too large"):
        scrubbed(tmp_path, {"account": "A1", "value_usd": amount}, {"account": "A2", "value_usd": 1.0})


@pytest.mark.parametrize(
    ("row", "is_counting", "is_counting_by_name"),
    [
        ({"account": "A1"}, True, True),
        ({"email": "a@b.com"}, True, True),
        ({"phone": "+91 98765 43210"}, True, True),
        ({"tax_id": "27AAPFU0939F1ZV"}, True, True),
        ({"payment": "GB33BUKB20201555555555"}, True, True),
        ({"company": "Acme Ltd"}, False, True),
        ({"buyer_name": "Ana Roy"}, False, True),
        ({"buyer_name": "Ana Roy", "account": "n/a"}, False, True),
        ({"account": "A1", "is_verified": False}, False, False),
    ],
)
def test_what_is_known_by_name_only_counts_where_the_contract_says_so(
    tmp_path: Path, row: dict[str, object], is_counting: bool, is_counting_by_name: bool
) -> None:
    assert scrubbed(tmp_path, row)[0]["is_counting"].to_list() == [is_counting]
    assert scrubbed(tmp_path, row, counts_by_name=True)[0]["is_counting"].to_list() == [is_counting_by_name]


@pytest.mark.parametrize("form", ["pairs", "frame"])
def test_opted_out_accounts_are_marked_in_their_own_feed_only(tmp_path: Path, form: str) -> None:
    pairs = {("rfqs", " A1 "), ("orders", "A2")}
    frame = pl.DataFrame(sorted(pairs), schema=["feed", "account"], orient="row")
    events, figures = scrubbed(
        tmp_path,
        {"account": "A1"},
        {"account": "A2"},
        {"email": "a@b.com"},
        opted_out=pairs if form == "pairs" else frame,
    )

    assert events["is_opted_out"].to_list() == [True, False, False]
    assert figures.n_opted_out == 1


def test_an_empty_opt_out_frame_marks_nobody(tmp_path: Path) -> None:
    empty = pl.DataFrame(schema={"feed": pl.String, "account": pl.String})

    assert scrubbed(tmp_path, {"account": "A1"}, opted_out=empty)[0]["is_opted_out"].to_list() == [False]


def test_texts_are_scrubbed_and_figures_told(tmp_path: Path) -> None:
    events, figures = scrubbed(
        tmp_path,
        {
            "buyer_name": "Ana Roy",
            "account": "A1",
            "title": "Cotton yarn",
            "description": "Mail me: ana@acme.com\nAna Roy",
        },
        {"account": "A2", "title": "x" * 20_001},
    )

    assert events["title"].to_list() == ["Cotton yarn", None]
    assert events["description"].to_list() == ["Mail me: <EMAIL>\n<PERSON>", None]
    assert figures == ScrubFigures(
        n_events=2, n_counting=2, n_opted_out=0, n_withheld=1, n_placeholders={"EMAIL": 1, "PERSON": 1}
    )


def test_no_direct_identifier_is_left_in_any_byte(tmp_path: Path) -> None:
    row = {
        "account": "ACC-77-XYZ",
        "buyer_name": "Zebulon Quirk",
        "company": "Quirkville Imports LLC",
        "email": "zeb@quirkville.example",
        "phone": "+44 7911 123456",
        "tax_id": "GB123456789",
        "payment": "GB33BUKB20201555555555",
        "city": "Reading",
    }
    text = " ".join(str(value) for value in row.values())
    events, _ = scrubbed(tmp_path, row | {"title": text, "description": f"From {text}"})
    content = repr(events.rows()).lower()

    for part in ("acc-77", "zebulon", "quirk", "7911", "123456789", "bukb"):
        assert part not in content


def test_a_missing_column_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="columns city are missing"):
        scrub_events(
            canonical({"account": "A1"}).drop("city"),
            feed="rfqs",
            keyring=Keyring(tmp_path / "keys"),
            scrubber=SCRUBBER,
            opted_out=set(),
            counts_by_name=False,
        )
