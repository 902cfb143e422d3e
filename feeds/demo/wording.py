"""How titles, messages and searches read, and where exactly each planted identifier stands in them.

A text is a row of clauses, a clause a template, a template literals and slots. Numbers choose the templates, so the
offset of every slot is a running sum of lengths and no text is searched afterwards.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from feeds.demo import phrases
from feeds.demo.pools import Bools, Floats, Ints, Pools
from feeds.demo.products import LANGUAGES

Clause = Mapping[str, Sequence[str]]
SLOTS = (*phrases.PLAIN_SLOTS, *phrases.ENTITIES)
_ENGLISH = LANGUAGES.index("en")
_ENTITY_OF = [""] + [phrases.ENTITIES.get(slot, "") for slot in SLOTS]
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Spans:
    """Where identifiers stand: a frame of row, entity, start, end (characters), value; sorted by row and start."""

    frame: pl.DataFrame


@dataclass(frozen=True)
class _Templates:
    """The templates of one clause: pools by language of template numbers, and each template cut into pieces."""

    numbers: Pools
    literals: list[pl.Series]
    literal_lengths: list[Ints]
    slots: list[Ints]
    """Position in `SLOTS` plus one; 0 where a template has no slot any more."""


def _cut(clause: Clause) -> _Templates:
    groups = [list(clause.get(code, clause["en"])) for code in LANGUAGES]
    pieces = [_SLOT.split(template) for group in groups for template in group]
    width = max(len(piece) // 2 for piece in pieces)
    literals = [[piece[2 * i] if 2 * i < len(piece) else "" for piece in pieces] for i in range(width + 1)]
    slots = [
        [SLOTS.index(piece[2 * i + 1]) + 1 if 2 * i + 1 < len(piece) else 0 for piece in pieces] for i in range(width)
    ]
    sizes = np.array([len(group) for group in groups], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return _Templates(
        numbers=Pools(pl.Series(np.arange(len(pieces))), starts, sizes),
        literals=[pl.Series(column, dtype=pl.String) for column in literals],
        literal_lengths=[np.array([len(text) for text in column], np.int64) for column in literals],
        slots=[np.array(column, np.int64) for column in slots],
    )


@cache
def _templates(names: tuple[str, ...]) -> tuple[_Templates, Ints]:
    """The templates of several clauses as one, and for each clause the number of its first language group.

    `-` names a clause that is always empty.
    """
    merged = [_cut({"en": ("",)} if name == "-" else phrases.read_clauses()[name]) for name in names]
    width = max(len(part.slots) for part in merged)

    def wide(columns: list[Ints], part: _Templates, i: int) -> Ints:
        return columns[i] if i < len(columns) else np.zeros(len(part.numbers.values), np.int64)

    offset, starts, sizes = 0, [], []
    for part in merged:
        starts.append(part.numbers.starts + offset)
        sizes.append(part.numbers.sizes)
        offset += len(part.numbers.values)
    blank = [pl.Series([""] * len(part.numbers.values), dtype=pl.String) for part in merged]
    table = _Templates(
        numbers=Pools(pl.Series(np.arange(offset)), np.concatenate(starts), np.concatenate(sizes)),
        literals=[
            pl.concat([p.literals[i] if i < len(p.literals) else b for p, b in zip(merged, blank, strict=True)])
            for i in range(width + 1)
        ],
        literal_lengths=[np.concatenate([wide(p.literal_lengths, p, i) for p in merged]) for i in range(width + 1)],
        slots=[np.concatenate([wide(p.slots, p, i) for p in merged]) for i in range(width)],
    )
    return table, np.arange(len(names), dtype=np.int64) * len(LANGUAGES)


@dataclass(frozen=True)
class Choice:
    """For one clause of a text: which of `names` each row takes, and the numbers that draw its template."""

    names: tuple[str, ...]
    which: Ints
    u: Floats


class Writer:
    """Fills templates from slot columns of one chunk; all columns are of one length, and nulls read as empty."""

    def __init__(self, slots: Mapping[str, pl.Series], languages: Ints) -> None:
        self._n = len(languages)
        self.languages = languages
        blank = pl.Series([""], dtype=pl.String).new_from_index(0, self._n)
        columns = [blank] + [slots[slot].fill_null("") if slot in slots else blank for slot in SLOTS]
        self._used = {0} | {i + 1 for i, slot in enumerate(SLOTS) if slot in slots}
        self._position = {kind: i for i, kind in enumerate(sorted(self._used))}
        kept = [columns[kind] for kind in sorted(self._used)]
        self._values = pl.concat(kept, rechunk=True)
        self._lengths = self._values.str.len_chars().to_numpy().astype(np.int64)
        self._at = np.array([self._position.get(kind, 0) for kind in range(len(columns))], np.int64) * self._n

    def slot(self, name: str) -> pl.Series:
        """What stands in a slot, row by row."""
        return self._values.slice(int(self._at[SLOTS.index(name) + 1]), self._n)

    def write(self, clauses: Sequence[Choice], *, shouted: Bools, lowered: Bools) -> tuple[pl.Series, Spans]:
        """The texts and their spans; shouted rows are in capitals, lowered ones in small letters."""
        rows = np.arange(self._n)
        length = np.zeros(self._n, np.int64)
        pieces: list[pl.Series] = []
        found: list[tuple[Ints, Ints, Ints, Ints]] = []
        for clause in clauses:
            table, firsts = _templates(clause.names)
            chosen = table.numbers.at(firsts[clause.which] + self.languages, clause.u)
            for i, literals in enumerate(table.literals):
                pieces.append(literals.gather(chosen))
                length = length + table.literal_lengths[i][chosen]
                if i == len(table.slots):
                    continue
                kinds = table.slots[i][chosen]
                at = self._at[kinds] + rows
                pieces.append(self._values.gather(at))
                is_planted = kinds > len(phrases.PLAIN_SLOTS)
                if is_planted.any():
                    hit = np.flatnonzero(is_planted)
                    found.append((hit, kinds[hit], length[hit], length[hit] + self._lengths[at[hit]]))
                length = length + self._lengths[at]
        names = [f"p{i}" for i in range(len(pieces))]
        text = pl.DataFrame(dict(zip(names, pieces, strict=True))).select(pl.concat_str(names).alias("text"))["text"]
        text = _recase(text, shouted=shouted, lowered=lowered)
        return text, _spans(text, found)


def _recase(text: pl.Series, *, shouted: Bools, lowered: Bools) -> pl.Series:
    """Rows in capitals or small letters, unless that would change a text's length and so move its identifiers."""
    frame = pl.DataFrame({"text": text, "shouted": shouted, "lowered": lowered})
    upper, lower = pl.col("text").str.to_uppercase(), pl.col("text").str.to_lowercase()
    length = pl.col("text").str.len_chars()
    recased = (
        pl.when(pl.col("shouted") & (upper.str.len_chars() == length))
        .then(upper)
        .when(pl.col("lowered") & (lower.str.len_chars() == length))
        .then(lower)
        .otherwise("text")
    )
    return frame.select(recased.alias("text"))["text"]


def _spans(text: pl.Series, found: list[tuple[Ints, Ints, Ints, Ints]]) -> Spans:
    parts = [np.concatenate(column) if found else np.zeros(0, np.int64) for column in zip(*found, strict=True)]
    rows, kinds, starts, ends = parts if found else [np.zeros(0, np.int64)] * 4
    frame = pl.DataFrame(
        {
            "row": rows,
            "entity": pl.Series(_ENTITY_OF, dtype=pl.String).gather(kinds),
            "start": starts,
            "end": ends,
            "text": text.gather(rows),
        }
    )
    value = pl.col("text").str.slice(pl.col("start"), pl.col("end") - pl.col("start")).alias("value")
    return Spans(frame.select("row", "entity", "start", "end", value).sort("row", "start"))
