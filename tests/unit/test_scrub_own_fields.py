"""A row's own fields in its texts: whole, in parts, by initials, turned round, misspelt, without accents."""

from dataclasses import replace

import pytest

from anonymize.scrub.engine import Engine
from anonymize.scrub.own_fields import find_own, own_terms
from anonymize.scrub.texts import build_scrubber
from tests.support.canonical_events import canonical
from tests.support.names import NoNames

BUILT = build_scrubber()
SCRUBBER = replace(BUILT, engine=Engine(BUILT.wordlists, BUILT.engine.policy, NoNames()))


def scrub_one(text: str, **row: str) -> str | None:
    result = SCRUBBER.scrub(canonical({"description": text, **row}))
    scrubbed: str | None = result.description.item()
    return scrubbed


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        ({"buyer_name": "Zebulon Arjun Quirk"}, "yarn, Z. A. Quirk", "yarn, <PERSON>"),
        ({"buyer_name": "Zebulon Arjun Quirk"}, "yarn, Zebulon A. Quirk", "yarn, <PERSON>"),
        ({"buyer_name": "Zebulon Arjun Quirk"}, "yarn, zebulon quirk", "yarn, <PERSON>"),
        ({"buyer_name": "Zebulon Arjun Quirk"}, "yarn, QUIRK Zebulon", "yarn, <PERSON>"),
        ({"buyer_name": "Zebulon Quirk"}, "yarn for zebulom", "yarn for <PERSON>"),
        ({"buyer_name": "Zebulon Quirk"}, "yarn for zebuoln", "yarn for <PERSON>"),
        ({"buyer_name": "Zebulon Quirk"}, "yarn for Quirc, zebullon", "yarn for <PERSON>, <PERSON>"),
        ({"buyer_name": "Jörg Müßig"}, "garn fuer joerg muessig", "garn fuer <PERSON>"),
        ({"buyer_name": "Joerg Muessig"}, "garn für Joerg Muessig", "garn für <PERSON>"),
        ({"buyer_name": "Łukasz Żółć"}, "przędza, lukasz zolc", "przędza, <PERSON>"),
        ({"buyer_name": "Søren Quirk"}, "garn, soren", "garn, <PERSON>"),
        ({"buyer_name": "Jane Young"}, "yarn, J. Young", "yarn, <PERSON>"),
        ({"buyer_name": "Zebulon Quirk"}, "z e b u l o n  q u i r k", "<PERSON>"),
        ({"buyer_name": "Zebulon Quirk"}, "Zеbulоn wants yarn", "<PERSON> wants yarn"),
        ({"company": "Quirkville Blue Imports LLC"}, "quirkville wants yarn", "<ORG> wants yarn"),
        ({"company": "Quirkville Blue Imports LLC"}, "Quirkvile needs yarn", "<ORG> needs yarn"),
        ({"company": "Al Noor Textile Trading LLC"}, "al noor needs yarn", "<ORG> needs yarn"),
        ({"email": "zebulon.quirk@acme-mills.com"}, "zebulon.quirk @ acme-mills . com", "<EMAIL>"),
        ({"email": "zebulon.quirk@acme-mills.com"}, "ask zebulon", "ask <PERSON>"),
        ({"phone": "+1 (415) 555-2671"}, "ring 555-2671 now", "ring <PHONE> now"),
    ],
)
def test_own_fields_are_found_in_every_guise(row: dict[str, str], text: str, expected: str) -> None:
    assert scrub_one(text, **row) == expected


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"buyer_name": "Clothe Quirk"}, "cloth for women"),
        ({"buyer_name": "Sharma Quirk"}, "pharma tablets"),
        ({"buyer_name": "Jane Young"}, "young style dress"),
        ({"company": "Cotton World Trading LLC"}, "cotton trading of world quality"),
        ({"company": "Silk Palace Ltd"}, "silk saree"),
        ({"phone": "+1 (415) 555-2671"}, "part 15552671 and 5552671.5"),
        ({"email": "sales@cotton.com"}, "sales of cotton yarn"),
    ],
)
def test_product_words_of_own_fields_stay(row: dict[str, str], text: str) -> None:
    assert scrub_one(text, **row) == text


def test_each_finding_tells_which_field_it_came_from() -> None:
    words = SCRUBBER.wordlists
    found = find_own("zebulon, quirc", own_terms({"buyer_name": "Zebulon Quirk"}, words), words)

    assert sorted({one.reason for one in found}) == [
        "a part of the row's buyer_name",
        "a part of the row's buyer_name, one typing error",
    ]
