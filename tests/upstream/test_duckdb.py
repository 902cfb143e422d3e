"""What the ledger, the tables and their readers rely on in DuckDB; each breaks loudly."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

SECRET = "Zubeida-Quartermaine"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table numbers as select 1 as n")
    return path


def test_a_parameter_that_no_statement_names_is_refused() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.InvalidInputException, match="excess parameters"):
        connection.execute("select $a", {"a": 1, "b": 2})


def test_the_first_value_of_a_change_is_the_number_of_changed_rows() -> None:
    with duckdb.connect() as connection:
        assert connection.execute("create table t as select * from range(3)").fetchall() == [(3,)]
        assert connection.execute("delete from t where range > 0").fetchall() == [(2,)]


def test_a_transaction_takes_temporary_tables_back_too() -> None:
    with duckdb.connect() as connection:
        connection.execute("create temp table kept as select 1 as n")
        connection.execute(
            "begin; create or replace temp table kept as select 2 as n; create temp table new as select 1"
        )
        connection.execute("rollback")

        assert connection.execute("select n from kept").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            connection.execute("select * from new")


def test_two_processes_may_read_one_file_at_once(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True):
        told = elsewhere(f"print(duckdb.connect({str(file)!r}, read_only=True).sql('from numbers').fetchall())")

    assert told.stdout.strip() == "[(1,)]"


def test_a_writer_is_refused_while_another_process_reads_and_the_message_names_the_lock(file: Path) -> None:
    with duckdb.connect(str(file), read_only=True):
        told = elsewhere(f"duckdb.connect({str(file)!r})")

    assert "IOException" in told.stderr and "lock" in told.stderr.lower()


def elsewhere(line: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", f"import duckdb; {line}"], capture_output=True, text=True, check=False, timeout=60
    )


def test_a_read_only_file_can_be_read_without_the_right_to_write_it(file: Path) -> None:
    file.chmod(0o444)
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("select n from numbers").fetchall() == [(1,)]
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_messages_quote_values_which_is_why_connections_withhold_them() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.ConversionException, match=SECRET):
        connection.execute("select cast($value as integer)", {"value": SECRET})


def test_a_locked_configuration_stays_locked_and_keeps_files_out(file: Path) -> None:
    other = file.with_name("other.csv")
    other.write_text("a\n1\n")
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set enable_external_access = false; set lock_configuration = true")
        for statement in (
            f"from '{other}'",
            "set enable_external_access = true",
            f"attach '{other}'",
            "install httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)


def test_a_killed_transaction_is_gone_when_the_file_is_opened_again(file: Path) -> None:
    script = (
        f"import os, signal; c = duckdb.connect({str(file)!r}); c.execute('begin'); "
        "c.execute('insert into numbers select * from range(100000)'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    elsewhere(script)

    with duckdb.connect(str(file)) as connection:
        assert connection.execute("select count(*) from numbers").fetchall() == [(1,)]


def test_a_file_says_which_versions_open_it_and_ours_by_default_only_the_newest(tmp_path: Path) -> None:
    for name, config in (("old", {"storage_compatibility_version": "v1.0.0"}), ("new", {})):
        duckdb.connect(str(tmp_path / name), config=config).close()
        with duckdb.connect(str(tmp_path / name), read_only=True) as connection:
            tags = connection.execute("select tags['storage_version'] from duckdb_databases() where path is not null")
            assert tags.fetchone() == (("v1.0.0+" if name == "old" else "v2.0.0+"),)
