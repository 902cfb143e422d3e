"""Labelled texts without end: skeletons filled, market titles, heaps of ordinary words with and without a name.

Belongs here: which kinds of text there are and how often. Does not belong here: what fills a placeholder (`fillers`),
noise (`noise`). The split: a skeleton or negative whose checksum ends so is never trained on, and validation draws its
people from locales that training never sees.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from anonymize.scrub.names.corpus import Corpus
from training.chance import word
from training.fillers import (
    ADDRESS,
    COMPANY,
    NONE,
    PERSON,
    Piece,
    Stock,
    address,
    attributes,
    city,
    company,
    fill,
    pool_for,
    title,
)  # fmt: skip
from training.lists import GLUE, LISTS
from training.noise import spoil
from training.people import SCRIPT_OF_LANGUAGE, draw, full_name

_PLACEHOLDER = re.compile(r"(\{\w+\})")
_HELD_OUT_OF = 10
_MORE = frozenset(["hi", "ar", "zh", "ru"])
"""Languages whose letters no other one helps to learn."""
_COST_OF_TITLES = 4.0


@dataclass(frozen=True)
class Example:
    """A text and the tag of each of its stretches."""

    text: str
    spans: tuple[tuple[int, int, int], ...]
    """Start, end, tag; only stretches that have one."""
    language: str
    cost: float = 1.0
    """What a mistake on this text costs."""


def is_held_out(text: str) -> bool:
    """Whether a skeleton or negative is for validation."""
    return zlib.crc32(text.encode()) % _HELD_OUT_OF == 0


def joined(pieces: list[Piece], language: str, cost: float = 1.0) -> Example:
    """One text out of pieces; blanks at a stretch's ends lose its tag."""
    spans = []
    position = 0
    pieces = [(unicodedata.normalize("NFC", text), tag) for text, tag in pieces]
    for text, tag in pieces:
        core = text.strip()
        if tag != NONE and core:
            start = position + len(text) - len(text.lstrip())
            spans.append((start, start + len(core), tag))
        position += len(text)
    return Example("".join(text for text, _ in pieces), tuple(spans), language, cost)


@dataclass(frozen=True)
class Source:
    """What examples are made of."""

    goods: Stock
    skeletons: tuple[tuple[str, tuple[str, ...]], ...]
    """By language, those of one side of the split."""
    negatives: tuple[tuple[str, tuple[str, ...]], ...]
    words: dict[str, tuple[str, ...]]
    """Ordinary words by language, most frequent first, without any that is a name; may be empty."""


def source(corpus: Corpus, goods: Stock, words: dict[str, tuple[str, ...]], *, held_out: bool) -> Source:
    """One side of the split."""
    skeletons = {
        language: tuple(each.text for each in texts if is_held_out(each.text) == held_out)
        for language, texts in corpus.skeletons.items()
    }
    negatives = {
        language: tuple(each for each in texts if is_held_out(each) == held_out)
        for language, texts in corpus.negatives.items()
    }
    return Source(
        goods,
        tuple((language, each) for language, each in skeletons.items() if each),
        tuple((language, each) for language, each in negatives.items() if each),
        words,
    )


def filled(random: Random, where: Source) -> Example:
    """A skeleton with its placeholders filled."""
    weights = [len(texts) ** 0.6 * (2 if language in _MORE else 1) for language, texts in where.skeletons]
    language, texts = random.choices(where.skeletons, weights)[0]
    return _spoilt(random, _fill_in(random, where, random.choice(texts), language), language)


def clean(random: Random, where: Source) -> Example:
    """A skeleton filled without noise; for validation."""
    language, texts = random.choice(where.skeletons)
    return joined(_fill_in(random, where, random.choice(texts), language), language)


def negative(random: Random, where: Source) -> Example:
    """A market title or a sentence that names nobody."""
    kind = random.random()
    if kind < 0.10:
        text, language = attributes(random, where.goods), "en"
    elif kind < 0.35 or not where.negatives:
        text, language = title(random, where.goods), "en"
    elif kind < 0.70 and where.goods.titles:
        text, language = random.choice(where.goods.titles), "en"
    else:
        weights = [len(texts) ** 0.6 for _, texts in where.negatives]
        language, texts = random.choices(where.negatives, weights)[0]
        text = random.choice(texts)
        if random.random() < 0.1:
            text = f"{text}\n{random.choice(texts)}"
    if random.random() < 0.15:
        text = _mixed_up(random, text)
    if random.random() < 0.06:
        text = f"{text[: random.randint(20, 100)].rsplit(' ', 1)[0]} ..."
    return _spoilt(random, [(text, NONE)], language, _COST_OF_TITLES)


def heap(random: Random, where: Source) -> Example:
    """Ordinary words of a language in a row, with a name among them or none."""
    language = random.choice(LISTS["heap_languages"] if random.random() < 0.6 else sorted(where.words))
    pieces = _words(random, where, language, random.randint(1, 12))
    kind = random.random()
    script = SCRIPT_OF_LANGUAGE.get(language, "latin")
    if kind < 0.68:
        tag, text = _some_name(random, where, language, script)
        gap = "" if script in ("han", "kana", "thai") else random.choice([" ", " ", " ", " ", " \n", ", ", ": ", " - "])
        after = "" if script in ("han", "kana", "thai") else random.choice([" ", " ", " ", ", ", ": ", ". ", "'s "])
        pieces = [
            *pieces,
            (gap, NONE),
            (text, tag),
            (after, NONE),
            *_words(random, where, language, random.randint(0, 9)),
        ]
        if random.random() < 0.3:
            pieces = pieces[2:]
    return _spoilt(random, pieces, language)


def _some_name(random: Random, where: Source, language: str, script: str) -> tuple[int, str]:
    kind = random.random()
    if kind < 0.66:
        person = draw(random, pool_for(random, where.goods, language, near=0.6))
        return PERSON, person.given if random.random() < 0.3 else full_name(random, person)
    if kind < 0.84:
        return COMPANY, company(random, where.goods, script, short=random.random() < 0.4)
    if kind < 0.92:
        return ADDRESS, address(random, where.goods, script)
    return NONE, random.choice([city(random, where.goods, script), word(random).capitalize(), word(random).upper()])


def _words(random: Random, where: Source, language: str, count: int) -> list[Piece]:
    known = where.words[language]
    glue = GLUE.get(language, ())
    chosen = []
    for _ in range(count):
        if glue and random.random() < 0.35:
            chosen.append(random.choice(glue))
        else:
            chosen.append(known[int(len(known) * random.random() ** 2)])
    style = random.random()
    if style < 0.15:
        chosen = [each.capitalize() for each in chosen]
    elif style < 0.5:
        chosen = [each.capitalize() if not at else each for at, each in enumerate(chosen)]
    gap = "" if SCRIPT_OF_LANGUAGE.get(language) in ("han", "thai") else " "
    return [(gap.join(chosen), NONE)]


def _mixed_up(random: Random, text: str) -> str:
    words = text.split(" ")
    random.shuffle(words)
    return " ".join(words[: random.randint(1, len(words))])


def _fill_in(random: Random, where: Source, skeleton: str, language: str) -> list[Piece]:
    pieces: list[Piece] = []
    for part in _PLACEHOLDER.split(skeleton):
        if part.startswith("{"):
            pieces += fill(random, where.goods, part[1:-1], language)
        elif part:
            pieces.append((_other_words(random, where, part, language), NONE))
    return pieces


def _other_words(random: Random, where: Source, text: str, language: str) -> str:
    """The text with a few of its words replaced by others of the language, so that no frame is learnt by heart."""
    known = where.words.get(language)
    if not known or random.random() < 0.5:
        return text

    def one(match: re.Match[str]) -> str:
        if random.random() > 0.15:
            return match[0]
        other = known[int(min(len(known), 4000) * random.random() ** 2)]
        return other.capitalize() if match[0][:1].isupper() else other

    return re.sub(r"[^\W\d_]{3,}", one, text)


def _spoilt(random: Random, pieces: list[Piece], language: str, cost: float = 1.0) -> Example:
    return joined(spoil(random, pieces), language, cost)


def stream(seed: int, where: Source) -> Iterator[Example]:
    """Training examples without end, the same for the same seed."""
    random = Random(seed)
    while True:
        kind = random.random()
        if kind < 0.50 or not where.words:
            yield filled(random, where)
        elif kind < 0.76:
            yield negative(random, where)
        else:
            yield heap(random, where)
