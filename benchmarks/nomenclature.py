"""The baseline of `benchmarks.classify`: titles beside the nomenclature's own text, by TF-IDF."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from feeds.products.texts import words_of


class Nomenclature:
    """The baseline: a title stands where the nomenclature's text is nearest by TF-IDF."""

    def __init__(self, path: Path) -> None:
        table = pl.read_csv(path, infer_schema=False)
        code, text = (next(name for name in table.columns if key in name.lower()) for key in ("code", "descr"))
        table = table.filter(pl.col(code).str.contains(r"^\d{4,6}$")).with_columns(heading=pl.col(code).str.head(4))
        table = table.group_by("heading", maintain_order=True).agg(pl.col(text).str.join(" "))
        self.headings = table["heading"]
        words = words_of(table[text])
        self.words = words.distinct
        counts = self._table(words)
        self.idf = np.log(table.height / np.maximum((counts > 0).sum(axis=0), 1)) + 1
        self.texts = self._scaled(counts).T.tocsr()

    def headings_of(self, titles: pl.Series) -> pl.Series:
        """The nearest heading of each title; null where no word is known."""
        best = []
        for start in range(0, titles.len(), 4096):
            near = (self._scaled(self._table(words_of(titles.slice(start, 4096)))) @ self.texts).toarray()
            best.append(pl.Series(np.where(near.max(axis=1) > 0, near.argmax(axis=1), -1)))
        at = pl.concat(best)
        return self.headings.gather(at.clip(lower_bound=0)).zip_with(at >= 0, pl.Series([None], dtype=pl.String))

    def _table(self, words: Any) -> sp.csr_array:
        known = self.words.alias("word").to_frame().with_row_index("at")
        rows = words.distinct.alias("word").to_frame().join(known, on="word", how="left", maintain_order="left")
        at = rows["at"].cast(pl.Int64).fill_null(-1).to_numpy()[words.token]
        kept = at >= 0
        shape = (words.n_texts, self.words.len())
        return sp.csr_array((np.ones(int(kept.sum()), np.float32), (words.text[kept], at[kept])), shape=shape)

    def _scaled(self, counts: sp.csr_array) -> sp.csr_array:
        weighed = counts @ sp.diags_array(self.idf.astype(np.float32))
        length = np.sqrt(weighed.multiply(weighed).sum(axis=1))
        return (sp.diags_array((1 / np.where(length > 0, length, 1)).astype(np.float32)) @ weighed).tocsr()
