"""A brief's words: sentences and figures as markup in one language, each figure with the cell that it shows.

Every figure is an element that names table, row and column of the Parquet file beside the page; every title stands in
an element of its own. So what a page says apart from its texts can be told, and compared with the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from markupsafe import Markup

from schemas.taxonomy import Taxonomy
from warehouse.brief_facts import Row

Form = Literal["count", "usd", "price", "change", "percent", "ratio", "part", "quotes"]
"""How a figure is written: `change` is a ratio as signed per cent, `percent` the same unsigned, `part` points."""

HIGH, MEDIUM = 0.8, 0.5
"""Coverage from which on it is called high, and medium; the lower one is that from which a trend may be called."""

_MINUS = "\u2212"


@dataclass(frozen=True)
class Words:
    """One language."""

    language: str
    """As HTML names it."""

    texts: Mapping[str, str]
    products: Mapping[str, str | None]
    places: Mapping[str, str]
    months: tuple[str, ...]
    english_products: frozenset[str]
    """Products whose titles are English on a page in another language, and are marked so."""

    def say(self, key: str, **parts: str) -> Markup:
        """The text `key`, with its parts put in."""
        return Markup(self.texts[key]).format(**parts)

    def figure(self, row: Row, column: str, form: Form) -> Markup:
        """One cell of a row; a dash where it is null."""
        if row[column] is None:
            return self.say("none")
        return Markup('<span class="f" data-at="{}.{}.{}" data-form="{}">{}</span>').format(
            row.table, row.at, column, form, written(row[column], form)
        )

    def coverage(self, row: Row, column: str = "placed_ratio") -> Markup:
        """Coverage as a word and a number."""
        ratio = row[column]
        if ratio is None:
            return self.say("none")
        shown = round(ratio, 2)  # as it is written, else half would be called low where a little less is shown as half
        word = "high" if shown >= HIGH else "medium" if shown >= MEDIUM else "low"
        return Markup('<span class="cover {}"><b>{}</b> ({})</span>').format(
            word, self.say(f"coverage_{word}"), self.figure(row, column, "ratio")
        )

    def estimate(self, row: Row) -> Markup:
        """The estimate of all events with its margin; a dash where none is drawn."""
        if row["n_events_estimate"] is None:
            return self.say("none")
        shown = self.figure(row, "n_events_estimate", "count")
        margin = self.figure(row, "n_events_margin", "count")
        return Markup('<span class="kept">{} ± {}</span>').format(shown, margin)

    def kind(self, kind: str) -> Markup:
        """A kind of act, as it stands within a sentence."""
        return self.say(f"kind_{kind}")

    def label(self, kind: str) -> Markup:
        """A kind of act, as it stands by itself."""
        return self.say(f"label_{kind}")

    def product(self, code: str) -> Markup:
        """A product's title and what customs officers call it: chapter, heading or subheading."""
        title = self.products.get(code)
        lang = Markup(' lang="en"') if code in self.english_products else ""
        shown = Markup('<span class="t"{}>{}</span>').format(lang, title) if title else Markup("")
        if not code[-1].isdigit():
            return shown
        return shown + Markup(' <span class="code">HS {}</span>').format(code.rpartition("/")[2])

    def place(self, code: str) -> Markup:
        """A place's name."""
        return Markup('<span class="t">{}</span>').format(self.places[code])

    def term(self, row: Row) -> Markup:
        """A term's name."""
        return Markup('<span class="t">{}</span>').format(row["term_hi" if self.language == "hi" else "term_en"])

    def moved_terms(self, trend: str, rows: Sequence[Row]) -> Markup:
        """The sentence about terms that rise, or that fade."""
        each = [Markup("{} ({})").format(self.term(row), self.place(row["place_code"])) for row in rows]
        return self.say(f"terms_{trend}", terms=Markup(", ").join(each))

    def month(self, first: date) -> Markup:
        """A month by name."""
        return Markup('<time datetime="{:%Y-%m}">{} {}</time>').format(first, self.months[first.month - 1], first.year)

    def window(self, row: Row) -> Markup:
        """The months of a row of `opportunity`."""
        first, last = self.month(row["window_start"]), self.month(row["window_end"])
        return self.say("months_one", start=first) if first == last else self.say("months_more", start=first, end=last)

    def price_range(self, row: Row, low: str, high: str, *, is_with_unit: bool = False) -> Markup:
        """A range of prices, open where a bound is null; a dash where both are."""
        bounds = {
            name: self.figure(row, column, "price")
            for name, column in (("low", low), ("high", high))
            if row[column] is not None
        }
        if not bounds:
            return self.say("none")
        shape = "between" if len(bounds) > 1 else "above" if "low" in bounds else "below"
        told = self.say(f"range_{shape}", **bounds)
        return self.say("price_per", price=told, unit=self.say(f"unit_{row['price_unit']}")) if is_with_unit else told

    def counted(self, row: Row, events: str = "n_events", ratio: str = "placed_ratio") -> Markup:
        """How much a line rests on."""
        return self.say("counted", n=self.figure(row, events, "count"), coverage=self.coverage(row, ratio))

    def standing(self, row: Row) -> Markup:
        """The sentence about a product over the whole world."""
        parts = {
            "product": self.product(row["product_code"]),
            "kind": self.kind(row["kind"]),
            "n": self.figure(row, "n_events", "count"),
            "month": self.month(row["period_start"]),
            "coverage": self.coverage(row),
        }
        if not row["n_events_margin"]:  # nothing is estimated, or nothing is left to estimate
            return self.say("stands_counted", **parts)
        return self.say("stands_estimated", estimate=self.estimate(row), **parts)

    def largest(self, rows: Sequence[Row]) -> Markup:
        """The sentence about its first markets."""
        each = [
            Markup("{} ({})").format(self.place(row["place_code"]), self.figure(row, "n_events", "count"))
            for row in rows
        ]
        return self.say("stands_market" if len(each) == 1 else "stands_markets", markets=Markup(", ").join(each))

    def foremost(self, row: Row) -> Markup:
        """The sentence about the product that is asked for most."""
        return self.say(
            "stands_product",
            product=self.product(row["product_code"]),
            n=self.figure(row, "n_events", "count"),
            coverage=self.coverage(row),
        )

    def opening(self, row: Row) -> Markup:
        """The sentence about what is wanted and seldom quoted."""
        return self.say(
            "stands_open",
            product=self.product(row["product_code"]),
            place=self.place(row["place_code"]),
            quotes=self.figure(row, "quotes_per_rfq", "quotes"),
            n=self.figure(row, "n_events", "count"),
            coverage=self.coverage(row),
        )

    def movement(self, row: Row) -> Markup:
        """The sentence about a called trend."""
        return self.say(
            row["trend"],
            product=self.product(row["product_code"]),
            place=self.place(row["place_code"]),
            kind=self.kind(row["kind"]),
            change=self.figure(row, "n_events_change_ratio", "change" if row["trend"] == "steady" else "percent"),
        )

    def how_sure(self, row: Row) -> Markup:
        """Between which bounds a called trend lies, and what it rests on."""
        return self.say(
            "how_sure_new" if row["trend"] == "new" else "how_sure",
            n=self.figure(row, "n_events", "count"),
            month=self.month(row["period_start"]),
            coverage=self.coverage(row),
            low=self.figure(row, "change_low", "change"),
            high=self.figure(row, "change_high", "change"),
        )


def titles_of(taxonomy: Taxonomy) -> tuple[dict[str, str | None], dict[str, str]]:
    """Titles of products and of places, by code."""
    return (
        {code: title for _, code, _, title in taxonomy.products},
        {code: title for _, code, _, title in taxonomy.places},
    )


def written(value: float, form: Form) -> str:
    """A figure as India reads it, such as `12,34,567` or `+4 %`."""
    match form:
        case "count" | "usd":
            return _grouped(value, 0)
        case "price":
            return f"US$ {_grouped(value, 2)}"
        case "change":
            sign = "+" if round(value * 100) > 0 else ""
            return f"{sign}{_grouped(value * 100, 0)} %"
        case "percent":
            return f"{_grouped(abs(value) * 100, 0)} %"
        case "ratio":
            return f"{value:.2f}"
        case "part":
            return f"{value:.0f}"
        case "quotes":
            return f"{value:.1f}"


def _grouped(value: float, decimals: int) -> str:
    """The last three digits by themselves, those before in pairs."""
    whole, _, rest = f"{abs(value):.{decimals}f}".partition(".")
    groups = [whole[-3:]]
    before = whole[:-3]
    while before:
        groups.insert(0, before[-2:])
        before = before[:-2]
    is_negative = value < 0 and any(digit not in "0" for digit in whole + rest)
    return (_MINUS if is_negative else "") + ",".join(groups) + (f".{rest}" if rest else "")


def text_of(markup: str) -> str:
    """Markup as plain text, for what is read aloud."""
    return str(Markup(markup).striptags())
