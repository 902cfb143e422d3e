"""Bar charts as static SVG that stands in a page: no script, no date, the same figures give the same bytes.

Colour never speaks alone: every part has a hatch of its own, wide parts their percentage, and the page prints each
chart's figures as a table below it. The chart library is imported when the first chart is drawn.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Parts = Mapping[str, Sequence[float]]
"""By part, its amount in each bar; parts in the order of the legend."""

_COLOURS = ("#0b3c5d", "#328cc1", "#d9b310", "#e8e2d0", "#9a9a9a")
"""Dark to light, so that they stay apart in grey; the last stands for whatever is coarsest."""
_HATCHES = ("", "///", "\\\\\\", "xx", "--")
_WIDTH = 4.6
_LEAST_LABELLED = 0.11
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10.0,
    "hatch.linewidth": 0.7,
    "axes.edgecolor": "#555555",
}


def stacked_bars(name: str, bars: Sequence[str], parts: Parts, *, alt: str) -> str:
    """Horizontal bars, each divided into its parts' shares of it; bars of nothing stay empty.

    Args:
        name: Short and different for each chart of a page.
        bars: Label of each bar, top to bottom.
        parts: At most five.
        alt: What the chart shows, for those who do not see it.
    """
    return _drawn_stacks(name, tuple(bars), tuple((part, tuple(amounts)) for part, amounts in parts.items()), alt)


def bars(name: str, labels: Sequence[str], amounts: Sequence[float], *, alt: str) -> str:
    """Horizontal bars of amounts, each with its figure at its end; arguments as in `stacked_bars`."""
    return _drawn_bars(name, tuple(labels), tuple(amounts), alt)


@lru_cache(
    maxsize=64
)  # one night draws the same chart for its public page, for the audit of it, and for the exact page
def _drawn_stacks(name: str, bars: tuple[str, ...], parts: tuple[tuple[str, tuple[float, ...]], ...], alt: str) -> str:
    with figure_of(name, 0.85 + 0.46 * len(bars)) as (figure, axes):
        totals = [sum(amounts[at] for _, amounts in parts) or 1 for at in range(len(bars))]
        left = [0.0] * len(bars)
        places = list(range(len(bars)))
        for (part, amounts), colour, hatch in zip(parts, _COLOURS, _HATCHES, strict=False):
            shares = [amount / total for amount, total in zip(amounts, totals, strict=True)]
            axes.barh(places, shares, left=left, height=0.68, color=colour, hatch=hatch, edgecolor="white", label=part)
            for at, share in zip(places, shares, strict=True):
                if share >= _LEAST_LABELLED:
                    _label(axes, left[at] + share / 2, at, f"{share:.0%}")
            left = [so_far + share for so_far, share in zip(left, shares, strict=True)]
        axes.set_yticks(places, bars)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9, handlelength=1.6, columnspacing=1)
        return svg_of(figure, alt)


@lru_cache(maxsize=64)
def _drawn_bars(name: str, labels: tuple[str, ...], amounts: tuple[float, ...], alt: str) -> str:
    with figure_of(name, 0.35 + 0.34 * max(len(labels), 1)) as (figure, axes):
        places = list(range(len(labels)))
        axes.barh(places, amounts, height=0.66, color=_COLOURS[1], edgecolor="white")
        most = max(amounts, default=0) or 1
        for at, amount in zip(places, amounts, strict=True):
            axes.text(amount + most * 0.015, at, f"{amount:,.0f}", va="center", fontsize=9)
        axes.set_yticks(places, labels)
        axes.invert_yaxis()
        axes.set_xlim(0, most * 1.22)
        axes.set_xticks([])
        return svg_of(figure, alt)


@contextmanager
def figure_of(name: str, height: float) -> "Iterator[tuple[Figure, Axes]]":
    """A figure with one pair of axes, under the style of all charts."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        yield figure, axes


def _label(axes: "Axes", x: float, y: float, text: str) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    axes.text(x, y, text, ha="center", va="center", fontsize=8.5, color="#111111", bbox=box)


def svg_of(figure: "Figure", alt: str | None = None) -> str:
    """The figure as an element of a page: without prolog, metadata, style of its own, and digits nobody sees."""
    content = io.StringIO()
    nothing: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(content, format="svg", metadata=nothing)
    text = content.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'<(g|path) id="[a-z]+[\w.]*_\d+"', r"<\1", text)
    text = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    head = re.search(r'viewBox="([^"]+)"', text)
    assert head is not None
    told = f' aria-label="{escape(alt)}"' if alt is not None else ""
    start = f'<svg viewBox="{head[1]}" role="img"{told} xmlns:xlink="http://www.w3.org/1999/xlink">'
    return start + text[text.index(">") + 1 :].strip()
