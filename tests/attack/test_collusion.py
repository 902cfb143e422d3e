"""The collusion attack.

What the attacker knows: the published sums of a class, and its own books as a supplier: what it sold to whom; perhaps
also what a few buyers tell it. What it wants: what a buyer bought of its competitors, within p%.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymize.attacks import collusion
from anonymize.attacks.collusion import Closest, estimates, suppliers_that_succeed
from anonymize.attacks.dominance import estimates as dominated
from schemas.policy import Policy, Rules
from tests.support.books import POLICY, books
from tests.support.definitions_of_safe import passes_joint
from tests.support.scrubbed import NIGHT, scrubbed
from tests.support.small_world import TAXONOMY, policy
from warehouse.demand import build_tables
from warehouse.door import SealedClasses
from warehouse.duck import connected
from warehouse.insiders import Insiders, insiders_of
from warehouse.published_sums import published_sums

P = Fraction(1, 10)
UNPROTECTED = policy(buyers={"p": "0.01"})
"""A policy under which five cents beside three dollars are enough."""

SALES = dict.fromkeys(("class_id", "measure", "supplier", "contributor", "amount"), pl.Int64) | {"measure": pl.String}
Bought = dict[int, dict[int | None, int]]


def _market(country: str, *purchases: tuple[str, str, int]) -> list[dict[str, object]]:
    return [
        {"event": f"{country} {n}", "buyer": f"{country} {buyer}", "supplier": supplier, "value_cents": value,
         "country": country, "quantity_milli": 1_000, "unit": "kg"}
        for n, (buyer, supplier, value) in enumerate(purchases)
    ]  # fmt: skip


@contextmanager
def _formed(folder: Path, rules: Policy) -> Iterator[tuple[SealedClasses, Insiders]]:
    """A night formed under a policy and passed by the door under it, and what insiders have on it.

    In Kenya five buyers take nearly all of theirs from A, of which the victim buys nothing; in Tanzania all buy of all.
    """
    rest = [purchase for n in range(5) for purchase in ((f"buyer {n}", "A", 100), (f"buyer {n}", "C", 1))]
    kenya = _market("KE", ("victim", "B", 170), ("victim", "D", 170), *rest)
    tanzania = _market("TZ", *((f"buyer {n}", supplier, 100) for n in range(5) for supplier in "ABCD"))
    with books(folder) as opened:
        opened.take(NIGHT, scrubbed(*kenya, *tanzania), rules=rules)
        insiders = insiders_of(opened.ledger, NIGHT, identifiers=pl.Series(dtype=pl.String), pseudonyms=())
        yield opened.prove(NIGHT, rules), insiders


def test_a_supplier_of_everybody_else_reads_the_victim_off_a_release_that_looks_at_each_side_alone(tmp_path):
    """No buyer comes near another, no supplier near another; the two lists laid together give the victim away."""
    with _formed(tmp_path, UNPROTECTED) as (sealed, known):
        tables = build_tables(sealed, TAXONOMY, tmp_path / "demand.duckdb")
    with connected(tables.path, is_read_only=True) as duck:
        published = published_sums(duck.frame("select * from classes"), sealed.release_id)
    closest = estimates(published, known.buyers, known.sales, partners=0, p=P)
    assert [finding.n for finding in suppliers_that_succeed(closest, where="classes")] == [1]
    assert closest.least_ratio == pytest.approx(5 / 340)
    for held in (known.buyers, known.suppliers):
        assert dominated(published, held, coalition=1, p=P).n_within == 0


def test_the_same_market_under_the_policy_keeps_every_supplier_at_a_distance(tmp_path):
    with _formed(tmp_path, POLICY) as (sealed, known):
        published = published_sums(sealed.frame, sealed.release_id)
    closest = estimates(published, known.buyers, known.sales, partners=0, p=P)
    assert published.filter(measure="value_usd")["total"].to_list() == [2_000]
    assert suppliers_that_succeed(closest, where="classes") == []
    assert closest.n_estimates > 0 and closest.least_ratio == 4.0
    # a buyer who tells the supplier all is one more than the policy counts on, and here not enough
    assert estimates(published, known.buyers, known.sales, partners=1, p=P).least_ratio == 3.0


def _attack(bought: Bought, *, counts: dict[int, bool], partners: int, p: Fraction) -> Closest:
    key = {"class_id": 1, "measure": "value_usd"}
    held = [key | {"contributor": i, "is_counting": counts[i], "amount": sum(b.values())} for i, b in bought.items()]
    sales = [
        key | {"supplier": supplier, "contributor": i, "amount": amount}
        for i, purchases in bought.items()
        for supplier, amount in purchases.items()
        if supplier is not None
    ]
    published = pl.DataFrame([key | {"total": sum(row["amount"] for row in held)}])
    return estimates(published, pl.DataFrame(held), pl.DataFrame(sales, schema=SALES), partners=partners, p=p)


PURCHASES = st.dictionaries(st.sampled_from([None, 1, 2, 3]), st.integers(1, 60), min_size=1, max_size=3)


@given(
    st.lists(st.tuples(PURCHASES, st.booleans()), min_size=3, max_size=7),
    st.integers(1, 3),
    st.sampled_from(["0.1", "0.35", "1"]),
)
@settings(max_examples=60)
def test_the_attack_succeeds_where_the_design_is_broken_and_nowhere_else(buyers, coalition, p):
    bought, counts = dict(enumerate(b for b, _ in buyers)), dict(enumerate(c for _, c in buyers))
    rules = Rules(k=coalition + 2, p=p, coalition=coalition, max_share="0.9")
    closest = _attack(bought, counts=counts, partners=coalition - 1, p=Fraction(p))
    assert (closest.n_within == 0) == passes_joint(bought, counts, rules)


def test_classes_taken_in_batches_of_one_give_what_all_together_give(tmp_path, monkeypatch):
    with _formed(tmp_path, UNPROTECTED) as (sealed, known):
        published = published_sums(sealed.frame, sealed.release_id)
    together = estimates(published, known.buyers, known.sales, partners=1, p=P)
    assert published["class_id"].n_unique() == 2 and together.n_within > 0
    monkeypatch.setattr(collusion, "BATCH", 1)
    assert estimates(published, known.buyers, known.sales, partners=1, p=P) == together


def test_without_suppliers_there_is_nothing_to_tell():
    assert _attack({1: {None: 5}, 2: {None: 6}}, counts={1: True, 2: True}, partners=0, p=P) == Closest(0, None, 0)
