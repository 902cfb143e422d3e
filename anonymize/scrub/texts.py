"""The door of the room: texts of events in, scrubbed texts out, fast and failing closed.

Order of work on each text: read it as a person would (`hostile`), find the row's own fields and the parties of the
batch (`own_fields`), ask the recognisers (`engine`) once per distinct text and only those whose gate opens, replace all
of it at once. What changed goes round again until nothing changes, so that scrubbing twice changes nothing. Whatever
fails withholds that text and is told by count only.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from anonymize.scrub.engine import Engine
from anonymize.scrub.entities import Entity, Found, replace, settle
from anonymize.scrub.hostile import normalise_texts
from anonymize.scrub.own_fields import OWN_FIELDS, Term, find_own, find_parties, own_terms, parties_of
from anonymize.wordlists import CONFIG, Wordlists, read_wordlists
from schemas.errors import ConfigurationError

MAX_ROUNDS = 6
"""Rounds after which a text that still changes is withheld."""

_TEXTS = ("title", "description")


@dataclass(frozen=True)
class ScrubResult:
    """Scrubbed texts in the order of the events, and what was done to them."""

    title: pl.Series
    """Text, null where none was given or it was withheld."""
    description: pl.Series
    """Text, null where none was given or it was withheld."""
    counts: dict[Entity, int]
    """Placeholders set, by entity; a text of several rows counts once a row."""
    n_withheld: int
    """Texts withheld because anything failed on them."""


@dataclass(frozen=True)
class Scrubber:
    """Scrubs texts; build it once by `build_scrubber`, it keeps nothing between calls."""

    wordlists: Wordlists
    engine: Engine = field(repr=False)

    def scrub(
        self,
        events: pl.DataFrame,
        *,
        phone_region: str | None = None,
        is_plain: bool = False,
        with_parties: bool = True,
    ) -> ScrubResult:
        """Titles and descriptions of events without what identifies their buyer or anybody a recogniser knows.

        Args: events with title, description, country and the columns `OWN_FIELDS`; phone_region is the country whose
            national phone formats occur (default: that of each row); with_parties searches the names and companies of
            all rows in all texts; is_plain asks every recogniser about every text, for comparison.
        Guarantee: scrubbing twice changes nothing, the order of rows does not matter but for the order of the result,
            and no own field of a row stands in its texts (tests/property/test_scrubbing.py); `is_plain` changes nothing
            but the time (tests/unit/test_scrub_texts.py).
        Raises: ConfigurationError if a column is missing. Never because of what a text holds.

        Example: the description `Thanks, Ana Roy` of a row whose buyer_name is `Ana Roy` becomes `Thanks, <PERSON>`.
        """
        if missing := [name for name in (*_TEXTS, *OWN_FIELDS, "country") if name not in events.columns]:
            raise ConfigurationError(f"scrub: columns {', '.join(missing)} are missing.")
        work = _long(events, phone_region)
        work = work.with_columns(normalise_texts(work["text"]).alias("text"))
        rows = events.select(OWN_FIELDS)
        terms = self._terms(rows)
        parties = parties_of(events, self.wordlists) if with_parties else {}
        texts: list[str | None] = work["text"].to_list()
        counts: Counter[Entity] = Counter()
        open_texts = work.filter(pl.col("text").is_not_null())
        for _ in range(MAX_ROUNDS):
            before = open_texts["text"].to_list()
            after = self._round(open_texts, terms, parties, counts, is_plain=is_plain)
            for position, text in zip(open_texts["position"].to_list(), after, strict=True):
                texts[position] = text
            is_open = [new is not None and new != old for new, old in zip(after, before, strict=True)]
            open_texts = open_texts.with_columns(pl.Series("text", after, dtype=pl.String)).filter(
                pl.Series("is_open", is_open, dtype=pl.Boolean)
            )
            if open_texts.is_empty():
                break
        for position in open_texts["position"].to_list():
            texts[position] = None
        scrubbed = pl.Series("text", texts, dtype=pl.String)
        n_withheld = int((scrubbed.is_null() & work["is_given"]).sum())
        half = events.height
        return ScrubResult(
            scrubbed[:half].alias("title"), scrubbed[half:].alias("description"), dict(counts), n_withheld
        )

    def explain(self, text: str, *, country: str | None = None) -> list[Found]:
        """What the recognisers find in one text, with score and recogniser, before overlaps are joined.

        Offsets are those of the text as `hostile.normalise_texts` leaves it. Own fields need a row: see `scrub`.
        """
        normal = normalise_texts(pl.Series("text", [text], dtype=pl.String))[0]
        if normal is None:
            raise ConfigurationError("explain: the text is too long or never stops decoding; it would be withheld.")
        return self.engine.find(normal, country)

    def _terms(self, rows: pl.DataFrame) -> list[tuple[Term, ...] | None]:
        """Own terms of each row, made once per distinct buyer; null where anything failed."""
        known: dict[tuple[str | None, ...], tuple[Term, ...] | None] = {}
        terms = []
        for row in rows.iter_rows():
            if row not in known:
                known[row] = _terms_or_none(dict(zip(rows.columns, row, strict=True)), self.wordlists)
            terms.append(known[row])
        return terms

    def _round(
        self,
        work: pl.DataFrame,
        terms: list[tuple[Term, ...] | None],
        parties: dict[str, Entity],
        counts: Counter[Entity],
        *,
        is_plain: bool,
    ) -> list[str | None]:
        """Each text with all that was found in it replaced; null where anything failed."""
        texts: list[str] = work["text"].to_list()
        own = [_own(text, terms[row]) for text, row in zip(texts, work["row"].to_list(), strict=True)]
        found_parties = find_parties(work["text"], parties)
        recognised = self._recognised(work.select("text", "region"), is_plain=is_plain)
        result: list[str | None] = []
        for at, text in enumerate(texts):
            mine, theirs = own[at], recognised.get(at, [])
            if mine is None or theirs is None:
                result.append(None)
                continue
            settled = settle([*mine, *found_parties.get(at, []), *theirs], text)
            counts.update(one.entity for one in settled)
            result.append(replace(text, settled))
        return result

    def _recognised(self, work: pl.DataFrame, *, is_plain: bool) -> dict[int, list[Found] | None]:
        """What the recognisers find, by position of the text; null where one failed, absent where nothing is found."""
        unique = work.with_row_index("at").group_by("text", "region", maintain_order=True).agg("at")
        found: dict[int, list[Found] | None] = {}
        for text, region, positions, wanted in self._asked(unique, is_plain=is_plain):
            try:
                known: list[Found] | None = self.engine.find(text, region, wanted)
            except Exception:  # the text is withheld; what failed may hold it and is not told
                known = None
            if known != []:
                found.update(dict.fromkeys(positions, known))
        return found

    def _asked(
        self, unique: pl.DataFrame, *, is_plain: bool
    ) -> list[tuple[str, str | None, list[int], list[Entity] | None]]:
        """Distinct texts the engine has to see, each with its positions and the entities to look for."""
        if is_plain:
            return [(text, region, positions, None) for text, region, positions in unique.iter_rows()]
        gates = self.engine.gate(unique["text"])
        entities = [Entity(name) for name in gates.columns]
        is_asked = gates.select(pl.any_horizontal(pl.all())).to_series()
        return [
            (text, region, positions, [entity for entity, is_open in zip(entities, opened, strict=True) if is_open])
            for (text, region, positions), opened in zip(
                unique.filter(is_asked).iter_rows(), gates.filter(is_asked).iter_rows(), strict=True
            )
        ]


def build_scrubber(config_dir: Path = CONFIG) -> Scrubber:
    """A scrubber with the word lists of a configuration folder.

    Raises: ConfigurationError if a word list is missing or malformed.
    """
    words = read_wordlists(config_dir)
    return Scrubber(words, Engine(words))


def _long(events: pl.DataFrame, phone_region: str | None) -> pl.DataFrame:
    """One row per text: titles first, then descriptions; position, row of the event, region, text."""
    region = pl.col("country") if phone_region is None else pl.lit(phone_region)
    parts = [
        events.with_row_index("row").select(
            pl.col("row").cast(pl.Int64),
            region.cast(pl.String).alias("region"),
            pl.col(name).cast(pl.String).alias("text"),
        )
        for name in _TEXTS
    ]
    return pl.concat(parts).with_row_index("position").with_columns(pl.col("text").is_not_null().alias("is_given"))


def _terms_or_none(row: dict[str, str | None], words: Wordlists) -> tuple[Term, ...] | None:
    try:
        return own_terms(row, words)
    except Exception:  # then both texts of the row are withheld
        return None


def _own(text: str, terms: tuple[Term, ...] | None) -> list[Found] | None:
    """A row's own fields in one of its texts; null where anything failed."""
    if terms is None:
        return None
    try:
        return find_own(text, terms) if terms else []
    except Exception:  # the text is withheld
        return None
