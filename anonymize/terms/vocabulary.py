"""The vocabulary of a configuration folder: read once, refused where one spelling could mean two terms."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from anonymize.terms.folding import folded
from anonymize.wordlists import CONFIG, read_wordlists
from schemas.errors import ConfigurationError
from schemas.vocabulary import Term, TermKind

FILES = {
    TermKind.CERTIFICATE: "certificates.yaml",
    TermKind.MATERIAL: "materials.yaml",
    TermKind.ATTRIBUTE: "attributes.yaml",
    TermKind.GRADE: "grades.yaml",
    TermKind.SIZE: "sizes.yaml",
}
"""The file of each kind, in `config/terms/`."""

_SHORTEST_PLURAL = 4


@dataclass(frozen=True)
class Vocabulary:
    """Terms in the order of their ids, and every spelling they are looked for by."""

    terms: tuple[Term, ...]
    kinds: dict[str, TermKind]
    """Kind by id."""

    spellings: dict[str, str]
    """Id by folded spelling; the longest spelling first, as finding needs them."""


@lru_cache(maxsize=4)
def read_vocabulary(config_dir: Path = CONFIG) -> Vocabulary:
    """The terms of `config/terms/`.

    Raises: ConfigurationError, naming file and term, if a file is missing or no list of terms, an id stands twice, a
        spelling is empty, means two terms, or is a brand or an ordinary word.
    """
    terms: list[Term] = []
    kinds: dict[str, TermKind] = {}
    for kind, name in FILES.items():
        for term in _read(config_dir / "terms" / name):
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
    _refuse_names(owner, config_dir)
    for form, term in list(owner.items()):
        if (plural := _plural(form)) and plural not in owner:
            owner[plural] = term
    return dict(sorted(owner.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def _refuse_names(owner: dict[str, str], config_dir: Path) -> None:
    """A vocabulary of brands would tell who buys; one of ordinary words would count everything."""
    lists = read_wordlists(config_dir)
    for form, term in owner.items():
        phrase = " ".join(form.split())
        if phrase in lists.brands:
            raise ConfigurationError(f"terms: a spelling of {term} is a brand; terms tell no brands")


def _plural(form: str) -> str | None:
    """The English plural of a spelling that ends with an ASCII word."""
    last = form.split()[-1]
    is_word = last.isascii() and last.isalpha() and len(last) >= _SHORTEST_PLURAL and not last.endswith("s")
    return f"{form[:-1]}s " if is_word else None


def n_by_kind(vocabulary: Vocabulary) -> dict[TermKind, int]:
    """How many terms each kind has."""
    return dict(Counter(vocabulary.kinds.values()))
