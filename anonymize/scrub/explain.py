"""Why each identifier of one text was found, and why others that might have been one were not.

Belongs here: decisions about one text, for a person to read. Does not belong here: the decisions themselves.
"""

from dataclasses import dataclass, replace

import polars as pl

from anonymize.scrub.disguises import undisguised
from anonymize.scrub.entities import Found
from anonymize.scrub.hostile import read
from anonymize.scrub.records import scrub_records, windows
from anonymize.scrub.texts import Scrubber


@dataclass(frozen=True)
class Decision:
    """One candidate: what it is, how sure its recogniser is, what was done to it and why."""

    found: Found
    """In characters of the input."""
    threshold: float
    is_taken: bool
    """Whether it is dealt with under its own name; what lies inside of a longer finding is gone all the same."""
    why: str


def explain(scrubber: Scrubber, records: pl.DataFrame) -> list[Decision]:
    """Every candidate in the text of one record, by its place: those dealt with, and those that stay with the reason.

    Args: records as `records.scrub_records` takes them, one row.
    """
    rules = scrubber.engine.policy.entities
    taken = scrub_records(scrubber, records)[0].found
    decisions = [Decision(one, rules[one.entity].threshold, True, rules[one.entity].operator.value) for one in taken]
    for one, refusal in _candidates(scrubber, records["text"][0], records["country"][0]):
        cover = next((whole for whole in taken if whole.start < one.end and one.start < whole.end), None)
        if cover is not None and _is_same(cover, one):
            continue
        why = refusal or (f"overlap: inside {cover.entity.value}" if cover else "overlap: lost in a later round")
        decisions.append(Decision(one, rules[one.entity].threshold, False, why))
    return sorted(decisions, key=lambda decision: decision.found)


def _is_same(cover: Found, one: Found) -> bool:
    return (cover.start, cover.end, cover.entity, cover.recogniser) == (one.start, one.end, one.entity, one.recogniser)


def _candidates(scrubber: Scrubber, source: str, region: str | None) -> list[tuple[Found, str | None]]:
    """What the recognisers propose in a text and beneath its disguises, each with why it does not count or null."""
    proposed: dict[Found, str | None] = {}
    for offset, window in windows(source):
        reading = read(window)
        if reading is None:
            continue
        layers = [(reading, reading.text)]
        if (beneath := undisguised(reading.text)) is not None:
            layers.append((beneath.after(reading), beneath.text))
        for layer, text in layers:
            for one in scrubber.engine.candidates(text, region):
                start, end = layer.source(one.start, one.end)
                moved = replace(one, start=offset + start, end=offset + end)
                proposed.setdefault(moved, scrubber.engine.refusal(one, text))
    return sorted(proposed.items())
