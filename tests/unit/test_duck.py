"""DuckDB as the warehouse uses it: parameters by name, all or nothing, errors without values."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.errors import NightError, StepError
from warehouse import duck as duck_module
from warehouse.duck import connected

SECRET = "Nairobi Fashion House"


@pytest.fixture
def duck():
    with connected(None) as connection:
        connection.run("create table held (name text unique, n integer)")
        yield connection


@pytest.mark.parametrize(
    "sql",
    [
        f"select cast('{SECRET}' as integer)",
        f"insert into held values ('{SECRET}', 1); insert into held values ('{SECRET}', 2)",
        f'select "{SECRET}" from held',
        f"select error('{SECRET}')",
        f"select '{SECRET}",
    ],
    ids=["conversion", "constraint", "binder", "raised", "parser"],
)
def test_an_error_tells_its_kind_and_no_value(sql):
    with pytest.raises(StepError) as failed, connected(None) as duck:
        duck.run("create table held (name text unique, n integer)")
        duck.run(sql)
    assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_our_own_errors_pass_through_unchanged():
    with pytest.raises(NightError, match="mine"), connected(None):
        raise NightError("mine")


def test_each_statement_takes_the_parameters_it_names_and_no_others(duck):
    n = duck.run("insert into held values ($name, 1); insert into held values ('b', $n)", name="a", n=7, unused=3)
    assert n == 1
    assert duck.frame("select * from held where n >= $n order by n", n=1, unused=0).rows() == [("a", 1), ("b", 7)]
    assert duck.value("select n from held where name = $name", name="b") == 7


def test_a_parameter_is_a_value_and_never_sql(duck):
    duck.run("insert into held values ($name, 1)", name="'); drop table held; --")
    assert duck.value("select count(*) from held") == 1


def test_run_counts_the_rows_that_the_last_statement_changed(duck):
    assert duck.run("insert into held select i::text, i from range(5) as numbers (i)") == 5
    assert duck.run("update held set n = 0 where n > 2") == 2
    assert duck.run("delete from held") == 5
    assert duck.run("create table other (n integer)") == 0


def test_a_value_of_no_row_is_none(duck):
    assert duck.value("select n from held") is None


def test_a_transaction_that_fails_leaves_nothing(duck):
    with pytest.raises(RuntimeError), duck.transaction():
        duck.run("insert into held values ('a', 1)")
        raise RuntimeError
    assert duck.value("select count(*) from held") == 0
    with duck.transaction():
        duck.run("insert into held values ('a', 1)")
    assert duck.value("select count(*) from held") == 1


def test_a_transaction_that_the_database_fails_leaves_nothing(duck):
    with pytest.raises(duckdb.Error), duck.transaction():
        duck.run("insert into held values ('a', 1); insert into held values ('a', 2)")
    assert duck.value("select count(*) from held") == 0


def test_a_loaded_frame_replaces_the_earlier_one(duck):
    duck.load("numbers", pl.DataFrame({"n": [1, 2]}))
    duck.load("numbers", pl.DataFrame({"n": [3]}))
    assert duck.frame("select n from numbers").rows() == [(3,)]


def test_a_read_only_connection_changes_nothing(tmp_path):
    path = tmp_path / "x.duckdb"
    with connected(path) as duck:
        duck.run("create table held (n integer)")
    with pytest.raises(StepError), connected(path, is_read_only=True) as duck:
        duck.run("insert into held values (1)")


def holding(path):
    """A process that holds a database until its standard input is closed."""
    holder = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read(); c.close()"
    )
    command = [sys.executable, "-c", holder, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_file_that_another_process_holds_is_named_and_the_process_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(duck_module, "LOCK_WAIT_S", 0.2)
    path = tmp_path / "ledger.duckdb"
    with holding(path) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(NightError, match=r"ledger.duckdb is held by another process") as refused, connected(path):
            pass
        process.stdin.close()
    assert str(process.pid) not in str(refused.value) and str(tmp_path) not in str(refused.value)


def test_a_file_that_another_process_holds_for_a_moment_is_waited_for(tmp_path, monkeypatch):
    path, turns = tmp_path / "ledger.duckdb", []
    with holding(path) as process:
        assert process.stdout.readline() == "held\n"

        def let_go(seconds):
            turns.append(seconds)
            if not process.stdin.closed:
                process.stdin.close()
            process.wait()

        monkeypatch.setattr(duck_module.time, "sleep", let_go)
        with connected(path) as duck:
            assert duck.value("select 1") == 1
    assert turns


def test_what_fits_no_memory_and_cannot_be_spilled_is_told_as_such():
    with pytest.raises(NightError, match="ran out of memory"), connected(None, memory_limit="20MB") as duck:
        duck.value("select length(list(range)) from range(20000000)")


def test_a_file_that_was_cut_is_refused_where_it_is_read_and_its_backup_asked_for(tmp_path):
    path = tmp_path / "ledger.duckdb"
    with connected(path) as duck:
        duck.run("create table held as select hash(range) as a from range(1000000)")
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises((NightError, StepError), match=r"restore (its|the ledger's) backup"), connected(path) as duck:
        duck.value("select sum(a) from held")


def test_a_file_that_is_no_database_is_named_without_its_contents(tmp_path):
    path = tmp_path / "ledger.duckdb"
    path.write_text(SECRET * 1000)
    with pytest.raises((NightError, StepError), match=r"ledger.duckdb cannot be opened") as failed, connected(path):
        pass
    assert SECRET not in str(failed.value)


def test_what_outgrows_memory_is_spilled_into_a_private_folder_that_goes_with_the_connection(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with connected(None, memory_limit="40MB") as duck:
        duck.run("create temp table big as select range as a, hash(range) as b from range(6000000)")
        folder = Path(str(duck.value("select current_setting('temp_directory')")))
        n_spilled = sum(path.stat().st_size for path in folder.iterdir())
        mode = folder.stat().st_mode & 0o777

    assert n_spilled > 10_000_000 and mode == 0o700
    assert not folder.exists() and list(tmp_path.iterdir()) == []


def test_no_extension_is_fetched_on_its_own(duck):
    settings = duck.frame("select name, value from duckdb_settings() where name like 'auto%known%'").rows()
    assert {value for _, value in settings} == {"false"}
