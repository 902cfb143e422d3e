"""The place tree: world, UN M49 regions and sub-regions, countries.

Belongs here: loading country_converter, once and only when asked, and setting its countries under `config/places.yaml`.
Called by `feeds.taxonomy` and `feeds.countries`.
"""

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from feeds.yaml_files import parsed_yaml
from schemas.errors import ConfigurationError

CONFIG = Path(__file__).resolve().parents[1] / "config"
"""The `config/` folder of this checkout; the application is installed editable."""

PlaceRow = tuple[str, str, str | None, str]
"""A row of `schemas.taxonomy.PlaceNode`: level, code, parent, title."""


@dataclass(frozen=True)
class IsoCountry:
    """A country as country_converter knows it."""

    alpha2: str
    alpha3: str
    name: str
    official_name: str
    pattern: str
    un_region: str


@lru_cache(maxsize=1)
def iso_countries() -> tuple[IsoCountry, ...]:
    """All countries and territories of ISO 3166 (and XK), sorted by alpha-2 code."""
    import country_converter

    logging.getLogger("country_converter").setLevel(logging.CRITICAL)
    table: Any = country_converter.CountryConverter().data
    columns = [table[name].astype(str) for name in ("ISO2", "ISO3", "name_short", "name_official", "regex", "UNregion")]
    rows = (IsoCountry(_first_code(alpha2), *rest) for alpha2, *rest in zip(*columns, strict=True))
    return tuple(sorted(rows, key=lambda row: row.alpha2))


@lru_cache(maxsize=4)
def load_place_rows(config_dir: Path = CONFIG) -> tuple[PlaceRow, ...]:
    """Every node of the place tree.

    Returns: rows of `PlaceNode` (level, code, parent, title), sorted from root to leaves and by code; every parent is
    in the tree, every country has exactly one sub-region.

    Raises: ConfigurationError if `places.yaml` is missing, malformed, or leaves a country without a sub-region.
    """
    tree = _read(config_dir / "places.yaml")
    subregion_of_title = {entry["title"]: code for code, entry in tree["subregions"].items()}
    placed_here = {code: entry["subregion"] for code, entry in tree["placed_here"].items()}
    world = tree["world"]["code"]
    rows: list[PlaceRow] = [("world", world, None, tree["world"]["title"])]
    rows += sorted(("region", code, world, title) for code, title in tree["regions"].items())
    rows += sorted(("subregion", code, entry["region"], entry["title"]) for code, entry in tree["subregions"].items())
    for country in iso_countries():
        parent = placed_here.get(country.alpha2) or subregion_of_title.get(country.un_region)
        if parent is None:
            raise ConfigurationError(f"places.yaml: {country.alpha2} has no sub-region. Add it to placed_here.")
        rows.append(("country", country.alpha2, parent, country.name))
    codes = {code for _, code, _, _ in rows}
    for _, code, above, _ in rows:
        if above is not None and above not in codes:
            raise ConfigurationError(f"places.yaml: {code} stands under a node that is not in the tree. Mend it.")
    return tuple(rows)


def _first_code(codes: str) -> str:
    """The ISO code where the library gives a pattern of codes in use, as `^GB$|^UK$`."""
    found = re.search(r"[A-Z]{2}", codes)
    if found is None:
        raise ConfigurationError("country_converter: a country has no alpha-2 code. Install the locked version.")
    return found[0]


def _read(path: Path) -> dict[str, Any]:
    tree = None
    try:
        tree = parsed_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        tree = None
    parts = ("world", "regions", "subregions", "placed_here")
    if not isinstance(tree, dict) or any(not isinstance(tree.get(part), dict) for part in parts):
        raise ConfigurationError(f"{path.name}: must give {', '.join(parts)}. Mend the file.")
    return tree
