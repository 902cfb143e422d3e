"""Shapes in which a row's own fields stand in folded text, and where they stand: without a pattern to compile.

Belongs here: one shape for each way in which a name, an address, a phone or a code is written. Each has a pattern that
says what it means, and a search that finds the same: there is a shape for every buyer, and compiling its pattern took
longer than all searching. Does not belong here: which shapes a field has (`own_fields`).
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

Spans = Iterator[tuple[int, int]]

_GAP = r"[\s.,\-_/()'’]{0,3}"
_GAP_SIGNS = frozenset(".,-_/()'’")
_CODE_GAP = r"[\s.\-/_@]{0,2}"
_CODE_GAP_SIGNS = frozenset(".-/_@")
_DIGIT_GAP = r"[\s().\-–/]{0,3}"
_DIGITS = re.compile(rf"[0-9](?:{_DIGIT_GAP}[0-9])*")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_PLAIN_ADDRESS = re.compile(r"[^\s\\]+")
_MOST_INITIALS = 3
_MOST_DIGITS_BEFORE = 7


class Shape(NamedTuple):
    """What is searched, and how it may be written.

    Guarantee: `spans` finds what `re.finditer` of `pattern` finds (tests/property/test_shapes.py).
    """

    kind: str
    parts: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """A regular expression over folded text that says what the shape means."""
        return _KINDS[self.kind][0](*self.parts)

    def spans(self, text: str) -> Spans:
        """Where it stands in folded text, from left to right; nothing overlaps."""
        return _KINDS[self.kind][1](text, *self.parts)


def words(parts: list[str]) -> Shape:
    """The parts one after the other, whatever blanks or dots stand between, at the borders of a word.

    Scripts without blanks have no borders.
    """
    return Shape("words", tuple(parts))


def with_initials(part: str, initials: str) -> Shape:
    """A part of a name with initials of the same name before or behind it."""
    return Shape("with_initials", (part, initials)) if initials and not is_unspaced(part) else words([part])


def after_initial(part: str, initials: str) -> Shape:
    """An ordinary word that is a name, after an initial with its dot: `J. Young`."""
    return Shape("after_initial", (part, initials))


def address(local: str, domain: str) -> Shape:
    """An e-mail address, with blanks around its signs or without."""
    return Shape("address", (local, domain))


def domain(name: str) -> Shape:
    """A domain at the borders of a word."""
    return Shape("domain", (name,))


def literal(text: str) -> Shape:
    """A text as it is, wherever it stands."""
    return Shape("literal", (text,))


def phone(tail: str) -> Shape:
    """The last digits of a phone and what stands before them of it."""
    return Shape("phone", (tail,))


def short_phone(tail: str) -> Shape:
    """The last digits of a phone where no further digit stands beside them."""
    return Shape("short_phone", (tail,))


def code(squeezed: str) -> Shape:
    """Letters and digits of a code, with blanks and dashes between or without."""
    return Shape("code", (squeezed,))


def is_unspaced(text: str) -> bool:
    """Whether a letter of a script without blanks stands in the text."""
    return _UNSPACED.search(text) is not None


# What each shape means


def _words_pattern(*parts: str) -> str:
    body = _GAP.join(re.escape(part) for part in parts)
    if is_unspaced("".join(parts)):
        return body
    left = r"(?<![^\W\d_])" if parts[0][0].isalpha() else r"(?<![^\W_])"
    right = r"(?![^\W\d_])" if parts[-1][-1].isalpha() else r"(?![^\W_])"
    return left + body + right


def _with_initials_pattern(part: str, initials: str) -> str:
    one = rf"[{re.escape(initials)}]"
    before = rf"(?:(?<![^\W_])(?:{one}\. ?|{one} ){{1,{_MOST_INITIALS}}})?"
    behind = rf"(?: (?:{one}\.? ?){{1,{_MOST_INITIALS}}}(?![^\W_]))?"
    return before + _words_pattern(part) + behind


def _after_initial_pattern(part: str, initials: str) -> str:
    return rf"(?<![^\W_])(?:[{re.escape(initials)}]\. ?){{1,{_MOST_INITIALS}}}" + _words_pattern(part)


def _address_pattern(local: str, domain: str) -> str:
    return re.escape(local) + r" ?@ ?" + re.escape(domain).replace(r"\.", r" ?\. ?")


def _domain_pattern(name: str) -> str:
    return r"(?<![^\W_])" + re.escape(name) + r"(?![^\W_])"


def _phone_pattern(tail: str) -> str:
    before = rf"(?:[+(][+( ]{{0,2}})?(?:[0-9]{_DIGIT_GAP}){{0,{_MOST_DIGITS_BEFORE}}}"
    return before + _DIGIT_GAP.join(tail)


def _short_phone_pattern(tail: str) -> str:
    return r"(?<![0-9])(?<![0-9][.,])" + _DIGIT_GAP.join(tail) + r"(?![0-9]|[.,][0-9])"


def _code_pattern(squeezed: str) -> str:
    return r"(?<![^\W_])" + _CODE_GAP.join(re.escape(character) for character in squeezed) + r"(?![^\W_])"


# Where each stands


def _is_letter(character: str) -> bool:
    return character.isalnum() and not character.isdecimal()


def _words_spans(text: str, *parts: str) -> Spans:
    is_free = is_unspaced("".join(parts))
    continues_left = _is_letter if parts[0][0].isalpha() else str.isalnum
    continues_right = _is_letter if parts[-1][-1].isalpha() else str.isalnum
    start = text.find(parts[0])
    while start >= 0:
        end = _end_of_words(text, start, parts)
        if end >= 0 and (
            is_free or not (continues_left(text[start - 1 : start]) or continues_right(text[end : end + 1]))
        ):
            yield start, end
            start = text.find(parts[0], end)
        else:
            start = text.find(parts[0], start + 1)


def _end_of_words(text: str, start: int, parts: tuple[str, ...]) -> int:
    """Where the words end that begin at a place; below zero where they do not all stand there."""
    at = start + len(parts[0])
    for part in parts[1:]:
        at = _beyond_gap(text, at, 3, _GAP_SIGNS)
        if not text.startswith(part, at):
            return -1
        at += len(part)
    return at


def _beyond_gap(text: str, at: int, most: int, signs: frozenset[str]) -> int:
    """The place behind at most so many blanks and signs; none of them begins a part."""
    end = at
    while end < at + most and end < len(text) and (text[end] in signs or text[end].isspace()):
        end += 1
    return end


def _with_initials_spans(text: str, part: str, initials: str) -> Spans:
    done = 0
    for start, end in _words_spans(text, part):
        if start >= done:
            first = _first_initial(text, start, done, initials, has_dots=False)
            done = _behind_initials(text, end, initials)
            yield (start if first is None else first), done


def _after_initial_spans(text: str, part: str, initials: str) -> Spans:
    done = 0
    for start, end in _words_spans(text, part):
        first = _first_initial(text, start, done, initials, has_dots=True)
        if first is not None:
            done = end
            yield first, done


def _first_initial(text: str, start: int, least: int, initials: str, *, has_dots: bool) -> int | None:
    """Where the initials before a place begin, not before `least`; null where none stand there."""
    first = None
    at = start
    for _ in range(_MOST_INITIALS):
        sign = text[at - 1 : at]
        if sign == " " and text[at - 2 : at - 1] == "." and at >= 3:
            at -= 3
        elif at >= 2 and (sign == "." or (sign == " " and not has_dots)):
            at -= 2
        else:
            break
        if text[at] not in initials or at < least:
            break
        if not text[at - 1 : at].isalnum() or at == 0:
            first = at
    return first


def _behind_initials(text: str, end: int, initials: str) -> int:
    """Where the initials behind a place end; the place itself where none stand there."""
    if text[end : end + 1] != " ":
        return end
    found = _end_of_initials(text, end + 1, initials, 0)
    return end if found is None else found


def _end_of_initials(text: str, at: int, initials: str, n_before: int) -> int | None:
    """The longest way first, as a pattern goes."""
    if n_before < _MOST_INITIALS and at < len(text) and text[at] in initials:
        dotted = at + 2 if text[at + 1 : at + 2] == "." else at + 1
        for behind in dict.fromkeys((dotted, at + 1)):
            ends = (behind + 1, behind) if text[behind : behind + 1] == " " else (behind,)
            for following in ends:
                found = _end_of_initials(text, following, initials, n_before + 1)
                if found is not None:
                    return found
    return at if n_before and not text[at : at + 1].isalnum() else None


def _address_spans(text: str, local: str, domain: str) -> Spans:
    if not (_PLAIN_ADDRESS.fullmatch(local) and _PLAIN_ADDRESS.fullmatch(domain)):
        yield from _by_pattern(text, _address_pattern(local, domain))
        return
    pieces = domain.split(".")
    start = text.find(local)
    while start >= 0:
        end = _beyond_sign(text, start + len(local), "@")
        for number, piece in enumerate(pieces):
            if end >= 0 and number:
                end = _beyond_sign(text, end, ".")
            if end >= 0:
                end = end + len(piece) if text.startswith(piece, end) else -1
        if end >= 0:
            yield start, end
        start = text.find(local, start + 1 if end < 0 else end)


def _beyond_sign(text: str, at: int, sign: str) -> int:
    """The place behind a sign with at most one blank on either side; below zero where it does not stand there."""
    at += text.startswith(" ", at)
    if not text.startswith(sign, at):
        return -1
    at += 1
    return at + text.startswith(" ", at)


def _by_pattern(text: str, pattern: str) -> Spans:
    return (match.span() for match in compiled(pattern).finditer(text))


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern over folded text, compiled once."""
    return re.compile(pattern)


def _domain_spans(text: str, name: str) -> Spans:
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        is_whole = not (text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum())
        if is_whole:
            yield start, end
        start = text.find(name, end if is_whole else start + 1)


def _literal_spans(text: str, sought: str) -> Spans:
    start = text.find(sought)
    while start >= 0:
        yield start, start + len(sought)
        start = text.find(sought, start + len(sought))


def _runs(text: str, tail: str) -> Iterator[tuple[list[int], str]]:
    """Runs of digits that hold a tail: where each digit stands, and all of them as one text."""
    for run in _DIGITS.finditer(text):
        places = [at for at in range(run.start(), run.end()) if text[at] in "0123456789"]
        digits = "".join(text[at] for at in places)
        if tail in digits:
            yield places, digits


def _phone_spans(text: str, tail: str) -> Spans:
    done = 0
    for places, digits in _runs(text, tail):
        begin = 0
        while (at := digits.find(tail, begin)) >= 0:
            first = max(begin, at - _MOST_DIGITS_BEFORE)
            last = digits.rfind(tail, first, first + _MOST_DIGITS_BEFORE + len(tail))
            start = _with_plus(text, places[first], done)
            begin = last + len(tail)
            done = places[begin - 1] + 1
            yield start, done


def _with_plus(text: str, at: int, least: int) -> int:
    """Where the plus or the bracket before a digit begins, not before `least`; else the digit."""
    first = at
    for place in range(at - 1, max(at - 4, least - 1), -1):
        if text[place] not in "+( ":
            break
        if text[place] != " ":
            first = place
    return first


def _short_phone_spans(text: str, tail: str) -> Spans:
    for places, digits in _runs(text, tail):
        at = digits.find(tail)
        while at >= 0:
            start, end = places[at], places[at + len(tail) - 1] + 1
            is_alone = not _has_more_digits(text, start, end)
            if is_alone:
                yield start, end
            at = digits.find(tail, at + len(tail) if is_alone else at + 1)


def _has_more_digits(text: str, start: int, end: int) -> bool:
    before, behind = text[max(start - 2, 0) : start], text[end : end + 2]
    return (
        before[-1:] in _ASCII_DIGITS
        or (before[-1:] in _POINTS and len(before) == 2 and before[0] in _ASCII_DIGITS)
        or behind[:1] in _ASCII_DIGITS
        or (behind[:1] in _POINTS and behind[1:] in _ASCII_DIGITS)
    )


_ASCII_DIGITS = frozenset("0123456789")
_POINTS = frozenset(".,")


def _code_spans(text: str, squeezed: str) -> Spans:
    start = text.find(squeezed[0])
    while start >= 0:
        end = -1 if text[max(start - 1, 0) : start].isalnum() else _end_of_code(text, start, squeezed)
        if end >= 0:
            yield start, end
        start = text.find(squeezed[0], start + 1 if end < 0 else end)


def _end_of_code(text: str, start: int, squeezed: str) -> int:
    at = start + 1
    for character in squeezed[1:]:
        if not text.startswith(character, at):
            at = _beyond_gap(text, at, 2, _CODE_GAP_SIGNS)
            if not text.startswith(character, at):
                return -1
        at += 1
    return -1 if text[at : at + 1].isalnum() else at


_KINDS: dict[str, tuple[Callable[..., str], Callable[..., Spans]]] = {
    "words": (_words_pattern, _words_spans),
    "with_initials": (_with_initials_pattern, _with_initials_spans),
    "after_initial": (_after_initial_pattern, _after_initial_spans),
    "address": (_address_pattern, _address_spans),
    "domain": (_domain_pattern, _domain_spans),
    "literal": (re.escape, _literal_spans),
    "phone": (_phone_pattern, _phone_spans),
    "short_phone": (_short_phone_pattern, _short_phone_spans),
    "code": (_code_pattern, _code_spans),
}
