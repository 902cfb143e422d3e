"""A small part of `benchmarks/fuzz.py`: damaged inputs are accepted or refused by the error tree, nothing else."""

from pathlib import Path

import pytest

from benchmarks.fuzz import GOOD, OUTCOMES, READERS, SECRET, SHARES, damaged, good, outcome_of
from schemas.errors import FeedFileError

INPUTS = {"csv": 300, "jsonl": 300, "parquet": 150, "gzip": 150, "zstd": 150, "sums": 250, "contract": 60, "policy": 20,
          "key": 150}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_input_is_accepted_or_refused_and_nothing_of_it_is_told(tmp_path: Path, reader: str) -> None:
    tmp_path.chmod(0o700)
    assert outcome_of(reader, good(reader), tmp_path)[0] == "a", "the good file is none: nothing would be tried"
    outcomes = {
        number: outcome_of(reader, damaged(reader, number, 11), tmp_path)[0] for number in range(INPUTS[reader])
    }

    assert {f"{reader}:{number} {OUTCOMES[found]}" for number, found in outcomes.items() if found not in GOOD} == set()
    assert set(outcomes.values()) == set(GOOD), "mutations are too weak or too strong"


def test_the_fuzzer_sees_what_it_is_there_to_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(error: BaseException) -> None:
        def read(_: Path) -> None:
            raise error

        monkeypatch.setitem(READERS, "csv", ("x.csv", read))

    for error, letter in (
        (ValueError("x"), "x"), (MemoryError(), "m"), (FeedFileError(f"x.csv: {SECRET} 1 is no date"), "l"),
        (FeedFileError("x.csv: is cut short"), "r"),
    ):  # fmt: skip
        failing(error)
        assert outcome_of("csv", b"", tmp_path)[0] == letter


def test_the_same_number_is_the_same_input_and_a_whole_run_has_enough_of_them() -> None:
    assert damaged("csv", 5, 7) == damaged("csv", 5, 7) != damaged("csv", 6, 7)
    assert sum(SHARES.values()) >= 100_000 and set(SHARES) == set(READERS) == set(INPUTS)
