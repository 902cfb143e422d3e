"""The name model as one more Presidio recogniser: of three entities, fed by the batch it stands in or alone.

Belongs here: names as Presidio's results. Does not belong here: finding them (`finder`). Caller:
`anonymize.scrub.engine`, which asks the model once a batch and hands each text's names on in its artifacts.
"""

from typing import Any

from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult

from anonymize.scrub.names.decoder import TAGS
from anonymize.scrub.names.finder import NameEngine
from anonymize.scrub.recognizers.base import LANGUAGE

REASON = "name model"


class NameModel(LocalRecognizer):
    """Persons, companies and addresses as a name engine finds them."""

    def __init__(self, engine: NameEngine) -> None:
        self._engine = engine
        super().__init__(supported_entities=list(TAGS[1:]), name=type(self).__name__, supported_language=LANGUAGE)

    def load(self) -> None:
        """Nothing to load: the engine was loaded before."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Presidio's results for a text; the artifacts' own names, if they have any, stand for a search."""
        names = getattr(nlp_artifacts, "names", None)
        if names is None:
            (names,) = self._engine.find([text])
        return [
            RecognizerResult(
                entity, start, end, score, AnalysisExplanation(type(self).__name__, score, textual_explanation=REASON)
            )
            for start, end, entity, score in names
            if entity in entities
        ]
