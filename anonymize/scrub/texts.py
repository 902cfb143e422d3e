"""The door of the room: texts of events in, scrubbed texts out, fast and failing closed.

Order of work on each text: read it as a person would (`hostile`), find the row's own fields and the parties of the
batch (`own_fields`), ask the recognisers (`engine`) once per distinct text and only those whose gate opens, replace all
of it at once. What changed goes round again until nothing changes, so that scrubbing twice changes nothing. Whatever
fails withholds that text and is told by count only.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import polars as pl

from anonymize.scrub import disguises
from anonymize.scrub.batches import Spans, find_all
from anonymize.scrub.cores import n_processes_here
from anonymize.scrub.engine import Engine
from anonymize.scrub.entities import Found, apply, settle
from anonymize.scrub.hostile import normalise_texts
from anonymize.scrub.names.configured import read_name_engine
from anonymize.scrub.own_fields import OWN_FIELDS, find_own
from anonymize.scrub.own_rows import OwnRows
from anonymize.scrub.parties import find_parties, parties_of
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.readings import Reading
from anonymize.scrub.recognizers.phone import NATIONAL_GATE
from anonymize.scrub.run_cache import RunCache
from anonymize.scrub.span_cache import SpanCache
from anonymize.scrub.workers import ENOUGH_TO_START, Workers
from anonymize.wordlists import CONFIG, Wordlists, read_wordlists
from schemas.entities import Entity
from schemas.errors import ConfigurationError
from schemas.policy import Scrub

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
    """Scrubs texts; build it once by `build_scrubber` or `night_scrubber`; only its cache outlasts a call."""

    wordlists: Wordlists
    engine: Engine = field(repr=False)
    cache: SpanCache | RunCache | None = field(default=None, repr=False)
    """What earlier nights found, or this run."""
    workers: Workers | None = field(default=None, repr=False)
    """Other processes, for large batches."""

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
        own = OwnRows(events.select(OWN_FIELDS), self.wordlists)
        parties = parties_of(events, self.wordlists) if with_parties else {}
        texts: list[str | None] = work["text"].to_list()
        counts: Counter[Entity] = Counter()
        open_texts = work.filter(pl.col("text").is_not_null())
        for _ in range(MAX_ROUNDS):
            before = open_texts["text"].to_list()
            after = self._round(open_texts, own, parties, counts, is_plain=is_plain)
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

    def _round(
        self,
        work: pl.DataFrame,
        own: OwnRows,
        parties: Mapping[str, Entity],
        counts: Counter[Entity],
        *,
        is_plain: bool,
    ) -> list[str | None]:
        """Each text with all that was found in it dealt with; null where anything failed."""
        cases = _cases(work, own, is_plain=is_plain)
        found = self._found(cases, own, parties, is_plain=is_plain)
        result: list[str | None] = [None] * work.height
        for text, places, mine in zip(cases["text"].to_list(), cases["places"].to_list(), found, strict=True):
            if mine is None:
                continue
            for one in mine:
                counts[one.entity] += len(places)
            after = apply(text, mine, self.engine.policy.entities)
            for place in places:
                result[place] = after
        return result

    def find(
        self, work: pl.DataFrame, own: OwnRows, parties: Mapping[str, Entity], *, is_plain: bool = False
    ) -> list[list[Found] | None]:
        """What is found in each normalised text, settled; null where anything failed.

        Args: work with text, region and row, the position of its own fields.
        """
        cases = _cases(work, own, is_plain=is_plain)
        result: list[list[Found] | None] = [None] * work.height
        for places, mine in zip(
            cases["places"].to_list(), self._found(cases, own, parties, is_plain=is_plain), strict=True
        ):
            for place in places:
                result[place] = mine
        return result

    def _found(
        self, cases: pl.DataFrame, own: OwnRows, parties: Mapping[str, Entity], *, is_plain: bool
    ) -> list[list[Found] | None]:
        beneath = self._beneath(cases, own, parties, is_plain=is_plain)
        shown = self._shown(cases, own, parties, is_plain=is_plain)
        result: list[list[Found] | None] = []
        for at, (text, mine) in enumerate(zip(cases["text"].to_list(), shown, strict=True)):
            hidden = beneath.get(at, [])
            result.append(None if mine is None or hidden is None else settle([*mine, *hidden], text))
        return result

    def _shown(
        self,
        work: pl.DataFrame,
        own: OwnRows,
        parties: Mapping[str, Entity],
        *,
        is_plain: bool,
    ) -> list[list[Found] | None]:
        """What own fields, parties and recognisers find in each text as it stands, unsettled; null where one failed."""
        theirs_own = [self._own(text, row, own) for text, row in work.select("text", "row").iter_rows()]
        found_parties = find_parties(work["text"], parties)
        recognised = self._recognised(work.select("text", "region"), is_plain=is_plain)
        keeps = self.engine.keeps
        result: list[list[Found] | None] = []
        for at, mine in enumerate(theirs_own):
            theirs = recognised.get(at, [])
            if mine is None or theirs is None:
                result.append(None)
            else:
                known = [one for one in [*mine, *found_parties.get(at, [])] if one.entity not in keeps]
                result.append([*known, *theirs])
        return result

    def _own(self, text: str, row: int | None, own: OwnRows) -> list[Found] | None:
        """A row's own fields in one of its texts; null where anything failed."""
        if row is None:
            return []
        terms = own.terms(row)
        try:
            return None if terms is None else find_own(text, terms, self.wordlists)
        except Exception:  # the text is withheld
            return None

    def _beneath(
        self,
        work: pl.DataFrame,
        own: OwnRows,
        parties: Mapping[str, Entity],
        *,
        is_plain: bool,
    ) -> dict[int, list[Found] | None]:
        """What is found beneath disguises, by position of the text; null where that failed."""
        disguised = work.with_row_index("at").filter(pl.col("text").str.contains(disguises.GATE))
        readings: list[tuple[int, Reading]] = []
        result: dict[int, list[Found] | None] = {}
        for at, text in disguised.select("at", "text").iter_rows():
            try:
                reading = disguises.undisguised(text)
            except Exception:  # the text is withheld
                result[at] = None
                continue
            if reading is not None:
                readings.append((at, reading))
        if not readings:
            return result
        again = work[[at for at, _ in readings]].with_columns(
            pl.Series("text", [reading.text for _, reading in readings], dtype=pl.String)
        )
        for (at, reading), found in zip(readings, self._shown(again, own, parties, is_plain=is_plain), strict=True):
            result[at] = None if found is None else [_moved(one, reading) for one in found]
        return result

    def _recognised(self, work: pl.DataFrame, *, is_plain: bool) -> dict[int, Spans]:
        """What the recognisers find, by position of the text; null where one failed, absent where nothing is found."""
        unique = work.with_row_index("at").group_by("text", "region", maintain_order=True).agg("at")
        texts, regions = unique["text"].to_list(), unique["region"].to_list()
        spans = find_all(self.engine, texts, regions, is_plain=True) if is_plain else self._spans(texts, regions)
        found: dict[int, Spans] = {}
        for positions, known in zip(unique["at"].to_list(), spans, strict=True):
            if known != []:
                found.update(dict.fromkeys(positions, known))
        return found

    def _spans(self, texts: Sequence[str], regions: Sequence[str | None]) -> list[Spans]:
        """What the recognisers find in distinct texts, unless the cache knows; by more processes where that pays."""
        known: list[Spans] = [None] * len(texts) if self.cache is None else self.cache.look_up(texts, regions)
        places = [place for place, found in enumerate(known) if found is None]
        if not places:
            return known
        asked, where = [texts[place] for place in places], [regions[place] for place in places]
        new = None
        if self.workers is not None and self.workers.are_worth_it(len(asked)):
            new = self.workers.find_all(asked, where)
        if new is None:
            new = find_all(self.engine, asked, where)
        if self.cache is not None:
            self.cache.keep(asked, where, new)
        for place, found in zip(places, new, strict=True):
            known[place] = found
        return known


def build_scrubber(config_dir: Path = CONFIG, policy: Scrub | None = None) -> Scrubber:
    """A scrubber with the word lists of a configuration folder and a policy (default: that of the folder).

    Raises: ConfigurationError if a word list or the policy is missing or malformed.
    """
    return Scrubber(read_wordlists(config_dir), build_engine(config_dir, policy or read_scrub_policy(config_dir)))


def file_scrubber(config_dir: Path, policy: Scrub) -> Scrubber:
    """As `build_scrubber`, with a memory of what it found: in a long file texts come again.

    Raises: ConfigurationError as `build_scrubber`.
    """
    return replace(build_scrubber(config_dir, policy), cache=RunCache())


def build_engine(config_dir: Path, policy: Scrub) -> Engine:
    """The engine alone, as each process builds its own."""
    return Engine(read_wordlists(config_dir), policy, read_name_engine(config_dir, policy))


@contextmanager
def night_scrubber(
    config_dir: Path,
    policy: Scrub,
    *,
    cache: SpanCache | None,
    n_processes: int | None = None,
    is_careful: bool = False,
) -> Iterator[Scrubber]:
    """A scrubber for a whole night: with a cache and, once a batch is large enough, a process for each core.

    Args: n_processes, as `cores.n_processes_here` says unless given; with one all is done in this process; is_careful
            has texts looked at in other processes, however few they are.
    Raises: ConfigurationError as `build_scrubber`.
    """
    n_cores = n_processes_here() if n_processes is None else n_processes
    with ExitStack() as stack:
        if cache is not None:
            stack.enter_context(cache)
        enough = 1 if is_careful else ENOUGH_TO_START
        workers = Workers(partial(build_engine, config_dir, policy), n_cores, enough_to_start=enough)
        stack.enter_context(workers)
        yield replace(build_scrubber(config_dir, policy), cache=cache, workers=workers)


def _moved(one: Found, reading: Reading) -> Found:
    """A finding in a reading, where it stands in the source."""
    start, end = reading.source(one.start, one.end)
    return replace(one, start=start, end=end, reason=f"{one.reason} (disguised)")


def _cases(work: pl.DataFrame, own: OwnRows, *, is_plain: bool) -> pl.DataFrame:
    """Texts that have to be looked at once each: text, region, row, and `places`, those of `work` that it stands for.

    Row is null where nothing of the row's own fields may stand in its text, region where no phone may: all such places
    of one text are one case. With is_plain every place is a case.
    """
    placed = work.select("text", "region", "row").with_row_index("at")
    if is_plain:
        return placed.select("text", "region", "row", pl.concat_list("at").alias("places"))
    needs_region = pl.col("text").str.contains(f"{NATIONAL_GATE}|{disguises.GATE}")
    mine = placed.with_columns(
        pl.when(own.may_stand(work)).then("row").alias("row"), pl.when(needs_region).then("region").alias("region")
    )
    return mine.group_by("text", "region", "row", maintain_order=True).agg(pl.col("at").alias("places"))


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
