"""Names of people from Faker's locales and from the hand-written lists, and the many ways of writing one down.

Belongs here: pools of given names and surnames, persons put together from them. Does not belong here: sentences.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

import faker.providers.person as faker_persons

from anonymize.scrub.names.corpus import Corpus

HELD_OUT_LOCALES = frozenset(["hr_HR", "ro_RO", "en_KE", "es_CL", "lv_LV", "mk_MK", "ar_PS", "uz_UZ", "ne_NP", "zh_TW"])
"""Locales of Faker whose names no training text holds; validation draws from them only."""

_SKIPPED = frozenset(["es"])
"""A locale that is a handful of names."""

_SPLICED = 0.12
"""Share of names put together from the halves of two, so that no list is learnt by heart."""

_FAMILY_FIRST = ("zh", "ko", "ja", "vi", "hu", "china", "korea", "japan", "vietnam")

_SCRIPTS = (
    ("cyrillic", 0x0400, 0x052F), ("greek", 0x0370, 0x03FF), ("hebrew", 0x0590, 0x05FF), ("arabic", 0x0600, 0x06FF),
    ("devanagari", 0x0900, 0x097F), ("bengali", 0x0980, 0x09FF), ("gujarati", 0x0A80, 0x0AFF),
    ("odia", 0x0B00, 0x0B7F), ("tamil", 0x0B80, 0x0BFF), ("sinhala", 0x0D80, 0x0DFF), ("thai", 0x0E00, 0x0E7F),
    ("georgian", 0x10A0, 0x10FF), ("armenian", 0x0530, 0x058F), ("kana", 0x3040, 0x30FF), ("han", 0x3400, 0x9FFF),
    ("hangul", 0xAC00, 0xD7AF), ("gurmukhi", 0x0A00, 0x0A7F), ("telugu", 0x0C00, 0x0C7F),
    ("kannada", 0x0C80, 0x0CFF), ("malayalam", 0x0D00, 0x0D7F), ("ethiopic", 0x1200, 0x137F),
)  # fmt: skip


def script_of(text: str) -> str:
    """The script of the first letter, `latin` where it is none of those told apart."""
    for character in text:
        if character.isalpha():
            code = ord(character)
            return next((name for name, first, last in _SCRIPTS if first <= code <= last), "latin")
    return "latin"


SCRIPT_OF_LANGUAGE = {
    "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "ar": "arabic", "ur": "arabic", "fa": "arabic",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari", "bn": "bengali", "gu": "gujarati", "ta": "tamil",
    "th": "thai", "zh": "han", "ja": "han", "ko": "hangul", "el": "greek", "he": "hebrew", "te": "telugu",
    "pa": "gurmukhi",
}  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """Names of one region in one script."""

    region: str
    script: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    is_family_first: bool


@dataclass(frozen=True)
class Person:
    """Parts of one person's name; the pool they are from."""

    given: str
    family: str
    pool: Pool


def pools(corpus: Corpus, *, held_out: bool) -> dict[str, tuple[Pool, ...]]:
    """Pools by script: those for training, or those held out."""
    found: list[Pool] = []
    for locale in sorted(each.name for each in pkgutil.iter_modules(faker_persons.__path__)):
        if locale in _SKIPPED or (locale in HELD_OUT_LOCALES) != held_out:
            continue
        found += _of_faker(locale)
    if not held_out:
        for region, names in corpus.names.items():
            found += _split(region, names.given, names.family)
    by_script: dict[str, list[Pool]] = {}
    for pool in found:
        by_script.setdefault(pool.script, []).append(pool)
    return {script: tuple(each) for script, each in sorted(by_script.items())}


def _of_faker(locale: str) -> list[Pool]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    given: dict[str, None] = {}
    family: dict[str, None] = {}
    for attribute in sorted(dir(provider)):
        value = getattr(provider, attribute)
        if isinstance(value, (tuple, list, dict)) and "format" not in attribute:
            into = given if "first" in attribute else family if "last" in attribute else {}
            into.update((each if isinstance(each, str) else str(each[0]), None) for each in value)
    return _split(locale, given, family)


def _split(region: str, given: Iterable[str], family: Iterable[str]) -> list[Pool]:
    """One pool a script, of names that are names: letters first, no brackets."""
    lists: dict[str, tuple[list[str], list[str]]] = {}
    for which, names in enumerate((given, family)):
        for name in names:
            if name[:1].isalpha() and "(" not in name:
                lists.setdefault(script_of(name), ([], []))[which].append(name)
    is_family_first = region.lower().startswith(_FAMILY_FIRST)
    found = []
    for script, (firsts, lasts) in sorted(lists.items()):
        if len(firsts) >= 8 or len(lasts) >= 8:
            found.append(Pool(region, script, tuple(firsts or lasts), tuple(lasts or firsts), is_family_first))
    return found


def draw(random: Random, pool: Pool) -> Person:
    """Somebody of a pool."""
    given, family = random.choice(pool.given), random.choice(pool.family)
    if pool.script == "han" and len(given) == 1 and random.random() < 0.65:
        given += random.choice(pool.given)[:1]
    if pool.script not in ("han", "kana", "hangul"):
        given, family = _spliced(random, given, pool.given), _spliced(random, family, pool.family)
    return Person(given, family, pool)


def _spliced(random: Random, name: str, others: tuple[str, ...]) -> str:
    """Now and then the first half of a name with the second half of another."""
    if random.random() > _SPLICED:
        return name
    other = random.choice(others)
    return name[: len(name) // 2 + 1] + other[len(other) // 2 + 1 :].lower()


def full_name(random: Random, person: Person) -> str:
    """One of the ways in which people write a whole name."""
    given, family, pool = person.given, person.family, person.pool
    if pool.script in ("han", "kana", "hangul"):
        gap = " " if random.random() < 0.05 else ""
        return family + gap + given
    kind = random.random()
    if pool.is_family_first and kind < 0.6:
        return f"{family} {given}" if kind < 0.45 else f"{family} {random.choice(pool.given)} {given}"
    if kind < 0.60:
        return f"{given} {family}"
    if kind < 0.68:
        return f"{given} {random.choice(pool.given)} {family}"
    if pool.script in ("arabic", "latin") and kind < 0.71:
        return _arabic_way(random, person)
    if kind < 0.77:
        return _with_initials(random, person)
    if kind < 0.83:
        return _two_surnames(random, person)
    if kind < 0.86:
        return f"{family} {given}"
    if kind < 0.88 and pool.script == "latin":
        return f"{given}-{random.choice(pool.given)} {family}"
    if kind < 0.90:
        return f"{given} {family}-{random.choice(pool.family)}"
    if kind < 0.96:
        return given
    return family if kind < 0.98 else f"{given} {random.choice(pool.given)}"


def _arabic_way(random: Random, person: Person) -> str:
    given, family, pool = person.given, person.family, person.pool
    if pool.script == "arabic":
        return random.choice(
            [f"{given} بن {random.choice(pool.given)} {family}", f"أبو {given}", f"{given} ال{family}", f"أم {given}"]
        )
    return random.choice(
        [f"{given} bin {random.choice(pool.given)} Al {family}", f"{given} Al-{family}", f"{given} El {family}",
         f"Abu {given}", f"{given} Abdul {family}", f"{given} Al {family}"]
    )  # fmt: skip


def _with_initials(random: Random, person: Person) -> str:
    given, family, pool = person.given, person.family, person.pool
    other = random.choice(pool.given)[:1]
    return random.choice(
        [f"{given[:1]}. {family}", f"{given[:1]} {family}", f"{given[:1]}. {other}. {family}", f"{given[:1]}.{family}",
         f"{given} {other}. {family}", f"{given} {other} {family}", f"{given} {family[:1]}.", f"{given} {family[:1]}",
         f"{other}.{given[:1]}. {family}", f"{family} {given[:1]}. {other}."]
    )  # fmt: skip


def _two_surnames(random: Random, person: Person) -> str:
    given, family, pool = person.given, person.family, person.pool
    other = random.choice(pool.family)
    if pool.script != "latin":
        return f"{given} {other} {family}"
    return random.choice(
        [f"{given} {other} {family}", f"{given} de {family}", f"{given} {other} de {family}", f"{given} dos {family}",
         f"{given} {random.choice(pool.given)} da {family}", f"{given} del {family}", f"{given} van {family}",
         f"{given} van der {family}", f"{given} von {family}", f"{given} y {family}", f"{given} {other} e {family}"]
    )  # fmt: skip
