"""What the scrubber relies on in presidio-analyzer, tldextract, the regex module and Polars; each breaks loudly."""

import os
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import regex
from presidio_analyzer import (
    AnalyzerEngine,
    LocalRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)

import anonymize.scrub
from anonymize.scrub.engine import BlankArtifacts, BlankNlpEngine, Engine
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.recognizers.base import LANGUAGE
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.entities import Entity

ROOT = Path(__file__).resolve().parents[2]


def engine(*recognizers: LocalRecognizer) -> AnalyzerEngine:
    registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=BlankNlpEngine(), supported_languages=[LANGUAGE])


def test_the_version_is_the_one_that_was_measured() -> None:
    assert version("presidio-analyzer") == "2.2.366"


def test_the_package_turns_the_suffix_list_download_off() -> None:
    assert anonymize.scrub.__name__ == "anonymize.scrub"
    assert os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] == ""


def test_a_fresh_process_scrubs_without_any_network(tmp_path: Path) -> None:
    program = """
import socket
def refuse(*_, **__):
    raise SystemExit("a socket was opened")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from anonymize.scrub.texts import build_scrubber
assert build_scrubber().engine.find("mail ana@acme.co.uk or www.acme.com")
import tldextract
assert tldextract.extract("ana.acme.co.uk").top_domain_under_public_suffix == "acme.co.uk"
"""
    environment = {"PATH": os.environ["PATH"], "TLDEXTRACT_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_no_model_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    import spacy

    monkeypatch.setattr(spacy, "load", lambda *_, **__: pytest.fail("a model was loaded"))
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))

    assert Engine(read_wordlists(), read_scrub_policy(CONFIG)).find("ana@acme.com")


def test_artifacts_reach_the_recogniser_as_they_were_given() -> None:
    seen: list[Any] = []

    class Spy(LocalRecognizer):
        def load(self) -> None: ...

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
            seen.append(nlp_artifacts)
            return []

    artifacts = BlankArtifacts("AE")
    spy = Spy(supported_entities=["ID"], supported_language=LANGUAGE)
    engine(spy).analyze("text", LANGUAGE, entities=["ID"], nlp_artifacts=artifacts)

    assert seen == [artifacts]


def test_an_error_of_a_recogniser_comes_through() -> None:
    class Broken(LocalRecognizer):
        def load(self) -> None: ...

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        engine(Broken(supported_entities=["ID"], supported_language=LANGUAGE)).analyze("text", LANGUAGE)


def test_presidios_own_pattern_recogniser_swallows_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why `recognizers.base` exists: the day this fails, it may go."""
    pattern = Pattern("slow", r"(a|a)+$", 0.9)
    recognizer = PatternRecognizer(supported_entity="ID", patterns=[pattern], supported_language=LANGUAGE)
    monkeypatch.setattr("presidio_analyzer.pattern_recognizer.REGEX_TIMEOUT_SECONDS", 0.01)

    assert engine(recognizer).analyze("a" * 40 + "b", LANGUAGE) == []


def test_thresholds_are_kept_by_recogniser_and_entity() -> None:
    def found(threshold: float) -> int:
        recognizer = PatternRecognizer(
            supported_entity="ID", patterns=[Pattern("x", "x", 0.5)], supported_language=LANGUAGE
        )
        recognizer.score_thresholds = {"ID": threshold}
        return len(engine(recognizer).analyze("x", LANGUAGE))

    assert (found(0.5), found(0.51)) == (1, 0)


def test_one_recogniser_an_entity_is_asked_for_by_its_entity() -> None:
    built = Engine(read_wordlists(), read_scrub_policy(CONFIG))

    assert len({recognizer.ENTITY for recognizer in built.recognizers}) == len(built.recognizers)
    text = "ana@acme.com +971501234567"
    assert {one.entity for one in built.find(text, None, [Entity.PHONE])} == {Entity.PHONE}


def test_presidios_own_recognisers_still_load_beside_ours() -> None:
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])

    assert registry.recognizers
    assert not any(type(one).__module__.startswith("anonymize.") for one in registry.recognizers)


def test_the_regex_module_raises_when_time_is_up() -> None:
    with pytest.raises(TimeoutError):
        list(regex.compile(r"(a|a)+$").finditer("a" * 40 + "b", timeout=0.01))


def test_letters_that_regex_folds_to_ascii_are_those_the_gates_fold() -> None:
    folded = {chr(code) for code in range(0x80, 0x3000) if regex.fullmatch("(?i)[a-z]", chr(code))}
    polars = {letter for letter in folded if pl.Series([letter]).str.contains("^(?i)[a-z]$").item()}

    assert folded - polars <= set("\u0130\u0131")
    assert folded <= set("\u0130\u0131\u017f\u212a")


def test_every_gate_compiles_in_polars() -> None:
    built = Engine(read_wordlists(), read_scrub_policy(CONFIG))

    assert built.open_patterns(pl.Series(["text", ""])).shape == (2, len(built.pattern_ids))
    assert not built.open_patterns(pl.Series([""])).any()


def test_overlapping_names_are_all_extracted() -> None:
    names = (
        pl.Series(["ana roy ltd"])
        .to_frame("t")
        .select(pl.col("t").str.extract_many(["ana roy", "roy ltd"], overlapping=True))
    )

    assert names.item().to_list() == ["ana roy", "roy ltd"]
