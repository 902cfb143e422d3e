"""A name engine that finds nothing, for tests of the rules alone."""

from collections.abc import Sequence

from anonymize.scrub.names.decoder import NameSpan


class NoNames:
    """Finds nothing in any text."""

    is_batched = True

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        return [() for _ in texts]
