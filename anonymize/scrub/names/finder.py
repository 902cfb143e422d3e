"""The door of the name model: texts in, persons, companies and street addresses out, a whole batch at a time.

Belongs here: batches of bounded memory, words to spans. Does not belong here: Presidio (`recognizer`), the arithmetic
(`model`). `NameEngine` is the seam: whatever finds names for a batch of texts may stand in the model's place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from anonymize.scrub.names.decoder import NameSpan, spans_of
from anonymize.scrub.names.features import lay_out, types_of
from anonymize.scrub.names.model import FILE, Model, read_model
from anonymize.scrub.names.tokens import HIDDEN, tokenise

BATCH_CHARACTERS = 400_000
"""Characters that are searched in one go: about 150 MB of arrays."""

_NEVER = -(2**24)


class NameEngine(Protocol):
    """Whatever finds names in texts without being told what to look for."""

    @property
    def is_batched(self) -> bool:
        """Whether many texts are best asked at once; else each is, within the time that one may take."""
        ...

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """For each text, whose placeholders are masked, its names in the order of their start."""
        ...


@dataclass(frozen=True)
class NameFinder:
    """The shipped model at work; keeps nothing between calls."""

    model: Model
    is_batched: ClassVar[bool] = True

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """Persons, companies and addresses of each text.

        Args: texts with placeholders behind barriers (`entities.mask`).
        Returns: for each text (start, end, entity, score), sorted, without overlap.
        Guarantee: what is found in a text depends on that text only, and never covers a barrier
            (tests/property/test_name_model.py).

        Example: `"Please call Ana Roy."` gives `(12, 19, "PERSON", 0.99)`.
        """
        found: list[tuple[NameSpan, ...]] = []
        for part in _parts(texts):
            spans: list[list[NameSpan]] = [[] for _ in part]
            for text, span in self._spans(part):
                spans[text].append(span)
            found += map(tuple, spans)
        return found

    def _spans(self, texts: Sequence[str]) -> Iterator[tuple[int, NameSpan]]:
        tokens = tokenise(texts)
        if not len(tokens.text):
            return iter(())
        types, type_of = types_of(tokens)
        layout = lay_out(tokens, types, type_of)
        emissions = self.model.emissions(types, layout)[layout.place]
        emissions[tokens.kind == HIDDEN, 1:] = _NEVER
        return spans_of(emissions, tokens, self.model)


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in runs of at most `BATCH_CHARACTERS`; a longer text is a run of its own."""
    ends = np.cumsum([len(text) + 1 for text in texts])
    start = 0
    while start < len(texts):
        before = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + BATCH_CHARACTERS, side="right")))
        yield texts[start:end]
        start = end


@lru_cache(maxsize=2)
def read_finder(path: Path = FILE) -> NameFinder:
    """The finder of a model file.

    Raises: ConfigurationError if the file is missing or is no name model.
    """
    return NameFinder(read_model(path))
