"""The small world with a vocabulary of four terms, a policy that publishes them, and buyers who ask for some."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from schemas.policy import Policy
from schemas.taxonomy import TermNode
from tests.support.estimated import estimating
from tests.support.scrubbed import scrubbed
from tests.support.small_world import TAXONOMY

TERMS = (
    TermNode("cotton", "material", "cotton", "सूती", ("textiles",)),
    TermNode("gots", "certificate", "GOTS", "गॉट्स", ("textiles",)),
    TermNode("iso", "certificate", "ISO", "आईएसओ", ("pharma", "textiles")),
    TermNode("who_gmp", "certificate", "WHO-GMP", "डब्ल्यूएचओ", ("pharma",)),
)
ASKING = replace(TAXONOMY, terms=TERMS)
"""Four terms in the sectors they are for, in two sub-regions: ten cells."""

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def wanting(max_terms: int = 2, *, rho_year: str = "6", max_length: str = "2") -> Policy:
    """The small policy with terms, which may lose a quarter of what a month may."""
    terms = {"share": "0.25", "max_terms": max_terms, "max_length": max_length}
    return estimating(rho_year=rho_year, terms=terms)


def asking(*wishes: tuple[str, str], **common: Any) -> pl.DataFrame:
    """One event a wish: who asks, and for which terms, of a heading of textiles in Kenya on 19 January unless said."""
    return scrubbed(
        *({"event": f"{buyer} {terms} {common}", "buyer": buyer, "terms": terms} | common for buyer, terms in wishes)
    )
