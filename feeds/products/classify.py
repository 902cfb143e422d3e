"""Where a text stands in the product tree, told by the trade terms in it.

Belongs here: finding terms, weighing them by where they stand, and choosing the finest node that is sure enough. The
terms themselves are `config/products/lexicon.csv`. Injected into `feeds.placing` by `feeds.context`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from feeds.products.lexicon import MAX_WORDS, Lexicon, load_lexicon, term_keys, tokens
from feeds.products.tree import ProductTree

# Tuned on the even rows of ../shared/data/titles only: see benchmarks/classify.py.
_LENGTH_BONUS: Final = {1: 1.0, 2: 1.5, 3: 2.0, 4: 2.3}
"""By the words of a term: a longer one says more."""
_AFTER_BREAK: Final = {",": 0.6, "(": 0.5, "-": 0.6, "for": 0.35, "with": 0.25, "in": 0.3, "of": 0.8}
"""By the token before its segment, what a term counts outside the head segment."""
_MODIFIER: Final = 0.7
"""What each term loses to the one after it in its segment: the head noun of an English title comes last."""
_LEAST_POSITION: Final = 0.2
"""What a term counts wherever it stands."""
_HALF_SURE: Final = 0.25
"""The weight that alone gives a confidence of one half."""

_LEVELS: Final = ("heading", "chapter", "sector")
_SCHEMA: Final = pl.Schema(
    {
        "product_level": pl.String(),
        "product_code": pl.String(),
        "confidence": pl.Float64(),
        "decided_by": pl.String(),
    }
)


@dataclass(frozen=True, eq=False)
class Classifier:
    """Classifies texts by a lexicon."""

    lexicon: Lexicon

    def classify(self, texts: pl.Series, confidence: float = 0.6) -> pl.DataFrame:
        """The finest node of each text that is sure enough.

        A term counts by its weight, its length and its place: most as the head noun, less as a modifier before it,
        least after *for*, *with* or *in*. A node's confidence is its share of all that was found, times how much that
        is; where no heading, chapter or sector reaches the least confidence, the text stands at `all`.

        Args:
            texts: titles or messages, or both joined by a newline; null or empty ones stand at `all`.
            confidence: least confidence of an answer below `all`, 0 to 1; 0 forces an answer wherever a term is found.

        Returns: product_level (all, sector, chapter or heading), product_code, confidence (0 to 1; 1 at `all`),
        decided_by (terms of the lexicon, heaviest first, parted by commas; null at `all`), one row per text in the same
        order.
        """
        found = _weighed(_matches(_words(texts, self.lexicon), self.lexicon))
        chosen = _chosen(found, confidence)
        rows = pl.select(text=pl.int_range(texts.len(), dtype=pl.UInt32)).join(
            chosen, on="text", how="left", maintain_order="left"
        )
        return rows.select(
            pl.col("product_level").fill_null("all"),
            pl.col("product_code").fill_null("all"),
            pl.col("confidence").fill_null(1.0),
            pl.col("decided_by"),
        ).cast(_SCHEMA)


def build_classifier(config_dir: Path, tree: ProductTree) -> Classifier:
    """The classifier of a configuration folder.

    Raises: ConfigurationError if its lexicon is missing or wrong.
    """
    return Classifier(load_lexicon(config_dir, tree))


def _words(texts: pl.Series, lexicon: Lexicon) -> pl.DataFrame:
    """One row per token, a break after each text: text, word (null if not the lexicon's), factor, segment; in order."""
    split = tokens(texts).to_frame().select(text=pl.int_range(pl.len(), dtype=pl.UInt32), token=pl.col("tokens"))
    split = split.drop_nulls("token").with_columns(pl.concat_list("token", pl.lit("\n")).alias("token"))
    long = split.explode("token").join(lexicon.forms, on="token", how="left", maintain_order="left")
    opens = pl.col("text").ne_missing(pl.col("text").shift(1))
    after = pl.col("token").replace_strict(_AFTER_BREAK, default=None, return_dtype=pl.Float64)
    return long.with_columns(factor=pl.when(opens).then(1.0).otherwise(after)).select(
        "text",
        "word",
        pl.col("factor").forward_fill(),
        segment=pl.col("factor").is_not_null().cast(pl.UInt32).cum_sum(),
    )


def _matches(words: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """One row per text, term and code: the longest terms only, each where it counts most, with its weight."""
    keys = [term_keys(n).alias(str(n)) for n in range(1, MAX_WORDS + 1)]
    known = lexicon.entries["key"].unique()
    at = words.with_columns(keys).with_row_index("start").filter(pl.col("word").is_not_null())
    spans = (
        at.with_columns(
            pl.when(pl.col(str(n)).is_in(known.implode())).then(n).alias(f"n{n}") for n in range(1, MAX_WORDS + 1)
        )
        .with_columns(n_words=pl.max_horizontal(f"n{n}" for n in range(1, MAX_WORDS + 1)))
        .filter(pl.col("n_words").is_not_null())
        .with_columns(end=pl.col("start") + pl.col("n_words"))
        .filter(pl.col("end") > pl.col("end").cum_max().shift(1, fill_value=0))
    )
    key = pl.coalesce(pl.when(pl.col("n_words") == n).then(str(n)) for n in range(1, MAX_WORDS + 1))
    rank = pl.int_range(pl.len()).reverse().over("segment")
    placed = spans.select(
        "text",
        key=key,
        position=pl.max_horizontal(pl.col("factor") * pl.lit(_MODIFIER).pow(rank), pl.lit(_LEAST_POSITION))
        * pl.col("n_words").replace_strict(_LENGTH_BONUS, return_dtype=pl.Float64),
    )
    return (
        placed.group_by("text", "key")
        .agg(pl.col("position").max())
        .join(lexicon.entries, on="key")
        .select("text", "term", *_LEVELS, weight=pl.col("weight") * pl.col("position"))
        .filter(pl.col("weight") > 0)
        .sort("text", "weight", "term", *_LEVELS, descending=[False, True, False, False, False, False])
    )


def _weighed(matches: pl.DataFrame) -> pl.DataFrame:
    """One row per text with its best sector, the best chapter in it and the best heading in that, and their terms."""
    total = matches.group_by("text").agg(total=pl.col("weight").sum().round(9))
    within = matches
    for level in reversed(_LEVELS):
        sums = (
            within.filter(pl.col(level).is_not_null())
            .group_by("text", level)
            .agg(
                pl.col("weight").sum().round(9).alias(f"{level}_weight"),
                pl.col("term").unique(maintain_order=True).alias(f"{level}_terms"),
            )
        )
        best = sums.sort("text", f"{level}_weight", level, descending=[False, True, False]).unique(
            "text", keep="first", maintain_order=True
        )
        total = total.join(best, on="text", how="left", maintain_order="left")
        within = (
            within.join(best.select("text", pl.col(level).alias("best")), on="text")
            .filter((pl.col(level) == pl.col("best")) | pl.col(level).is_null())
            .drop("best")
        )
    return total


def _chosen(weighed: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """One row per text with an answer below `all`: text, product_level, product_code, confidence, decided_by."""

    def sureness(level: str) -> pl.Expr:
        weight = pl.col(f"{level}_weight")
        return weight / pl.col("total") * (weight / (weight + _HALF_SURE))

    def chosen(values: dict[str, pl.Expr]) -> pl.Expr:
        return pl.coalesce(pl.when(sureness(level) >= confidence).then(value) for level, value in values.items())

    return weighed.select(
        "text",
        product_level=chosen({level: pl.lit(level) for level in _LEVELS}),
        product_code=chosen({level: pl.col(level) for level in _LEVELS}),
        confidence=chosen({level: sureness(level) for level in _LEVELS}),
        decided_by=chosen({level: pl.col(f"{level}_terms").list.join(",") for level in _LEVELS}),
    ).drop_nulls("product_code")
