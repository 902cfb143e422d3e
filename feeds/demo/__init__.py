"""The demo marketplace: an invented world of buyers whose four feeds exercise everything the pipeline must carry.

Nothing here reads real data and nothing in the pipeline depends on it; `mandi demo`, tests and benchmarks call it.
"""

from feeds.demo.events import FEEDS
from feeds.demo.files import feed_path, known_identifiers
from feeds.demo.nights import DemoSummary, NightCounts
from feeds.demo.write import write_marketplace

__all__ = ["FEEDS", "DemoSummary", "NightCounts", "feed_path", "known_identifiers", "write_marketplace"]
