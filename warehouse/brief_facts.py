"""What a brief shows: rows of one extract's tables, chosen by rules that say nothing of any language.

Belongs here: which rows, in which order. A figure of a brief is a cell of such a row and names where it stands, so that
a reader, and a test, finds it again in the Parquet file. Nothing is added up or derived here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

KINDS = ("rfq", "inquiry", "order", "search", "cancellation")
"""In the order in which they are told: the firmest intent that suppliers can still answer comes first."""

LEAST_MARKETS = 5
"""Markets that a kind must have to lead a brief; below that the kind with the most leads."""

MAX_HEADS, MAX_MARKETS, MAX_LINES, MAX_MONTHS = 3, 8, 4, 13
MAX_PRODUCTS, MAX_OPPORTUNITIES, MAX_PRICES = 10, 8, 8
LEAST_ROOM = 3
"""Grade of the supply gap from which on there is room: one and a half quotes a request, or fewer (decision 46)."""

LEAST_QUADRANT = 5
"""Opportunities below which no quadrant is drawn."""

MAX_TERMS, MAX_MOVED_TERMS = 12, 3
"""Terms of the table, and of the sentences on those that rise and that fade."""

MAX_CALLED = {"rising": 4, "new": 3, "fading": 4, "steady": 2}
"""Sentences by what is called, in this order."""


@dataclass(frozen=True)
class Row:
    """One row of a table of the extract."""

    table: str
    at: int
    """Its place in the Parquet file; the first row is 0."""

    cells: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.cells[column]


@dataclass(frozen=True)
class Markets:
    """Markets of one of the body's own product nodes."""

    head: Row
    """The product node over the whole world."""

    ranked: tuple[Row, ...]
    """Rows of `demand`, the largest first."""

    lines: tuple[tuple[Row, ...], ...]
    """By market, its closed months in `trends`, oldest first; none where only one month has closed."""


@dataclass(frozen=True)
class Facts:
    """Everything that one brief shows, in order."""

    totals: tuple[Row, ...]
    """`demand` of the body's own nodes over the world, each kind in its newest closed month; by product, then kind."""

    leading: str | None
    """The kind that markets and products are ranked by."""

    month: date | None
    """The newest closed month of that kind."""

    movements: tuple[Row, ...]
    """Called trends."""

    reasons: tuple[str, ...]
    """Why the others are not called, the most frequent first."""

    markets: tuple[Markets, ...]
    products: tuple[Row, ...]
    opportunities: tuple[Row, ...]
    """Graded markets whose grade of the supply gap means room."""

    no_room: str | None
    """Why there are none: `none` (quotes are not known), `low` (coverage), `answered` (suppliers answer)."""

    prices: tuple[Row, ...]
    """One row a node of `price_tiers`; its `node_` columns are meant."""

    tiers: tuple[Row, ...]
    """All tiers of the first of `prices`."""

    terms: tuple[Row, ...]
    """Terms of the newest month that was drawn, the one that most buyers asked for first."""

    moved_terms: Mapping[str, tuple[Row, ...]]
    """Terms of that month that are called `rising` and `fading`."""

    sector: str | None
    """The one sector that all of the body's products are parts of, whose terms are told; none if it holds sectors."""

    has_terms: bool
    """Whether terms can be told at all: of whole sectors that the body holds, or of the one that holds its products."""

    @property
    def has_lines(self) -> bool:
        """Whether there is anything to draw over time."""
        return any(found.lines for found in self.markets)

    @property
    def middle(self) -> tuple[float, float] | None:
        """Demand and quotes of the middle one of the opportunities; none where too few are shown to have a middle."""
        if len(self.opportunities) < LEAST_QUADRANT:
            return None
        wanted, quoted = (sorted(row[name] for row in self.opportunities) for name in ("demand_part", "quotes_per_rfq"))
        return wanted[(len(wanted) - 1) // 2], quoted[len(quoted) // 2]

    @property
    def open(self) -> tuple[Row, ...]:
        """Opportunities wanted more, and quoted less often, than the middle one of those shown."""
        if self.middle is None:
            return ()
        wanted, quoted = self.middle
        return tuple(
            row for row in self.opportunities if row["demand_part"] > wanted and row["quotes_per_rfq"] < quoted
        )


def facts_of(frames: Mapping[str, pl.DataFrame], products: tuple[str, ...], *, sector: str | None = None) -> Facts:
    """Everything that a brief shows.

    Args:
        frames: Tables of the extract by name, as they stand in its Parquet files.
        products: The body's own product nodes.
        sector: The one sector that they are all parts of.

    Guarantee: only closed months are shown, and of trends only called ones (`tests/unit/test_brief.py`).
    """
    numbered = {name: frame.with_row_index("at") for name, frame in frames.items()}
    trends = numbered["trends"].filter("is_closed", period_level="month")
    newest = trends.group_by("kind").agg(period_start=pl.col("period_start").max())
    nodes = numbered["demand"].filter(pl.col("nes").is_null(), period_level="month")
    latest = nodes.join(newest, on=["kind", "period_start"], how="semi")
    own = latest.filter(pl.col("product_code").is_in(list(products)))
    leading = _leading(own)
    of_kind = latest.filter(kind=leading) if leading else latest.clear()
    called = trends.join(newest, on=["kind", "period_start"], how="semi")
    prices = _priced(numbered["price_tiers"])
    terms = _asked_terms(numbered["terms"])
    weighed = numbered["opportunity"].filter(pl.col("kind") == pl.lit(leading), place_level="country")
    return Facts(
        totals=_rows("demand", _in_order(own.filter(place_level="world"), products)),
        leading=leading,
        month=of_kind["period_start"].max(),  # type: ignore[arg-type]
        movements=_movements(called),
        reasons=_reasons(called),
        markets=_markets(of_kind, trends, products),
        products=_products(of_kind, products),
        opportunities=_opportunities(weighed),
        no_room=_no_room(weighed),
        prices=_rows("price_tiers", prices),
        tiers=_tiers(numbered["price_tiers"], prices),
        terms=_rows("terms", terms.head(MAX_TERMS)),
        moved_terms={
            trend: _rows("terms", terms.filter(trend=trend).head(MAX_MOVED_TERMS)) for trend in ("rising", "fading")
        },
        sector=sector,
        has_terms=sector is not None or any(not product[-1].isdigit() for product in products),
    )


def _leading(own: pl.DataFrame) -> str | None:
    counted = own.filter(place_level="country").group_by("kind").agg(n=pl.col("place_code").n_unique())
    n_markets = dict(counted.iter_rows())
    present = [kind for kind in KINDS[:-1] if kind in set(own["kind"])]
    enough = [kind for kind in present if n_markets.get(kind, 0) >= LEAST_MARKETS]
    if enough:
        return enough[0]
    return max(present, key=lambda kind: n_markets.get(kind, 0), default=None)


def _movements(called: pl.DataFrame) -> tuple[Row, ...]:
    found: list[Row] = []
    for trend, most in MAX_CALLED.items():
        found += _rows("trends", _varied(_largest(called.filter(trend=trend)), most))
    return tuple(found)


def _varied(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Of rows, the largest first: one a product for half of the room, one a country for the rest, then what is next.

    Without it the world and its parts would say the same of one product again and again.
    """
    products = rows.unique("product_code", keep="first", maintain_order=True)
    countries = rows.filter(place_level="country").unique("place_code", keep="first", maintain_order=True)
    wished = pl.concat([products.head(most - most // 2), countries.head(most // 2), products, countries, rows])
    return _largest(wished.unique("at", keep="first", maintain_order=True).head(most))


def _reasons(called: pl.DataFrame) -> tuple[str, ...]:
    counts = called.drop_nulls("trend_reason").group_by("trend_reason").len()
    return tuple(counts.sort("len", "trend_reason", descending=[True, False])["trend_reason"])


def _markets(of_kind: pl.DataFrame, trends: pl.DataFrame, products: tuple[str, ...]) -> tuple[Markets, ...]:
    heads = _largest(of_kind.filter(pl.col("product_code").is_in(list(products)), place_level="world"))
    found = []
    for head in _rows("demand", heads.head(MAX_HEADS)):
        node = {"kind": head["kind"], "product_code": head["product_code"], "place_level": "country"}
        ranked = _rows("demand", _largest(of_kind.filter(**node)).head(MAX_MARKETS))
        months = trends.filter(**node).sort("period_start")
        kept = sorted(set(months["period_start"]))[-MAX_MONTHS:]
        lines = [
            _rows("trends", months.filter(pl.col("period_start").is_in(kept), place_code=market["place_code"]))
            for market in ranked[:MAX_LINES]
        ]
        found.append(Markets(head, ranked, tuple(line for line in lines if line) if len(kept) > 1 else ()))
    return tuple(found)


def _products(of_kind: pl.DataFrame, products: tuple[str, ...]) -> tuple[Row, ...]:
    """The finest level of products with enough rows to rank, below the body's own nodes."""
    world = of_kind.filter(~pl.col("product_code").is_in(list(products)), place_level="world")
    levels = [world.filter(product_level=level) for level in ("heading", "chapter", "sector")]
    enough = [level for level in levels if level.height >= LEAST_MARKETS]
    chosen = enough[0] if enough else max(levels, key=lambda level: level.height)
    return _rows("demand", _largest(chosen).head(MAX_PRODUCTS))


def _no_room(weighed: pl.DataFrame) -> str | None:
    told = weighed.filter(pl.col("supply_gap_status") != "none")
    graded = told.filter(pl.col("demand_grade").is_not_null(), pl.col("supply_gap_grade").is_not_null())
    if graded.filter(pl.col("supply_gap_grade") >= LEAST_ROOM).height:
        return None
    return "answered" if graded.height else "low" if told.height else "none"


def _opportunities(weighed: pl.DataFrame) -> tuple[Row, ...]:
    known = weighed.filter(pl.col("demand_grade").is_not_null(), pl.col("supply_gap_grade") >= LEAST_ROOM)
    levels = [known.filter(product_level=level) for level in ("heading", "chapter", "sector")]
    enough = [level for level in levels if level.height >= LEAST_MARKETS]
    chosen = enough[0] if enough else max(levels, key=lambda level: level.height)
    best = chosen.sort(
        "score",
        pl.col("demand_part") + pl.col("supply_gap_part"),
        "n_events",
        "product_code",
        "place_code",
        descending=[True, True, True, False, False],
        nulls_last=True,
    )
    return _rows("opportunity", best.head(MAX_OPPORTUNITIES))


_NODE = ("kind", "product_code", "place_code", "period_start", "price_unit")


def _priced(tiers: pl.DataFrame) -> pl.DataFrame:
    """Headings whose price is narrowed down, at the finest level of places that has any."""
    closed = tiers.filter("is_closed", product_level="heading")
    newest = closed.group_by("kind").agg(period_start=pl.col("period_start").max())
    latest = closed.join(newest, on=["kind", "period_start"], how="semi")
    told = latest.filter(pl.any_horizontal(pl.col("node_typical_low", "node_typical_high").is_not_null()))
    one_each = told.sort("at").unique(_NODE, keep="first", maintain_order=True)
    levels = [one_each.filter(place_level=level) for level in ("country", "subregion", "region", "world")]
    chosen = next((level for level in levels if level.height), one_each)
    return chosen.sort("node_events", "at", descending=[True, False]).head(MAX_PRICES)


def _tiers(tiers: pl.DataFrame, prices: pl.DataFrame) -> tuple[Row, ...]:
    return _rows("price_tiers", tiers.join(prices.head(1), on=_NODE, how="semi").sort("price_low", nulls_last=False))


def _asked_terms(terms: pl.DataFrame) -> pl.DataFrame:
    newest = terms.filter(pl.col("period_start") == pl.col("period_start").max())
    keys = ["contributors_low", "contributors_high", "product_code", "place_code", "term"]
    return newest.sort(keys, descending=[True, True, False, False, False])


def _largest(frame: pl.DataFrame) -> pl.DataFrame:
    keys = ["n_events", "product_code", "place_code", "kind"]
    return frame.sort(keys, descending=[True, False, False, False])


def _in_order(frame: pl.DataFrame, products: tuple[str, ...]) -> pl.DataFrame:
    by = {"product_code": products, "kind": KINDS}
    order = [pl.col(name).replace_strict({value: at for at, value in enumerate(of)}) for name, of in by.items()]
    return frame.sort(order) if frame.height else frame


def _rows(table: str, frame: pl.DataFrame) -> tuple[Row, ...]:
    return tuple(Row(table, cells.pop("at"), cells) for cells in frame.iter_rows(named=True))
