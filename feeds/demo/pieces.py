"""A chunk of one feed made ready for the disk: its faults, everything that arrives again, and the truth about it."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from feeds.demo.exports import Copies, Export
from feeds.demo.faults import spoil
from feeds.demo.pools import Bools, Ints

KINDS = ("event", "duplicate", "update", "cancellation")
EVENT = KINDS.index("event")
_DUPLICATE_SHARE = 0.01


@dataclass(frozen=True)
class Piece:
    """Rows of one feed ready to be written; columns that begin with `_` steer the writing and reach no file."""

    frame: pl.DataFrame
    truth: pl.DataFrame

    def at(self, night: int) -> "Piece":
        """The rows of one night."""
        return Piece(_of_night(self.frame, night), _of_night(self.truth, night))

    def after(self, night: int) -> list[tuple[int, "Piece"]]:
        """The rows of later nights, one piece a night."""
        later = self.frame["_night"].slice(int(self.frame["_night"].search_sorted(night, side="right")))
        return [(int(due), self.at(due)) for due in later.unique().sort()]


def _of_night(rows: pl.DataFrame, night: int) -> pl.DataFrame:
    nights = rows["_night"]
    start = int(nights.search_sorted(night, side="left"))
    return rows.slice(start, int(nights.search_sorted(night, side="right")) - start)


def _text_truth(export: Export, rows: pl.DataFrame) -> pl.DataFrame:
    """Spans of the rows that stand in `rows` (columns _row, _source, _night, _kind, _broken, record_id)."""
    parts = []
    for name, spans in export.spans.items():
        found = rows.join(
            spans.frame.with_columns(pl.col("row").cast(pl.Int64)),
            left_on="_source",
            right_on="row",
            maintain_order="left_right",
        )
        parts.append(found.with_columns(pl.lit(name).alias("field")))
    names = ["_night", "_kind", "_broken", "record_id", "field", "entity", "start", "end", "value"]
    return pl.concat(part.select(names) for part in parts) if parts else pl.DataFrame()


def _column_truth(export: Export, rows: pl.DataFrame) -> pl.DataFrame:
    """One row for each value of a column that holds identifiers."""
    parts = [
        rows.select(
            "_night", "_kind", "_broken", "record_id",
            pl.lit(column).alias("field"), pl.lit(entity).alias("entity"),
            pl.lit(None, pl.Int64).alias("start"), pl.lit(None, pl.Int64).alias("end"), pl.col(column).alias("value"),
        ).filter(pl.col("value").is_not_null())
        for column, entity in export.identities.items()
    ]  # fmt: skip
    return pl.concat(parts)


def _truth(export: Export, rows: pl.DataFrame, feed: str) -> pl.DataFrame:
    """The identifiers of these rows; those of a line that does not parse stand in the field `line`, without offsets."""
    rows = rows.with_columns(export.record_ids.alias("record_id"))
    parts = [part for part in (_text_truth(export, rows), _column_truth(export, rows)) if len(part)]
    broken = pl.col("_broken")
    return pl.concat(parts).with_columns(
        pl.lit(feed).alias("feed"),
        pl.when(broken).then(pl.lit("line")).otherwise("field").alias("field"),
        pl.when(~broken).then("start").alias("start"),
        pl.when(~broken).then("end").alias("end"),
    )


def _duplicates(frame: pl.DataFrame, is_malformed: Bools, nights: Ints, rng: np.random.Generator) -> Copies:
    chosen = np.flatnonzero((rng.random(len(frame)) < _DUPLICATE_SHARE) & ~is_malformed)
    delays = np.where(rng.random(len(chosen)) < 0.5, 0, rng.integers(1, 5, len(chosen)))
    return Copies("duplicate", chosen, nights[chosen] + delays, frame[chosen])


def make_piece(export: Export, feed: str, n_nights: int, rng: np.random.Generator) -> Piece:
    """The chunk with its faults and everything that arrives again, sorted by night."""
    spoilt = spoil(export.frame, feed, rng)
    marks = [
        spoilt.frame.with_columns(
            pl.Series("_night", export.nights),
            pl.lit(EVENT, pl.Int8).alias("_kind"),
            pl.Series("_source", np.arange(len(spoilt.frame))),
            pl.Series("_late", export.is_late),
            pl.Series("_malformed", spoilt.is_malformed),
            pl.Series("_broken", spoilt.is_broken),
        )
    ]
    for copies in (_duplicates(spoilt.frame, spoilt.is_malformed, export.nights, rng), export.copies):
        if copies is None:
            continue
        # What is malformed is not sent again: nobody could tell what it repeats.
        again = copies.frame.with_columns(
            pl.Series("_night", copies.nights),
            pl.lit(KINDS.index(copies.kind), pl.Int8).alias("_kind"),
            pl.Series("_source", copies.sources),
            pl.lit(False).alias("_late"),
            pl.lit(False).alias("_malformed"),
            pl.lit(False).alias("_broken"),
        )
        marks.append(again.filter(pl.Series(~spoilt.is_malformed[copies.sources]) & (pl.col("_night") < n_nights)))
    frame = pl.concat(marks).sort("_night", maintain_order=True)
    first_night = pl.Series(export.nights).gather(frame["_source"])
    is_new_to_night = (pl.col("_kind") == EVENT) | (pl.col("_night") != first_night)
    rows = frame.filter(is_new_to_night)
    return Piece(frame.drop("_source"), _truth(export, rows, feed).sort("_night", maintain_order=True))
