"""The shape of Mandi's recognisers: patterns with an optional proof, run under a time limit that raises.

Presidio's own PatternRecognizer logs a pattern that runs out of time and goes on; here that text must be withheld.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import regex  # type: ignore[import-untyped]  # comes with Presidio; its stubs are not installed
from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult

from schemas.entities import Entity

TIMEOUT_S = 2.0
"""Time one pattern may take on one text; beyond it TimeoutError withholds the text."""

LANGUAGE = "xx"
"""One language for all: no recogniser depends on it."""

Span = tuple[int, int, float]
"""Start, end and score: what a proof leaves of a match."""


class Hit(NamedTuple):
    """Where a rule hit, how sure it is, and which one it was."""

    start: int
    end: int
    score: float
    reason: str


@dataclass(frozen=True)
class Rule:
    """A pattern, the score of its match, and the proof that may refuse, shorten or re-score it."""

    reason: str
    """In words, for whoever asks why something was found."""
    pattern: Any
    """Compiled by the regex module. The named group `hit`, if any, is what is found; else the whole match."""
    score: float
    proof: Callable[[Any, int, int], Span | None] | None = None
    """From the match and the span of its hit to what is really found; None refuses."""


def compile_rule(
    reason: str,
    pattern: str,
    score: float,
    proof: Callable[[Any, int, int], Span | None] | None = None,
    *,
    cased: bool = False,
) -> Rule:
    """A rule from its name in words and a pattern in verbose-free syntax; case counts only with `cased`."""
    return Rule(reason, compiled(pattern, cased=cased), score, proof)


def compiled(pattern: str, *, cased: bool = False) -> Any:
    """A pattern as the recognisers use it: V0 folds case as Polars does, one letter to one."""
    return regex.compile(pattern, regex.V0 | (0 if cased else regex.IGNORECASE))


class RuleRecognizer(LocalRecognizer):
    """A Presidio recogniser of one entity that runs rules.

    Subclasses must not be called like one of Presidio's own: its registry looks classes up by name among all there are.

    Guarantee: where none of `patterns` matches, it finds nothing (tests/property/test_fast_path.py).
    """

    ENTITY: ClassVar[Entity]
    rules: tuple[Rule, ...] = ()

    def __init__(self) -> None:
        super().__init__(
            supported_entities=[self.ENTITY.value],
            name=type(self).__name__,
            supported_language=LANGUAGE,
        )

    def load(self) -> None:
        """Nothing to load: patterns are compiled with the module."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Presidio's results for a text.

        Raises: TimeoutError if a pattern takes longer than `TIMEOUT_S`.
        """
        return [
            RecognizerResult(
                self.ENTITY.value,
                hit.start,
                hit.end,
                hit.score,
                AnalysisExplanation(type(self).__name__, hit.score, textual_explanation=hit.reason),
            )
            for hit in self.hits(text, getattr(nlp_artifacts, "region", None))
            if hit.end > hit.start
        ]

    @property
    def patterns(self) -> tuple[Any, ...]:
        """Every pattern it searches with `matches`: where none of them matches, it finds nothing."""
        return tuple(rule.pattern for rule in self.rules)

    def hits(self, text: str, region: str | None) -> Iterator[Hit]:
        """Where the rules hit; `region` is the country whose national formats may occur."""
        for rule in self.rules:
            yield from run(rule, text)


def run(rule: Rule, text: str) -> Iterator[Hit]:
    """Proven hits of one rule."""
    for match in matches(rule.pattern, text):
        start, end = match.span("hit") if "hit" in match.re.groupindex else match.span()
        if start < 0:
            continue
        found = rule.proof(match, start, end) if rule.proof else (start, end, rule.score)
        if found is not None:
            start, end, score = found
            yield Hit(start, end, score, rule.reason)


def matches(pattern: Any, text: str) -> Iterator[Any]:
    """Matches of a pattern in a text, under the time limit; none at once where its gate is known to be shut.

    Raises: TimeoutError while it is iterated, if the pattern takes longer than `TIMEOUT_S`.
    """
    known = _SHUT.get()
    if known is not None and text is known[0] and id(pattern) in known[1]:
        return iter(())
    found: Iterator[Any] = pattern.finditer(text, timeout=TIMEOUT_S)
    return found


_SHUT: ContextVar[tuple[str, AbstractSet[int]] | None] = ContextVar("shut", default=None)


@contextmanager
def shut(text: str, patterns: AbstractSet[int]) -> Iterator[None]:
    """Within, patterns (by their `id`) are not searched in exactly this text: their gates say they do not match."""
    token = _SHUT.set((text, patterns))
    try:
        yield
    finally:
        _SHUT.reset(token)
