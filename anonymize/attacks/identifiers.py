"""The identifier attack: looks for raw identifiers, canaries and pseudonyms in every byte of a release.

The attacker holds the release's files and lists of names, companies, e-mails, phones, tax numbers and accounts. Text
is searched where text can stand: every value of every text column, names and metadata, and every readable run in the
raw bytes of every file. A word of a public vocabulary (a product title, a country) is no hit, and numbers are compared
with text only, so that a sum that equals an account number, or a company called Cotton, does not cry wolf.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from anonymize.attacks.findings import Finding

ATTACK = "identifiers"
MIN_LENGTH = 4
"""Shorter identifiers are searched as whole texts only."""
MIN_RUN = 8
"""Shortest identifier looked for in raw bytes: shorter runs occur in compressed data by chance."""
_READABLE = re.compile(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{%d,}" % MIN_RUN)
_BORDER = r"(?:^|$|[^\p{L}\p{N}])"
_WORD = r"[\p{L}\p{N}]+"

Texts = pl.DataFrame
"""One row per place and text: `where`, `text`."""


def readable_runs(path: Path, where: str) -> Texts:
    """Every readable run of at least `MIN_RUN` bytes in a file, as `where`, `text`."""
    runs = [run.decode("utf-8", "ignore") for run in _READABLE.findall(path.read_bytes())]
    return pl.DataFrame({"text": pl.Series(runs, dtype=pl.String)}).select(pl.lit(where).alias("where"), "text")


def hits(
    texts: Texts, identifiers: pl.Series, *, public_words: frozenset[str] = frozenset(), min_length: int = MIN_LENGTH
) -> pl.DataFrame:
    """Identifiers that stand in texts between token borders, or make up a whole text, whatever their case.

    Each identifier is looked up by its rarest word, so that a million of them cost one join and not one automaton; only
    texts that hold this word are compared in full.

    Args:
        texts: `where`, `text`.
        identifiers: Values looked for.
        public_words: Texts that anyone may know; they are not searched.
        min_length: Characters from which on an identifier is also looked for inside a longer text.

    Returns: `where`, `text` and `needle`, in lower case; one row per place, text and identifier in it.
    """
    public = pl.DataFrame({"text": pl.Series(sorted(public_words), dtype=pl.String)})
    haystack = (
        texts.drop_nulls("text")
        .join(public, on="text", how="anti")
        .with_columns(pl.col("text").str.to_lowercase())
        .unique(maintain_order=True)
    )
    needles = identifiers.drop_nulls().str.strip_chars().str.to_lowercase().unique().alias("needle").to_frame()
    whole = haystack.join(needles.with_columns(text="needle"), on="text").select("where", "text", "needle")
    long = needles.filter(pl.col("needle").str.len_chars() >= min_length)
    return pl.concat([whole, _between_borders(haystack, long)]).unique()


def found_in_texts(
    texts: Texts, identifiers: pl.Series, *, public_words: frozenset[str] = frozenset(), min_length: int = MIN_LENGTH
) -> list[Finding]:
    """One finding per place that holds an identifier, with the number of texts that do; arguments as in `hits`."""
    return findings_of(hits(texts, identifiers, public_words=public_words, min_length=min_length))


def findings_of(found: pl.DataFrame) -> list[Finding]:
    """Hits as findings, sorted by place; what was found is told to nobody."""
    places = found.select("where", "text").unique().group_by("where").len().sort("where")
    return [Finding(ATTACK, where, "identifier", n) for where, n in places.rows()]


def secret_identifiers(identifiers: pl.Series, public_words: frozenset[str]) -> pl.Series:
    """Identifiers that do not also stand in a public text.

    In raw bytes neighbouring values run together, so that nothing there tells a company called like a product from the
    product; typed columns do, and are searched for all identifiers.
    """
    lowered = identifiers.drop_nulls().str.to_lowercase().unique()
    public = pl.DataFrame({"text": ["\n".join(sorted(public_words)).lower()]})
    if lowered.is_empty():
        return lowered
    stand = public.select(pl.col("text").str.extract_many(lowered.to_list(), overlapping=True).explode()).to_series()
    return lowered.filter(~lowered.is_in(stand.drop_nulls().unique()))


class Pseudonyms:
    """Pseudonyms made ready to be looked for in many files: 16 bytes each, as they are and in hexadecimal."""

    def __init__(self, pseudonyms: Iterable[bytes]) -> None:
        raw = {bytes(pseudonym) for pseudonym in pseudonyms}
        self._forms = [_Needles(raw), _Needles({pseudonym.hex().encode() for pseudonym in raw})]

    def found_in(self, path: Path, *, where: str) -> list[Finding]:
        """Pseudonyms in a file's raw bytes, at any offset."""
        return self.found_in_bytes(path.read_bytes(), where=where)

    def found_in_bytes(self, content: bytes, *, where: str) -> list[Finding]:
        """The same in bytes that were decompressed."""
        raw, spelled = self._forms
        n = raw.n_in(content) + spelled.n_in(content.lower())
        return [Finding(ATTACK, where, "pseudonym", n)] if n else []


class _Needles:
    """Byte strings of one length, at least 8, found by their first 8 bytes through array search, then exactly."""

    def __init__(self, needles: set[bytes]) -> None:
        self._needles = needles
        self._length = len(next(iter(needles), b""))
        self._heads = np.unique(np.frombuffer(b"".join(needle[:8] for needle in sorted(needles)), dtype="<u8"))

    def n_in(self, content: bytes) -> int:
        if not self._needles:
            return 0
        found = 0
        for offset in range(8):
            words = np.frombuffer(content[offset : offset + max(len(content) - offset, 0) // 8 * 8], dtype="<u8")
            at = np.searchsorted(self._heads, words).clip(max=len(self._heads) - 1)
            for place in np.flatnonzero(self._heads[at] == words):
                start = offset + int(place) * 8
                found += content[start : start + self._length] in self._needles
        return found


def _between_borders(haystack: Texts, needles: pl.DataFrame) -> pl.DataFrame:
    """Texts that hold a needle which no letter or digit continues: `where`, `text`, `needle`."""
    words = (
        needles.lazy()
        .select("needle", word=pl.col("needle").str.extract_all(_WORD))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .with_columns(n=pl.len().over("word"))
        .sort("needle", "n", "word")
        .unique("needle", keep="first", maintain_order=True)
    )
    pairs = (
        haystack.lazy()
        .select("where", "text", word=pl.col("text").str.extract_all(_WORD))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .unique(maintain_order=True)
        .join(words, on="word")
        .filter(pl.col("text").str.contains(pl.col("needle"), literal=True))
        .collect()
    )
    border = pl.lit(_BORDER)
    pattern = pl.concat_str(border, pl.col("needle").str.escape_regex(), border)
    return pairs.filter(pl.col("text").str.contains(pattern)).select("where", "text", "needle")
