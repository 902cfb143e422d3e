"""Texts in, each with what was found in it out, in characters of the text as it came: what `mandi scrub` prints.

Belongs here: long texts in overlapping windows, offsets of the input, withholding. Does not belong here: files and JSON
(`pipelines.commands.scrub`), events (`texts`). The input is changed only where something was found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from anonymize.scrub.entities import Found, apply, settle, stand_in
from anonymize.scrub.hostile import MAX_CHARACTERS, read, read_texts, without_surrogates
from anonymize.scrub.own_fields import OWN_FIELDS
from anonymize.scrub.own_rows import OwnRows
from anonymize.scrub.parties import parties_of
from anonymize.scrub.readings import Edit, Reading
from anonymize.scrub.texts import MAX_ROUNDS, Scrubber

WINDOW = 6_000
"""Characters of a long text that are looked at together."""

OVERLAP = 800
"""Characters that two windows share: longer than anything that is found, and its cue."""


@dataclass(frozen=True)
class ScrubbedText:
    """One text without identifiers, and where they stood."""

    text: str | None
    """Null where the text was withheld."""
    found: tuple[Found, ...]
    """Sorted, without overlaps, in characters of the input."""


@dataclass
class _Piece:
    """A window of a text while it is worked on: how it reads now, and what was found so far."""

    row: int
    offset: int
    reading: Reading
    found: list[Found]


_WITHHELD = ScrubbedText(None, ())


def scrub_records(scrubber: Scrubber, records: pl.DataFrame, *, with_parties: bool = True) -> list[ScrubbedText]:
    """Each record's text scrubbed, in order.

    Args: records with text, country and the columns `OWN_FIELDS`, one row a record; with_parties searches the names and
        companies of all records in all texts.
    Guarantee: outside of what is found the text is the input's, but that lone surrogates are replacement characters;
        offsets are those of the input (tests/property/test_records.py). Whatever fails withholds that text only.
    """
    own = OwnRows(records.select(OWN_FIELDS), scrubber.wordlists)
    parties = parties_of(records, scrubber.wordlists) if with_parties else {}
    sources = ["" if text is None else text for text in records["text"].to_list()]
    withheld: set[int] = set()
    pieces = _pieces(sources, withheld)
    open_pieces = pieces
    regions = records["country"].to_list()
    for _ in range(MAX_ROUNDS):
        open_pieces = [piece for piece in open_pieces if piece.row not in withheld]
        if not open_pieces:
            break
        work = pl.DataFrame(
            {
                "text": pl.Series([piece.reading.text for piece in open_pieces], dtype=pl.String),
                "region": pl.Series([regions[piece.row] for piece in open_pieces], dtype=pl.String),
                "row": pl.Series([piece.row for piece in open_pieces], dtype=pl.Int64),
            }
        )
        changed = []
        for piece, found in zip(open_pieces, scrubber.find(work, own, parties), strict=True):
            if found is None:
                withheld.add(piece.row)
            elif found and _take(piece, found, scrubber):
                changed.append(piece)
        open_pieces = changed
    withheld |= {piece.row for piece in open_pieces}
    found_in: dict[int, list[Found]] = {}
    for piece in pieces:
        found_in.setdefault(piece.row, []).extend(piece.found)
    rules = scrubber.engine.policy.entities
    result = []
    for row, source in enumerate(sources):
        if row in withheld:
            result.append(_WITHHELD)
            continue
        settled = settle(found_in.get(row, []), source)
        result.append(ScrubbedText(apply(source, settled, rules), tuple(settled)))
    return result


def _take(piece: _Piece, found: list[Found], scrubber: Scrubber) -> bool:
    """Notes what was found in a piece and puts its stand-ins there; whether that changed how it reads."""
    before = piece.reading.text
    edits: list[Edit] = []
    for one in found:
        start, end = piece.reading.source(one.start, one.end)
        piece.found.append(replace(one, start=piece.offset + start, end=piece.offset + end))
        edits.append((one.start, one.end, stand_in(one, before, scrubber.engine.policy.entities)))
    piece.reading = piece.reading.edited(edits)
    return piece.reading.text != before


def _pieces(sources: Sequence[str], withheld: set[int]) -> list[_Piece]:
    """Windows of all texts as a reader sees them; a text that cannot be read so is withheld."""
    places = [(row, offset, window) for row, source in enumerate(sources) for offset, window in windows(source)]
    texts = [window for _, _, window in places]
    try:
        readings = read_texts(texts)
    except Exception:  # one of them fails: each by itself
        readings = [_read_or_none(text) for text in texts]
    pieces = []
    for (row, offset, _), reading in zip(places, readings, strict=True):
        if reading is None:
            withheld.add(row)
        else:
            pieces.append(_Piece(row, offset, reading, []))
    return pieces


def _read_or_none(text: str) -> Reading | None:
    try:
        return read(text)
    except Exception:  # the text is withheld; what failed may hold it and is not told
        return None


def windows(text: str) -> list[tuple[int, str]]:
    """A text whole, or a long one in overlapping windows that begin and end at blanks where there are any."""
    if len(text) <= MAX_CHARACTERS:
        return [(0, text)]
    parts = []
    start = 0
    while True:
        end = _blank_before(text, start + WINDOW)
        parts.append((start, text[start:end]))
        if end >= len(text):
            return parts
        start = _blank_before(text, end - OVERLAP)


def _blank_before(text: str, position: int) -> int:
    """The place behind the last blank before a position, if one is near; else the position."""
    if position >= len(text):
        return len(text)
    near = max(text.rfind(blank, position - OVERLAP // 4, position) for blank in " \n\t")
    return near + 1 if near >= 0 else position


def frame_of(
    texts: Sequence[str | None], own: Sequence[Mapping[str, str | None]], country: Sequence[str | None]
) -> pl.DataFrame:
    """Records as `scrub_records` takes them; surrogates that no frame can hold are replaced."""
    columns: dict[str, list[str | None]] = {"text": [_plain(text) for text in texts], "country": list(country)}
    columns |= {field: [_plain(row.get(field)) for row in own] for field in OWN_FIELDS}
    return pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})


def _plain(text: str | None) -> str | None:
    return None if text is None else without_surrogates(text)
