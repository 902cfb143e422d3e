"""The vocabulary of a configuration folder: read once, refused where one spelling could mean two terms."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from anonymize.terms.folding import folded
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.errors import ConfigurationError
from schemas.taxonomy import TermNode
from schemas.vocabulary import Term, TermKind

FILES = {
    TermKind.CERTIFICATE: "certificates.yaml",
    TermKind.MATERIAL: "materials.yaml",
    TermKind.ATTRIBUTE: "attributes.yaml",
    TermKind.GRADE: "grades.yaml",
    TermKind.SIZE: "sizes.yaml",
}
"""The file of each kind, in `config/terms/`."""

FOLDER = "terms"
"""Their folder in the configuration."""

_SHORTEST_PLURAL = 4

_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
"""Scripts that put no blank between words; a spelling in one of them is looked for anywhere."""

_LITTLE_WORD = re.compile(r" [a-z\u0400-\u04ff\u0600-\u06ff]{1,2} ")
"""One word of one or two letters: an article or preposition of some language."""


@dataclass(frozen=True)
class Vocabulary:
    """Terms in the order of their ids, and every spelling they are looked for by."""

    terms: tuple[Term, ...]
    kinds: dict[str, TermKind]
    """Kind by id."""

    spellings: dict[str, str]
    """Id by folded spelling; the longest spelling first, as finding needs them."""

    @cached_property
    def patterns(self) -> dict[str, str]:
        """Id by what is looked for in a folded text: a spelling with its blanks, but where words have none."""
        return {_edged(form): term for form, term in self.spellings.items()}


def _edged(form: str) -> str:
    """A folded spelling without the blank beside a letter of a script that has none: `ce  认证` keeps its first."""
    words = form.strip()
    first, last = (" " if not _UNSPACED.match(letter) else "" for letter in (words[0], words[-1]))
    return f"{first}{words}{last}"


@lru_cache(maxsize=4)
def read_vocabulary(config_dir: Path = CONFIG) -> Vocabulary:
    """The terms of `config/terms/`.

    Raises: ConfigurationError, naming file and term, if a file is missing or no list of terms, an id stands twice, a
        spelling is empty, means two terms, is a brand, or is a word of one or two letters.
    """
    terms: list[Term] = []
    kinds: dict[str, TermKind] = {}
    for kind, name in FILES.items():
        for term in _read(config_dir / FOLDER / name):
            if term.id in kinds:
                raise ConfigurationError(f"terms/{name}: {term.id} stands twice; give one of them another id")
            terms.append(term)
            kinds[term.id] = kind
    terms.sort(key=lambda term: term.id)
    return Vocabulary(tuple(terms), kinds, _spellings(terms, config_dir))


def _read(path: Path) -> list[Term]:
    where = f"terms/{path.name}"
    try:
        entries: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{where}: cannot be read ({type(error).__name__})") from None
    except yaml.YAMLError:
        raise ConfigurationError(f"{where}: is no YAML") from None
    if not isinstance(entries, list) or not entries:
        raise ConfigurationError(f"{where}: is no list of terms")
    terms = []
    for number, entry in enumerate(entries, start=1):
        try:
            terms.append(Term.model_validate(entry))
        except ValidationError as error:
            fields = ", ".join(sorted({".".join(map(str, one["loc"][:1])) or "entry" for one in error.errors()}))
            raise ConfigurationError(f"{where}: entry {number} has a wrong or missing {fields}") from None
    return terms


def _spellings(terms: list[Term], config_dir: Path) -> dict[str, str]:
    flat = [(term.id, spelling) for term in terms for spelling in term.spellings]
    forms = folded(pl.Series([spelling for _, spelling in flat], dtype=pl.String)).to_list()
    owner: dict[str, str] = {}
    for (term, _), form in zip(flat, forms, strict=True):
        if not form:
            raise ConfigurationError(f"terms: a spelling of {term} holds neither letter nor digit")
        if owner.setdefault(form, term) != term:
            raise ConfigurationError(f"terms: one spelling stands for both {owner[form]} and {term}; keep one of them")
    _refuse_spellings(owner, config_dir)
    for form, term in list(owner.items()):
        if (plural := _plural(form)) and plural not in owner:
            owner[plural] = term
    return dict(sorted(owner.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _refuse_spellings(owner: dict[str, str], config_dir: Path) -> None:
    """A vocabulary of brands would tell who buys; one of little words would count everything."""
    brands = read_wordlists(config_dir).brands
    for form, term in owner.items():
        if " ".join(form.split()) in brands:
            raise ConfigurationError(f"terms: a spelling of {term} is a brand; terms tell no brands")
        if _LITTLE_WORD.fullmatch(form):
            raise ConfigurationError(
                f"terms: a spelling of {term} is one word of one or two letters without accents, which is a word of "
                "some other language; write it with a word beside it"
            )


def _plural(form: str) -> str | None:
    """The English plural of a spelling that ends with an ASCII word."""
    last = form.split()[-1]
    is_word = last.isascii() and last.isalpha() and len(last) >= _SHORTEST_PLURAL and not last.endswith("s")
    return f"{form[:-1]}s " if is_word else None


def n_by_kind(vocabulary: Vocabulary) -> dict[TermKind, int]:
    """How many terms each kind has."""
    return dict(Counter(vocabulary.kinds.values()))


def term_nodes(vocabulary: Vocabulary) -> tuple[TermNode, ...]:
    """What is public of each term, in the order of their ids; spellings are public, too, but no release needs them."""
    return tuple(
        TermNode(term.id, vocabulary.kinds[term.id].value, term.en, term.hi, term.sectors) for term in vocabulary.terms
    )
