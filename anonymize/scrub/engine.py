"""Presidio's AnalyzerEngine with Mandi's recognisers and name model, no NLP, and gates that spare most calls.

Belongs here: building the engine, asking it about one text, the gates as Polars expressions. Does not belong here:
frames of events (`texts`), a record's own fields (`own_fields`).
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast

import numpy as np
import polars as pl
import regex  # type: ignore[import-untyped]
from numpy.typing import NDArray
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

from anonymize.scrub.allowed import Allowed
from anonymize.scrub.entities import Found, mask
from anonymize.scrub.gates import UNTOLD, gate_of
from anonymize.scrub.names.decoder import NameSpan
from anonymize.scrub.names.finder import NameEngine, read_finder
from anonymize.scrub.names.recognizer import REASON, NameModel
from anonymize.scrub.recognizers.address import Addresses
from anonymize.scrub.recognizers.base import LANGUAGE, RuleRecognizer, shut
from anonymize.scrub.recognizers.brand import Brands
from anonymize.scrub.recognizers.cn_uscc import CnUsccs
from anonymize.scrub.recognizers.company import Companies
from anonymize.scrub.recognizers.container import Containers
from anonymize.scrub.recognizers.credit_card import CreditCards
from anonymize.scrub.recognizers.document import Documents
from anonymize.scrub.recognizers.duns import DunsNumbers
from anonymize.scrub.recognizers.email import Emails
from anonymize.scrub.recognizers.eori import Eoris
from anonymize.scrub.recognizers.handles import Handles
from anonymize.scrub.recognizers.iban import Ibans
from anonymize.scrub.recognizers.imo import ImoNumbers
from anonymize.scrub.recognizers.in_aadhaar import InAadhaars
from anonymize.scrub.recognizers.in_cin import InCins
from anonymize.scrub.recognizers.in_fssai import InFssais
from anonymize.scrub.recognizers.in_gstin import InGstins
from anonymize.scrub.recognizers.in_iec import InIecs
from anonymize.scrub.recognizers.in_ifsc import InIfscs
from anonymize.scrub.recognizers.in_llpin import InLlpins
from anonymize.scrub.recognizers.in_pan import InPans
from anonymize.scrub.recognizers.in_tan import InTans
from anonymize.scrub.recognizers.in_upi import InUpis
from anonymize.scrub.recognizers.ip import IpAddresses
from anonymize.scrub.recognizers.lei import Leis
from anonymize.scrub.recognizers.person import Persons
from anonymize.scrub.recognizers.phone import Phones
from anonymize.scrub.recognizers.tax import TaxNumbers
from anonymize.scrub.recognizers.url import Urls
from anonymize.scrub.recognizers.vat import VatNumbers
from anonymize.wordlists import Wordlists
from schemas.entities import Entity
from schemas.policy import Operator, Scrub

_NO_WORDS = Doc(Vocab())


class BlankArtifacts(NlpArtifacts):
    """Artifacts without content that carry the row's country to the phone recogniser, and names to the name model."""

    def __init__(self, region: str | None, names: Sequence[NameSpan] | None = None) -> None:
        super().__init__([], _NO_WORDS, [], [], cast(NlpEngine, None), LANGUAGE)
        self.region = region
        self.names = names


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


def all_recognizers(words: Wordlists, policy: Scrub) -> tuple[RuleRecognizer, ...]:
    """Every recogniser, one an entity; brands only where the policy wants them gone."""
    brands = (Brands(words),) if policy.brands == "scrub" else ()
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
        InIecs(),
        InCins(),
        InLlpins(),
        InTans(),
        InIfscs(),
        InUpis(),
        InFssais(),
        VatNumbers(),
        Eoris(),
        CnUsccs(),
        Leis(),
        DunsNumbers(),
        Containers(),
        ImoNumbers(),
        Documents(),
        TaxNumbers(),
        Addresses(words),
        Companies(words),
        Persons(words),
        *brands,
    )


class Engine:
    """Finds identifiers in one text at a time; stateless after it is built."""

    def __init__(self, words: Wordlists, policy: Scrub, name_engine: NameEngine | None = None) -> None:
        self.policy = policy
        self._name_engine = name_engine or read_finder()
        self.recognizers = all_recognizers(words, policy)
        self.keeps = frozenset(entity for entity, rule in policy.entities.items() if rule.operator is Operator.KEEP)
        self._allowed = Allowed(words, policy)
        registry = RecognizerRegistry(
            recognizers=[*self.recognizers, NameModel(self._name_engine)], supported_languages=[LANGUAGE]
        )
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=BlankNlpEngine(),
            supported_languages=[LANGUAGE],
            context_aware_enhancer=_NoContext(),
        )
        self._artifacts: dict[tuple[str | None, bool], BlankArtifacts] = {}
        self._entities = [recognizer.ENTITY for recognizer in self.recognizers]
        patterns = {id(pattern): pattern for one in self.recognizers for pattern in one.patterns}
        self.pattern_ids = tuple(patterns)
        self._gates = tuple(
            gate_of(pattern.pattern, is_cased=not pattern.flags & regex.IGNORECASE) for pattern in patterns.values()
        )
        self._searching = [(one.ENTITY, frozenset(map(id, one.patterns))) for one in self.recognizers]

    @property
    def finds_names_together(self) -> bool:
        """Whether `names` is best asked about many texts at once."""
        return self._name_engine.is_batched

    def names(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """What the name model finds in each text, all texts at once; for `find` and `candidates`."""
        return self._name_engine.find([mask(text) for text in texts])

    def find(
        self,
        text: str,
        region: str | None = None,
        entities: Sequence[Entity] | None = None,
        names: Sequence[NameSpan] | None = None,
        unneeded: AbstractSet[int] = frozenset(),
    ) -> list[Found]:
        """What the recognisers of some entities (default: all) find and the policy does not let pass, sorted.

        Args: names is what the name model found in this text, if it was asked already; unneeded are patterns, by their
            id, that are known not to match (`open_patterns`).
        Raises: TimeoutError if a pattern takes too long.
        """
        found = self.candidates(text, region, entities, names, unneeded)
        return [one for one in found if self.refusal(one, text) is None]

    def candidates(
        self,
        text: str,
        region: str | None = None,
        entities: Sequence[Entity] | None = None,
        names: Sequence[NameSpan] | None = None,
        unneeded: AbstractSet[int] = frozenset(),
    ) -> list[Found]:
        """Everything the recognisers of some entities (default: all) find in a text, unsettled and sorted.

        Raises: TimeoutError if a pattern takes too long.
        """
        wanted = self._entities if entities is None else entities
        if unneeded:
            wanted = [entity for entity, patterns in self._searching if entity in wanted and not patterns <= unneeded]
        if not wanted:
            known = (
                Found(start, end, Entity(entity), score, NameModel.__name__, REASON)
                for start, end, entity, score in names or ()
            )
            return sorted(known)
        if names:  # they go through the analyzer as well, which drops what another recogniser found better
            wanted = list(dict.fromkeys([*wanted, *(Entity(entity) for _, _, entity, _ in names)]))
            artifacts = BlankArtifacts(region, names)
        else:
            artifacts = self._artifacts.setdefault((region, names is None), BlankArtifacts(region, names))
        masked = mask(text)
        with shut(masked, unneeded):
            results = self._analyzer.analyze(
                masked,
                LANGUAGE,
                entities=[entity.value for entity in wanted],
                nlp_artifacts=artifacts,
                return_decision_process=True,
            )
        return sorted(
            Found(
                one.start,
                one.end,
                Entity(one.entity_type),
                one.score,
                one.recognition_metadata["recognizer_name"],
                one.analysis_explanation.textual_explanation or "",
            )
            for one in results
        )

    def refusal(self, one: Found, text: str) -> str | None:
        """Why a finding does not count under the policy; null if it does."""
        rule = self.policy.entities[one.entity]
        if one.score < rule.threshold:
            return f"below the threshold of {rule.threshold:g}"
        if one.entity in self.keeps:
            return f"the policy keeps {one.entity.value}"
        return self._allowed.reason(one, text)

    def open_patterns(self, masked: pl.Series) -> NDArray[np.bool_]:
        """For each text (a row) and pattern (a column, in the order of `pattern_ids`) whether it could match there.

        Args: masked, texts whose placeholders are hidden (`entities.mask`).
        """
        text = pl.col("text")
        gates = [text.str.contains(gate).alias(str(place)) for place, gate in enumerate(self._gates)]
        opened: NDArray[np.bool_] = masked.alias("text").to_frame().select(gates).to_numpy(writable=True)
        opened[masked.str.contains(UNTOLD).to_numpy()] = True
        return opened
