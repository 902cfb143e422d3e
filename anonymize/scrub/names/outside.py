"""Name models made by others, through Presidio's own engines and recognisers: spaCy, transformers, GLiNER.

Belongs here: loading each from this machine, its findings as `NameSpan`s. Does not belong here: which one the policy
names and whether it is the one (`configured`).

Each is asked one text at a time and on one thread: its sums are of floating-point numbers, whose last digits, and with
them what is found, would else depend on the neighbours in a batch and on the number of cores. Where Presidio logs a
failure and goes on with nothing found, or a model reads the beginning of a text only, an error is raised here instead,
so that the text is withheld.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from presidio_analyzer.nlp_engine import NlpEngineProvider

from anonymize.scrub.entities import BARRIER
from anonymize.scrub.names.decoder import TAGS, NameSpan
from anonymize.scrub.recognizers.base import LANGUAGE
from schemas.entities import Entity
from schemas.errors import ConfigurationError

os.environ.setdefault("PRESIDIO_DEVICE", "cpu")  # the same on a machine that has a faster one, unless it is asked for

_NOTHING = "NOTHING"
"""What a label that the policy does not name stands for."""
_GLINER_CHARACTERS = 250
"""Characters that GLiNER sees together, as Presidio has it; so many words fit even if each is one character."""
_UNSPLIT = re.compile(f"[^{BARRIER}]+")

Labels = Mapping[str, Entity]


class SpacyNames:
    """Names as the entities of a spaCy pipeline, through Presidio's NLP engine. spaCy tells no score: each is 0.85."""

    is_batched = False

    def __init__(self, model: str, labels: Labels, least_score: float) -> None:
        """Args: model is a folder or an installed package; least_score is not asked, for all are alike."""
        nlp = {"nlp_engine_name": "spacy", "models": [{"lang_code": LANGUAGE, "model_name": model}]}
        mapping = {label: entity.value for label, entity in labels.items()}
        engine: Any = NlpEngineProvider(
            nlp_configuration=nlp | {"ner_model_configuration": {"model_to_presidio_entity_mapping": mapping}}
        ).create_engine()
        known = {label for each in engine.get_nlp(LANGUAGE).pipe_labels.values() for label in each}
        _refuse_unknown(labels, known)
        engine.ner_model_configuration.labels_to_ignore = sorted(known - set(labels))
        self._engine = engine

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """As `NameEngine.find`."""
        return [self._names(text) for text in texts]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        artifacts = self._engine.process_text(text, LANGUAGE)
        return cleaned(
            text,
            (
                (one.start_char, one.end_char, one.label_, score)
                for one, score in zip(artifacts.entities, artifacts.scores, strict=True)
            ),
        )


class TransformersNames:
    """Names as a token classifier of transformers labels them, through Presidio's recogniser for such models."""

    is_batched = False

    def __init__(self, model: str, labels: Labels, least_score: float) -> None:
        """Args: model is a folder; least_score, below which nothing is found."""
        import torch
        from presidio_analyzer.chunkers import TokenizerBasedTextChunker
        from presidio_analyzer.predefined_recognizers import HuggingFaceNerRecognizer

        torch.set_num_threads(1)
        mapping = {label: entity.value for label, entity in labels.items()}
        recognizer: Any = HuggingFaceNerRecognizer(
            model_name=model,
            supported_language=LANGUAGE,
            label_mapping=mapping,
            threshold=least_score,
            aggregation_strategy="max",
        )
        pipeline = recognizer.ner_pipeline
        config, tokenizer = pipeline.model.config, pipeline.tokenizer
        known = {recognizer._normalize_label(label) for label in config.id2label.values()}
        _refuse_unknown(labels, known)
        if not tokenizer.is_fast:
            raise ConfigurationError("its tokenizer is a slow one, which tells no offsets; save a fast one beside it")
        longest = min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", 512))
        longest -= tokenizer.num_special_tokens_to_add(pair=False)
        recognizer.ner_pipeline = self._pipe = _Watched(pipeline)
        recognizer.label_mapping = {label: mapping.get(label, _NOTHING) for label in known}
        recognizer.text_chunker = TokenizerBasedTextChunker(
            tokenizer, max_tokens=longest, overlap_tokens=min(32, longest // 4)
        )
        self._recognizer = recognizer

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """As `NameEngine.find`."""
        return [self._names(text) for text in texts]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        self._pipe.has_failed = False
        found = self._recognizer.analyze(text, list(TAGS[1:]))
        if self._pipe.has_failed:
            raise RuntimeError("the name model failed on a text")
        return cleaned(text, ((one.start, one.end, one.entity_type, one.score) for one in found))


class _Watched:
    """A pipeline of transformers that remembers a failure, which Presidio would log, with the text, and forget."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self.has_failed = False

    def __call__(self, text: str) -> Any:
        if self.has_failed:  # another part of the same text
            return []
        try:
            found = self._pipeline(text)
            if all(type(one["start"]) is int and type(one["end"]) is int and float(one["score"]) >= 0 for one in found):
                return found
        except Exception:  # what failed may hold the text and is not told
            pass
        self.has_failed = True
        return []


class GlinerNames:
    """Names as GLiNER finds them: its labels are words that describe what is looked for."""

    is_batched = False

    def __init__(self, model: str, labels: Labels, least_score: float) -> None:
        """Args: model is a folder; least_score, below which nothing is found."""
        import torch
        from presidio_analyzer.predefined_recognizers import GLiNERRecognizer

        torch.set_num_threads(1)
        recognizer: Any = GLiNERRecognizer(
            model_name=model,
            supported_language=LANGUAGE,
            entity_mapping={label: entity.value for label, entity in labels.items()},
            threshold=least_score,
            chunk_size=_GLINER_CHARACTERS,
            local_files_only=True,
        )
        gliner = recognizer.gliner
        if gliner.config.max_len < _GLINER_CHARACTERS:
            raise ConfigurationError(f"it reads {gliner.config.max_len} words at once, fewer than {_GLINER_CHARACTERS}")
        self._words = gliner.data_processor.words_splitter
        self._tokenizer = gliner.data_processor.transformer_tokenizer
        self._prompt = [word for label in labels for word in ("<<ENT>>", *label.split())] + ["<<SEP>>"]
        self._recognizer = recognizer

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """As `NameEngine.find`."""
        return [self._names(text) for text in texts]

    def _names(self, text: str) -> tuple[NameSpan, ...]:
        if not text.strip():
            return ()
        for chunk in self._recognizer.text_chunker.chunk(text):
            words = [*self._prompt, *(word for word, _, _ in self._words(chunk.text))]
            n_tokens = len(self._tokenizer(words, is_split_into_words=True, truncation=False)["input_ids"])
            if n_tokens > self._tokenizer.model_max_length:
                raise RuntimeError("a text is longer than the name model reads")
        found = self._recognizer.analyze(text, list(TAGS[1:]))
        return cleaned(text, ((one.start, one.end, one.entity_type, one.score) for one in found))


def cleaned(text: str, found: Iterable[tuple[int, int, str, float]]) -> tuple[NameSpan, ...]:
    """Findings as a name engine tells them: sorted, without overlap, never over a placeholder nor bordered by blanks.

    Findings that overlap are joined under the name and the score of the longest.

    Example: of `Ana Roy `, `(0, 8, "PERSON", 0.9)` and `(4, 7, "ORG", 0.8)` give `(0, 7, "PERSON", 0.9)`.
    """
    spans: list[NameSpan] = []
    for start, end, entity, score in found:
        if entity in TAGS[1:]:
            for part in _UNSPLIT.finditer(text, start, end):
                words = part[0].strip()
                first = part.start() + part[0].find(words)
                spans += [(first, first + len(words), entity, min(1.0, round(float(score), 4)))] if words else []
    return joined(spans)


def joined(spans: Iterable[NameSpan]) -> tuple[NameSpan, ...]:
    """Spans in the order of their start; those that overlap as one, under the name and the score of the longest."""
    result: list[NameSpan] = []
    longest = 0
    for span in sorted(spans, key=lambda span: (span[0], -span[1], span[2], -span[3])):
        start, end, entity, score = span
        if result and start < result[-1][1]:
            before = result[-1]
            is_longer = end - start > longest
            longest = max(longest, end - start)
            result[-1] = (before[0], max(end, before[1]), *((entity, score) if is_longer else before[2:]))
        else:
            result.append(span)
            longest = end - start
    return tuple(result)


def _refuse_unknown(labels: Labels, known: Iterable[str]) -> None:
    if unknown := sorted(set(labels) - set(known)):
        raise ConfigurationError(f"it has no label {', '.join(unknown)}; it has {', '.join(sorted(known)) or 'none'}")
