"""Disguises that are undone only to look beneath: letters spaced out, base64, percent and backslash escapes.

Belongs here: a second reading of a text in which they are undone. The text itself keeps them, for most of them are no
disguise but sizes (`S M L X`) or article numbers. Only what is found in the second reading is replaced in the first.
"""

import base64
import binascii
import re
from urllib.parse import unquote

import regex  # type: ignore[import-untyped]

from anonymize.scrub.readings import Edit, Reading
from anonymize.scrub.recognizers.base import TIMEOUT_S

_RUN_BODY = r"(?:[\p{L}\p{N}@.+](?: {1,3}|[\-_*/|~])){4,}[\p{L}\p{N}@.+]"
_TOKEN = r"[A-Za-z0-9+/_\-]+[a-z0-9][A-Z][A-Za-z0-9+/_\-]{2,}"
GATE = rf"(?:^|[^\p{{L}}\p{{N}}@.]){_RUN_BODY}(?:$|[^\p{{L}}\p{{N}}@])|{_TOKEN}|(?:%|\\u00|\\x)[0-9A-Fa-f]{{2}}"
"""Matches every text that has a second reading, and some that have none; in the syntax of Polars."""

_RUN = regex.compile(rf"(?<![\p{{L}}\p{{N}}@.]){_RUN_BODY}(?![\p{{L}}\p{{N}}@])")
_SEPARATOR = re.compile(r" +|[-_*/|~]")
_BASE64 = re.compile(rf"(?<![\w+/])(?={_TOKEN})[A-Za-z0-9+/_\-]{{8,}}={{0,2}}(?![\w+/=])")
_PERCENT = re.compile(r"[^\s<>]*%[0-9A-Fa-f]{2}[^\s<>]*")
_BACKSLASH = re.compile(r"\\(?:u00|x)([0-9A-Fa-f]{2})")
_MIN_DIGITS = 7


def undisguised(text: str) -> Reading | None:
    """The text with its disguises undone, offsets kept; null where it has none.

    Example: `a n a @ x . c o m` is read as `ana@x.com`, `YW5hQGFjbWUuY29t` as `ana@acme.com`.
    """
    reading = Reading.of(text)
    read = reading.edited(_spaced_edits(text))
    read = read.sub(_BASE64, lambda match: _plain(match[0]) or match[0])
    read = read.sub(_BACKSLASH, lambda match: chr(int(match[1], 16)))
    read = read.sub(_PERCENT, lambda match: unquote(match[0], errors="replace"))
    return None if read is reading or read.text == text else read


def _spaced_edits(text: str) -> list[Edit]:
    """Separators of runs of single characters removed; two blanks or more part words."""
    return [
        (gap.start(), gap.end(), "" if len(gap[0]) == 1 else " ")
        for run in _RUN.finditer(text, timeout=TIMEOUT_S)
        for gap in _SEPARATOR.finditer(text, run.start(), run.end())
    ]


def _plain(token: str) -> str | None:
    """What a base64 token says, if that is printable and could be an address, a link or a phone."""
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    is_telling = "@" in said or "://" in said or "www." in said or sum(map(str.isdigit, said)) >= _MIN_DIGITS
    return said if said.isprintable() and is_telling else None
