"""The steps of a night, in the order in which they run: the closed set that progress, logs and reports name them by."""

from typing import Literal, get_args

Step = Literal[
    "landed_feeds", "scrubbed_events", "arrivals", "demand_classes", "demand_tables", "disclosure_report", "extracts",
    "audit", "release", "retention",
]  # fmt: skip
"""Name of a step; also of its asset, and of the function behind it."""

STEPS: tuple[Step, ...] = get_args(Step)
"""Every step, first to last (`tests/unit/test_asset_graph.py`)."""
