"""What Dagster may keep of a failure: Mandi's own message, or only the type and place of an unforeseen one.

Libraries quote values in their messages (a CSV reader names the field it could not parse), and Dagster stores every
message with its causes. A guarded step raises a fresh exception that has no cause, no context and no foreign text.
"""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from schemas.errors import MandiError, NightError, StepError
from schemas.system_failures import system_failure

P = ParamSpec("P")
R = TypeVar("R")

_AFTER = {
    "release": ("no release is half there", "run the night again"),  # it fails before its rename, or after it
    "retention": ("the night is published", "run mandi purge"),
}
"""What is published when a step has failed, and what to do, where it is another thing than before these steps."""

_ROOT = Path(__file__).resolve().parent.parent


def guarded(step: Callable[P, R]) -> Callable[P, R]:
    """Wraps a step so that no failure of it carries a value of a row, and that it is recorded how it went."""

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        from assets.recording import Recording

        recording = Recording(step.__name__, (*args, *kwargs.values()))
        recording.started()
        try:
            result = step(*args, **kwargs)
        except MandiError as error:
            failure: MandiError = type(error)(str(error))
        except Exception as error:
            failure = _unforeseen(step.__name__, error)
        except BaseException:
            recording.stopped()
            raise
        else:
            recording.finished(result)
            return result
        recording.failed(failure)
        raise failure

    return run


def _unforeseen(step: str, error: Exception) -> MandiError:
    state, command = _AFTER.get(step, ("nothing was published", "run the night again"))
    refused = system_failure(error)
    if refused:
        return NightError(f"{step}: {refused}, then {command} (at {place_of(error)}); {state}")
    return StepError(
        f"{step}: {type(error).__name__} at {place_of(error)}. Its message is withheld because it may "
        f"hold a value of a row; {state}. {command.capitalize()}; if it stays, report the place."
    )


def place_of(error: Exception) -> str:
    """File and line, inside this repository, where the error passed last."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    frame = ours[-1]
    return f"{Path(frame.filename).relative_to(_ROOT)}:{frame.lineno}"
