"""A file of texts, classified: one row out for each row in, in the same order, memory bounded.

Belongs here: reading one column of a file of any format that feeds may have, or the lines of a stream, and the columns
that come out. Called by `mandi classify`. Cells of the output come from the tree, the word lists and figures only,
never from the file.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from feeds.contracts import ROW_COLUMN
from feeds.files import BATCH_ROWS, read_rows
from feeds.products.classify import Classifier
from schemas.contracts import FeedContract
from schemas.errors import FeedFileError
from schemas.spreadsheets import FORMULA, INERT

FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
"""Endings of files that can be read, with `.gz` or `.zst` behind the first three."""
COLUMNS: Final = ("hs2", "hs4", "sector", "confidence", "decided_by")
LINES_TOGETHER: Final = 8_192
"""Lines of a stream that are classified together."""
_LONGEST_LINE: Final = 1 << 16
"""Bytes of a line that are kept: more than are ever read of a text."""


def classified_rows(texts: pl.Series, classifier: Classifier, confidence: float, *, is_forced: bool) -> pl.DataFrame:
    """The answers of `mandi classify`, one row per text in the same order.

    Args:
        texts: what is classified.
        classifier: classifies it.
        confidence: least confidence of each of hs4, hs2 and sector; what does not reach it is null.
        is_forced: give the best answer whatever its confidence.

    Returns: hs2, hs4, sector, confidence (that the chapter is right, whether given or not), decided_by; all null where
    no word of the text is known. A term that begins as a formula does has an apostrophe before it.
    """
    answers = classifier.answers(texts)

    def sure(level: str, column: str) -> pl.Expr:
        return pl.when(pl.lit(is_forced) | (pl.col(f"{level}_confidence") >= confidence)).then(pl.col(column))

    return answers.select(
        hs2=sure("chapter", "chapter"),
        hs4=sure("heading", "heading"),
        sector=sure("sector", "sector"),
        confidence=pl.col("chapter_confidence"),
        decided_by=pl.col("decided_by").str.replace_all(FORMULA, INERT[0]),
    )


def classified_file(
    path: Path, column: str, classifier: Classifier, confidence: float, *, is_forced: bool,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[pl.DataFrame]:  # fmt: skip
    """The answers for a column of a file, in batches; a row that is blank or cannot be read has a row of nulls.

    Raises: FeedFileError if the ending is unknown, the column missing, or the file cut or damaged.
    """
    contract = _contract(path, column)
    unread: set[int] = set()
    done = 0
    for batch in read_rows(path, contract, batch_rows=batch_rows):
        unread |= set(batch.refused["row"].to_list())
        numbers = batch.rows[ROW_COLUMN].to_list()
        done = max([done, *numbers[-1:]])
        here = sorted(row for row in unread if row <= done)
        unread -= set(here)
        blank = pl.DataFrame({ROW_COLUMN: here}, schema={ROW_COLUMN: pl.Int64}).with_columns(
            text=pl.lit(None, pl.String)
        )
        read = _texts(path, batch.rows, column)
        rows = pl.concat([read, blank]).sort(ROW_COLUMN)
        if rows.height:
            yield classified_rows(rows["text"], classifier, confidence, is_forced=is_forced)
    if unread:
        blank_texts = pl.Series([None] * len(unread), dtype=pl.String)
        yield classified_rows(blank_texts, classifier, confidence, is_forced=is_forced)


def classified_lines(
    stream: BinaryIO,
    classifier: Classifier,
    confidence: float,
    *,
    is_forced: bool,
    lines_together: int = LINES_TOGETHER,
) -> Iterator[pl.DataFrame]:
    """The answers for the lines of a stream, one text a line, in batches; a blank line has a row of nulls.

    Bytes that are no UTF-8 become replacement characters.
    """
    texts: list[str] = []
    for line in _lines(stream):
        texts.append(line.decode("utf-8", errors="replace").strip())
        if len(texts) == lines_together:
            yield classified_rows(pl.Series(texts), classifier, confidence, is_forced=is_forced)
            texts = []
    if texts:
        yield classified_rows(pl.Series(texts), classifier, confidence, is_forced=is_forced)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream without its mark of UTF-8, none longer than `_LONGEST_LINE`; what is longer is cut."""
    first = True
    while line := stream.readline(_LONGEST_LINE):
        rest = line
        while len(rest) == _LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST_LINE)
        yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False


def _texts(path: Path, rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The column as text, with the numbers of its rows."""
    read = None
    if not rows.schema[column].is_nested():
        with suppress(pl.exceptions.PolarsError):  # its message may quote a cell
            read = rows.select(ROW_COLUMN, text=pl.col(column).cast(pl.String))
    if read is None:
        raise FeedFileError(f"{path.name}: the column holds lists, records or bytes, not only texts. Name another.")
    return read


def _contract(path: Path, column: str) -> FeedContract:
    """A contract that names the one column."""
    endings = [ending for ending in map(str.lower, path.suffixes) if ending not in (".gz", ".zst")]
    kind = FORMATS.get(endings[-1]) if endings else None
    if kind is None:
        raise FeedFileError(f"{path.name}: ends in none of {', '.join(FORMATS)}. Rename it, or convert it.")
    if not column.strip() or '"' in column or column == "*":
        raise FeedFileError(f"{path.name}: a column without a name, or one with a quote or star for one, is not read.")
    name = f'"{column}"'
    return FeedContract.model_validate(
        {
            "feed": "texts", "title": "Texts to classify", "format": kind, "kind": "'search'", "key": [name],
            "fields": {"occurred_at": name, "title": name}, "verified": "false",
        }
    )  # fmt: skip
