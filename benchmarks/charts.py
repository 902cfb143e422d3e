"""What libraries that draw static SVG cost: start, six stacked bar charts, their size, and whether twice is the same.

Matplotlib is the project's; the others are measured where they are installed, in an environment of their own:

    python3 -m venv /tmp/charts && /tmp/charts/bin/pip install matplotlib pygal altair vl-convert-python rich
    /tmp/charts/bin/python benchmarks/charts.py

or with the project's alone: `.venv/bin/python -m benchmarks.charts`.
"""

import argparse
import importlib.util
import io
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

KINDS = ("inquiry", "order", "rfq", "search")
PARTS = {"subheading": (3, 4, 5, 6), "heading": (5, 4, 3, 2), "chapter": (1, 2, 1, 2), "all": (2, 2, 2, 2)}
N_CHARTS = 6


def with_matplotlib() -> Callable[[], str]:
    """Text as text, hatches, a fixed salt and no date: what the disclosure report uses."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    def draw() -> str:
        style: dict[Any, Any] = {"svg.hashsalt": "a", "svg.fonttype": "none"}
        with mpl.rc_context(style):
            figure = Figure(figsize=(4, 3))
            FigureCanvasSVG(figure)
            axes = figure.add_subplot()
            left = [0] * len(KINDS)
            for (part, amounts), hatch in zip(PARTS.items(), ("", "//", "xx", "--"), strict=True):
                axes.barh(KINDS, amounts, left=left, label=part, hatch=hatch)
                left = [so_far + amount for so_far, amount in zip(left, amounts, strict=True)]
            content = io.StringIO()
            nothing: dict[str, Any] = {"Date": None}
            figure.savefig(content, format="svg", metadata=nothing)
        return content.getvalue()

    return draw


def with_pygal() -> Callable[[], str]:
    """Without a prefix of random ids."""
    import pygal

    def draw() -> str:
        chart = pygal.HorizontalStackedBar(no_prefix=True, js=())
        chart.x_labels = list(KINDS)
        for part, amounts in PARTS.items():
            chart.add(part, list(amounts))
        return str(chart.render(is_unicode=True))

    return draw


def with_altair() -> Callable[[], str]:
    """Through vl-convert, which brings an engine of its own."""
    import altair
    import vl_convert

    def draw() -> str:
        values = [
            {"kind": kind, "part": part, "n": n}
            for part, amounts in PARTS.items()
            for kind, n in zip(KINDS, amounts, strict=True)
        ]
        chart = altair.Chart(altair.Data(values=values)).mark_bar().encode(x="n:Q", y="kind:N", color="part:N")
        return str(vl_convert.vegalite_to_svg(chart.to_dict()))

    return draw


LIBRARIES = {"matplotlib": with_matplotlib, "pygal": with_pygal, "altair": with_altair}


def measure(library: str) -> tuple[float, float, int, bool, bool, bool]:
    """Seconds to import, seconds to draw, bytes of one chart, whether twice is the same, holds a date, a script."""
    began = time.perf_counter()
    draw = LIBRARIES[library]()
    imported = time.perf_counter()
    drawn = [draw() for _ in range(N_CHARTS)]
    done = time.perf_counter()
    first = drawn[0]
    return (
        imported - began,
        done - imported,
        len(first),
        len(set(drawn)) == 1,
        time.strftime("%Y-%m-%d") in first,
        "<script" in first,
    )


def main() -> None:
    """Each library in a process of its own, so that none is warm from another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", choices=LIBRARIES, help=argparse.SUPPRESS)
    library = parser.parse_args().one
    if library:
        imported, drawn, size, same, date, script = measure(library)
        facts = ("yes" if fact else "no" for fact in (same, date, script))
        cells = (f"{imported:.2f}", f"{drawn:.2f}", f"{size:,}", *facts)
        sys.stdout.write("\t".join(cells) + "\n")
        return
    table = Table("library", "import s", f"{N_CHARTS} charts s", "bytes a chart", "twice the same", "date", "script")
    for name in LIBRARIES:
        if importlib.util.find_spec(name):
            told = subprocess.run(
                [sys.executable, __file__, "--one", name], capture_output=True, text=True, check=True
            ).stdout
            table.add_row(name, *told.strip().split("\t"))
    Console().print(table)


if __name__ == "__main__":
    main()
