import errno
import traceback

import polars as pl
import pytest

from assets.guard import guarded
from schemas import errors
from schemas.errors import FeedFileError, MandiError, NightError, StepError

SECRET = "Zubeida Quartermaine"


def every_error(above: type[MandiError] = MandiError) -> list[type[MandiError]]:
    return [above, *(found for below in above.__subclasses__() for found in every_error(below))]


def failing(error: BaseException, name: str = "step") -> MandiError:
    """What a guarded step of that name raises when it meets an error."""

    def step() -> None:
        raise error

    step.__name__ = name
    with pytest.raises(MandiError) as raised:
        guarded(step)()
    return raised.value


def test_a_result_and_its_arguments_pass_through() -> None:
    @guarded
    def step(a: int, *, b: int) -> tuple[int, int]:
        return a, b

    assert step(1, b=2) == (1, 2)
    assert step.__name__ == "step"


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_our_own_errors_keep_their_type_and_message_and_lose_everything_else(kind: type[MandiError]) -> None:
    error = kind("3 rows were refused")
    error.add_note(SECRET)
    error.__cause__ = ValueError(SECRET)

    failure = failing(error)

    assert type(failure) is kind and str(failure) == "3 rows were refused"
    assert failure is not error
    assert failure.__cause__ is None and failure.__context__ is None and not hasattr(failure, "__notes__")


def test_an_unforeseen_error_keeps_only_its_type_and_place() -> None:
    failure = failing(ValueError(SECRET))

    assert type(failure) is StepError
    assert "step: ValueError at tests/unit/test_guard.py:" in str(failure)
    assert failure.__cause__ is None and failure.__context__ is None


def test_a_full_disk_is_told_with_what_to_do_and_no_name_of_a_file() -> None:
    failure = failing(OSError(errno.ENOSPC, SECRET, SECRET))

    assert type(failure) is NightError
    assert str(failure).startswith("step: the disk is full; free some of it, then run the night again")
    assert SECRET not in str(failure)


@pytest.mark.parametrize(
    ("step", "state", "command"),
    [
        ("audit", "nothing was published", "run the night again"),
        ("release", "no release is half there", "run the night again"),
        ("retention", "the night is published", "run mandi purge"),
    ],
)
@pytest.mark.parametrize("error", [ValueError(SECRET), OSError(errno.ENOSPC, SECRET)], ids=["unforeseen", "full"])
def test_a_failure_says_what_is_published_by_then(error: Exception, step: str, state: str, command: str) -> None:
    told = str(failing(error, step))

    assert state in told and command in told.lower() and ("nothing" in told) == (step == "audit")


def test_no_traceback_of_a_failure_holds_the_original_message() -> None:
    failure = failing(ValueError(SECRET))

    assert SECRET not in "".join(traceback.format_exception(failure))


def test_a_library_that_quotes_a_cell_is_silenced() -> None:
    @guarded
    def step() -> None:
        pl.DataFrame({"buyer": [SECRET]}).select(pl.col("buyer").cast(pl.Int64))

    with pytest.raises(StepError) as raised:
        step()

    assert SECRET not in str(raised.value) and "InvalidOperationError" in str(raised.value)


def test_a_stop_asked_for_by_a_person_passes_through() -> None:
    @guarded
    def step() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step()


def test_the_tree_at_the_top_of_the_module_is_the_tree() -> None:
    drawn = [line.split()[0:2] for line in (errors.__doc__ or "").splitlines() if "Error" in line and "──" in line]

    assert {name for words in drawn for name in words if name.endswith("Error")} | _deeper() == {
        kind.__name__ for kind in every_error()[1:]
    }
    assert FeedFileError.__bases__ == (errors.ContractError,)


def _deeper() -> set[str]:
    """Names on the lines that begin with a bar."""
    lines = [line for line in (errors.__doc__ or "").splitlines() if line.strip().startswith("│")]
    return {word for line in lines for word in line.split() if word.endswith("Error")}
