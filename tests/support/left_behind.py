"""What nights leave behind, written by hand: figures of their steps, and a log as the real writer writes it."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from assets.figures import Figures, keep_figures
from assets.logs import NightLog, Words, log_path
from schemas.home import Home
from schemas.steps import STEPS, Step

RUN = UUID(int=7)
FEEDS = ("demo_orders", "demo_rfqs")
ATTACKS = ("dominance", "identifiers")


def feed_figures(n_rows: int, n_refused: int = 0) -> Figures:
    """What `scrubbed_events` keeps of a feed."""
    return {
        "n_rows": n_rows,
        "n_refused": n_refused,
        "n_events": n_rows - n_refused,
        "n_withheld": 0,
        "refused": {"no_date": n_refused} if n_refused else {},
        "dropped_values": {},
        "placeholders": {"PERSON": 3},
        "epochs": [2026],
    }


def log_of(home: Home, night: date, run: UUID = RUN) -> NightLog:
    return NightLog(log_path(home, night), night, run, Words(feeds=frozenset(FEEDS), attacks=frozenset(ATTACKS)))


def leave(
    home: Home,
    night: date,
    *,
    until: Step = "retention",
    rows: Mapping[str, tuple[int, int]] | None = None,
    seconds: Mapping[Step, float] | None = None,
    with_log: bool = True,
) -> None:
    """Writes what a night leaves that came as far as a step: rows and refused rows by feed, seconds by step."""
    rows = rows if rows is not None else {"demo_orders": (1_000, 5), "demo_rfqs": (200, 0)}
    accounting = {"n_rows": sum(n for n, _ in rows.values())}
    kept: dict[Step, Figures] = {
        "landed_feeds": {"n_feeds": len(rows), "bytes": dict.fromkeys(rows, 10_000)},
        "scrubbed_events": {feed: feed_figures(*counts) for feed, counts in rows.items()},
        "demand_classes": {"accounting": accounting, "identities": ["rows add up", "events add up"], "rungs": []},
        "demand_tables": {"n_classes_new": 12, "rows": {"demand": 345}},
        "audit": {"figures": {attack: {} for attack in ATTACKS}, "findings": [], "n_files": 9, "n_identifiers": 99},
        "release": {"release_id": night.isoformat()},
    }
    log = log_of(home, night)
    for step in STEPS[: STEPS.index(until) + 1]:
        if with_log:
            log.write("step_started", step=step)
            log.write("step_finished", step=step, seconds=(seconds or {}).get(step, 2.0))
        if step in kept:
            keep_figures(home, night, step, kept[step])


def leave_pool(home: Home, night: date, n_events: int, next_close: date) -> None:
    """The part of the exact report that tells what waits."""
    chance = {"kind": "rfq", "when": "dekad_close", "night": next_close, "rung": "heading x country x dekad"}
    pool = {
        "n_events": n_events,
        "n_unsettled": 0,
        "ages": [{"age": "under 7 days", "n_events": n_events}],
        "chances": [chance | {"n_events": n_events}],
    }
    keep_figures(home, night, "disclosure", {"pool": pool})
