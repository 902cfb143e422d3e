"""The own fields of many rows at once: in which texts they may stand at all, and what to search for in those.

Belongs here: a gate, worked out in columns, that spares most rows the search of `own_fields`: a shop asks for forty
sizes of a shirt and signs none of them. Does not belong here: the search itself.

The gate rests on two facts about `own_terms`. Every needle holds an *anchor* of its value: a word of it, two short
words joined, or the last digits of a phone. And a word with one typing error keeps its first or its last two letters.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import permutations

import polars as pl
from rapidfuzz.distance import OSA

from anonymize.scrub import disguises
from anonymize.scrub.entities import mask
from anonymize.scrub.own_fields import (
    LONG_WORD,
    MIN_DIGITS,
    MIN_FUZZY,
    Term,
    kept,
    own_terms,
    spellings,
    squeeze,
    words_of,
)
from anonymize.wordlists import Wordlists, fold

_ALWAYS = ""
"""An anchor that stands in every text: of a value on which anything fails."""

_LONGEST_VALUE, _MOST_PARTS = 200, 40
"""Longer values and values of more parts open the gate at every text of theirs: no buyer is called so, and a table of
their parts would outgrow the rows."""

_NAMED = ("buyer_name", "company")
"""Columns whose words may be met with a typing error."""


@dataclass(frozen=True)
class OwnRows:
    """The own fields of rows, by position."""

    rows: pl.DataFrame
    """Columns `OWN_FIELDS`."""
    words: Wordlists = field(repr=False)
    _known: dict[tuple[str | None, ...], tuple[Term, ...] | None] = field(default_factory=dict, repr=False)

    def terms(self, position: int) -> tuple[Term, ...] | None:
        """What to search for in the texts of a row, made once per distinct buyer; null where anything failed."""
        row = self.rows.row(position)
        if row not in self._known:
            self._known[row] = self._made(row)
        return self._known[row]

    def _made(self, row: tuple[str | None, ...]) -> tuple[Term, ...] | None:
        try:
            return own_terms(dict(zip(self.rows.columns, row, strict=True)), self.words)
        except Exception:  # then the texts of the row are withheld
            return None

    def may_stand(self, work: pl.DataFrame) -> pl.Series:
        """Whether anything of a row may stand in its text, so that it has to be searched.

        Args: work with text, normalised, and row, the position of its own fields.
        Guarantee: false only where `find_own` finds nothing, in the text or beneath its disguises
            (tests/property/test_own_rows.py).
        """
        texts = self._texts(work["text"])
        at = work.select("text", "row").with_row_index("at").join(texts, on="text", how="left", maintain_order="left")
        near = pl.concat([self._anchored(at), self._mistyped(at)]).unique()
        has_fields = self.rows.select(pl.any_horizontal(pl.all().is_not_null()))
        hidden = at.filter("is_disguised").select("at", "row")
        hidden = hidden.filter(pl.Series(has_fields.to_series().gather(hidden["row"]), dtype=pl.Boolean)).select("at")
        places = pl.concat([near, hidden]).unique()["at"]
        return pl.select(pl.int_range(work.height, dtype=pl.UInt32).is_in(places.implode())).to_series()

    def _texts(self, texts: pl.Series) -> pl.DataFrame:
        """Of each distinct text: `squeezed`, what needles are looked up in, its `open_words`, and `is_disguised`."""
        distinct = texts.unique().alias("text")
        folded = [fold(text) for text in distinct.to_list()]
        hidden = [fold(mask(text)) if "<" in text else plain for text, plain in zip(distinct, folded, strict=True)]
        known = self.words.ordinary | self.words.products
        open_words = [[word for word in LONG_WORD.findall(text) if word not in known] for text in hidden]
        return distinct.to_frame().with_columns(
            pl.Series("squeezed", [squeeze(text) for text in folded], dtype=pl.String),
            pl.Series("open_words", open_words, dtype=pl.List(pl.String)),
            pl.col("text").str.contains(disguises.GATE).alias("is_disguised"),
        )

    def _anchored(self, at: pl.DataFrame) -> pl.DataFrame:
        """Places whose squeezed text holds an anchor of the row: `at`."""
        return pl.concat(
            self._with(at.select("at", "row", "squeezed"), column, anchors)
            .filter(pl.col("squeezed").str.contains(pl.col("part"), literal=True))
            .select("at")
            for column, anchors in _ANCHORS.items()
        )

    def _mistyped(self, at: pl.DataFrame) -> pl.DataFrame:
        """Places whose text holds a word that is one typing error away from a long word of the row: `at`."""
        open_places = at.filter(pl.col("open_words").list.len() > 0).select("at", "row", "open_words")
        return pl.concat(
            _near(self._with(open_places, column, _LONG_WORDS).explode("open_words")).select("at") for column in _NAMED
        )

    def _with(self, at: pl.DataFrame, column: str, parts: "_Parts") -> pl.DataFrame:
        """Each place with each of the parts that its row's value has in a column, worked out once per value."""
        values = self.rows.select(pl.col(column).alias("value")).with_row_index("row")
        values = values.with_columns(pl.col("row").cast(pl.Int64)).drop_nulls()
        wanted = at.join(values, on="row", how="inner")
        return wanted.join(_parts_of(wanted["value"].unique(), parts), on="value", how="inner")


@dataclass(frozen=True)
class _Parts:
    """How the parts of a value are told: one by one, and in columns where the value is written plainly."""

    of: Callable[[str], list[str]]
    is_plain: pl.Expr
    """Whether a `value`, in lower case and printable ASCII, is one of which `plain` tells the same parts as `of`."""
    plain: pl.Expr
    """The list of its parts, of those values."""


def _parts_of(values: pl.Series, parts: _Parts) -> pl.DataFrame:
    """Each distinct value with each of its parts: `value`, `part`.

    Most values are plain, and there may be one a row: those are told in columns.
    """
    lowered = pl.col("value").str.to_lowercase()
    is_short = pl.col("value").str.len_bytes() <= _LONGEST_VALUE
    known = values.alias("value").to_frame().with_columns(lowered.alias("lowered"))
    is_plain = is_short & pl.col("value").str.contains(_PRINTABLE) & parts.is_plain
    known = known.with_columns(is_plain.alias("is_plain"), pl.when(is_plain).then(parts.plain).alias("part"))
    known = known.with_columns(pl.col("is_plain") & (pl.col("part").list.len() <= _MOST_PARTS))
    others = known.filter(~pl.col("is_plain"))["value"]
    found = [_parts_or_always(value, parts.of) for value in others]
    told = pl.concat(
        [
            known.filter("is_plain").select("value", "part"),
            others.to_frame().with_columns(pl.Series("part", found, dtype=pl.List(pl.String))),
        ]
    )
    return told.explode("part").drop_nulls("part").unique()


def _parts_or_always(value: str, parts: Callable[[str], list[str]]) -> list[str]:
    try:
        found = parts(value) if len(value) <= _LONGEST_VALUE else [_ALWAYS]
    except Exception:  # then every text of the row is searched, and withheld if that fails
        return [_ALWAYS]
    return found if len(found) <= _MOST_PARTS else [_ALWAYS]


def _near(pairs: pl.DataFrame) -> pl.DataFrame:
    """Those pairs of `open_words` and `part` that may be one typing error apart."""
    word, part = pl.col("open_words"), pl.col("part")
    alike = (word.str.head(2) == part.str.head(2)) | (word.str.tail(2) == part.str.tail(2))
    length = word.str.len_chars().cast(pl.Int64) - part.str.len_chars().cast(pl.Int64)
    close = pairs.filter((part == _ALWAYS) | ((length.abs() <= 1) & alike))
    distinct = close.select("open_words", "part").unique()
    is_near = [part == _ALWAYS or OSA.distance(word, part, score_cutoff=1) <= 1 for word, part in distinct.iter_rows()]
    return close.join(distinct.filter(pl.Series(is_near, dtype=pl.Boolean)), on=["open_words", "part"], how="semi")


def _word_anchors(value: str) -> list[str]:
    """Words of a value that its needles hold, each by itself or, if it is short, beside another short one."""
    return [anchor for text in spellings(value) for anchor in _anchors_of(words_of(text))]


def _anchors_of(parts: list[str]) -> Iterator[str]:
    long: list[str] = []
    short: list[str] = []
    for part in parts:
        (short if len(part) < 3 and (len(part) < 2 or part.isascii()) else long).append(part)
    yield from map(squeeze, long)
    if len(short) > 1:
        yield from (squeeze(first + second) for first, second in permutations(short, 2))


def _email_anchors(value: str) -> list[str]:
    """As of words; a name or a domain that is one short word between signs is a needle by itself."""
    anchors: list[str] = []
    for text in spellings(value):
        anchors += _anchors_of(words_of(text))
        local, _, domain = text.partition("@")
        pieces = (text, local, local.partition("+")[0], domain, domain.partition(".")[0])
        anchors += [squeeze(words[0]) for words in map(words_of, pieces) if len(words) == 1]
    return anchors


def _digit_anchors(value: str) -> list[str]:
    """The last digits of a phone."""
    digits = "".join(str(unicodedata.digit(c)) for c in kept(value) or "" if c.isdigit()).lstrip("0")
    return [digits[-MIN_DIGITS:]] if len(digits) >= MIN_DIGITS else []


def _long_words(value: str) -> list[str]:
    """Words of a name or a company that may be met with a typing error, with and without its dots and slashes."""
    texts = [form for text in spellings(value) for form in (text, text.replace(".", "").replace("/", ""))]
    words = {part for text in texts for part in words_of(text) if len(part) >= MIN_FUZZY and part.isalpha()}
    return sorted(words)


_PRINTABLE = r"^[\x20-\x7e]*$"
_PLAIN_EMAIL = r"^[a-z0-9]{3,}(?:[^a-z0-9@]+[a-z0-9]{3,})*@(?:[a-z0-9]{3,}[.-])+[a-z0-9]{2,}$"
"""No short words but the last: none that is a needle by itself, nor two that could stand beside each other."""

_lowered = pl.col("lowered")
_long = _lowered.str.extract_all("[a-z0-9]{3,}")
_n_short = _lowered.str.replace_all("[a-z0-9]{3,}", " ").str.count_matches("[a-z0-9]+")
_digits = _lowered.str.replace_all("[^0-9]", "").str.strip_chars_start("0")
_tail = pl.when(_digits.str.len_bytes() >= MIN_DIGITS).then(_digits.str.tail(MIN_DIGITS))
_with_dots = _lowered.str.extract_all(f"[a-z0-9]{{{MIN_FUZZY},}}")
_without_dots = _lowered.str.replace_all("[./]", "").str.extract_all(f"[a-z0-9]{{{MIN_FUZZY},}}")
_letters = pl.element().filter(~pl.element().str.contains("[0-9]"))

_WORDS = _Parts(_word_anchors, _n_short <= 1, _long)
_EMAILS = _Parts(_email_anchors, _lowered.str.contains(_PLAIN_EMAIL), _long)
_PHONES = _Parts(_digit_anchors, pl.lit(True), pl.concat_list(_tail))
_LONG_WORDS = _Parts(_long_words, pl.lit(True), pl.concat_list(_with_dots, _without_dots).list.eval(_letters))

_ANCHORS: dict[str, _Parts] = {
    "buyer_name": _WORDS,
    "company": _WORDS,
    "email": _EMAILS,
    "phone": _PHONES,
    "tax_id": _WORDS,
    "payment": _WORDS,
    "account": _WORDS,
}
"""Anchors of a value, by column; `OWN_FIELDS` names the same columns."""
