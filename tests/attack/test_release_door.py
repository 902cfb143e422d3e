"""The release door.

What the attacker wants: a class smaller than the policy allows, or a withheld figure, in a signed release. They can
write to the ledger file, run any later step alone, or persuade an operator to. What a careless operator wants: the
night out of the door, whatever the checks said. Neither gets past it: the door proves every rule again from
contributor rows.
"""

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from schemas.errors import DisclosureError, MandiError, NightError
from schemas.releases import TradeBody
from tests.support.books import DIGEST, POLICY, Books, books
from tests.support.scrubbed import NIGHT, key, scrubbed
from tests.support.small_world import TAXONOMY, policy
from warehouse.demand import SealedTables, build_tables, open_tables
from warehouse.door import SealedClasses, prove_classes
from warehouse.extracts import write_extracts

NEXT = NIGHT + timedelta(days=1)
ABOVE = "product_level = 'sector', product_code = 'textiles'"
TIERED = policy(tiers={"kinds": ["order"], "products": ["heading"], "min_contributors": 6})
SECRETS = ("12345.67", "1234567", "buyer", key("buyer 0").hex())


def _night() -> list[dict[str, object]]:
    """Two markets with one safe class each; in the second the value is withheld, for one buyer holds nearly all."""
    kenya = [{"kind": "order", "country": "KE", "value_cents": 1_234_567, "quantity_milli": 5, "unit": "kg"}] * 4
    emirates = [{"kind": "rfq", "country": "AE", "value_cents": value} for value in (100, 100, 100, 9_000_000)]
    return [row | {"event": str(n), "buyer": str(n)} for n, row in enumerate(kenya + emirates)]


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("honest")
    with books(folder) as opened:
        opened.take(NIGHT, scrubbed(*_night()))
    return folder


@pytest.fixture
def ledger(tmp_path, honest):
    """The ledger of an honest night, to be tampered with."""
    shutil.copytree(honest, tmp_path, dirs_exist_ok=True)
    with books(tmp_path) as opened:
        yield opened


def _refused(ledger: Books, night: date = NIGHT, error: type[MandiError] = DisclosureError) -> str:
    with pytest.raises(error) as refused:
        ledger.prove(night)
    message = str(refused.value)
    assert not any(secret in message for secret in SECRETS)
    assert refused.value.__cause__ is None
    return message


def test_an_honest_night_passes_and_its_withheld_value_stays_withheld(ledger: Books):
    shown = ledger.prove(NIGHT).frame.select("place_code", "n_events", "value_usd", "value_status").rows()
    assert shown == [("KE", 4, 49382.68, "given"), ("AE", 4, None, "withheld")]


@pytest.mark.parametrize(
    ("tampering", "rule"),
    [
        ("update class_measures set amount = amount + 1 where measure = 'value_usd' and is_given", "contributor rows"),
        ("update class_measures set amount = amount - 1 where measure = 'n_events'", "contributor rows"),
        ("update class_measures set amount = null where measure = 'n_events'", "contributor rows"),
        (
            "update class_measures set is_given = true where measure = 'value_usd'",
            "p_percent, share rule for value_usd",
        ),
        ("update class_measures set n_counting = n_counting + 1", "contributor rows"),
        ("update class_measures set n_counting = null where measure = 'n_events'", "contributor rows"),
        ("delete from class_measures where measure = 'n_events' and class_no = 1", "contributor rows"),
        ("delete from class_measures where measure = 'value_usd' and is_given", "contributor rows"),
        (
            "insert into class_measures select night, class_no, 'quantity_m', 7, 4, true from classes",
            "contributor rows",
        ),
        ("insert into class_measures select * replace (amount * 2 as amount) from class_measures", "contributor rows"),
        ("insert into classes select * replace (9 as class_no) from classes where class_no = 1", "contributor rows"),
    ],
)
def test_tampered_measures_are_refused(ledger: Books, tampering: str, rule: str):
    ledger.run(tampering)
    assert rule in _refused(ledger)


@pytest.mark.parametrize(
    "tampering",
    [
        "update pool set class_no = 3 - class_no where event_no = 1",
        "update pool set class_no = 99 where event_no = 1",
        "update pool set country = 'TZ' where event_no = 1",
        "update pool set product_code = '6110' where event_no = 1",
        "update pool set occurred_on = occurred_on - 1 where event_no = 1",
        "update pool set kind = 'cancellation' where event_no = 1",
        "update classes set product_level = 'subheading', product_code = '610910'",
        "update classes set product_code = '6110'",
        "update classes set place_code = 'TZ' where place_code = 'KE'",
        "update classes set kind = 'search'",
        "update classes set kind = null",
        "update classes set period_level = 'dekad'",
        "update classes set period_level = null",
        "update classes set period_start = period_start + 1",
        # names where codes should stand: nothing in the trees tells what lies inside them
        "update classes set product_code = 'Acme Ltd, buyer@acme.example'",
        "update classes set place_code = 'Acme Ltd', place_level = 'country'",
        "update classes set product_level = 'firm'",
        "update classes set product_code = null",
        "delete from classes where class_no = 1",
    ],
)
def test_an_event_that_does_not_lie_in_its_class_is_refused(ledger: Books, tampering: str):
    ledger.run(tampering)
    message = _refused(ledger)
    assert "do not lie in their class" in message
    assert "Acme" not in message


@pytest.fixture(scope="module")
def honest_tiers(tmp_path_factory):
    """A night with one class in two price tiers: three orders at 1.50 a kilogram, three at 3."""
    folder = tmp_path_factory.mktemp("tiers")
    rows = [{"unit": "kg", "quantity_milli": 2_000, "value_cents": value} for value in [300] * 3 + [600] * 3]
    with books(folder) as opened:
        opened.take(NIGHT, scrubbed(*rows), rules=TIERED)
    return folder


@pytest.fixture
def tiers(tmp_path, honest_tiers):
    shutil.copytree(honest_tiers, tmp_path, dirs_exist_ok=True)
    with books(tmp_path) as opened:
        yield opened


def test_honest_tiers_pass_with_their_bounds(tiers: Books):
    shown = tiers.prove(NIGHT, TIERED).frame.select("price_unit", "price_low", "price_high", "n_events", "value_usd")
    assert shown.rows() == [("kg", None, 2.0, 3, 9.0), ("kg", 2.0, None, 3, 18.0)]


@pytest.mark.parametrize(
    ("tampering", "refusal"),
    [
        ("update pool set value_cents = 400 where value_cents = 300", "do not lie in their class"),
        ("update pool set value_cents = null where value_cents = 300", "do not lie in their class"),
        ("update pool set quantity_milli = 1 where value_cents = 300", "do not lie in their class"),
        ("update pool set quantity_milli = 0 where value_cents = 600", "do not lie in their class"),
        ("update pool set unit = 'count' where value_cents = 300", "do not lie in their class"),
        ("update classes set price_unit = 'm'", "do not lie in their class"),
        ("update classes set price_unit = null", "do not lie in their class"),
        ("update classes set price_high_milli = 1000 where price_low_milli is null", "do not lie in their class"),
        ("update classes set price_low_milli = 5000 where price_high_milli is null", "do not lie in their class"),
        ("update classes set price_high_milli = 1501 where price_low_milli is null", "off the public grid"),
        ("update classes set price_low_milli = 1499 where price_low_milli is null", "off the public grid"),
        ("update classes set price_low_milli = null, price_high_milli = null", "off the public grid"),
    ],
)
def test_tiers_whose_events_lie_outside_or_whose_bounds_follow_the_data_are_refused(tiers: Books, tampering, refusal):
    tiers.run(tampering)
    with pytest.raises(DisclosureError, match=refusal) as refused:
        tiers.prove(NIGHT, TIERED)
    assert "1501" not in str(refused.value)


def test_a_class_moved_to_a_coarser_node_than_the_ladder_gave_is_still_true_and_passes(ledger: Books):
    """Coarsening loses information only, so the door has nothing to refuse; the accounting tells it was not lost."""
    ledger.run(f"update classes set {ABOVE}")
    assert set(ledger.prove(NIGHT).frame["product_code"]) == {"textiles"}


def test_accounts_that_turn_out_to_be_one_firm_after_the_ladder_ran_are_refused(ledger: Books):
    for buyer in ("0", "1"):
        ledger.run(
            "insert into account_keys values (2026, $account, 'tax', $key, $night)",
            account=key(f"buyer {buyer}"), key=key("one firm"), night=NIGHT,
        )  # fmt: skip
    assert "contributor rows" in _refused(ledger)
    for buyer in ("2", "3"):
        ledger.run(
            "insert into account_keys values (2026, $account, 'tax', $key, $night)",
            account=key(f"buyer {buyer}"), key=key("one firm"), night=NIGHT,
        )  # fmt: skip
    assert "1 of 2 classes break the threshold, p_percent, share rule for n_events (k = 3)" in _refused(ledger)


def test_accounts_that_no_longer_count_are_refused(ledger: Books):
    ledger.run("delete from counting_accounts where account = $account", account=key("buyer 0"))
    ledger.run("delete from counting_accounts where account = $account", account=key("buyer 1"))
    assert "break the threshold" in _refused(ledger)


def test_events_of_accounts_nobody_knows_are_refused(ledger: Books):
    ledger.run("delete from account_keys where account = $account", account=key("buyer 0"))
    assert "contributor rows" in _refused(ledger)


def test_events_pushed_into_a_class_by_hand_are_refused(ledger: Books):
    ledger.run("insert into pool select * replace (99 as event_no) from pool where event_no = 1")
    assert "contributor rows" in _refused(ledger)


def test_a_supplier_that_holds_a_class_is_refused(ledger: Books):
    ledger.run("update pool set supplier = $supplier where country = 'KE'", supplier=key("supplier"))
    assert "supplier_threshold" in _refused(ledger)


def test_a_stricter_reading_of_the_rules_than_the_ladders_is_refused_by_name(ledger: Books):
    strict = policy(buyers={"k": 5, "p": "0.10", "coalition": 1, "max_share": "0.6"})
    with pytest.raises(DisclosureError, match=r"2 of 2 classes break the threshold rule for n_events \(k = 5\)"):
        ledger.prove(NIGHT, strict)


def test_a_class_of_one_product_is_refused_where_the_policy_asks_for_two(ledger: Books):
    diverse = policy(diversity={"attribute": "product", "l": 2})
    with pytest.raises(DisclosureError, match="2 classes hold fewer than 2 values of product"):
        ledger.prove(NIGHT, diverse)
    ledger.prove(NIGHT, policy(diversity={"attribute": "quotes", "l": 2}))


def test_broken_accounting_is_refused(ledger: Books):
    ledger.run("update nights set n_events = n_events + 1")
    assert "does not add up" in _refused(ledger, error=NightError)


def test_a_night_formed_under_another_policy_is_refused(ledger: Books):
    with pytest.raises(NightError, match="another policy"):
        prove_classes(ledger.ledger, night=NIGHT, policy=POLICY, policy_digest=DIGEST + "!", taxonomy=TAXONOMY)


def test_a_night_without_classes_and_a_published_one_are_refused(ledger: Books):
    assert "no classes yet" in _refused(ledger, NEXT, NightError)
    ledger.seal(NIGHT)
    assert "releases never change" in _refused(ledger, NIGHT, NightError)


@pytest.mark.parametrize(
    "tampering",
    [
        "update class_measures set is_given = true where night = $night",
        "update class_measures set amount = amount + 1 where night = $night and measure = 'n_events'",
        "delete from classes where night = $night and class_no = 1",
        "update classes set place_code = 'TZ' where night = $night and place_code = 'KE'",
        "update nights set facts_digest = null where night = $night",
        "delete from nights where night = $night",
    ],
)
def test_classes_that_were_published_cannot_be_changed_once_their_contributor_rows_are_gone(ledger, tampering):
    ledger.seal(NIGHT)
    ledger.take(NEXT, scrubbed())
    ledger.prove(NEXT)
    ledger.run(tampering, night=NIGHT)
    assert "were changed in the ledger" in _refused(ledger, NEXT)


def test_a_night_slipped_in_before_the_first_release_is_refused(ledger: Books):
    ledger.run(
        "insert into nights select * replace ($night as night, true as is_sealed, '2026-01-01' as release_id) "
        "from nights; insert into classes select * replace ($night as night) from classes; "
        "insert into class_measures select * replace ($night as night, true as is_given) from class_measures",
        night=date(2026, 1, 1),
    )
    assert "were changed in the ledger" in _refused(ledger)


def test_sealed_values_cannot_be_made_by_hand(ledger: Books, tmp_path):
    sealed = ledger.prove(NIGHT)
    values = {name: getattr(sealed, name) for name in sealed.__dataclass_fields__}
    with pytest.raises(DisclosureError, match="prove_classes"):
        SealedClasses(**(values | {"key": object()}))
    with pytest.raises(DisclosureError, match="build_tables"):
        SealedTables(classes=sealed, path=tmp_path, n_rows={}, key=object())


@pytest.mark.parametrize(
    "tampering",
    [
        "insert into classes select * replace (99 as class_id) from classes",
        "update classes set value_usd = 90003.0, value_status = 'given' where place_code = 'AE'",
        "delete from classes where place_code = 'AE'",
        "alter table classes add column buyer text",
    ],
)
def test_a_demand_file_with_other_classes_is_not_opened(ledger: Books, tmp_path, tampering):
    sealed = ledger.prove(NIGHT)
    path = tmp_path / "demand.duckdb"
    build_tables(sealed, TAXONOMY, path)
    assert open_tables(sealed, path).n_rows["classes"] == 2
    with duckdb.connect(str(path)) as connection:
        connection.execute(tampering)
    with pytest.raises(DisclosureError, match="does not hold the sealed classes"):
        open_tables(sealed, path)


def test_a_demand_file_that_is_missing_is_not_opened(ledger: Books, tmp_path):
    with pytest.raises(DisclosureError, match="is missing"):
        open_tables(ledger.prove(NIGHT), tmp_path / "demand.duckdb")


@pytest.mark.parametrize(
    "make",
    [
        lambda sealed: sealed,
        lambda sealed: sealed.frame,
        lambda sealed: SimpleNamespace(classes=sealed, path="demand.duckdb", n_rows={}),
    ],
)
def test_extracts_are_written_from_sealed_tables_only(ledger: Books, tmp_path, make: Callable[[SealedClasses], object]):
    body = TradeBody(id="body", title="Body", products=("all",))
    with pytest.raises(DisclosureError, match="sealed"):
        write_extracts(
            make(ledger.prove(NIGHT)),  # type: ignore[arg-type]
            [body],
            tmp_path / "extracts",
            releases=tmp_path / "releases",
            taxonomy=TAXONOMY,
            policy=POLICY,
            key=None,  # type: ignore[arg-type]
        )
    assert not (tmp_path / "extracts").exists()
