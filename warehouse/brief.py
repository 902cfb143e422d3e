"""A brief for one trade body and release: one page a language, whole in itself, without script, for phone and paper.

Belongs here: how facts become a page. Which facts is `warehouse.brief_facts`, how they are worded `brief_words`, the
texts are one module a language, the layout is `templates/brief.html`. Called through the parts of an extract, so that a
brief is checksummed, signed, and built again by the audit.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from schemas.releases import TradeBody
from schemas.taxonomy import Taxonomy
from warehouse import brief_english, brief_hindi
from warehouse.brief_charts import lines, months_of, named, quadrant
from warehouse.brief_facts import Facts, Markets, Row, facts_of
from warehouse.brief_words import Words, text_of, titles_of
from warehouse.recipients import sector_around

_TEMPLATE, _NAMES = "brief.html", "names.hi.txt"
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_HINDI_MONTHS = (
    "जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्तूबर", "नवंबर", "दिसंबर",
)  # fmt: skip


def brief_pages(
    body: TradeBody, frames: Mapping[str, pl.DataFrame], metadata: Mapping[str, str], taxonomy: Taxonomy
) -> dict[str, bytes]:
    """The pages of a brief by file name.

    Args:
        body: Whose extract it is.
        frames: Its tables by name, as they stand in its Parquet files.
        metadata: Release, schema and policy, as in the footers of the Parquet files.
        taxonomy: Trees that hold the titles.

    Guarantee: every figure is a cell of these tables and names it; the same tables give the same bytes
        (`tests/unit/test_brief.py`).
    """
    facts = facts_of(frames, body.products, sector=sector_around(body, taxonomy))
    spoken = languages(taxonomy)
    others = dict(zip(spoken, [*list(spoken.items())[1:], next(iter(spoken.items()))], strict=True))
    return {name: _page(facts, body, metadata, words, others[name]) for name, words in spoken.items()}


def languages(taxonomy: Taxonomy) -> dict[str, Words]:
    """The languages of a brief, by the name of its file."""
    products, places = titles_of(taxonomy)
    names = hindi_names()
    english = frozenset(set(products) - set(names))
    return {
        "brief.html": Words("en", brief_english.TEXTS, products, places, _ENGLISH_MONTHS, frozenset()),
        "brief.hi.html": Words(
            "hi",
            brief_hindi.TEXTS,
            {code: names.get(code, title) for code, title in products.items()},
            {code: names.get(code, title) for code, title in places.items()},
            _HINDI_MONTHS,
            english,
        ),
    }


@cache
def hindi_names() -> dict[str, str]:
    """Names of places, sectors and chapters in Hindi, by code; headings have none."""
    lines_of_file = _source(_NAMES).splitlines()
    return {code: name for code, _, name in (line.partition("\t") for line in lines_of_file)}


def fixed_texts() -> frozenset[str]:
    """The words that every brief says: public, whatever a buyer may be called."""
    texts = {*brief_english.TEXTS.values(), *brief_hindi.TEXTS.values(), *hindi_names().values()}
    return frozenset({_source(_TEMPLATE), *texts, *_ENGLISH_MONTHS, *_HINDI_MONTHS})


def _page(facts: Facts, body: TradeBody, metadata: Mapping[str, str], words: Words, other: tuple[str, Words]) -> bytes:
    page = _environment().get_template(_TEMPLATE).render(
        body=body,
        facts=facts,
        release=metadata["release_id"],
        policy=metadata["policy"],
        words=words,
        other={"file": other[0], "language": other[1].language},
        title=Markup('<span class="t" lang="en">{}</span>').format(body.title),
        say=words.say,
        figure=words.figure,
        shown=_shown,
        line_chart=lambda at, found: _line_chart(at, found, words),
        months=lambda found: months_of([[row["period_start"] for row in line] for line in found.lines]),
        by_month=lambda found: [{row["period_start"]: row for row in line} for line in found.lines],
        by_product=lambda rows: [(code, list(each)) for code, each in groupby(rows, lambda row: row["product_code"])],
        quadrant_chart=lambda: _quadrant(facts, words),
    )  # fmt: skip
    kept = (line.rstrip() for line in page.splitlines() if line.strip())
    return ("\n".join(kept) + "\n").encode()


def _shown(rows: tuple[Row, ...], column: str, name: str) -> list[str]:
    """A table's column by name, unless no row has anything there."""
    return [name] if any(row[column] is not None for row in rows) else []


def _line_chart(at: int, found: Markets, words: Words) -> Markup:
    months = months_of([[row["period_start"] for row in line] for line in found.lines])
    series = []
    for line in found.lines:
        amounts = {row["period_start"]: float(row["n_events"]) for row in line}
        series.append((line[0]["place_code"], tuple(amounts.get(month) for month in months)))
    places = ", ".join(words.places[line[0]["place_code"]] for line in found.lines)
    return Markup(named(lines(f"lines{at}", months, tuple(series)), text_of(words.say("lines_alt", places=places))))


def _quadrant(facts: Facts, words: Words) -> Markup:
    assert facts.middle is not None  # else the page has no chart
    points = tuple((row["demand_part"], row["quotes_per_rfq"]) for row in facts.opportunities)
    return Markup(named(quadrant("quadrant", points, facts.middle), text_of(words.say("opportunity_alt"))))


@cache
def _environment() -> Environment:
    loader = FunctionLoader(lambda name: _source(name) if name == _TEMPLATE else None)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


@cache
def _source(name: str) -> str:
    return files("warehouse").joinpath("templates", name).read_text(encoding="utf-8")
