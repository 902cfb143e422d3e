"""What a reader hands on: rows as the file had them, and rows it could not read.

Belongs here: the frames that the readers of all formats share, and the one way they refuse a file. No message built
here holds a value of a row or the words of an underlying library.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl

from feeds.contracts import ROW_COLUMN
from schemas.errors import FeedFileError

Item = TypeVar("Item")

REFUSED_SCHEMA = pl.Schema({"row": pl.Int64(), "reason": pl.String(), "raw": pl.String()})


@dataclass(frozen=True)
class RawBatch:
    """Some rows of a landed file.

    `rows` has the columns the contract names and `mandi:row`, the position of the row in the file counting data rows
    from 1; columns of text formats are text, empty text is null. `refused` has row, reason and raw.
    """

    rows: pl.DataFrame
    refused: pl.DataFrame

    @property
    def n_rows(self) -> int:
        """Rows of the file this batch answers for."""
        return self.rows.height + self.refused.height


@dataclass(frozen=True)
class UnreadRow:
    """One row that a reader could not take apart."""

    row: int
    reason: str
    raw: str


def refused_frame(rows: list[UnreadRow]) -> pl.DataFrame:
    """Rows that could not be read, as a frame of row, reason and raw."""
    return pl.DataFrame(
        {"row": [r.row for r in rows], "reason": [r.reason for r in rows], "raw": [r.raw for r in rows]},
        schema=REFUSED_SCHEMA,
    )


def text_batch(rows: pl.DataFrame, unread: list[UnreadRow]) -> RawBatch:
    """A batch of a text format: empty text becomes null, and rows whose named columns are all empty are refused."""
    names = [name for name in rows.columns if name != ROW_COLUMN]
    rows = rows.with_columns(pl.when(pl.col(names) != "").then(pl.col(names)))
    is_blank = rows.select(pl.all_horizontal(pl.col(names).is_null())).to_series()
    if is_blank.any():
        blank = rows.filter(is_blank).select(row=ROW_COLUMN, reason=pl.lit("blank_row"), raw=pl.lit(""))
        refused = pl.concat([refused_frame(unread), blank]).sort("row", maintain_order=True)
        return RawBatch(rows.filter(~is_blank), refused)
    return RawBatch(rows, refused_frame(unread))


def guarded(items: Iterator[Item], error: Callable[[], FeedFileError]) -> Iterator[Item]:
    """The items of an iterator; any failure of it becomes the given error, without the failure's words or context.

    Raises: FeedFileError as made by `error`; a FeedFileError of the iterator itself passes through.
    """
    while True:
        failed = False
        try:
            item = next(items)
        except StopIteration:
            return
        except FeedFileError:
            raise
        except Exception:
            failed = True
        if failed:
            raise error()
        yield item


def file_error(path: Path, problem: str, remedy: str) -> FeedFileError:
    """An error that names the file, what is wrong with it and what to do."""
    return FeedFileError(f"{path.name}: {problem}. {remedy}.")
