"""Charts of a brief as static SVG: lines over months and the quadrant of opportunities.

They hold digits and codes and no word, so that one drawing serves every language; what it shows is said beside it.
Colour never speaks alone: each line has a dash, a mark and a label of its own, each point a number.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from html import escape

from warehouse.charts import figure_of, svg_of

_LINES = (("#0b3c5d", "-", "o"), ("#a3501c", "--", "s"), ("#2f6b2f", "-.", "^"), ("#6a3d7c", ":", "D"))


@lru_cache(maxsize=64)  # one night draws the same chart for each language, and again for the audit
def lines(name: str, months: tuple[date, ...], series: tuple[tuple[str, tuple[float | None, ...]], ...]) -> str:
    """Lines over months from zero, each with its label at its last point; a month without a figure is a gap.

    Args:
        name: Short and different for each chart of a page.
        months: Oldest first.
        series: By label, one figure a month or None; at most four.
    """
    with figure_of(name, 2.5) as (figure, axes):
        places = list(range(len(months)))
        ends = []
        for (label, amounts), (colour, dash, mark) in zip(series, _LINES, strict=False):
            drawn = [float("nan") if amount is None else amount for amount in amounts]
            axes.plot(places, drawn, color=colour, linestyle=dash, marker=mark, markersize=4.5, linewidth=1.6)
            last = max(at for at, amount in enumerate(amounts) if amount is not None)
            ends.append((drawn[last], last, label, colour))
        most = max((amount for _, amounts in series for amount in amounts if amount is not None), default=1) or 1
        axes.set_ylim(0, most * 1.08)
        axes.set_xlim(-0.06 * len(months) - 0.1, len(months) - 1 + max(0.35, 0.09 * len(months)))
        lowest = -most
        for height, last, label, colour in sorted(ends):
            lowest = max(height, lowest + most * 0.085)  # labels of close lines stand above each other
            axes.text(last + 0.02 * len(months) + 0.03, lowest, label, color=colour, va="center", fontsize=9)
        step = max(1, len(months) // 5)
        axes.set_xticks(places[::step], [f"{month:%Y-%m}" for month in months[::step]])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(axis="y", color="#d5d5d5", linewidth=0.6)
        axes.set_axisbelow(True)
        return svg_of(figure)


@lru_cache(maxsize=64)
def quadrant(name: str, points: tuple[tuple[float, float], ...], middle: tuple[float, float]) -> str:
    """Numbered points: demand from left to right, quotes from many below to few above; earlier numbers lie on top.

    Args:
        name: Short and different for each chart of a page.
        points: Demand from 0 to 100, and quotes for each request.
        middle: Where two lines cross.
    """
    from matplotlib.ticker import MaxNLocator

    with figure_of(name, 3.6) as (figure, axes):
        for at, (x, y) in reversed(list(enumerate(points, 1))):
            axes.scatter([x], [y], s=210, color="#0b3c5d", edgecolor="white", linewidth=1.2, zorder=3 + 1 / at)
            axes.text(x, y, str(at), color="white", ha="center", va="center", fontsize=9, zorder=3 + 1 / at)
        axes.axvline(middle[0], color="#555555", linewidth=0.9, linestyle="--", zorder=2)
        axes.axhline(middle[1], color="#555555", linewidth=0.9, linestyle="--", zorder=2)
        axes.set_xlim(*_around([x for x, _ in points]))
        axes.set_ylim(*reversed(_around([y for _, y in points])))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.grid(color="#e3e3e3", linewidth=0.6)
        axes.set_axisbelow(True)
        return svg_of(figure)


def _around(amounts: Sequence[float]) -> tuple[float, float]:
    """Where an axis begins and ends: every amount stands well inside."""
    room = max(0.12 * (max(amounts) - min(amounts)), 0.05 * max(amounts), 0.1)
    return min(amounts) - room, max(amounts) + room


def named(svg: str, alt: str) -> str:
    """A drawing with what it shows, for those who do not see it."""
    return svg.replace("<svg ", f'<svg aria-label="{escape(alt)}" ', 1)


def months_of(series: Sequence[Sequence[date]]) -> tuple[date, ...]:
    """All months of some series, oldest first."""
    return tuple(sorted({month for months in series for month in months}))
