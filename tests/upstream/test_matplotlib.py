"""What the disclosure report's charts rely on in matplotlib: the same figure gives the same SVG, and says no date."""

import io
import re

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


def drawn(salt: str | None, **metadata: str | None) -> str:
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure = Figure(figsize=(3, 2))
        FigureCanvasSVG(figure)
        figure.add_subplot().barh([0, 1], [3, 4], hatch="//", label="part")
        content = io.StringIO()
        figure.savefig(content, format="svg", metadata=metadata)
    return content.getvalue()


def test_a_fixed_salt_without_a_date_gives_the_same_bytes() -> None:
    assert drawn("a", Date=None) == drawn("a", Date=None)


def test_without_a_salt_identifiers_are_drawn_at_random() -> None:
    assert drawn(None, Date=None) != drawn(None, Date=None)


def test_two_salts_share_no_identifier_that_is_referred_to() -> None:
    one, other = (set(re.findall(r"url\(#(\w+)\)", drawn(salt, Date=None))) for salt in ("a", "b"))
    assert one and other and not one & other


def test_a_date_is_written_unless_it_is_refused() -> None:
    assert "<dc:date>" in drawn("a") and "<dc:date>" not in drawn("a", Date=None)
