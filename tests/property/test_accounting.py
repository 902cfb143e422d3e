"""Random nights: both identities hold every night, and every event ever taken has exactly one fate."""

import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.books import books
from tests.support.scrubbed import scrubbed
from tests.support.small_world import policy

FIRST = date(2026, 1, 28)
FEW_PEELS = policy(max_peels=1)


def _delivery(random: np.random.Generator, night: date, known: list[int]) -> pl.DataFrame:
    """Events of the last days: new ones, some twice, some delivered before, some opted out, some open."""
    n = int(random.integers(0, 40))
    new = list(range(len(known), len(known) + n))
    again = random.choice(known + new, int(random.integers(0, 10))).tolist() if known + new else []
    known += new
    rows = []
    for event in new + again:
        its = np.random.default_rng(event)  # a redelivery tells the same of an event, but for its state
        rows.append(
            {
                "event": str(event),
                "buyer": f"b{its.integers(0, 15)}",
                "shared": f"s{its.integers(0, 3)}" if its.random() < 0.1 else None,
                "kind": "rfq" if its.random() < 0.5 else "order",
                "occurred_on": FIRST + timedelta(days=int(its.integers(-3, 1))),
                "is_settled": bool(random.random() < 0.7),
                "is_counting": bool(its.random() < 0.9),
                "is_opted_out": bool(its.random() < 0.1),
                "product_code": str(its.choice(["610910", "6203", "pharma", "all"])),
                "country": str(its.choice(["KE", "KE", "AE"])),
                "value_cents": int(its.choice([0, 100, 250, 100_000])),
            }
        )
    return scrubbed(*rows)


@given(st.integers(0, 2**32), st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_identities_hold_and_each_event_has_exactly_one_fate(seed, n_refused):
    random = np.random.default_rng(seed)
    known: list[int] = []
    fates = {"classed": 0, "opted_out": 0, "destroyed": 0}
    nights = [FIRST + timedelta(days=n) for n in (0, 1, 5)] + [date(2027, 5, 10)]
    with tempfile.TemporaryDirectory() as folder, books(Path(folder)) as ledger:
        pooled = 0
        for night in nights:
            delivery = _delivery(random, night, known)
            told = ledger.take(
                night, delivery, n_refused=n_refused, rules=FEW_PEELS, settle_days={"orders": 3}
            ).accounting
            assert told.is_balanced
            assert told.n_rows == delivery.height + n_refused
            assert told.n_pooled_before == pooled
            assert (
                told.n_classed
                == ledger.prove(night, FEW_PEELS).frame.filter(release_id=night.isoformat())["n_events"].sum()
            )
            state = ledger.rows("select fate, (fate_night is null) = (fate is null), count(*) from pool group by all")
            assert all(is_whole for _, is_whole, _ in state)
            assert len({fate for fate, _, _ in state} - {None, "classed", "opted_out", "destroyed"}) == 0
            ledger.seal(night)
            pooled = told.n_pooled
            for fate in fates:
                fates[fate] += getattr(told, f"n_{fate}")
        [(n_pooled,)] = ledger.rows("select count(*) from pool")
        [(n_seen,)] = ledger.rows("select count(*) from seen")
        assert n_seen == len(known)
        assert sum(fates.values()) + n_pooled == len(known)
