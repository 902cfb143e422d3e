"""The benchmark of faults: what it reaches into is there, and the operator's table tells of each fault."""

import importlib
import re

import pytest

from assets.settings import ROOT
from benchmarks.faults.__main__ import every_fault
from benchmarks.faults.inside import MIDDLES, PUBLICATION
from schemas.steps import STEPS

PLACES = [*MIDDLES.values(), *PUBLICATION.values()]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_at_which_a_night_is_killed_exists(place: str) -> None:
    module, _, path = place.partition(":")
    found: object = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)

    assert callable(found)


def test_every_step_is_killed_on_its_way() -> None:
    assert [step for step in STEPS if step not in MIDDLES] == ["release"]


def test_no_two_faults_have_one_name() -> None:
    names = [fault.name for fault in every_fault()]

    assert len(set(names)) == len(names)


def test_the_operators_table_has_every_fault_and_no_other() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text[text.index("**What happens when.**") : text.index("What a night costs as history grows")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`([a-z_]+\*?)`", row)]

    def is_told(fault: str, by: str) -> bool:
        return fault.startswith(by[:-1]) if by.endswith("*") else fault == by

    names = [fault.name for fault in every_fault()]
    assert [name for name in names if not any(is_told(name, by) for by in told)] == []
    assert [by for by in told if not any(is_told(name, by) for name in names)] == []
