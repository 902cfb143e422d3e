"""The files of each night, the rows that wait for a later one, and what each feed delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from feeds.demo.events import FEEDS
from feeds.demo.files import FeedFile, TruthFile, open_feed, open_truth
from feeds.demo.pieces import EVENT, KINDS, Piece


@dataclass(frozen=True)
class NightCounts:
    """What one feed delivered on one night."""

    feed: str
    night: date
    n_rows: int
    """n_events + n_duplicates + n_updates + n_cancellations."""
    n_events: int
    n_duplicates: int
    """Rows delivered before, byte for byte."""
    n_updates: int
    """RFQs delivered before as open, now closed."""
    n_cancellations: int
    n_late: int
    """Events that occurred on an earlier date than they arrived."""
    n_malformed: int
    n_planted: int
    """Identifiers planted in titles, messages and queries of this night's new events."""


@dataclass(frozen=True)
class DemoSummary:
    """What `write_marketplace` wrote: one entry a feed and night, ordered by night and feed."""

    counts: tuple[NightCounts, ...]
    n_accounts: int

    def total(self, name: str) -> int:
        """One of the counts added up over all feeds and nights."""
        return sum(int(getattr(count, name)) for count in self.counts)


@dataclass
class Tally:
    """Running counts of one feed and night."""

    by_kind: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    n_late: int = 0
    n_malformed: int = 0
    n_planted: int = 0

    def close(self, feed: str, night: date) -> NightCounts:
        """The counts once the night is over."""
        event, duplicate, update, cancellation = (self.by_kind[kind] for kind in KINDS)
        return NightCounts(
            feed=feed,
            night=night,
            n_rows=event + duplicate + update + cancellation,
            n_events=event,
            n_duplicates=duplicate,
            n_updates=update,
            n_cancellations=cancellation,
            n_late=self.n_late,
            n_malformed=self.n_malformed,
            n_planted=self.n_planted,
        )


def _read_rows(path: Path) -> pl.DataFrame:
    """Rows that waited; read whole, so that the file can go before they do."""
    return pl.read_ipc(BytesIO(path.read_bytes()))


class Nights:
    """The files of the night being written, and the waiting rows of the nights to come."""

    def __init__(self, out: Path, waiting: Path, nights: Sequence[date]) -> None:
        self._out, self._waiting, self._nights = out, waiting, nights
        self._night = -1
        self._files: dict[str, FeedFile] = {}
        self._truth: TruthFile | None = None
        self._tallies: dict[str, Tally] = {}
        self._n_waiting = 0
        self.counts: list[NightCounts] = []

    def turn_to(self, night: int) -> None:
        """Close the nights before `night`, open it and write what waited for it."""
        while self._night < night:
            self.close()
            self._night += 1
            day = self._nights[self._night]
            self._files = {feed: open_feed(self._out, feed, day) for feed in FEEDS}
            self._truth = open_truth(self._out, day)
            self._tallies = {feed: Tally() for feed in FEEDS}
            for feed in FEEDS:
                for path in sorted(self._waiting.glob(f"{self._night:06d}-{feed}-*.rows")):
                    self._write(feed, Piece(_read_rows(path), _read_rows(path.with_suffix(".truth"))))
                    path.unlink()
                    path.with_suffix(".truth").unlink()

    def take(self, feed: str, piece: Piece, night: int, *, is_last: bool) -> None:
        """Write the piece's rows of `night`; `is_last`: rows of later nights are put aside."""
        self._write(feed, piece.at(night))
        if is_last:
            for due, later in piece.after(night):
                path = self._waiting / f"{due:06d}-{feed}-{self._n_waiting:09d}.rows"
                later.frame.write_ipc(path)
                later.truth.write_ipc(path.with_suffix(".truth"))
                self._n_waiting += 1

    def _write(self, feed: str, piece: Piece) -> None:
        frame, truth, tally = piece.frame, piece.truth, self._tallies[feed]
        for kind, n in zip(KINDS, np.bincount(frame["_kind"].to_numpy(), minlength=len(KINDS)), strict=True):
            tally.by_kind[kind] += int(n)
        tally.n_late += int(frame["_late"].sum())
        tally.n_malformed += int(frame["_malformed"].sum())
        tally.n_planted += int(((truth["_kind"] == EVENT) & truth["start"].is_not_null()).sum())
        columns = [name for name in frame.columns if not name.startswith("_")]
        sound, broken = frame.filter(~pl.col("_broken")).select(columns), frame.filter("_broken").select(columns)
        half = len(sound) // 2
        self._files[feed].write(sound.slice(0, half))
        self._files[feed].write_broken(broken)
        self._files[feed].write(sound.slice(half))
        if self._truth is not None:
            self._truth.write(truth)

    def close(self) -> None:
        """Close the files of the night."""
        for feed, file in self._files.items():
            file.close()
            self.counts.append(self._tallies[feed].close(feed, self._nights[self._night]))
        if self._truth is not None:
            self._truth.close()
        self._files, self._truth = {}, None
