"""The text that the name model is trained on, read strictly: skeletons, negatives, names, companies, addresses.

All of it is written by hand for this project and stands in `corpus/` beside this module, as UTF-8 text. A line that
begins with `#:` is a comment. `<language>` is an ISO 639-1 code, with the script where it is not the usual one
(`hi_latn` is Hindi in Latin letters), or `xx` for several languages with a few lines each; what follows a hyphen is
a register and only parts files.

    skeletons/<language>[-<register>].txt   texts with placeholders, parted by lines `---`; see `SKELETON`
    negatives/<language>[-<register>].txt   texts that name nobody, one a line
    formal/<language>.txt                   how that language addresses a person politely, one pattern a line
    names/<region>.txt                      [given] and [family] in one script; a name may be several words
    companies/<region>.txt                  [names] [core] [activity] [legal] [city], then [pattern] and [short]
    addresses/<country>[_<script>].txt      [names] [street] [locality] [city] [postcode] [country], then [pattern]

Sections in the first row of brackets are lists, parted by `;` and line ends. `[pattern]` and `[short]` hold one pattern
a line, in which `{core}` stands for an entry of `[core]`, and `\\n` for a line break. `[names]` lists the files of
`names/` that `{given}` and `{family}` are drawn from. `[short]` is how a firm calls itself without a legal form.
`{initials}` is two to four capitals, `{number}` a whole number, `{letter}` a capital; in `[postcode]` each `#` is
a digit and each `?` a letter.

Order is not said: names in Chinese characters, kana and Hangul are written surname first and without a space;
Vietnamese, Korean and Chinese names in Latin letters often surname first.

Everything of a skeleton outside its placeholders is trained as *no name*: brands of goods, standards, countries,
ports, months and days may stand there, a person or a company may not. A placeholder may touch a literal, as in
`{person}'s` or `{city}'dan`. Callers: the trainer of the name model.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError

CORPUS = Path(__file__).parent / "corpus"

SKELETON = frozenset(
    [
        "person",
        "person_first",
        "person_last",
        "person_formal",  # Mr Rossi, Rossi san: as `formal/` says
        "company",
        "company_short",  # without a legal form
        "address",
        "street",
        "city",
        "country",
        "email",
        "phone",
        "url",
        "product",
        "quantity",  # with a unit
        "number",  # of an order, a part, a document
        "date",
        "price",  # with a currency
    ]
)
"""The placeholders of skeletons."""

_FREE = frozenset(["number", "letter", "initials"])
_NAMED = frozenset(["given", "family"])
_COMPANY_LISTS = ("names", "core", "activity", "legal", "city")
_ADDRESS_LISTS = ("names", "street", "locality", "city", "postcode", "country")
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True)
class Skeleton:
    """A text in which names are still placeholders."""

    text: str
    register: str
    """What follows the hyphen of the file's name, or nothing."""


@dataclass(frozen=True)
class Names:
    """Given names and surnames of a region, in one script."""

    given: tuple[str, ...]
    family: tuple[str, ...]


@dataclass(frozen=True)
class Patterns:
    """How companies of a region, or addresses of a country, are put together."""

    lists: dict[str, tuple[str, ...]]
    """Entries by section; `names` are keys of `Corpus.names`."""
    patterns: tuple[str, ...]
    short: tuple[str, ...]
    """How a firm calls itself without a legal form; empty for addresses."""


@dataclass(frozen=True)
class Corpus:
    """The whole training text. Every mapping is in the order of its keys, every tuple in the order of its file."""

    skeletons: dict[str, tuple[Skeleton, ...]]
    negatives: dict[str, tuple[str, ...]]
    formal: dict[str, tuple[str, ...]]
    names: dict[str, Names]
    companies: dict[str, Patterns]
    addresses: dict[str, Patterns]


def load_corpus(folder: Path = CORPUS) -> Corpus:
    """The training text of a folder.

    Guarantee: every placeholder is known and can be filled, no section is empty, no entry stands twice in its
    section, no skeleton or negative twice in its language (tests/unit/test_name_corpus.py).
    Raises: ConfigurationError with file and line number.
    """
    skeletons: dict[str, dict[str, Skeleton]] = {}
    for path in _files(folder / "skeletons"):
        language, _, register = path.stem.partition("-")
        known = skeletons.setdefault(language, {})
        for number, text in _blocks(path):
            if not _used(path, number, text, SKELETON):
                raise _wrong(path, number, "a skeleton needs a placeholder; texts without one go to negatives/")
            _once(path, number, known, _key(text))
            known[_key(text)] = Skeleton(text, register)
    negatives: dict[str, dict[str, str]] = {}
    for path in _files(folder / "negatives"):
        lines = negatives.setdefault(path.stem.partition("-")[0], {})
        for number, text in _lines(path):
            _used(path, number, text, frozenset())
            _once(path, number, lines, _key(text))
            lines[_key(text)] = text
    names = {path.stem: _names(path) for path in _files(folder / "names")}
    corpus = Corpus(
        skeletons={language: tuple(known.values()) for language, known in sorted(skeletons.items())},
        negatives={language: tuple(lines.values()) for language, lines in sorted(negatives.items())},
        formal={path.stem: _plain_patterns(path) for path in _files(folder / "formal")},
        names=names,
        companies={path.stem: _patterns(path, names, _COMPANY_LISTS, True) for path in _files(folder / "companies")},
        addresses={path.stem: _patterns(path, names, _ADDRESS_LISTS, False) for path in _files(folder / "addresses")},
    )
    for language, texts in corpus.skeletons.items():
        if language not in corpus.formal and any("{person_formal}" in each.text for each in texts):
            raise ConfigurationError(f"skeletons/{language}: {{person_formal}} needs formal/{language}.txt.")
    return corpus


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.txt"))
    if not found:
        raise ConfigurationError(f"{folder.name}/: holds no file.")
    return found


def _wrong(path: Path, number: int, what: str) -> ConfigurationError:
    return ConfigurationError(f"{path.parent.name}/{path.name} line {number}: {what}.")


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines without comments."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, 1, f"cannot be read ({type(error).__name__})") from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("#:"):
            yield number, line.rstrip()


def _lines(path: Path) -> list[tuple[int, str]]:
    """Numbered lines that are not blank."""
    rows = [(number, line.strip()) for number, line in _rows(path) if line.strip()]
    if not rows:
        raise _wrong(path, 1, "holds no entry")
    return rows


def _blocks(path: Path) -> Iterator[tuple[int, str]]:
    """Blocks between lines `---`, each with the number of its first line."""
    start, lines = 1, list[str]()
    for number, line in [*_rows(path), (0, "---")]:
        if line != "---":
            start = start if lines else number
            lines.append(line)
            continue
        text = "\n".join(lines).strip("\n")
        if not text:
            raise _wrong(path, number or start, "an empty block")
        yield start, text
        lines.clear()


def _key(text: str) -> str:
    """What two texts share that differ in case and spaces only."""
    return " ".join(text.casefold().split())


def _once(path: Path, number: int, known: Container[str], key: str) -> None:
    if key in known:
        raise _wrong(path, number, "stands here already, or in another file of its language")


def _used(path: Path, number: int, text: str, allowed: frozenset[str]) -> set[str]:
    """The placeholders of a text, all of them allowed."""
    used = set(_PLACEHOLDER.findall(text))
    if used - allowed:
        raise _wrong(path, number, f"unknown placeholder; known here: {', '.join(sorted(allowed)) or 'none'}")
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise _wrong(path, number, "a curly brace without its partner")
    return used


def _sections(path: Path) -> dict[str, list[tuple[int, str]]]:
    sections: dict[str, list[tuple[int, str]]] = {}
    current: list[tuple[int, str]] | None = None
    for number, line in _lines(path):
        if head := re.fullmatch(r"\[(\w+)\]", line):
            if head[1] in sections:
                raise _wrong(path, number, f"section [{head[1]}] stands twice")
            current = sections[head[1]] = []
        elif current is None:
            raise _wrong(path, number, "an entry before the first section")
        else:
            current.append((number, line))
    for name, rows in sections.items():
        if not rows:
            raise _wrong(path, 1, f"section [{name}] is empty")
    return sections


def _entries(path: Path, rows: list[tuple[int, str]]) -> tuple[str, ...]:
    """Entries of a list section, parted by `;`."""
    found: dict[str, None] = {}
    for number, line in rows:
        for entry in filter(None, map(str.strip, line.split(";"))):
            _used(path, number, entry, frozenset())
            _once(path, number, found, entry)
            found[entry] = None
    return tuple(found)


def _names(path: Path) -> Names:
    sections = _sections(path)
    if set(sections) != {"given", "family"}:
        raise _wrong(path, 1, "the sections of names are [given] and [family]")
    return Names(_entries(path, sections["given"]), _entries(path, sections["family"]))


def _plain_patterns(path: Path) -> tuple[str, ...]:
    found: set[str] = set()
    for number, line in _lines(path):
        if not _used(path, number, line, _NAMED):
            raise _wrong(path, number, "needs {given} or {family}")
        _once(path, number, found, line)
        found.add(line)
    return tuple(line for _, line in _lines(path))


def _patterns(path: Path, names: dict[str, Names], lists: tuple[str, ...], has_short: bool) -> Patterns:
    sections = _sections(path)
    wanted = {"pattern", "short"} if has_short else {"pattern"}
    if not wanted <= set(sections) <= wanted | set(lists):
        raise _wrong(path, 1, f"needs {', '.join(sorted(wanted))}; may have {', '.join(lists)}")
    read = {name: _entries(path, sections[name]) for name in lists if name in sections}
    if unknown := set(read.get("names", ())) - set(names):
        raise _wrong(path, 1, f"names/ has no file for {len(unknown)} of the entries of [names]")
    allowed = _FREE | (set(read) - {"names"}) | (_NAMED if "names" in read else set())
    drawn: set[str] = set()
    spelt: dict[str, list[str]] = {}
    for name in sorted(wanted):
        known: set[str] = set()
        for number, line in sections[name]:
            drawn |= _used(path, number, line, frozenset(allowed))
            _once(path, number, known, line)
            known.add(line)
            spelt.setdefault(name, []).append(line.replace("\\n", "\n"))
    if unused := set(read) - {"names"} - drawn:
        raise _wrong(path, 1, f"no pattern uses {', '.join(sorted(unused))}")
    return Patterns(read, tuple(spelt["pattern"]), tuple(spelt.get("short", ())))
