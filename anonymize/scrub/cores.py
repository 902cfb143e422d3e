"""How many processes scrub: as many as this one has cores, unless `$MANDI_WORKERS` says another number."""

import os

from schemas.errors import ConfigurationError

_MOST = 256


def n_processes_here() -> int:
    """The number of processes.

    Raises: ConfigurationError if the variable is no number from 1 to 256.
    """
    told = os.environ.get("MANDI_WORKERS")
    if told is None:
        return len(os.sched_getaffinity(0))
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= _MOST):
        raise ConfigurationError(f"MANDI_WORKERS is a number of processes from 1 to {_MOST}; unset it for one a core")
    return int(told)
