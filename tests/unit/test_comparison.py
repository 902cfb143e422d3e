"""Two ledgers are compared whole: no table of theirs is left out unsaid."""

import re

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
