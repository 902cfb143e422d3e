"""What the machine refuses is told in words of our own, whichever library met it and whatever its message holds."""

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy

from assets.settings import ROOT
from schemas.system_failures import system_failure

SECRET = "Zubeida Quartermaine"

_TOO_LARGE = """
import resource, signal, sqlite3, sys
from pathlib import Path
import duckdb, polars as pl, pyarrow.parquet as pq
from schemas.system_failures import system_failure

folder, writer = Path(sys.argv[1]), sys.argv[2]
frame = pl.select(a=pl.int_range(400_000).hash())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
try:
    if writer == "pyarrow":
        pq.write_table(frame.to_arrow(), folder / "a.parquet")
    elif writer == "polars":
        frame.write_parquet(folder / "b.parquet")
    elif writer == "duckdb":
        with duckdb.connect(str(folder / "c.duckdb")) as connection:
            connection.execute("create table held as select hash(range) as a from range(400000)")
            connection.execute("checkpoint")
    else:
        (folder / "d.txt").write_bytes(bytes(100_000))
except Exception as error:
    print(system_failure(error), end="")
"""


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(SECRET)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, SECRET, SECRET), "the disk is full; free some of it"),
        (OSError(errno.EDQUOT, SECRET), "the disk quota is used up; free some of it"),
        (PermissionError(errno.EPERM, SECRET), "the system does not permit to write there; make the folder writable"),
        (RuntimeError(f"{SECRET}: No space left on device"), "the disk is full; free some of it"),
        (sqlite_error("SQLITE_IOERR_SHMSIZE"), "the disk is full; free some of it"),
        (sqlite_error("SQLITE_IOERR_WRITE"), "the disk fails, or takes no more; look at it before anything else"),
    ],
    ids=["full", "quota", "not permitted", "by its text", "sqlite, full", "sqlite, broken"],
)
def test_a_refusal_is_told_by_what_to_do(error: Exception, sentence: str) -> None:
    assert system_failure(error) == sentence


def test_a_refusal_is_found_below_what_was_raised_from_it() -> None:
    above = ValueError(SECRET)
    above.__cause__ = RuntimeError(SECRET)
    above.__cause__.__context__ = OSError(errno.EROFS, SECRET)

    assert system_failure(above) == "the file system is read-only; make it writable"


def test_a_full_database_of_dagsters_is_recognised_below_what_its_library_makes_of_it(tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'runs.db'}")
    with pytest.raises(sqlalchemy.exc.OperationalError) as raised, engine.begin() as connection:
        connection.exec_driver_sql("pragma max_page_count = 2")
        connection.exec_driver_sql("create table held (a)")
        connection.exec_driver_sql("insert into held values (zeroblob(100000))")

    assert system_failure(raised.value) == "the disk is full; free some of it"


def test_nothing_is_told_of_other_errors_even_where_they_go_in_a_circle() -> None:
    one, other = ValueError(SECRET), FileNotFoundError(errno.ENOENT, SECRET)
    one.__cause__, other.__cause__ = other, one

    assert system_failure(one) is None


@pytest.mark.parametrize("writer", ["pyarrow", "polars", "duckdb", "python"])
def test_every_library_that_writes_tells_so_that_it_is_recognised(writer: str, tmp_path: object) -> None:
    words = [sys.executable, "-c", _TOO_LARGE, str(tmp_path), writer]
    told = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)

    assert told.stdout == "a file may not grow so large; raise the limit"
