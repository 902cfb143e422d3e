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
"""Shorter identifiers are searched as whole values only."""
MIN_RUN = 8
"""Shortest identifier looked for in raw bytes: shorter runs occur in compressed data by chance."""
_READABLE = re.compile(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{%d,}" % MIN_RUN)


def found_in_texts(
    texts: pl.Series, identifiers: pl.Series, *, where: str, public_words: frozenset[str] = frozenset()
) -> list[Finding]:
    """Identifiers that stand in texts between token borders, whatever their case.

    Args:
        texts: Strings of one place: a column's values, a file's readable runs.
        identifiers: Distinct values looked for.
        where: Names the place in the finding.
        public_words: Texts that anyone may know; they are not searched.
    """
    haystack = texts.drop_nulls().unique()
    haystack = haystack.filter(~haystack.is_in(pl.Series(sorted(public_words), dtype=pl.String)))
    needles = identifiers.drop_nulls().str.strip_chars().str.to_lowercase().unique()
    if haystack.is_empty() or needles.is_empty():
        return []
    lowered = haystack.str.to_lowercase()
    n_equal = lowered.to_frame("text").join(needles.to_frame("text"), on="text", how="semi").height
    long = needles.filter(needles.str.len_chars() >= MIN_LENGTH)
    suspects = lowered.filter(lowered.str.contains_any(long.implode())) if long.len() else lowered.clear()
    n_inside = _n_between_borders(suspects, long)
    n = max(n_equal, n_inside)
    return [Finding(ATTACK, where, "identifier", n)] if n else []


def found_in_bytes(
    path: Path, identifiers: pl.Series, *, where: str, public_words: frozenset[str] = frozenset()
) -> list[Finding]:
    """Identifiers of at least `MIN_RUN` characters in the readable runs of a file's raw bytes.

    Identifiers that also stand in a public text (a company called like a product) are left to the search in typed
    columns: raw runs join neighbouring values, so that nothing tells the two apart there.
    """
    runs = pl.Series([run.decode("utf-8", "ignore") for run in _READABLE.findall(path.read_bytes())], dtype=pl.String)
    long = identifiers.drop_nulls().str.to_lowercase()
    long = long.filter(long.str.len_chars() >= MIN_RUN)
    public = "\n".join(sorted(public_words)).lower()
    secret = long.filter([identifier not in public for identifier in long])
    return found_in_texts(runs, secret, where=where)


def pseudonyms_in_bytes(path: Path, pseudonyms: Iterable[bytes], *, where: str) -> list[Finding]:
    """Pseudonyms in a file's raw bytes, as they are and in hexadecimal, at any offset."""
    needles = {bytes(pseudonym) for pseudonym in pseudonyms}
    content = path.read_bytes()
    n = _n_occurring(content, needles) + _n_occurring(content.lower(), {needle.hex().encode() for needle in needles})
    return [Finding(ATTACK, where, "pseudonym", n)] if n else []


def _n_between_borders(suspects: pl.Series, needles: pl.Series) -> int:
    """How many suspects hold a needle that no letter or digit continues."""
    if suspects.is_empty():
        return 0
    held = pl.DataFrame({"text": suspects}).with_columns(
        needle=pl.col("text").str.extract_many(needles.to_list(), overlapping=True)
    )
    pairs = held.explode("needle").drop_nulls().unique()
    border = pl.lit(r"(?:^|$|[^\p{L}\p{N}])")
    pattern = pl.concat_str(border, pl.col("needle").str.escape_regex(), border)
    return pairs.filter(pl.col("text").str.contains(pattern))["text"].n_unique()


def _n_occurring(content: bytes, needles: set[bytes]) -> int:
    """How many of the needles (at least 8 bytes each) occur: 8-byte heads by array search, then exactly."""
    if not needles or len(content) < 8:
        return 0
    by_head: dict[bytes, list[bytes]] = {}
    for needle in needles:
        by_head.setdefault(needle[:8], []).append(needle)
    heads = np.array([int.from_bytes(head, "little") for head in by_head], dtype=np.uint64)
    found = 0
    for offset in range(8):
        words = np.frombuffer(content[offset : offset + (len(content) - offset) // 8 * 8], dtype="<u8")
        for at in np.flatnonzero(np.isin(words, heads)):
            start = offset + int(at) * 8
            found += any(content.startswith(needle, start) for needle in by_head[content[start : start + 8]])
    return found
