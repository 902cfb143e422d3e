"""What a step counted, as lines of the log: which of its figures stand there, and under which names."""

from collections.abc import Iterator
from typing import Any

from assets.figures import Figures
from assets.logs import Event
from schemas.steps import Step
from warehouse.accounting import COLUMNS

Told = tuple[Event, dict[str, Any]]
"""An event and what is told with it; see `assets.logs.NightLog.write`."""


def counted(step: Step, figures: Figures) -> Iterator[Told]:
    """The lines of a step's figures, each with the step's event; none for a step that counts nothing of interest."""
    if not figures:
        return
    match step:
        case "landed_feeds":
            yield "step_counted", {"counts": {"n_feeds": figures["n_feeds"], "n_bytes": sum(figures["bytes"].values())}}
        case "scrubbed_events":
            for feed, found in sorted(figures.items()):
                yield from _of_feed(feed, found)
        case "arrivals":
            wholes = [each for each in figures["arrivals"] if each["country"] is None]
            yield "step_counted", {"counts": {"n_feeds": len(wholes), "n_accepted": len(figures["accepted"])}}
        case "demand_classes":
            yield "step_counted", {"counts": {name: figures["accounting"][name] for name in COLUMNS}}
        case "demand_tables":
            counts = {"n_classes_new": figures["n_classes_new"], "n_demand_rows": figures["rows"]["demand"]}
            yield "step_counted", {"counts": counts}
        case "audit":
            counts = {"n_files": figures["n_files"], "n_identifiers": figures["n_identifiers"]}
            yield "step_counted", {"counts": counts}
            for attack in sorted(figures["figures"]):
                n_found = sum(found["n"] for found in figures["findings"] if found["attack"] == attack)
                yield "attack_ran", {"attack": attack, "counts": {"n": n_found}}


def _of_feed(feed: str, found: Figures) -> Iterator[Told]:
    counts = {name: found[name] for name in ("n_rows", "n_refused", "n_events", "n_withheld")}
    yield "feed_read", {"feed": feed, "counts": counts | {"n_placeholders": sum(found["placeholders"].values())}}
    for reason, n in sorted(found["refused"].items()):
        yield "rows_refused", {"feed": feed, "reason": reason, "counts": {"n": n}}
    for reason, n in sorted(found["dropped_values"].items()):
        yield "values_left_out", {"feed": feed, "reason": reason, "counts": {"n": n}}
