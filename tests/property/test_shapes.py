"""What a shape finds in a text is what its pattern finds there, also in texts that are made to part the two."""

import random
import re
from collections.abc import Callable

import pytest

from anonymize.scrub import shapes
from anonymize.scrub.shapes import Shape
from anonymize.wordlists import fold

WORDS = ["ana", "roy", "a", "ra", "aba", "3m", "a1a1a", "o2", "राम", "कु", "王", "伟", "जे2", "x\u0300y", "n\u0300", "ab"]
GAPS = ["", " ", ".", ". ", "-", "  ", " - ", "\n", "\u00a0", "’", "_", "(", "@", " @ ", "+", ",", "    ", "\x1c", "/"]
N_SHAPES, N_TEXTS = 60, 40
DIGITS = ["5", "50", "0", "1", "12", "٣", "²"]


def name(chance: random.Random) -> str:
    return chance.choice(WORDS)


SHAPES: dict[str, Callable[[random.Random], Shape]] = {
    "words": lambda chance: shapes.words([name(chance) for _ in range(chance.randint(1, 3))]),
    "with_initials": lambda chance: shapes.with_initials(
        chance.choice(["ana", "aba", "a1a1a", "जे2", "x\u0300y", "王伟", "roy"]), chance.choice(["a", "ab", "arx", "नक"])
    ),
    "after_initial": lambda chance: shapes.after_initial(
        chance.choice(["ana", "aba", "100", "x\u0300y", "王伟a"]), chance.choice(["a", "ab", "ar"])
    ),
    "address": lambda chance: shapes.address(
        chance.choice(["ana", "a.b", "a b", "ana+x", "aa"]),
        chance.choice(["x.co", "x..co", "a\\.b", ".x", "x.", "b c.d", "x"]),
    ),
    "domain": lambda chance: shapes.domain(chance.choice(["x.co", "aa.aa", "राम.in", "a-b.co"])),
    "literal": lambda chance: shapes.literal(chance.choice(["aa", "a.b", "-", "a+"])),
    "phone": lambda chance: shapes.phone("".join(chance.choices("501", k=chance.randint(2, 4)))),
    "short_phone": lambda chance: shapes.short_phone("".join(chance.choices("501", k=chance.randint(2, 4)))),
    "code": lambda chance: shapes.code("".join(chance.choices(["a", "b", "1", "王", "न"], k=chance.randint(1, 4)))),
}


def drawn_text(chance: random.Random, shape: Shape) -> str:
    """Parts of the shape, in order or not, parted and spoilt in many ways."""
    parts = [*shape.parts, *"".join(shape.parts), *shape.parts[-1].split("."), "a", "5"]
    if "initial" in shape.kind:
        parts += [chance.choice(shape.parts[-1]) + sign for sign in (".", ". ", " ")] * 3 + [shape.parts[0]] * 4
    pieces = []
    signed = [shape.parts[0], "@", *".|".join(shape.parts[-1].split(".")).replace(".", "|.").split("|")]
    if shape.kind == "address" and chance.random() < 0.5:
        pieces = [piece + chance.choice(["", "", " "]) for piece in signed]
    for _ in range(chance.randint(1, 14)):
        pieces.append(chance.choice([*parts, *parts, chance.choice(WORDS), chance.choice(DIGITS)]))
        pieces.append(chance.choice(["", "", *GAPS, "", " ", ".", ". "]))
    return fold("".join(pieces))


@pytest.mark.parametrize("kind", SHAPES)
def test_a_shape_finds_what_its_pattern_finds(kind: str) -> None:
    chance = random.Random(kind)
    n_found = 0
    for _ in range(N_SHAPES):
        shape = SHAPES[kind](chance)
        pattern = re.compile(shape.pattern)
        for _ in range(N_TEXTS):
            text = drawn_text(chance, shape)
            due = [match.span() for match in pattern.finditer(text)]
            n_found += len(due)

            assert list(shape.spans(text)) == due

    assert n_found > 100
