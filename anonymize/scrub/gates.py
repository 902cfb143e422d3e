"""Gates made from the recognisers' own patterns: cheap tests in Polars' engine that open wherever a pattern matches.

Polars' engine has no look-around and no way back, so it takes linear time; what it lacks is left out here, which makes
a pattern match more, never less. What may be missing at either end of a pattern is left out too, for a search does not
need it, and a look-around of one character at an end becomes that character or the border of the text.

Belongs here: from the syntax of the regex module to that of Polars. Does not belong here: asking (`engine`).
Guarantee: wherever the pattern matches, the gate does: character by character for every class in use
(tests/upstream/test_gates.py), on real and drawn texts for every pattern (tests/property/test_gates.py).
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from schemas.errors import ConfigurationError

_TURKISH_I = "iIıİ"
"""One letter to the regex module where case does not count; two to Polars."""

_DOTTED = "ıİ"

UNTOLD = r"[\p{Cn}\u{295}\u{345}]"
"""Characters of which the two engines think differently, most of them for one knows a later edition of Unicode: a text
with one of them opens every gate."""

_MOST_COPIES = 10

_ESCAPED_CLASSES = "dDsSwW"
_QUANTIFIER = re.compile(r"([*+?]|\{\d*,?\d*\})([?+]?)")
_FLAGS = re.compile(r"\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")


@dataclass(frozen=True)
class _Node:
    """A part of a pattern; kinds: `atom`, `text_start`, `text_end`, `around`, `sequence`, `choice`, `many`."""

    kind: str
    text: str = ""
    """An atom as Polars writes it."""
    parts: tuple["_Node", ...] = ()
    least: int = 1
    most: int | None = 1
    is_behind: bool = False
    """Whether a look-around looks back."""


_EMPTY = _Node("sequence")


@lru_cache(maxsize=4096)
def gate_of(pattern: str, *, is_cased: bool) -> str:
    """A pattern for Polars that matches every text in which a pattern of the regex module (V0) matches.

    Raises: ConfigurationError if the pattern uses syntax that this module does not know.

    Example: `(?<![\\w])AB(?: [0-9]+)?` gives `(?:^|[^\\w])AB`.
    """
    tree = _Parser(pattern, is_cased=is_cased).whole()
    written = _written(_trimmed(_trimmed(tree, at_head=True), at_head=False))
    return written if is_cased else f"(?i:{written})"


class _Parser:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str, *, is_cased: bool) -> None:
        self._pattern = pattern
        self._at = 0
        self._is_cased = is_cased

    def whole(self) -> _Node:
        tree = self._choice()
        if self._at != len(self._pattern):
            raise self._unknown()
        return tree

    def _unknown(self) -> ConfigurationError:
        return ConfigurationError(f"gate: the pattern's syntax at character {self._at} is not known to gates.py")

    def _peek(self, text: str) -> bool:
        return self._pattern.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        is_there = self._peek(text)
        self._at += len(text) * is_there
        return is_there

    def _choice(self) -> _Node:
        ways = [self._sequence()]
        while self._take("|"):
            ways.append(self._sequence())
        return ways[0] if len(ways) == 1 else _Node("choice", parts=tuple(ways))

    def _sequence(self) -> _Node:
        parts = []
        while self._at < len(self._pattern) and not self._peek("|") and not self._peek(")"):
            parts.append(self._quantified(self._part()))
        return _Node("sequence", parts=tuple(parts))

    def _quantified(self, node: _Node) -> _Node:
        match = _QUANTIFIER.match(self._pattern, self._at)
        if match is None:
            return node
        self._at = match.end()
        body = match[1].strip("{}")
        least, most = {"*": ("0", ""), "+": ("1", ""), "?": ("0", "1")}.get(body, body.partition(",")[::2])
        if body.isdigit():
            most = body
        return _Node("many", parts=(node,), least=int(least or 0), most=int(most) if most else None)

    def _part(self) -> _Node:
        if self._peek("("):
            return self._group()
        if self._peek("["):
            return _Node("atom", self._class())
        character = self._pattern[self._at]
        if character == "\\":
            return self._escape()
        self._at += 1
        if character in "*+?{":
            raise self._unknown()
        if character in "^$":
            return _Node("text_start" if character == "^" else "text_end")
        return _Node("atom", "." if character == "." else self._literal(character))

    def _group(self) -> _Node:
        self._take("(")
        for sign in ("?<!", "?<=", "?!", "?="):
            if self._take(sign):
                inner = self._choice()
                self._close()
                is_behind = "<" in sign
                border = _border(inner, is_negative="!" in sign, is_behind=is_behind)
                return _Node("around", parts=(border,), is_behind=is_behind)
        if self._take("?P="):
            self._at = self._pattern.index(")", self._at) + 1
            return _Node("atom", "(?s:.*)")
        was_cased = self._is_cased
        if self._take("?P<") or self._take("?<"):
            self._at = self._pattern.index(">", self._at) + 1
        elif not self._take("?>") and (match := _FLAGS.match(self._pattern, self._at)):
            self._at = match.end()
            if set(match[1] + (match[2] or "")) - {"i"}:
                raise self._unknown()
            self._is_cased = (self._is_cased and "i" not in match[1]) or "i" in (match[2] or "")
            if match[3] == ")":
                return _EMPTY
        elif self._peek("?"):
            raise self._unknown()
        is_cased = self._is_cased
        inner = self._choice()
        self._is_cased = was_cased
        self._close()
        return inner if is_cased == was_cased else _Node("atom", _cased(_written(inner), is_cased=is_cased))

    def _close(self) -> None:
        if not self._take(")"):
            raise self._unknown()

    def _escape(self) -> _Node:
        character = self._pattern[self._at + 1]
        if character in "bBAZzmM":
            self._at += 2
            return _EMPTY
        if character.isdigit():
            self._at += 2
            return _Node("atom", "(?s:.*)")
        return _Node("atom", self._escaped(is_in_class=False))

    def _escaped(self, *, is_in_class: bool) -> str:
        """One escape, as Polars writes it."""
        start = self._at
        character = self._pattern[start + 1]
        self._at += 2
        if character in "pP":
            self._at = self._pattern.index("}", self._at) + 1
            return self._pattern[start : self._at]
        if character in _ESCAPED_CLASSES:
            return f"\\{character}"
        if character in "xuU":
            self._at += {"x": 2, "u": 4, "U": 8}[character]
            character = chr(int(self._pattern[start + 2 : self._at], 16))
        elif character in "nrtfv":
            character = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}[character]
        elif character.isalnum():
            raise self._unknown()
        return _escape(character) if is_in_class else self._literal(character)

    def _literal(self, character: str) -> str:
        return f"[{_TURKISH_I}]" if not self._is_cased and character in _TURKISH_I else _escape(character)

    def _class(self) -> str:
        start = self._at
        self._at += 1
        is_negative = self._take("^")
        items: list[str] = []
        while not self._peek("]") or not items:
            if self._peek("\\"):
                items.append(self._escaped(is_in_class=True))
            elif self._peek("[:") or self._at >= len(self._pattern):
                raise self._unknown()
            else:
                character = self._pattern[self._at]
                is_range = character == "-" and items and not self._pattern.startswith("]", self._at + 1)
                items.append("-" if is_range else _escape(character))
                self._at += 1
        self._at += 1
        source = self._pattern[start : self._at]
        if not is_negative and not self._is_cased and _is_with_i(source):
            items.append(_DOTTED)
        return f"[{'^' * is_negative}{''.join(items)}]"


def _is_with_i(source: str) -> bool:
    return re.search("[iI]", source) is not None or re.search(r"[a-h]-[j-z]|[A-H]-[J-Z]|\\p|\\w", source) is not None


def _escape(character: str) -> str:
    is_plain = character.isalnum() or not character.isascii() or character in " \n\r\t\f\v_<>'\"@:;,/=!%`"
    return character if is_plain else f"\\{character}"


def _cased(written: str, *, is_cased: bool) -> str:
    return f"(?-i:{written})" if is_cased else f"(?i:{written})"


def _border(inner: _Node, *, is_negative: bool, is_behind: bool) -> _Node:
    """A look-around as what it lets stand at an end of the pattern; an atom without text if it cannot be told."""
    if not is_negative:
        return inner
    only = inner
    while only.kind == "sequence" and len(only.parts) == 1:
        only = only.parts[0]
    text = only.text
    if only.kind != "atom" or "(" in text or text == ".":
        return _Node("atom")
    if text.startswith("[^"):
        turned = f"[{_DOTTED}{text[2:]}"
    elif text.startswith("["):
        turned = f"[^{text[1:].removesuffix(_DOTTED + ']').removesuffix(']')}]"
    else:
        turned = f"[^{text}]"
    return _Node("atom", f"(?:{'^' if is_behind else '$'}|{turned})")


def _can_be_empty(node: _Node) -> bool:
    match node.kind:
        case "atom":
            return not node.text or node.text == "(?s:.*)"
        case "many":
            return node.least == 0 or _can_be_empty(node.parts[0])
        case "sequence":
            return all(map(_can_be_empty, node.parts))
        case "choice":
            return any(map(_can_be_empty, node.parts))
    return node.kind == "around"


def _trimmed(node: _Node, *, at_head: bool) -> _Node:
    """A pattern without what its one end may lack."""
    if node.kind == "sequence":
        return _trimmed_sequence(node, at_head=at_head)
    if _can_be_empty(node):
        return _EMPTY
    if node.kind == "choice":
        return replace(node, parts=tuple(_trimmed(way, at_head=at_head) for way in node.parts))
    if node.kind == "many":
        is_single = node.least == 1
        return _trimmed(node.parts[0], at_head=at_head) if is_single else replace(node, most=node.least)
    return node


def _trimmed_sequence(node: _Node, *, at_head: bool) -> _Node:
    """Look-arounds at the end become borders, unless what stands beside them may be missing."""
    parts = list(node.parts) if at_head else list(node.parts)[::-1]
    border: _Node | None = None
    while parts:
        if parts[0].kind == "around":
            told = parts.pop(0)
            if told.is_behind == at_head and not _can_be_empty(told.parts[0]):
                border = _trimmed(told.parts[0], at_head=at_head)
        elif _can_be_empty(parts[0]):
            parts.pop(0)
            border = None
        elif border is not None:
            parts.insert(0, border)
            break
        else:
            parts[0] = _trimmed(parts[0], at_head=at_head)
            break
    return _Node("sequence", parts=tuple(parts if at_head else parts[::-1]))


def _written(node: _Node) -> str:
    """A part in Polars' syntax; look-arounds that are left stand at an end of the pattern."""
    match node.kind:
        case "atom":
            return node.text
        case "text_start":
            return "^"
        case "text_end":
            return r"(?:\n?$)"
        case "around":
            return ""
        case "sequence":
            return "".join(map(_written, node.parts))
        case "choice":
            return "(?:" + "|".join(map(_written, node.parts)) + ")"
    return _repeated(node)


def _repeated(node: _Node) -> str:
    """A repeated part; many repetitions may be any number, for each costs Polars' engine a copy of the part."""
    inner = _written(node.parts[0])
    body = inner if node.parts[0].kind == "atom" and _is_single(inner) else f"(?:{inner})"
    most = None if node.most is None or node.most > _MOST_COPIES else node.most
    if (node.least, most) == (0, 1):
        return f"{body}?"
    if most is None:
        return body * node.least + f"{body}*" if node.least < 2 else f"{body}{{{node.least},}}"
    return f"{body}{{{node.least}}}" if most == node.least else f"{body}{{{node.least},{most}}}"


def _is_single(written: str) -> bool:
    return written.startswith("[") or len(written) == 1 or (len(written) == 2 and written[0] == "\\")
