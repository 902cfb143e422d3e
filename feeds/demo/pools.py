"""Drawing many strings at once: ragged pools to pick from, and strings spelt by code point.

Numbers decide which string a row gets, Polars gathers it; no row is ever touched by Python. What the strings are
stands in the modules that call this one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]

_DIGITS = np.frombuffer(b"0123456789", np.uint8)
_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRSTUVWXYZ", np.uint8)


@dataclass(frozen=True)
class Pools:
    """Groups of strings in one long column: group `g` is `values[starts[g] : starts[g] + sizes[g]]`."""

    values: pl.Series
    starts: Ints
    sizes: Ints

    @classmethod
    def of(cls, groups: Sequence[Sequence[str]]) -> "Pools":
        """The pools of these groups, none of which may be empty."""
        if not all(groups):
            raise ValueError("every pool needs at least one string")
        sizes = np.array([len(group) for group in groups], np.int64)
        values = pl.Series([text for group in groups for text in group], dtype=pl.String)
        return cls(values, np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)

    def at(self, groups: Ints, u: Floats) -> Ints:
        """Positions in `values`, one drawn from each row's group by `u` in [0, 1)."""
        return self.starts[groups] + (u * self.sizes[groups]).astype(np.int64)

    def pick(self, groups: Ints, u: Floats) -> pl.Series:
        """The strings at those positions."""
        return self.values.gather(self.at(groups, u))


def map_values(pools: Pools, change: Callable[[str], str]) -> Pools:
    """The same groups with every string changed, so that positions of one hold for the other."""
    return Pools(pl.Series([change(text) for text in pools.values], dtype=pl.String), pools.starts, pools.sizes)


def pick(values: pl.Series, u: Floats) -> pl.Series:
    """One string of `values` a row, drawn by `u` in [0, 1)."""
    return values.gather((u * len(values)).astype(np.int64))


def concat(*parts: pl.Series | str) -> pl.Series:
    """The parts joined row by row; a plain string is the same in every row, a null makes its row null."""
    columns: dict[str, pl.Series] = {f"p{i}": part for i, part in enumerate(parts) if isinstance(part, pl.Series)}
    pieces = [pl.lit(part) if isinstance(part, str) else pl.col(f"p{i}") for i, part in enumerate(parts)]
    return pl.DataFrame(columns).select(pl.concat_str(pieces).alias("text"))["text"]


def number(values: Any, *, width: int = 0) -> pl.Series:
    """Whole numbers as text, filled with leading zeros up to `width`."""
    text = pl.Series(np.asarray(values, np.int64)).cast(pl.String)
    return text.str.zfill(width) if width else text


def choose(mask: Bools, yes: pl.Series | str | None, no: pl.Series | str | None) -> pl.Series:
    """`yes` where the mask holds, else `no`; plain strings and None are the same in every row."""
    columns: dict[str, pl.Series] = {"mask": pl.Series(mask)}
    sides: list[pl.Expr] = []
    for name, side in (("yes", yes), ("no", no)):
        if isinstance(side, pl.Series):
            columns[name] = side
            sides.append(pl.col(name))
        else:
            sides.append(pl.lit(side, dtype=pl.String))
    return pl.DataFrame(columns).select(pl.when("mask").then(sides[0]).otherwise(sides[1]).alias("text"))["text"]


def spell(pattern: str, n: int, rng: np.random.Generator) -> Codes:
    """`n` rows of code points after a pattern: `9` is a drawn digit, `@` a drawn letter, the rest stands for itself."""
    codes = np.empty((n, len(pattern)), np.uint8)
    for i, mark in enumerate(pattern):
        if mark == "9":
            codes[:, i] = _DIGITS[rng.integers(0, 10, n)]
        elif mark == "@":
            codes[:, i] = _LETTERS[rng.integers(0, len(_LETTERS), n)]
        else:
            codes[:, i] = ord(mark)
    return codes


def read(codes: Codes) -> pl.Series:
    """Rows of ASCII code points as a column of strings."""
    n, width = codes.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int64)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(np.ascontiguousarray(codes).tobytes())]
    return pl.Series(pa.Array.from_buffers(pa.large_string(), n, buffers))
