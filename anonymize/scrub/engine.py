"""Presidio's AnalyzerEngine without any model: Mandi's recognisers, no NLP, and gates that spare most calls.

Belongs here: building the engine, asking it about one text, the gates as Polars expressions. Does not belong here:
frames of events (`texts`), a record's own fields (`own_fields`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import polars as pl
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

from anonymize.scrub.entities import Entity, Found, mask
from anonymize.scrub.recognizers.address import Addresses
from anonymize.scrub.recognizers.base import LANGUAGE, RuleRecognizer
from anonymize.scrub.recognizers.company import Companies
from anonymize.scrub.recognizers.credit_card import CreditCards
from anonymize.scrub.recognizers.email import Emails
from anonymize.scrub.recognizers.handles import Handles
from anonymize.scrub.recognizers.iban import Ibans
from anonymize.scrub.recognizers.in_aadhaar import InAadhaars
from anonymize.scrub.recognizers.in_gstin import InGstins
from anonymize.scrub.recognizers.in_pan import InPans
from anonymize.scrub.recognizers.ip import IpAddresses
from anonymize.scrub.recognizers.person import Persons
from anonymize.scrub.recognizers.phone import Phones
from anonymize.scrub.recognizers.tax import TaxNumbers
from anonymize.scrub.recognizers.url import Urls
from anonymize.wordlists import Wordlists

_LOOKALIKE_I = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that the regex module folds to ASCII and Polars may not; gates are asked about the folded text."""


class BlankArtifacts(NlpArtifacts):
    """Artifacts without content that carry the row's country to the phone recogniser."""

    def __init__(self, region: str | None) -> None:
        super().__init__([], Doc(Vocab()), [], [], cast(NlpEngine, None), LANGUAGE)
        self.region = region


class BlankNlpEngine(NlpEngine):
    """An NLP engine that knows nothing: no model, no tokens, no entities."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        """Always: there is nothing to load."""
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Artifacts without content."""
        return BlankArtifacts(None)

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Each text with artifacts without content."""
        return ((text, BlankArtifacts(None)) for text in texts)

    def is_stopword(self, word: str, language: str) -> bool:
        """Never."""
        return False

    def is_punct(self, word: str, language: str) -> bool:
        """Never."""
        return False

    def get_supported_entities(self) -> list[str]:
        """None."""
        return []

    def get_supported_languages(self) -> list[str]:
        """The one language."""
        return [LANGUAGE]


class _NoContext(ContextAwareEnhancer):
    """Leaves scores alone: without lemmas context words do nothing but cost a copy of every result."""

    def __init__(self) -> None:
        pass

    def enhance_using_context(
        self, text: str, raw_results: list[Any], nlp_artifacts: Any, recognizers: list[Any], context: Any = None
    ) -> list[Any]:
        return raw_results


def all_recognizers(words: Wordlists) -> tuple[RuleRecognizer, ...]:
    """Every recogniser, one an entity."""
    return (
        Emails(),
        Urls(),
        Handles(),
        Phones(),
        Ibans(),
        CreditCards(),
        IpAddresses(),
        InPans(),
        InAadhaars(),
        InGstins(),
        TaxNumbers(),
        Addresses(),
        Companies(words),
        Persons(words),
    )


class Engine:
    """Finds identifiers in one text at a time; stateless after it is built."""

    def __init__(self, words: Wordlists) -> None:
        self.recognizers = all_recognizers(words)
        registry = RecognizerRegistry(recognizers=list(self.recognizers), supported_languages=[LANGUAGE])
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=BlankNlpEngine(),
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoContext(),
        )
        self._artifacts: dict[str | None, BlankArtifacts] = {}
        self._entities = [recognizer.ENTITY for recognizer in self.recognizers]

    def find(self, text: str, region: str | None = None, entities: Sequence[Entity] | None = None) -> list[Found]:
        """Everything the recognisers of some entities (default: all) find in a text, unsettled and sorted.

        Raises: TimeoutError if a pattern takes too long.
        """
        wanted = self._entities if entities is None else entities
        if not wanted:
            return []
        results = self._analyzer.analyze(
            mask(text),
            LANGUAGE,
            entities=[entity.value for entity in wanted],
            nlp_artifacts=self._artifacts.setdefault(region, BlankArtifacts(region)),
        )
        return sorted(
            Found(one.start, one.end, Entity(one.entity_type), one.score, one.recognition_metadata["recognizer_name"])
            for one in results
        )

    def gate(self, texts: pl.Series) -> pl.DataFrame:
        """For each text and entity (a column each) whether its recogniser could find anything there."""
        frame = texts.alias("text").to_frame()
        folded = pl.col("text").str.replace_many(list(_LOOKALIKE_I), list(_LOOKALIKE_I.values()))
        return frame.select(folded).select(
            pl.col("text").str.contains(recognizer.GATE).alias(recognizer.ENTITY.value)
            for recognizer in self.recognizers
        )
