from datetime import date
from typing import Any

import polars as pl
import pytest
import yaml

from feeds.context import build_context
from feeds.taxonomy import load_taxonomy
from schemas.errors import ConfigurationError
from schemas.policy import PLACE_LEVELS, PRODUCT_LEVELS, Policy
from tests.support.feeds import CONFIG


def policy(**changes: Any) -> Policy:
    return Policy.model_validate({**yaml.safe_load((CONFIG / "policy.yaml").read_text()), **changes})


def test_the_committed_configuration_gives_a_whole_context() -> None:
    context = build_context(CONFIG, date(2025, 7, 13), policy())
    nodes = {(level, code) for level, code, _, _ in load_taxonomy(CONFIG).products}

    assert context.oldest == date(2025, 1, 1)
    codes = context.place_codes(pl.Series(["6109.10", "nonsense", None], dtype=pl.String))
    texts = context.place_texts(pl.Series(["cotton t-shirt", "qwxyz"]), 0.6)
    for frame in (codes, texts):
        placements = set(frame.select("product_level", "product_code").drop_nulls().rows())
        assert placements <= nodes
    assert codes["product_code"].to_list() == ["610910", None, None]
    assert texts["product_level"].null_count() == 0


def test_both_trees_have_their_parents() -> None:
    taxonomy = load_taxonomy(CONFIG)

    for rows, levels in ((taxonomy.products, PRODUCT_LEVELS), (taxonomy.places, PLACE_LEVELS)):
        codes = {code for _, code, _, _ in rows}
        assert len(codes) == len(rows)
        assert all(parent in codes for _, _, parent, _ in rows[1:])
        assert [row[:2] for row in rows] == sorted((r[:2] for r in rows), key=lambda r: (levels.index(r[0]), r[1]))


def test_a_kind_without_a_cap_is_refused() -> None:
    caps = {kind: cap for kind, cap in policy().max_value_usd.items() if kind != "order"}

    with pytest.raises(ConfigurationError, match="no cap for order"):
        build_context(CONFIG, date(2025, 7, 13), policy(max_value_usd=caps))
