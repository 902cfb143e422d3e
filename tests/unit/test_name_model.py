"""The shipped name model: what it finds and what it leaves, its file, its card, its way through the engine."""

import hashlib
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub.names.decoder import best_tags
from anonymize.scrub.names.finder import read_finder
from anonymize.scrub.names.model import FILE, read_model
from anonymize.scrub.names.tokens import tokenise
from anonymize.scrub.own_fields import OWN_FIELDS
from anonymize.scrub.texts import build_scrubber
from schemas.entities import Entity
from schemas.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]

FOUND = (
    ("Yesterday Kwabena Osei-Tutu rang about the second container.", "Kwabena Osei-Tutu"),
    ("could you ask margarethe lindqvist whether the samples came", "margarethe lindqvist"),
    ("El pedido lo firmó Jimena Arrieta Cobos el martes.", "Jimena Arrieta Cobos"),
    ("O gerente Thiago Bittencourt aprovou a amostra.", "Thiago Bittencourt"),
    ("Накладную подписал Тимофей Крылов вчера.", "Тимофей Крылов"),
    ("कल सुरेश रावत ने माल देखा और कहा कि ठीक है।", "सुरेश रावत"),
    ("قال يوسف الحداد إن الشحنة وصلت أمس", "يوسف الحداد"),
    ("昨天王建国来看样品。", "王建国"),
    ("Goods are for Brightvale Textiles Pvt Ltd, please mark the cartons.", "Brightvale Textiles Pvt Ltd"),
    ("Deliver to 48 Harrowgate Lane, Leeds LS2 7QT before noon.", "48 Harrowgate Lane, Leeds LS2 7QT"),
)
"""Texts of our own, with a name no rule has a cue for."""

LEFT = (
    "Women Panama Hat Straw Wide Brim Summer Beach",
    "Martin Boots For Ladies Genuine Leather 2024 New Design",
    "Front Bumper For Toyota Hilux Revo 2016-2020 OEM 52119-0K920",
    "1121 Basmati Rice 25kg Bag",
    "Jersey Cotton Lycra Fabric 180 GSM",
    "stainless steel vacuum flask 500ml custom logo",
    "Please quote your best price CIF Jebel Ali with delivery time.",
    "Tissu jersey coton bio au mètre",
    "Camiseta de algodão masculina atacado",
    "Хлопковые полотенца оптом",
)  # fmt: skip
"""Texts of our own that name nobody."""


@pytest.mark.parametrize(("text", "name"), FOUND, ids=range(len(FOUND)))
def test_a_name_without_any_cue_is_found(text: str, name: str) -> None:
    (spans,) = read_finder().find([text])
    marks = bytearray(len(text))
    for start, end, _, _ in spans:
        marks[start:end] = b"\1" * (end - start)
    at = text.index(name)

    assert sum(marks[at : at + len(name)]) >= 0.8 * len(name)
    assert sum(marks) <= len(name) + 8


@pytest.mark.parametrize("text", LEFT, ids=range(len(LEFT)))
def test_a_text_that_names_nobody_is_left_alone(text: str) -> None:
    assert read_finder().find([text]) == [()]


def test_card_and_file_agree() -> None:
    card = (ROOT / "docs" / "name-model.md").read_text(encoding="utf-8")
    data = FILE.read_bytes()

    assert re.findall(r"sha256 `([0-9a-f]{64})`", card) == [hashlib.sha256(data).hexdigest()]
    assert f"{len(data):,} bytes" in card


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.npz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_model(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_model(tmp_path / "absent.npz")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("near", lambda array: array.astype(np.float32), "whole numbers"),
        ("near", lambda array: array[:, :-1], "another shape"),
        ("far_scale", lambda array: array * np.float32("nan"), "not finite"),
        ("far", lambda array: array.astype(np.int32) * 1000, "not be exact"),
    ],
)
def test_a_file_with_unfit_weights_is_refused(tmp_path: Path, name: str, change, message: str) -> None:  # type: ignore[no-untyped-def]
    with np.load(FILE, allow_pickle=False) as file:
        arrays = {each: file[each] for each in file.files}
    arrays[name] = change(arrays[name])
    path = tmp_path / "names.npz"
    np.savez(path, **arrays)

    with pytest.raises(ConfigurationError, match=message):
        read_model(path)


def test_a_file_with_another_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "names.npz"
    np.savez(path, near=np.zeros(3))

    with pytest.raises(ConfigurationError, match="exactly the arrays"):
        read_model(path)


def test_every_weight_is_a_whole_number() -> None:
    for name, array in asdict(read_model()).items():
        if not name.endswith(("scale", "scales")):
            assert np.array_equal(array, np.rint(array)), name


def test_the_best_way_is_the_best_of_all_ways() -> None:
    generator = np.random.default_rng(5)
    texts = ["a b c d e", "a", "", "a b c"]
    tokens = tokenise(texts)
    emissions = generator.integers(-50, 50, (len(tokens.text), 4)).astype(np.int32)
    switch = generator.integers(-30, 5, (4, 4)).astype(np.int32)
    tags = best_tags(emissions, tokens, switch)

    for text in range(len(texts)):
        at = np.flatnonzero(tokens.text == text)
        if not len(at):
            continue
        ways = np.stack(np.meshgrid(*[np.arange(4)] * len(at), indexing="ij"), -1).reshape(-1, len(at))
        totals = emissions[at, ways].sum(axis=1) + switch[ways[:, :-1], ways[:, 1:]].sum(axis=1)
        mine = int(emissions[at, tags[at]].sum() + switch[tags[at][:-1], tags[at][1:]].sum())
        assert mine == totals.max()


def test_names_reach_the_scrubbed_text_with_and_without_a_batch() -> None:
    scrubber = build_scrubber()
    text = "Yesterday Kwabena Osei-Tutu rang about the second container."
    alone = scrubber.engine.find(text)
    (names,) = scrubber.engine.names([text])

    assert scrubber.engine.find(text, None, [], names) == alone
    assert [(one.entity, one.recogniser) for one in alone] == [(Entity.PERSON, "NameModel")]
    events = pl.DataFrame(
        dict.fromkeys((*OWN_FIELDS, "country", "description"), pl.Series([None], dtype=pl.String)) | {"title": [text]}
    )
    assert scrubber.scrub(events).title.to_list() == ["Yesterday <PERSON> rang about the second container."]
