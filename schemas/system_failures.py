"""What the machine refuses, in words that can be told: a library's own message may quote a row, these never do.

Belongs here: recognising a full disk and its like, by error number or by the system's own text for it, in an error or
in what it was raised from. Called by `assets.guard`, `warehouse.duck`, `pipelines.runner` and `pipelines.cli`.
"""

import errno
import os
import sqlite3

_SENTENCES = {
    errno.ENOSPC: "the disk is full; free some of it",
    errno.EDQUOT: "the disk quota is used up; free some of it",
    errno.EFBIG: "a file may not grow so large; raise the limit",
    errno.EROFS: "the file system is read-only; make it writable",
    errno.EACCES: "permission was denied; give this account its folders back",
    errno.EPERM: "the system does not permit to write there; make the folder writable",
    errno.EIO: "the disk fails, or takes no more; look at it before anything else",
    errno.ENOMEM: "memory is used up; free some, or give it more",
}
_SQLITE = {
    "SQLITE_FULL": _SENTENCES[errno.ENOSPC],
    "SQLITE_IOERR_SHMSIZE": _SENTENCES[errno.ENOSPC],
    "SQLITE_IOERR": _SENTENCES[errno.EIO],
    "SQLITE_READONLY": _SENTENCES[errno.EROFS],
    "SQLITE_CANTOPEN": "a small database can be neither made nor opened; look for a full disk or a closed folder",
}
"""By the name of SQLite's own error, or the begin of it, the longer ones first; SHMSIZE is how it meets a full disk."""


def system_failure(error: BaseException) -> str | None:
    """What the machine refused and what to do about it; None if the error tells of no such thing.

    Guarantee: the words come out of this module, whatever the error says (tests/unit/test_system_failures.py).
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        found = _told_by(link)
        if found:
            return found
        link = link.__cause__ or link.__context__
    return None


def _told_by(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _SENTENCES:
        return _SENTENCES[error.errno]
    if isinstance(error, sqlite3.Error):  # one that this module of Python's raised itself has no name
        name = getattr(error, "sqlite_errorname", "")
        return next((sentence for known, sentence in _SQLITE.items() if name.startswith(known)), None)
    text = str(error)
    return next((sentence for known, sentence in _SENTENCES.items() if os.strerror(known) in text), None)
