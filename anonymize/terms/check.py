"""What a checker says of a vocabulary that could be read: names, unknown sectors, and what hides what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from anonymize.scrub.names.corpus import load_corpus
from anonymize.terms.folding import folded
from anonymize.terms.vocabulary import Vocabulary, n_by_kind
from schemas.vocabulary import TermKind

_GOODS_TOO = frozenset(["granit", "гранит", "ipek", "laine", "pamuk", "seda"])
"""Words of goods in one language that people or firms are called by in another; they stay."""


@dataclass(frozen=True)
class VocabularyCheck:
    """What was found; terms are told by their ids."""

    n_terms: Mapping[TermKind, int]
    n_spellings: int
    """With English plurals, in folded form."""

    names: tuple[str, ...]
    """Terms with a spelling that is a name of a person or a firm."""

    without_sector: tuple[str, ...]
    """Terms for a sector that there is not."""

    hidden: tuple[tuple[str, str, int], ...]
    """A term, another that is heard in its place where spellings overlap, and in how many spellings."""

    @property
    def is_sound(self) -> bool:
        """Whether no spelling is a name, and every sector exists."""
        return not (self.names or self.without_sector)


def check_vocabulary(vocabulary: Vocabulary, sectors: Collection[str]) -> VocabularyCheck:
    """What is to be said of a vocabulary that could be read; sectors are those of the product tree."""
    forms = pl.Series(list(vocabulary.spellings), dtype=pl.String)
    own = pl.DataFrame({"row": range(forms.len()), "own": list(vocabulary.spellings.values())}).cast({"row": pl.UInt32})
    return VocabularyCheck(
        n_terms=n_by_kind(vocabulary),
        n_spellings=forms.len(),
        names=tuple(sorted({vocabulary.spellings[form] for form in _names() & set(forms)})),
        without_sector=tuple(term.id for term in vocabulary.terms if not set(term.sectors) <= set(sectors)),
        hidden=_hidden(own, forms, vocabulary),
    )


def _hidden(own: pl.DataFrame, forms: pl.Series, vocabulary: Vocabulary) -> tuple[tuple[str, str, int], ...]:
    patterns = vocabulary.patterns
    inside = forms.alias("inside").to_frame().with_row_index("row").select(
        "row", pl.col("inside").str.extract_many(list(patterns), overlapping=True)
    )  # fmt: skip
    pairs = (
        inside.explode("inside")
        .select("row", hidden=pl.col("inside").replace_strict(patterns, return_dtype=pl.String))
        .unique()
        .join(own, on="row")
        .filter(pl.col("hidden") != pl.col("own"))
        .group_by("hidden", "own")
        .agg(n=pl.len().cast(pl.Int64))
        .sort("hidden", "own")
    )
    return tuple(pairs.rows())


def _names() -> set[str]:
    """Given names, surnames and cores of firms' names of the name model's training text, folded."""
    corpus = load_corpus()
    listed = [name for names in corpus.names.values() for name in (*names.given, *names.family)]
    listed += [core for firms in corpus.companies.values() for core in firms.lists["core"]]
    kept = folded(pl.Series(listed, dtype=pl.String)).unique()
    return set(kept) - set(folded(pl.Series(sorted(_GOODS_TOO), dtype=pl.String)))
