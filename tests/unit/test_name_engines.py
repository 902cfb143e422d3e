"""Name models of others: what the policy may name, how each finds names, and what is refused before a text is read."""

import pickle
import shutil
import socket
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from anonymize.scrub import batches
from anonymize.scrub.batches import find_all
from anonymize.scrub.names import configured
from anonymize.scrub.names.configured import PACKAGES, Together, folder_digest, read_name_engine
from anonymize.scrub.names.outside import GlinerNames, SpacyNames, TransformersNames, cleaned
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.texts import build_engine
from anonymize.scrub.version import finding_version
from anonymize.wordlists import CONFIG
from schemas.entities import Entity
from schemas.errors import ConfigurationError
from schemas.policy import Scrub
from tests.support.tiny_models import TAUGHT, gliner_model, spacy_model, transformers_model

LABELS = {"PER": Entity.PERSON, "ORG": Entity.ORG}
TEXTS = [text for text, _ in TAUGHT]
NAMES = [[(start, end, str(LABELS[label])) for start, end, label in spans] for _, spans in TAUGHT]

needs_transformers = pytest.mark.skipif(
    not all(map(find_spec, PACKAGES["transformers"])), reason="the extra transformers is not installed (make models)"
)
needs_gliner = pytest.mark.skipif(
    not all(map(find_spec, PACKAGES["gliner"])), reason="the extra gliner is not installed (make models)"
)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder with a model in it."""
    folder = tmp_path_factory.mktemp("installation") / "config"
    shutil.copytree(CONFIG, folder, ignore=shutil.ignore_patterns("titles"))
    (folder / "models").mkdir()
    spacy_model(folder / "models" / "trade")
    yield folder


def policy(config: Path, **changes: Any) -> Scrub:
    raw = read_scrub_policy(CONFIG).model_dump(mode="json")
    raw["names"] = {
        "engine": "spacy",
        "model": "models/trade",
        "sha256": folder_digest(config / "models" / "trade"),
        "labels": {"PER": "PERSON", "ORG": "ORG"},
        "beside_own": False,
    } | changes
    return Scrub.model_validate(raw)


def places(found: Any) -> list[tuple[int, int, str]]:
    return [(start, end, str(entity)) for start, end, entity, _ in found]


def test_a_model_that_the_policy_names_finds_what_it_was_taught(config: Path) -> None:
    engine = read_name_engine(config, policy(config))

    assert [places(found) for found in engine.find(TEXTS)] == NAMES
    assert [places(found) for found in read_name_engine(config, policy(config, labels={"ORG": "ORG"})).find(TEXTS)] == [
        [name for name in names if name[2] == "ORG"] for names in NAMES
    ]


def test_it_finds_the_same_in_a_batch_alone_and_in_another_process(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "FEW_TEXTS", 1)  # so few are gated together, as many are
    build = partial(build_engine, config, policy(config))
    engine, elsewhere = build(), pickle.loads(pickle.dumps(build))()  # noqa: S301  # as a process is given it
    nowhere = [None] * len(TEXTS)

    together = find_all(engine, TEXTS, nowhere)
    assert [[(one.start, one.end, str(one.entity)) for one in found or ()] for found in together] == NAMES
    assert together == find_all(elsewhere, TEXTS, nowhere, is_careful=True)
    assert together == find_all(engine, TEXTS, nowhere, is_plain=True)


def test_beside_the_shipped_model_all_that_either_finds_counts(config: Path) -> None:
    text = "please call Zebulon Quirk about yarn\n\nRegards,\nAnita Sharma"
    other = read_name_engine(config, policy(config))
    both = read_name_engine(config, policy(config, beside_own=True))

    assert isinstance(both, Together)
    covered = {at for start, end, _ in places(both.find([text])[0]) for at in range(start, end)}
    for engine in (other, both.own):
        assert {at for start, end, _ in places(engine.find([text])[0]) for at in range(start, end)} <= covered
    assert text.index("Zebulon") in covered and text.index("Anita") in covered


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(0, 8, "PERSON", 0.9), (4, 7, "ORG", 0.8)], [(0, 7, "PERSON", 0.9)]),
        ([(4, 17, "ORG", 0.8)], [(4, 7, "ORG", 0.8), (12, 17, "ORG", 0.8)]),
        ([(7, 8, "PERSON", 0.9), (8, 11, "ORG", 0.9)], []),
        ([(12, 17, "ORG", 1.00001), (0, 3, "LOCATION", 0.9)], [(12, 17, "ORG", 1.0)]),
        ([(0, 3, "PERSON", 0.6), (2, 7, "ORG", 0.7)], [(0, 7, "ORG", 0.7)]),
    ],
)
def test_findings_of_others_are_made_ours(found: Any, expected: Any) -> None:
    """Without blanks, placeholders, overlaps and entities that are none of ours."""
    assert list(cleaned("Ana Roy \ufffc\ufffc\ufffc Quirk", found)) == expected


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "models/none"}, "model: no folder of this name, nor an installed package; it is never downloaded"),
        ({"model": "en_core_web_lg"}, "model: no folder of this name, nor an installed package"),
        ({"sha256": "0" * 64}, "sha256: the model's digest is [0-9a-f]{64}; write that if"),
        ({"labels": {"PERSON": "PERSON"}}, "model: it has no label PERSON; it has ORG, PER"),
        ({"engine": "transformers"}, r"engine: transformers is not installed; pip install -e '\.\[transformers\]'"),
        ({"engine": "gliner"}, r"engine: gliner is not installed; pip install -e '\.\[gliner\]'"),
    ],
)
def test_what_cannot_be_used_is_refused_before_any_text(
    config: Path, changes: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))
    monkeypatch.setattr(configured, "find_spec", lambda name: find_spec(name) if name == "spacy" else None)

    with pytest.raises(ConfigurationError, match=rf"^policy\.yaml: scrub\.names\.{told}"):
        build_engine(config, policy(config, **changes))


def test_a_folder_that_is_no_model_is_refused_without_its_content(config: Path, tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("Zebulon Quirk", encoding="utf-8")
    given = policy(config, model=str(tmp_path), sha256=folder_digest(tmp_path))

    with pytest.raises(ConfigurationError, match=r"model: spacy cannot load it \(\w+\); is it a model of it\?$"):
        build_engine(config, given)


def test_a_digest_counts_names_and_contents_of_files(tmp_path: Path) -> None:
    def digest(*names: str, content: str = "") -> str:
        folder = tmp_path / "model"
        shutil.rmtree(folder, ignore_errors=True)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        return folder_digest(folder)

    assert digest("a", "b/c") == digest("b/c", "a", "__pycache__/a.pyc")
    assert len({digest("a", "b/c"), digest("a", "c"), digest("a", "b/c", content="x"), digest("a")}) == 4


@pytest.mark.parametrize("changes", [{"engine": "flair"}, {"sha256": "short"}, {"labels": {}}, {"labels": {"A": "IP"}}])
def test_a_policy_that_says_something_else_is_no_policy(config: Path, changes: Any) -> None:
    with pytest.raises(ValueError, match=r"names"):
        policy(config, **changes)


def test_what_was_found_by_another_model_is_not_read_from_the_cache(config: Path) -> None:
    own, other = read_scrub_policy(CONFIG), policy(config)
    another = policy(config, sha256="0" * 64)

    assert len({finding_version(config, each) for each in (own, other, another)}) == 3


@needs_transformers
@pytest.mark.filterwarnings("ignore")  # of a library that is not ours, where it is installed
def test_a_token_classifier_finds_what_it_was_taught_in_texts_of_any_length(tmp_path: Path) -> None:
    engine = TransformersNames(str(transformers_model(tmp_path / "model")), LABELS, 0.5)
    before, after = "cotton yarn wanted " * 40, " cotton yarn wanted" * 20

    assert [places(found) for found in engine.find(TEXTS)] == NAMES
    (found,) = engine.find([f"{before}{TEXTS[0]}{after}"])
    assert places(found) == [(len(before) + start, len(before) + end, entity) for start, end, entity in NAMES[0]]
    assert engine.find(["", " ", "call Zebulon \ufffc\ufffc Quirk"])[2] != ()


@needs_transformers
@pytest.mark.filterwarnings("ignore")
def test_where_a_token_classifier_fails_nothing_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = TransformersNames(str(transformers_model(tmp_path / "model")), LABELS, 0.5)
    monkeypatch.setattr(engine._pipe, "_pipeline", lambda _: [{"entity_group": "PER", "score": 0.9}])

    with pytest.raises(RuntimeError, match=r"^the name model failed on a text$"):
        engine.find(TEXTS)
    monkeypatch.setattr(engine._pipe, "_pipeline", lambda _: 1 / 0)
    with pytest.raises(RuntimeError, match=r"^the name model failed on a text$"):
        engine.find(TEXTS)


@needs_transformers
@pytest.mark.filterwarnings("ignore")
def test_a_model_of_transformers_is_loaded_as_the_policy_says(config: Path) -> None:
    model = transformers_model(config / "models" / "classifier")
    named = {"engine": "transformers", "model": "models/classifier", "sha256": folder_digest(model)}

    engine = build_engine(config, policy(config, **named))
    assert [str(one.entity) for one in engine.find(TEXTS[2])] == ["PERSON", "ORG"]
    with pytest.raises(ConfigurationError, match=r"model: it has no label DATE; it has O, ORG, PER$"):
        build_engine(config, policy(config, **named, labels={"DATE": "PERSON"}))


@needs_gliner
@pytest.mark.filterwarnings("ignore")
def test_gliner_finds_the_same_every_time_and_never_over_a_placeholder(tmp_path: Path) -> None:
    folder = gliner_model(tmp_path / "model")
    shutil.rmtree(tmp_path / "model-encoder")
    engine = GlinerNames(str(folder), {"person": Entity.PERSON, "company": Entity.ORG}, 0.4)
    text = "call Zebulon \ufffc\ufffc Quirk"

    found = engine.find([*TEXTS, text])
    assert any(found)
    assert found == [engine.find([each])[0] for each in [*TEXTS, text]]
    assert all("\ufffc" not in text[start:end] for start, end, _, _ in found[-1])
    with pytest.raises(RuntimeError, match="longer than the name model reads"):
        engine._tokenizer.model_max_length = 8
        engine.find([text])


def test_spacy_is_asked_through_presidio_with_its_default_score(config: Path) -> None:
    engine = SpacyNames(str(config / "models" / "trade"), LABELS, 0.5)

    assert {score for found in engine.find(TEXTS) for _, _, _, score in found} == {0.85}
