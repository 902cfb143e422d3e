"""Forensics of the DuckDB file: what its catalogue says beside rows must be what every release says, word for word.

What the attacker does: lists tables, comments, views and macros. What a careless or bribed builder leaves there: a
remark in a comment, a view of a table that is gone, a macro that holds a list.
"""

import pytest

from warehouse.audit import foreign_in_catalogue
from warehouse.catalogue import create_catalogue
from warehouse.demand import OPENS_IN, TABLES
from warehouse.duck import connected


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogue") / "demand.duckdb"
    with connected(path, opens_in=OPENS_IN) as duck:
        create_catalogue(duck, TABLES)
    return path


def test_the_catalogue_of_every_release_passes(clean):
    assert foreign_in_catalogue(clean) == []


@pytest.mark.parametrize(
    "change",
    [
        "comment on column demand.n_events is 'Events of Roy Traders.'",
        "comment on table demand is null",
        "create table notes (note text)",
        "create view big as select 'Roy Traders' as who",
        "create macro who() as 'Roy Traders'",
        "create or replace macro newest_month(for_kind) as (select date '2026-01-01')",
        "drop macro table rising",
        "drop view data_dictionary",
        "alter table demand add column who text default 'Roy Traders'",
        "create schema roy_traders",
        "create sequence roy_traders",
        "create type who as enum ('Roy Traders')",
        "create index by_kind on classes (kind)",
    ],
)
def test_a_catalogue_that_says_anything_else_falls(clean, tmp_path, change):
    path = tmp_path / "demand.duckdb"
    path.write_bytes(clean.read_bytes())
    with connected(path) as duck:
        duck.run(change)
    assert [finding.what for finding in foreign_in_catalogue(path)] == ["entry of the catalogue that no release has"]
