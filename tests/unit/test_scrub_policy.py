"""What the policy rules on texts: thresholds, operators and brands; what is wrong in it is refused by its name."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from anonymize.scrub.engine import Engine
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.texts import build_scrubber
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.entities import Entity
from schemas.errors import ConfigurationError
from schemas.policy import Scrub
from tests.support.canonical_events import canonical

COMMITTED = read_scrub_policy(CONFIG)


def policy(brands: str = "keep", **rules: Any) -> Scrub:
    raw = COMMITTED.model_dump(mode="json")
    raw["brands"] = brands
    for name, rule in rules.items():
        raw["entities"][name] |= rule
    return Scrub.model_validate(raw)


def scrubbed(text: str, given: Scrub, **row: str) -> str | None:
    result = build_scrubber(CONFIG, given).scrub(canonical({"title": text, **row}))
    title: str | None = result.title.item()
    return title


def test_the_committed_policy_rules_on_every_entity() -> None:
    assert set(COMMITTED.entities) == set(Entity)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("replace", "mail <EMAIL> or call <PHONE>"),
        ("mask", "mail ************ or call <PHONE>"),
        ("remove", "mail  or call <PHONE>"),
        ("keep", "mail ana@acme.com or call <PHONE>"),
    ],
)
def test_each_entity_has_its_operator(operator: str, expected: str) -> None:
    given = policy(EMAIL={"operator": operator})

    assert scrubbed("mail ana@acme.com or call +971 50 123 4567", given) == expected


def test_own_fields_obey_the_operator() -> None:
    row = {"buyer_name": "Zebulon Quirk"}

    assert scrubbed("yarn for zebulon quirk", policy(PERSON={"operator": "keep"}), **row) == "yarn for zebulon quirk"
    assert scrubbed("yarn for zebulon quirk", policy(PERSON={"operator": "mask"}), **row) == "yarn for ******* *****"


def test_a_threshold_holds_for_its_entity_alone() -> None:
    strict = policy(PERSON={"threshold": 1.0})

    assert scrubbed("Regards,\nZebulon Quirk\nana@acme.com", strict) == "Regards,\nZebulon Quirk\n<EMAIL>"


def test_brands_and_standards_stay_unless_the_policy_wants_brands_gone() -> None:
    text = "Bosch drill, ISO 9001, GOTS cotton, Land Rover parts"

    assert scrubbed(text, policy()) == text
    assert scrubbed(text, policy("scrub")) == "<BRAND> drill, ISO 9001, GOTS cotton, <BRAND> parts"


def test_a_firm_named_after_a_brand_and_a_person_named_like_one_go_all_the_same() -> None:
    assert scrubbed("from Toyota Quirk Traders LLC", policy()) == "from <ORG>"
    assert scrubbed("my name is Zara", policy()) == "my name is <PERSON>"


@pytest.mark.parametrize(
    ("text", "entity", "why"),
    [
        ("as @gucci bags", Entity.HANDLE, "allow list: brand"),
        ("contract no: ISO9001", Entity.DOCUMENT, "allow list: standard"),
    ],
)
def test_what_the_allow_list_keeps_is_told_with_its_reason(text: str, entity: Entity, why: str) -> None:
    engine = Engine(read_wordlists(), COMMITTED)
    (found,) = engine.candidates(text)

    assert found.entity is entity
    assert engine.refusal(found, text) == why
    assert engine.find(text) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda scrub: scrub["entities"].pop("LEI"), "no rule for LEI"),
        (lambda scrub: scrub["entities"]["LEI"].update(threshold=1.5), r"entities\.LEI\.threshold"),
        (lambda scrub: scrub["entities"]["LEI"].update(threshold=0), r"entities\.LEI\.threshold"),
        (lambda scrub: scrub["entities"]["LEI"].update(operator="hash"), r"entities\.LEI\.operator"),
        (lambda scrub: scrub["entities"]["LEI"].update(colour="red"), r"entities\.LEI\.colour"),
        (lambda scrub: scrub["entities"].update(NAME={"threshold": 1, "operator": "mask"}), r"entities\.NAME"),
        (lambda scrub: scrub.update(brands="maybe"), "brands"),
        (lambda scrub: scrub.pop("brands"), "brands"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(tmp_path: Path, change: Any, told: str) -> None:
    raw = yaml.safe_load((CONFIG / "policy.yaml").read_text(encoding="utf-8"))
    change(raw["scrub"])
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "policy.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=rf"^policy\.yaml: scrub.*{told}"):
        build_scrubber(tmp_path / "config")


def test_a_policy_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"policy\.yaml: cannot be read"):
        read_scrub_policy(tmp_path)
    (tmp_path / "policy.yaml").write_text("scrub: [", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"policy\.yaml: cannot be read"):
        read_scrub_policy(tmp_path)
    (tmp_path / "policy.yaml").write_text("name: only", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"policy\.yaml: scrub"):
        read_scrub_policy(tmp_path)
