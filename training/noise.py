"""How real texts differ from tidy ones: case, typing errors, lost or parted signs, emoji, other first and last lines.

Belongs here: changes to a row of pieces that keep each character's tag. Does not belong here: what the pieces say.
"""

import re
from random import Random

from anonymize.scrub.entities import BARRIER
from training.fillers import NONE, Piece

_EMOJI = ["😊", "🙏", "👍", "😀", "📦", "🚢", "✅", "🔥", "❤️", "😅", "👌", "📞", "🌹", "⭐", "➡️", "✉️"]
_OPENERS = (
    "Fwd: ", "RE: ", "Fw: ", "> ", "*** ", "- ", "• ", "1. ", "# ", "RFQ: ", "Inquiry: ", "URGENT ", "Note: ", "// ",
    '"',
)  # fmt: skip
_CLOSERS = (" .", "...", "!!", "!", " ?", "//", '"', " thanks", " pls", " asap", " #rfq", " <br>", " ;", " :)", " ***")


def spoil(random: Random, pieces: list[Piece]) -> list[Piece]:
    """The pieces with none, one or several kinds of noise."""
    pieces = _hidden(random, _cased(random, pieces))
    kind = random.random()
    if kind < 0.08:
        pieces = _parted_signs(pieces)
    elif kind < 0.13:
        pieces = [(re.sub(r"[.,;:!?]+(?=\s|$)", "", text) if tag == NONE else text, tag) for text, tag in pieces]
    elif kind < 0.18:
        pieces = _typos(random, pieces)
    elif kind < 0.21:
        pieces = [(text.replace("\n", " "), tag) for text, tag in pieces]
    elif kind < 0.24:
        pieces = [(re.sub(r"\n+", " / ", text) if tag == NONE else text, tag) for text, tag in pieces]
    elif kind < 0.27:
        pieces = [(re.sub(r"(?<=[.!?]) ", "\n", text) if tag == NONE else text, tag) for text, tag in pieces]
    if random.random() < 0.06:
        pieces = [(random.choice(_OPENERS), NONE), *pieces]
    if random.random() < 0.06:
        pieces = [*pieces, (random.choice(_CLOSERS), NONE)]
    if random.random() < 0.04:
        at = random.randint(0, len(pieces))
        pieces = [*pieces[:at], (f" {random.choice(_EMOJI)} ", NONE), *pieces[at:]]
    return pieces


def _cased(random: Random, pieces: list[Piece]) -> list[Piece]:
    kind = random.random()
    if kind < 0.05:
        return [(re.sub(r"[.,;:!?]+(?=\s|$)", "", text.lower()), tag) for text, tag in pieces]
    if kind < 0.15:
        return [(text.lower(), tag) for text, tag in pieces]
    if kind < 0.20:
        return [(text.upper(), tag) for text, tag in pieces]
    if kind < 0.25:
        return [(_titled(text), tag) for text, tag in pieces]
    if kind < 0.32:
        return [(text.upper() if tag != NONE else text, tag) for text, tag in pieces]
    if kind < 0.37:
        return [(text.lower() if tag != NONE else text, tag) for text, tag in pieces]
    if kind < 0.41:
        return [(text.lower() if tag == NONE else text, tag) for text, tag in pieces]
    return pieces


def _hidden(random: Random, pieces: list[Piece]) -> list[Piece]:
    """Some names already replaced by their placeholder, as the text looks on the second round of scrubbing."""
    if random.random() > 0.12:
        return pieces
    return [
        (BARRIER * random.choice([5, 8, 9]), NONE) if tag != NONE and random.random() < 0.6 else (text, tag)
        for text, tag in pieces
    ]


def _titled(text: str) -> str:
    return re.sub(r"\b[^\W\d_]", lambda match: match[0].upper(), text)


def _parted_signs(pieces: list[Piece]) -> list[Piece]:
    """Signs with blanks around them, as in texts that a machine has cut into words."""
    return [(re.sub(r" ?([.,;:!?()\"'«»।؟،。，]) ?", r" \1 ", text), tag) for text, tag in pieces]


def _typos(random: Random, pieces: list[Piece]) -> list[Piece]:
    changed = []
    for text, tag in pieces:
        if len(text) > 5 and random.random() < 0.7:
            at = random.randint(1, len(text) - 3)
            if text[at : at + 2].isalpha():
                how = random.random()
                if how < 0.35:
                    text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
                elif how < 0.7:
                    text = text[:at] + text[at + 1 :]
                else:
                    text = text[:at] + text[at] + text[at:]
        changed.append((text, tag))
    return changed
