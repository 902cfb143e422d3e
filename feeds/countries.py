"""Names of countries as feeds write them, to ISO 3166 alpha-2; what is not told for certain stays unknown.

Belongs here: the aliases of `config/countries.yaml` and the guard around country_converter's patterns, which alone
would also take a city named after a country. Called by `feeds.helpers` and `feeds.canonical`, on distinct values only.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from feeds.places import CONFIG, iso_countries
from feeds.yaml_files import parsed_yaml
from schemas.errors import ConfigurationError

_MAX_LENGTH = 80
_MAX_REMEMBERED = 50_000
_ORDINARY = frozenset({
    "and", "of", "the", "de", "la", "d", "s", "republic", "rep", "democratic", "dem", "peoples", "people", "islamic",
    "kingdom", "state", "states", "federation", "federal", "federated", "united", "union", "commonwealth",
    "principality", "grand", "duchy", "sultanate", "island", "islands", "isle", "is", "st", "saint",
})  # fmt: skip
"""Words that any country's name may carry beside its own."""


@dataclass(frozen=True)
class Countries:
    """Everything that tells a country from its name."""

    aliases: dict[str, str]
    """Folded name to alpha-2."""
    short: dict[str, str]
    """Code of two or three capitals to alpha-2: `no`, `In` and `are` are words."""
    ambiguous: frozenset[str]
    patterns: tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]
    """Alpha-2, pattern over the name, and words the country is known by."""
    codes: frozenset[str]
    _remembered: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)

    def by_name(self, values: pl.Series) -> pl.Series:
        """Alpha-2 codes of names or codes of countries, one a value; null where the country is not told for certain.

        A code counts in capitals only.
        """
        distinct = values.drop_nulls().unique().to_list()
        known = {value: code for value in distinct if (code := self._code(value)) is not None}
        return self._mapped(values, known)

    def by_code(self, values: pl.Series) -> pl.Series:
        """The values that are alpha-2 codes, in capitals; null for every other."""
        distinct = values.drop_nulls().unique().to_list()
        return self._mapped(values, {v: v.strip().upper() for v in distinct if v.strip().upper() in self.codes})

    @staticmethod
    def _mapped(values: pl.Series, known: dict[str, str]) -> pl.Series:
        old = pl.Series(list(known), dtype=pl.String)
        new = pl.Series(list(known.values()), dtype=pl.String)
        return values.replace_strict(old, new, default=None, return_dtype=pl.String)

    def _code(self, name: str) -> str | None:
        if name in self._remembered:
            return self._remembered[name]
        code = self._look_up(name)
        if len(self._remembered) < _MAX_REMEMBERED:
            self._remembered[name] = code
        return code

    def _look_up(self, name: str) -> str | None:
        folded = _fold(name)
        if not folded or len(folded) > _MAX_LENGTH or folded in self.ambiguous:
            return None
        if folded in self.aliases:
            return self.aliases[folded]
        plain = name.strip()
        if plain.replace(".", "") in self.short:
            return self.short[plain.replace(".", "")]
        found = [(code, words) for code, pattern, words in self.patterns if pattern.search(plain)]
        if len(found) != 1:
            return None
        code, words = found[0]
        return code if set(folded.split()) <= words | _ORDINARY else None


@lru_cache(maxsize=4)
def load_countries(config_dir: Path = CONFIG) -> Countries:
    """The names of `config/countries.yaml` over those of country_converter.

    Raises: ConfigurationError if the file is missing or malformed, or gives a code that is no country.
    """
    given = _read(config_dir / "countries.yaml")
    codes = frozenset(country.alpha2 for country in iso_countries())
    aliases: dict[str, str] = {}
    short: dict[str, str] = {}
    for country in iso_countries():
        short |= dict.fromkeys((country.alpha2, country.alpha3), country.alpha2)
        for name in (country.name, country.official_name):
            aliases[_fold(name)] = country.alpha2
    for name, code in given["aliases"].items():
        if code not in codes:
            raise ConfigurationError("countries.yaml, aliases: a code is no ISO 3166 alpha-2 country. Mend the file.")
        aliases[_fold(name)] = code
    patterns = tuple(
        (
            country.alpha2,
            re.compile(country.pattern, re.IGNORECASE),
            frozenset(f"{_fold(country.name)} {_fold(country.official_name)}".split()),
        )
        for country in iso_countries()
    )
    return Countries(aliases, short, frozenset(map(_fold, given["ambiguous"])), patterns, codes)


def _fold(name: str) -> str:
    """Lower case without accents, points and brackets, single spaces: `U.A.E.` and `uae` are one name."""
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", re.sub(r"[.'’]", "", letters)).strip()


def _read(path: Path) -> dict[str, Any]:
    given: Any = None
    try:
        given = parsed_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        given = None
    is_good = (
        isinstance(given, dict)
        and isinstance(given.get("aliases"), dict)
        and isinstance(given.get("ambiguous"), list)
        and all(isinstance(name, str) for name in [*given["aliases"], *given["aliases"].values(), *given["ambiguous"]])
    )
    if not is_good:
        raise ConfigurationError(f"{path.name}: must give aliases (name: code) and ambiguous (names). Mend the file.")
    return dict(given)
