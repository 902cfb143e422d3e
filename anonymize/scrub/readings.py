"""A text that was changed in order to read it, and where each of its characters stood before.

Belongs here: the offset map and edits that keep it. Does not belong here: which edits a hostile text needs (`hostile`,
`disguises`).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]
Edit = tuple[int, int, str]
"""Start, end and what stands there instead."""


@dataclass(frozen=True)
class Reading:
    """A text and, for each of its characters, where in the source it came from: `starts` to `ends`, exclusive."""

    text: str
    starts: Offsets
    ends: Offsets

    @staticmethod
    def of(text: str) -> "Reading":
        """A text as it is."""
        places = np.arange(len(text) + 1, dtype=np.int64)
        return Reading(text, places[:-1], places[1:])

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start` to `end` of the text stand in the source; `end` is larger than `start`.

        Example: of `a&amp;b` read as `a&b`, `source(1, 2)` is `(1, 6)`.
        """
        return int(self.starts[start:end].min()), int(self.ends[start:end].max())

    def edited(self, edits: Iterable[Edit]) -> "Reading":
        """The reading after edits, which are sorted and do not overlap; what an edit writes came from all it replaced.

        Guarantee: offsets stay within the source and in order (tests/property/test_hostile.py).
        """
        texts, starts, ends = [], [], []
        position = 0
        for start, end, new in edits:
            texts += [self.text[position:start], new]
            starts.append(self.starts[position:start])
            ends.append(self.ends[position:start])
            if new:
                first, last = self.source(start, end)
                starts.append(np.full(len(new), first, dtype=np.int64))
                ends.append(np.full(len(new), last, dtype=np.int64))
            position = end
        if not texts:
            return self
        return Reading(
            "".join([*texts, self.text[position:]]),
            np.concatenate([*starts, self.starts[position:]]),
            np.concatenate([*ends, self.ends[position:]]),
        )

    def with_same_length(self, text: str) -> "Reading":
        """The reading with each character exchanged for another one."""
        return Reading(text, self.starts, self.ends)

    def sub(self, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> "Reading":
        """The reading with every match exchanged for what `new` makes of it."""
        edits = [(match.start(), match.end(), new(match)) for match in pattern.finditer(self.text)]
        return self.edited(edit for edit in edits if edit[2] != self.text[edit[0] : edit[1]])

    def after(self, first: "Reading") -> "Reading":
        """This reading of what `first` reads, with the offsets of the source of `first`."""
        places = [first.source(int(start), int(end)) for start, end in zip(self.starts, self.ends, strict=True)]
        offsets = np.array(places, dtype=np.int64).reshape(-1, 2)
        return Reading(self.text, offsets[:, 0], offsets[:, 1])
