"""Two ledgers are compared whole: no table is left out unsaid, and what differs is told by its part and number."""

import re
import shutil
from pathlib import Path

from warehouse.comparison import compare
from warehouse.duck import connected
from warehouse.ledger import open_ledger
from warehouse.statements import statement

NOT_COMPARED = {
    "compaction_due": "says what is to be done to the file, not what is in it",
    "erasures": "a replay cannot make it again: who was erased is gone from raw files",
}


def test_every_table_of_the_ledger_is_compared_or_has_its_reason() -> None:
    tables = set(re.findall(r"create table if not exists (\w+)", statement("ledger/tables")))
    compared = set(re.findall(r"theirs\.(\w+)", statement("ledger/differences")))

    assert tables - compared == set(NOT_COMPARED)
    assert compared <= tables


def test_a_row_that_stands_twice_in_one_ledger_and_once_in_the_other_is_a_difference(tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs.duckdb", tmp_path / "ours.duckdb"
    with open_ledger(theirs) as ledger:
        ledger.duck.run("insert into epochs values (2026, 'one')")
        ledger.duck.run("insert into updates values ('orders', null, true, 3, date '2026-02-01')")
    shutil.copy(theirs, ours)
    assert all(each.is_equal for each in compare(theirs, ours))

    with connected(ours) as duck:
        duck.run("insert into updates select * from updates")
        duck.run("update epochs set fingerprint = 'another'")

    assert [(each.part, each.n_there, each.n_here) for each in compare(theirs, ours) if not each.is_equal] == [
        ("updates of events that wait", 0, 1),
        ("epochs and fingerprints of their keys", 1, 1),
    ]
