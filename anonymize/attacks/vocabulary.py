"""The vocabulary attack: text that a published column should not be able to say.

Published text is codes from closed, public lists. Anything else in a text column came from a row.
"""

from collections.abc import Mapping

import polars as pl

from anonymize.attacks.findings import Finding
from schemas.events import Kind
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS
from schemas.published import GRADE_STATUSES, MEASURED_UNITS, TREND_REASONS, TRENDS
from schemas.taxonomy import Taxonomy
from schemas.vocabulary import TermKind

ATTACK = "vocabulary"
STATUSES = ("given", "none", "withheld")
FIGURE = r"^(-?\d+(\.\d+)?([eE][+-]?\d+)?|\d{4}-\d\d-\d\d|true|false|)$"
"""How a number, date or truth value stands in a CSV file."""

WORDLESS = (pl.Int64, pl.Float64, pl.Date, pl.Boolean)
"""Types of published columns that hold no text; bytes and nested values are never published."""


def vocabulary(taxonomy: Taxonomy, release_ids: pl.Series) -> dict[str, frozenset[str]]:
    """What each text column of the published tables may say; a column that is not listed may say nothing."""
    status = frozenset(STATUSES)
    return {
        "release_id": frozenset(release_ids),
        "kind": frozenset(kind.value for kind in Kind),
        "product_level": frozenset(PRODUCT_LEVELS),
        "product_code": frozenset(code for _, code, _, _ in taxonomy.products),
        "place_level": frozenset(PLACE_LEVELS),
        "place_code": frozenset(code for _, code, _, _ in taxonomy.places),
        "period_level": frozenset(PERIOD_LEVELS),
        "nes": frozenset({"product", "place", "period"}),
        "price_unit": frozenset(MEASURED_UNITS),
        "trend": frozenset(TRENDS),
        "trend_reason": frozenset(TREND_REASONS),
        "value_status": status,
        "quotes_status": status,
        **{f"{part}_status": frozenset(GRADE_STATUSES) for part in ("demand", "growth", "supply_gap")},
        "term": frozenset(term.id for term in taxonomy.terms),
        "term_kind": frozenset(kind.value for kind in TermKind),
        "term_en": frozenset(term.title for term in taxonomy.terms),
        "term_hi": frozenset(term.title_hi for term in taxonomy.terms),
    }


def foreign_words(frame: pl.DataFrame, allowed: Mapping[str, frozenset[str]], *, where: str) -> list[Finding]:
    """Text columns that say something outside their vocabulary, and columns of types that are never published."""
    findings = []
    for name, dtype in frame.schema.items():
        if dtype in WORDLESS:
            continue
        if dtype != pl.String:
            findings.append(
                Finding(ATTACK, f"{where}.{name}", "column of a type that is never published", frame.height)
            )
            continue
        words = allowed.get(name, frozenset(STATUSES) if name.endswith("_status") else frozenset())
        n = int((~frame[name].drop_nulls().is_in(pl.Series(sorted(words), dtype=pl.String))).sum())
        if n:
            findings.append(Finding(ATTACK, f"{where}.{name}", "text outside the public vocabulary", n))
    return findings


def words_among_figures(frame: pl.DataFrame, *, where: str) -> list[Finding]:
    """Cells of a CSV file that are no figure, in columns that may hold nothing else."""
    found = {name: int((~frame[name].drop_nulls().str.contains(FIGURE)).sum()) for name in frame.columns}
    return [Finding(ATTACK, f"{where}.{name}", "text among figures", n) for name, n in found.items() if n]
