"""What was found in the texts of one run, so that a text that comes again costs a hash; nothing of it is written.

Belongs here: findings in memory, the oldest forgotten. Does not belong here: what outlasts a run (`span_cache`).
"""

import hashlib
import secrets
from collections.abc import Sequence

from anonymize.scrub.batches import Spans

MAX_TEXTS = 200_000
"""About 60 MB where half of the texts hold an identifier; beyond it those that came first go."""


class RunCache:
    """Findings by text and country, for one scrubber.

    Guarantee: it answers only what was kept for the same text and country (tests/unit/test_scrub_lines.py).
    """

    def __init__(self, max_texts: int = MAX_TEXTS) -> None:
        self._key = secrets.token_bytes(32)
        self._max_texts = max_texts
        self._spans: dict[bytes, Spans] = {}

    def look_up(self, texts: Sequence[str], regions: Sequence[str | None]) -> list[Spans]:
        """What was kept for each text; null where nothing was."""
        return [self._spans.get(self._id(text, region)) for text, region in zip(texts, regions, strict=True)]

    def keep(self, texts: Sequence[str], regions: Sequence[str | None], spans: Sequence[Spans]) -> None:
        """Keeps what was found in each text; nothing where anything failed."""
        for text, region, found in zip(texts, regions, spans, strict=True):
            if found is not None:
                self._spans[self._id(text, region)] = found
        while len(self._spans) > self._max_texts:
            del self._spans[next(iter(self._spans))]

    def _id(self, text: str, region: str | None) -> bytes:
        return hashlib.blake2b(f"{region or ''}\0{text}".encode(), key=self._key, digest_size=16).digest()
