"""Briefs read back: their figures with the cells that they name, and what else they say."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_SILENT = ("style", "svg")
_VOID = ("meta", "link", "br", "wbr", "img")


@dataclass(frozen=True)
class Figure:
    """A figure as it is shown, and where its page says that it stands."""

    table: str
    row: int
    column: str
    form: str
    shown: str


@dataclass
class Page(HTMLParser):
    """A page taken apart by elements."""

    figures: list[Figure] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Text outside figures, titles, codes, months and drawings."""

    texts: list[str] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self.open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag, f"an element is closed that is not open: {tag}"

    def handle_data(self, data: str) -> None:
        if not data.strip() or any(tag in _SILENT for tag, _ in self.open):
            return
        self.texts.append(data.strip())
        tag, attributes = self.open[-1]
        if "data-at" in attributes:
            table, row, column = str(attributes["data-at"]).split(".")
            self.figures.append(Figure(table, int(row), column, str(attributes["data-form"]), data))
        elif tag not in ("time", "pre") and attributes.get("class") not in ("t", "code"):
            self.words.append(data.strip())


def read(page: bytes) -> Page:
    """A page taken apart; every element must be closed."""
    found = Page()
    found.feed(page.decode())
    assert found.open == []
    return found


def amount(figure: Figure) -> tuple[float, float]:
    """What a figure says, in its column's unit, and half of its last digit."""
    digits = figure.shown.replace("US$", "").replace("%", "").replace(",", "").replace("\u2212", "-").replace(" ", "")
    scale = 100 if figure.form in ("change", "percent") else 1
    decimals = len(digits.partition(".")[2])
    return float(digits) / scale, 0.5001 * 10**-decimals / scale
