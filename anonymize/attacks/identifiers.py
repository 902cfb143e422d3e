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
LENGTH = 16
"""Bytes of a pseudonym."""
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{%d,}" % (2 * LENGTH))
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
    """Pseudonyms made ready to be looked for in many files: 16 bytes each, as they are and in hexadecimal.

    They are held as two numbers each, so that those of twenty million events fit into memory.
    """

    def __init__(self, pseudonyms: Iterable[bytes] | pl.Series) -> None:
        """Args: pseudonyms, of `LENGTH` bytes each.

        Raises: ValueError if one has another length.
        """
        values = pseudonyms if isinstance(pseudonyms, pl.Series) else pl.Series(list(pseudonyms), dtype=pl.Binary)
        if (values.bin.size() != LENGTH).any():
            raise ValueError(f"pseudonyms have {LENGTH} bytes each")
        halves = [values.bin.slice(first, 8).bin.reinterpret(dtype=pl.UInt64).to_numpy() for first in (0, 8)]
        order = np.argsort(halves[0])
        self._heads, self._tails = (half[order] for half in halves)
        self._shift = np.uint64(64 - min(max(len(order).bit_length() + 4, 10), 27))
        self._may_begin = np.zeros(1 << (64 - int(self._shift)), dtype=np.bool_)
        self._may_begin[self._heads >> self._shift] = True

    def found_in(self, path: Path, *, where: str) -> list[Finding]:
        """Pseudonyms in a file's raw bytes, at any offset."""
        return self.found_in_bytes(path.read_bytes(), where=where)

    def found_in_bytes(self, content: bytes, *, where: str) -> list[Finding]:
        """The same in bytes that were decompressed."""
        n = self._n_in(content) + sum(map(self._n_spelled_in, _HEXADECIMAL.findall(content)))
        return [Finding(ATTACK, where, "pseudonym", n)] if n else []

    def _n_in(self, content: bytes) -> int:
        """How often one stands in bytes: first by the bits a head begins with, then by the head, then exactly."""
        found = 0
        for offset in range(min(8, max(len(content) - 7, 0))):
            words = np.frombuffer(content, dtype="<u8", offset=offset, count=(len(content) - offset) // 8)
            places = np.flatnonzero(self._may_begin[words >> self._shift])
            heads = words[places]
            at = np.searchsorted(self._heads, heads).clip(max=max(len(self._heads) - 1, 0))
            for place in places[self._heads[at] == heads] if len(self._heads) else ():
                start = offset + int(place) * 8
                found += self._has(words[place], content[start + 8 : start + LENGTH])
        return found

    def _n_spelled_in(self, run: bytes) -> int:
        """How often one stands in a run of hexadecimal digits, at any of them."""
        return sum(
            self._n_in(bytes.fromhex(run[first : first + (len(run) - first) // 2 * 2].decode())) for first in (0, 1)
        )

    def _has(self, head: np.uint64, tail: bytes) -> bool:
        low, high = np.searchsorted(self._heads, head, "left"), np.searchsorted(self._heads, head, "right")
        return bool(low < high and len(tail) == 8 and int.from_bytes(tail, "little") in self._tails[low:high].tolist())


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
