"""Landed files as streams of bytes: compression, first bytes, encoding.

Belongs here: what is the same for every text format. A stream never raises while a parser reads from it; it notes the
problem, ends, and the reader asks `check` after each batch. So no library wraps an error around a row's value.
"""

import codecs
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from feeds.limits import Expansion
from feeds.raw import file_error
from schemas.errors import FeedFileError

_SUFFIXES = {"csv": (".csv",), "jsonl": (".jsonl", ".ndjson"), "parquet": (".parquet",)}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PAR1": "parquet", b"PK\x03\x04": "zip"}
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

SEND_AGAIN = "Ask the sender for the file again"
"""The remedy for a file that did not arrive whole; commands that land nothing read files too, so it says no more."""


def compression_of(path: Path, format: Literal["csv", "jsonl", "parquet"]) -> str | None:
    """Compression that a file's name tells: gzip, zstd or None.

    Raises: FeedFileError if the name does not end as the format wants, or if the first bytes tell another story
    than the name; also if the file is missing, empty, or no plain file.
    """
    if path.is_symlink() or not path.is_file():
        raise file_error(path, "is missing or no plain file", "Name a plain file that is there")
    if path.stat().st_size == 0:
        raise file_error(path, "is empty", SEND_AGAIN)
    inner = path.name.lower()
    compression = None
    for suffix, codec in _COMPRESSIONS.items():
        if format != "parquet" and inner.endswith(suffix):
            inner, compression = inner.removesuffix(suffix), codec
    if not inner.endswith(_SUFFIXES[format]):
        wanted = " or ".join(_SUFFIXES[format])
        raise file_error(path, f"its name does not end in {wanted}, as its format wants", "Rename the file")
    with path.open("rb") as opened:
        first = opened.read(4)
    found = next((name for magic, name in _MAGIC.items() if first.startswith(magic)), None)
    if found != ("parquet" if format == "parquet" else compression):
        raise file_error(path, "its content is not what its name says", "Check format and compression with the sender")
    if first.startswith(_WIDE_MARKS):
        raise not_utf8(path)
    return compression


def not_utf8(path: Path) -> FeedFileError:
    """The error for text in another encoding."""
    return file_error(path, "is not UTF-8 text", "Ask the sender for UTF-8")


class TextStream:
    """The decompressed bytes of a text file, checked to be UTF-8 while they pass; a file object for parsers.

    A file that unfolds to more than `max_expansion` times its size is a problem. With `tail`, these bytes follow the
    file's own on a line of their own. Use as a context manager.
    """

    def __init__(self, path: Path, compression: str | None, *, max_expansion: int, tail: bytes = b"") -> None:
        self._path = path
        self._file = pa.OSFile(str(path), "rb")
        self._source: Any = self._file if compression is None else pa.CompressedInputStream(self._file, compression)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._tail = tail
        self._last = b"\n"
        self._has_ended = False
        self._problem: FeedFileError | None = None
        self._expansion = Expansion(path, max_expansion)
        self.n_bytes = 0
        self.closed = False

    def __enter__(self) -> "TextStream":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def readable(self) -> bool:
        """Always true; asked by parsers."""
        return True

    def close(self) -> None:
        """Asked by parsers when they are done; the context manager closes the file."""
        self.closed = True

    def read(self, size: int = 1 << 20) -> bytes:
        """The next bytes, as many as asked for or all that are left; none once the stream ended or met a problem."""
        parts: list[bytes] = []
        n_missing = size
        while n_missing > 0 and not self._has_ended:
            chunk = self._next(n_missing)
            parts.append(chunk)
            n_missing -= len(chunk)
        if self._problem is not None:
            return b""
        return b"".join(parts) if len(parts) > 1 else parts[0] if parts else b""

    def _next(self, size: int) -> bytes:
        """Some of the next bytes, checked; the tail when they end; nothing when a problem is met."""
        chunk = b""
        try:
            chunk = self._source.read_buffer(size).to_pybytes()  # `read` leaks its buffer when it fails
            self._decoder.decode(chunk, final=not chunk)
            self._expansion.add(len(chunk))
        except FeedFileError as error:
            self._problem = error
        except UnicodeDecodeError:
            self._problem = not_utf8(self._path)
        except (OSError, EOFError, pa.ArrowException):
            self._problem = file_error(self._path, "is cut short or its compression is damaged", SEND_AGAIN)
        if self._problem is None and chunk:
            self._last = chunk[-1:]
            self.n_bytes += len(chunk)
            return chunk
        self._has_ended = True
        if self._problem is not None or not self._tail:
            return b""
        return self._tail if self._last in (b"\r", b"\n") else b"\n" + self._tail

    @property
    def problem(self) -> FeedFileError | None:
        """What was met while reading, if anything."""
        return self._problem

    def check(self) -> None:
        """Raise what was met while reading.

        Raises: FeedFileError if the file is cut, damaged, not UTF-8, or holds nothing once decompressed.
        """
        if self._problem is None and self._has_ended and self.n_bytes == 0:
            self._problem = file_error(self._path, "is empty", SEND_AGAIN)
        if self._problem is not None:
            raise self._problem
