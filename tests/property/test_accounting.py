"""Random nights with late, repeated, cancelled, opted-out and erased events: both identities hold every night, each
night begins with the pool the one before left, and every event ever taken has exactly one fate."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.books import books
from tests.support.scrubbed import key, scrubbed
from tests.support.small_world import policy
from warehouse.chain import broken_link
from warehouse.epochs import last_closed_epoch
from warehouse.erasure import forget

FIRST = date(2026, 1, 28)
FEW_PEELS = policy(max_peels=1)
FATES = ("classed", "netted", "opted_out", "erased", "destroyed")


def _event(number: int, night: date) -> dict[str, object]:
    """An event by its number, the same whenever it is delivered; every fifth takes back the order before it."""
    its = np.random.default_rng(number)
    is_cancellation = number % 5 == 4
    return {
        "event": str(number),
        "buyer": f"b{its.integers(0, 15)}",
        "shared": f"s{its.integers(0, 3)}" if its.random() < 0.1 else None,
        "kind": "cancellation" if is_cancellation else "rfq" if its.random() < 0.3 else "order",
        "cancels": str(number - 1) if is_cancellation else None,
        "occurred_on": FIRST + timedelta(days=int(its.integers(-30, 1))),
        "is_counting": bool(its.random() < 0.9),
        "product_code": str(its.choice(["610910", "6203", "pharma", "all"])),
        "country": str(its.choice(["KE", "KE", "AE"])),
        "value_cents": int(its.choice([0, 100, 250, 100_000])),
    }


class Nights(RuleBasedStateMachine):
    """A ledger that nights and erasures happen to."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp())
        self.books = self.stack.enter_context(books(self.folder))
        self.night = FIRST
        self.known: list[int] = []
        self.fates = dict.fromkeys(FATES, 0)
        self.n_left = 0
        self.opted_out: set[str] = set()

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder)

    @rule(seed=st.integers(0, 2**32), n_refused=st.integers(0, 3), skip=st.sampled_from([1, 1, 5, 30]))
    def run_a_night(self, seed: int, n_refused: int, skip: int) -> None:
        self._run(seed, n_refused)
        self.night += timedelta(days=skip)

    @precondition(lambda self: self.known)
    @rule(seed=st.integers(0, 2**32))
    def run_the_night_that_closes_the_epoch(self, seed: int) -> None:
        self.night = max(self.night, date(2027, 5, 2))
        self._run(seed, 0, has_events=False)
        self.night += timedelta(days=1)

    @rule(buyer=st.integers(0, 14))
    def opt_out(self, buyer: int) -> None:
        self.opted_out.add(f"b{buyer}")

    @precondition(lambda self: self.known and not self._has_closed())
    @rule(buyer=st.integers(0, 14), receipt=st.integers(0, 2**64))
    def erase(self, buyer: int, receipt: int) -> None:
        account = key(f"buyer b{buyer}")
        accounts = pl.DataFrame({"epoch": [2025, 2026], "account": [account, account]})
        entry = forget(self.books.ledger, accounts, receipt=f"{receipt:x}", counts={})
        self.fates["erased"] += entry.facts["n_pooled"]
        assert self.books.rows("select count(*) from pool where account = $account", account=account) == [(0,)]

    @invariant()
    def every_event_has_one_fate_and_the_chain_is_whole(self) -> None:
        assert sum(self.fates.values()) + self.books.ledger.n_pooled() == len(self.known)
        assert broken_link(self.books.chain()) is None

    def _has_closed(self) -> bool:
        return last_closed_epoch(self.night, FEW_PEELS) >= 2026

    def _run(self, seed: int, n_refused: int, *, has_events: bool = True) -> None:
        random = np.random.default_rng(seed)
        n_new = int(random.integers(0, 40)) if has_events and not self._has_closed() else 0
        new = list(range(len(self.known), len(self.known) + n_new))
        self.known += new
        again = random.choice(self.known, int(random.integers(0, 10))).tolist() if n_new else []
        delivery = scrubbed(*(_event(number, self.night) for number in new + again))
        pending = self.books.rows("select coalesce(sum(n_pooled), 0) from erasures where night is null")
        told = self.books.take(
            self.night, delivery, n_refused=n_refused, rules=FEW_PEELS, opted_out=sorted(self.opted_out)
        ).accounting
        assert told.is_balanced
        assert told.n_rows == delivery.height + n_refused
        assert told.n_events == n_new
        assert told.n_pooled_before == self.n_left
        assert [(told.n_erased,)] == pending
        classes = self.books.prove(self.night, FEW_PEELS).frame.filter(release_id=self.night.isoformat())
        assert told.n_classed == classes["n_events"].sum()
        assert told.n_netted % 2 == 0
        state = self.books.rows("select fate, fate_night is null, count(*) from pool group by all")
        assert all(is_null == (fate is None) for fate, is_null, _ in state)
        assert {fate for fate, _, _ in state} <= {None, *FATES}
        listed = [key(f"buyer {buyer}") for buyer in self.opted_out]
        assert not self.books.rows("select 1 from pool where fate is null and account in $listed", listed=listed)
        sealed = self.books.prove(self.night, FEW_PEELS)
        self.books.ledger.seal(self.night, sealed.digest, files_digest="no files")
        self.n_left = told.n_pooled
        for fate in ("classed", "netted", "opted_out", "destroyed"):
            self.fates[fate] += getattr(told, f"n_{fate}")


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=6, stateful_step_count=8, deadline=None)
