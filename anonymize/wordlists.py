"""Committed word lists that normalising and scrubbing share: free mail, legal forms, ordinary words, brands, standards.

Belongs here: reading `free_mail.txt`, `legal_forms.txt`, `ordinary_words.txt`, `brands.txt` and `standards.txt` of the
configuration folder. Does not belong here: what is done with them. Callers: `pseudonyms`, `scrub`, `events`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from schemas.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[1] / "config"
"""The `config/` folder of this checkout; the application is installed editable."""


@dataclass(frozen=True)
class LegalForm:
    """A suffix that marks a company, such as `GmbH`."""

    text: str
    is_weak: bool
    """True for forms that are also words, units or codes (`SA`, `Co`): they mark a company only with more proof."""


@dataclass(frozen=True)
class Wordlists:
    """The word lists, folded to lower case without accents."""

    free_mail: frozenset[str]
    legal_forms: tuple[LegalForm, ...]
    form_words: frozenset[str]
    """Words that legal forms consist of, without dots: what a company's core name neither begins nor ends with."""
    ordinary: frozenset[str]
    """Words that no name is told by."""
    products: frozenset[str]
    """Words of the product lexicon: no typing errors of a name."""
    brands: frozenset[str]
    standards: frozenset[str]
    """Runs of digits are written as `9`: see `plain_phrase`."""


@lru_cache(maxsize=8)
def read_wordlists(config_dir: Path = CONFIG) -> Wordlists:
    """The word lists of a configuration folder.

    Raises: ConfigurationError if a file is missing, is no UTF-8, is empty or holds a malformed line.
    """
    forms = []
    for line in _lines(config_dir / "legal_forms.txt"):
        text, _, strength = line.partition("\t")
        if strength not in ("", "weak"):
            raise ConfigurationError("legal_forms.txt: after the tab only `weak` may stand.")
        forms.append(LegalForm(text.strip(), strength == "weak"))
    return Wordlists(
        free_mail=frozenset(line.lower() for line in _lines(config_dir / "free_mail.txt")),
        legal_forms=tuple(forms),
        form_words=frozenset(word for form in forms for word in _words_of(form.text)) - _NAMES_TOO,
        ordinary=frozenset(fold(word) for line in _lines(config_dir / "ordinary_words.txt") for word in line.split()),
        products=frozenset(
            word
            for line in _lines(config_dir / "products" / "lexicon.csv")
            for word in _words_of(line.partition(",")[0])
        ),
        brands=frozenset(" ".join(_words_of(line)) for line in _lines(config_dir / "brands.txt")),
        standards=frozenset(plain_phrase(line) for line in _lines(config_dir / "standards.txt")),
    )


def plain_phrase(text: str) -> str:
    """Folded words with one blank between, letters parted from digits, every run of digits as `9`.

    Example: `ISO9001:2015` gives `iso 9 9`.
    """
    parts = re.findall(r"[0-9]+|[^\W\d_]+", fold(re.sub(r"[./']", "", text)))
    return " ".join("9" if part[0].isdigit() else part for part in parts)


_NAMES_TOO = frozenset(["trust", "haftungsbeschrankt"])
"""Words of legal forms that names end with as well."""


def _words_of(form: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(re.sub(r"[./']", "", form)))


def _lines(path: Path) -> list[str]:
    """Lines of a list without blank ones and `#` comments."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: cannot be read ({type(error).__name__}).") from None
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    kept = [line for line in lines if line]
    if not kept:
        raise ConfigurationError(f"{path.name}: holds no entry.")
    return kept


def fold(text: str) -> str:
    """The text in lower case without accents, character by character, so that offsets stay what they were.

    Guarantee: `len(fold(text)) == len(text)` and folding twice changes nothing (tests/property/test_scrubbing.py).

    Example: `fold("Müller")` is `"muller"`.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=65536)
def _fold_character(character: str) -> str:
    for _ in range(4):
        base = _WITHOUT_STROKE.get(character) or unicodedata.normalize("NFKD", character)[0].lower()
        folded = base if len(base) == 1 else base[0]
        if folded == character:
            break
        character = folded
    return character


_WITHOUT_STROKE = dict(zip("øØłŁđĐħĦŧŦðÐþÞæÆœŒßı", "oollddhhttddttaaoosi", strict=True))
"""Letters that Unicode does not take apart, each with the one ASCII letter that stands for it."""
