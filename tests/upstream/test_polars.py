"""What reading, sorting and digests rely on in Polars; each breaks loudly."""

import subprocess
import sys
from io import BytesIO

import polars as pl
import pytest

SECRET = "Zubeida-Quartermaine"


def test_a_cast_that_fails_quotes_the_value_which_is_why_steps_withhold_messages() -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError, match=SECRET):
        pl.DataFrame({"buyer": [SECRET]}).select(pl.col("buyer").cast(pl.Int64))


def test_a_csv_that_does_not_parse_quotes_the_value() -> None:
    with pytest.raises(pl.exceptions.ComputeError, match=SECRET):
        pl.read_csv(BytesIO(f"n\n1\n{SECRET}\n".encode()), schema={"n": pl.Int64})


def test_a_full_join_matches_no_nulls_and_coalesces_its_key() -> None:
    left = pl.DataFrame({"k": [1, None], "a": [1, 2]})
    right = pl.DataFrame({"k": [1, 3], "b": [4, 5]})

    joined = left.join(right, on="k", how="full", coalesce=True)

    assert sorted(joined.rows(), key=str) == sorted([(1, 1, 4), (None, 2, None), (3, None, 5)], key=str)


def test_a_table_written_as_csv_tells_every_double_exactly() -> None:
    values = [0.1 + 0.2, 1e300, 5e-324, 123456789.123456789]
    text = pl.DataFrame({"v": values}).write_csv(float_precision=None)

    assert [float(line) for line in text.splitlines()[1:]] == values


def test_a_sort_by_several_columns_puts_nulls_first_where_asked() -> None:
    frame = pl.DataFrame({"a": ["x", None, "x"], "b": [2, 1, 1]})

    assert frame.sort("a", "b", nulls_last=False).rows() == [(None, 1), ("x", 1), ("x", 2)]


def test_a_long_chain_of_operators_ends_the_process_which_is_why_contracts_have_a_most() -> None:
    chain = (
        "import resource, polars as pl; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
        "print(pl.DataFrame({'a': ['x']}).select(pl.sql_expr(' || '.join(['a'] * %d))).item())"
    )
    ended = [subprocess.run([sys.executable, "-c", chain % n], capture_output=True, check=False) for n in (100, 1_000)]

    assert (ended[0].returncode, ended[0].stdout.strip()) == (0, b"x" * 100)
    assert ended[1].returncode < 0
