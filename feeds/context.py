"""Everything that reading a feed needs beside the file and its contract.

Belongs here: the context and how the real one is put together. Tests inject their own placements and rates. Called by
`feeds.canonical`; built by the assets and the command line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import polars as pl

from feeds.countries import Countries, load_countries
from feeds.helpers import HelperContext
from feeds.money import load_rates
from feeds.products.classify import Classifier, build_classifier
from feeds.products.codes import hs_placement
from feeds.taxonomy import product_tree
from schemas.errors import ConfigurationError
from schemas.events import Kind
from schemas.policy import Policy

CodePlacement = Callable[[pl.Series], pl.DataFrame]
"""HS codes as written to one row each of product_level and product_code, both null where the code is unknown."""
TextPlacement = Callable[[pl.Series, float], pl.DataFrame]
"""Texts and the least confidence to one row each of at least product_level and product_code, never null."""


@dataclass(frozen=True)
class ReadContext:
    """What a feed is read with: the night, its clock, and what tells products, countries and money."""

    night: date
    zone: str
    """Time zone in which a day begins."""
    oldest: date
    """First day whose events are accepted."""
    max_value_usd: Mapping[str, float]
    """Value above which an event's value is left out, by kind."""
    rates: pl.DataFrame
    """As `feeds.money.load_rates` returns them."""
    countries: Countries
    place_codes: CodePlacement
    place_texts: TextPlacement

    @property
    def for_helpers(self) -> HelperContext:
        """The part that helpers may know."""
        return HelperContext(self.night, self.zone, self.countries)


def oldest_day(night: date, late_window_days: int) -> date:
    """First day of the oldest epoch (calendar year) whose late window is open on a night.

    Example: with a window of 120 days, 1 January 2025 on 30 April 2026, and 1 January 2026 on 1 May 2026.
    """
    oldest = night.year
    while date(oldest - 1, 12, 31) + timedelta(days=late_window_days) >= night:
        oldest -= 1
    return date(oldest, 1, 1)


def build_context(config_dir: Path, night: date, policy: Policy) -> ReadContext:
    """The context of a night from the configuration folder and the policy.

    Raises: ConfigurationError if a file of the folder is missing or wrong, or the policy gives a kind no cap.
    """
    uncapped = sorted(kind.value for kind in Kind if kind not in policy.max_value_usd)
    if uncapped:
        raise ConfigurationError(f"policy, max_value_usd: gives no cap for {', '.join(uncapped)}. Add one.")
    tree = product_tree(config_dir)
    classifier = _classifier(config_dir)
    return ReadContext(
        night=night,
        zone=policy.zone,
        oldest=oldest_day(night, policy.late_window_days),
        max_value_usd={kind.value: cap for kind, cap in policy.max_value_usd.items()},
        rates=load_rates(config_dir / "rates.csv"),
        countries=load_countries(config_dir),
        place_codes=lambda codes: hs_placement(codes, tree),
        place_texts=classifier.classify,
    )


@lru_cache(maxsize=4)
def _classifier(config_dir: Path) -> Classifier:
    """The classifier of a configuration folder, built once a process."""
    return build_classifier(config_dir, product_tree(config_dir))
