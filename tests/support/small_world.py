"""A tiny market for tests: two sectors, four countries, and pools drawn by hypothesis."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from hypothesis import strategies as st

from anonymize.classes.ladder import POOLED_COLUMNS
from schemas.policy import Policy
from schemas.taxonomy import Taxonomy

PRODUCTS = (
    ("all", "all", None, None),
    ("sector", "textiles", "all", None),
    ("sector", "pharma", "all", None),
    ("chapter", "textiles/61", "textiles", None),
    ("chapter", "textiles/62", "textiles", None),
    ("chapter", "pharma/30", "pharma", None),
    ("heading", "6109", "textiles/61", None),
    ("heading", "6110", "textiles/61", None),
    ("heading", "6203", "textiles/62", None),
    ("heading", "3004", "pharma/30", None),
    ("subheading", "610910", "6109", None),
    ("subheading", "610990", "6109", None),
    ("subheading", "300490", "3004", None),
)
PLACES = (
    ("world", "001", None, "World"),
    ("region", "002", "001", "Africa"),
    ("region", "142", "001", "Asia"),
    ("subregion", "014", "002", "Eastern Africa"),
    ("subregion", "145", "142", "Western Asia"),
    ("country", "KE", "014", "Kenya"),
    ("country", "TZ", "014", "Tanzania"),
    ("country", "AE", "145", "United Arab Emirates"),
    ("country", "SA", "145", "Saudi Arabia"),
)
TAXONOMY = Taxonomy(products=PRODUCTS, places=PLACES)
FIRST_DAY = date(2026, 1, 19)
CLOSING_NIGHT = date(2026, 2, 2)
"""With a lag of two days January and its last dekad close on this night."""


RUNGS = [
    {"when": when, "product": product, "place": place, "period": period}
    for when, product, place, period in (
        ("nightly", "heading", "country", "day"),
        ("dekad_close", "heading", "country", "dekad"),
        ("month_close", "heading", "country", "month"),
        ("month_close", "sector", "subregion", "month"),
        ("month_close", "all", "world", "month"),
    )
]


BUYERS = {"k": 3, "p": "0.10", "coalition": 1, "max_share": "0.6", "k_seasoned": 0, "seasoned_from": None}


def policy(**changes: Any) -> Policy:
    """The committed policy with smaller numbers and five rungs, so that small pools show every rule quickly.

    Changes of `buyers` are laid over `BUYERS`.
    """
    raw = yaml.safe_load((Path(__file__).parents[2] / "config" / "policy.yaml").read_text(encoding="utf-8"))
    small = {
        "buyers": {},
        "suppliers": {"k": 3, "p": "0.10", "coalition": 1, "max_share": "0.6"},
        "ladder": {"rungs": RUNGS, "improvement": None},
        "estimates": None,
    }
    changed = raw | small | changes
    return Policy.model_validate(changed | {"buyers": BUYERS | changed["buyers"]})


@st.composite
def pools(draw: st.DrawFn, *, max_events: int = 150) -> pl.DataFrame:
    """Random pools: few nodes and contributors, so that groups form; skewed values, so that some dominate.

    Hypothesis draws the shape and a seed, numpy the rows: drawing each cell by itself takes most of a test's time.
    """
    n = draw(st.integers(0, max_events))
    n_contributors = draw(st.integers(1, 12))
    n_products = draw(st.sampled_from([2, 5, len(PRODUCTS)]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    counts = random.random(n_contributors) < draw(st.sampled_from([0.5, 0.9, 1.0]))
    contributor = random.integers(0, n_contributors, n)
    first_months = (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))
    products = [code for _, code, _, _ in PRODUCTS][-n_products:]
    return pl.DataFrame(
        {
            "event_no": np.arange(n),
            "kind": random.choice(["rfq", "order"], n).tolist(),
            "occurred_on": [FIRST_DAY + timedelta(days=int(day)) for day in random.integers(0, 14, n)],
            "is_settled": random.random(n) < 0.95,
            "contributor": contributor,
            "is_counting": counts[contributor],
            "first_month": [
                None if m < 0 else first_months[m] for m in random.integers(-1, 3, n_contributors)[contributor]
            ],
            "supplier": [None if s > 9 else int(s) for s in random.integers(0, draw(st.sampled_from([10, 20])), n)],
            "product_code": random.choice(products, n).tolist(),
            "country": [None if c == "?" else str(c) for c in random.choice(["KE", "KE", "TZ", "AE", "SA", "?"], n)],
            "unit": [None if u == "?" else str(u) for u in random.choice(["kg", "count", "?"], n)],
            "quantity_milli": random.integers(0, 10_000, n),
            "value_cents": [
                None if v < 0 else int(v) for v in random.choice([-1, 0, 100, 100, 250, 300, 10_000, 1_000_000], n)
            ],
            "quotes_received": random.integers(0, 10, n),
        },
        schema=POOLED_COLUMNS,
    )
