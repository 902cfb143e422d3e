"""What is wrong, or worth a second look, in the word lists of products.

Belongs here: the checks of `mandi lexicon check` beyond what every loader refuses. Called by that command and tests.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from feeds.products.classify import build_classifier
from feeds.products.lexicon import lexicon_lines
from feeds.products.rules import COLUMNS, idle_rules, load_rules
from feeds.products.terms import terms_of
from feeds.products.titles import load_titles
from feeds.products.tree import load_product_tree

SURE = 0.9
"""From this weight on a term claims to be certain."""


@dataclass(frozen=True)
class ListCheck:
    """What the word lists hold, and where to look again."""

    n_terms: int
    n_rules: int
    n_titles: int
    headings_without_title: tuple[str, ...]
    contradictions: tuple[str, ...]
    """Terms of the lexicon that claim two chapters with certainty."""
    idle_rules: tuple[int, ...]
    """Lines of rules.csv that no text can fire."""
    titles_elsewhere: int
    """Titles that the classifier sets in another chapter than their own, with the default confidence."""

    @property
    def is_sound(self) -> bool:
        """True if no term contradicts itself and every rule can fire."""
        return not self.contradictions and not self.idle_rules


def check_lists(config_dir: Path) -> ListCheck:
    """The figures of a configuration folder's lexicon, rules, titles and model.

    Raises: ConfigurationError if one of them is missing or wrong, naming file and line.
    """
    tree = load_product_tree(config_dir)
    lines = lexicon_lines(config_dir, tree)
    idle = idle_rules(load_rules(config_dir, tree))
    rules = pl.read_csv(config_dir / "products" / "rules.csv", schema=dict.fromkeys(COLUMNS, pl.String))
    titles = load_titles(config_dir, tree)
    _, number = terms_of("lexicon.csv", lines["term"])
    sure = lines.with_columns(number=pl.Series(number)).filter(pl.col("weight") >= SURE)
    claimed = (
        sure.group_by("number")
        .agg(pl.col("term").min(), n=pl.col("code").str.head(2).n_unique())
        .filter(pl.col("n") > 1)
        .sort("term")
    )
    answers = build_classifier(config_dir, tree).classify(titles["title"])
    chapter = (
        pl.when(pl.col("product_level") == "heading")
        .then(pl.col("product_code").str.head(2))
        .when(pl.col("product_level") == "chapter")
        .then(pl.col("product_code").str.tail(2))
    )
    elsewhere = answers.select((chapter != titles["heading"].str.head(2)).fill_null(False).sum()).item()
    known = set(titles["heading"])
    return ListCheck(
        n_terms=lines.height,
        n_rules=rules.height,
        n_titles=titles.height,
        headings_without_title=tuple(code for code in tree.headings["heading"] if code not in known),
        contradictions=tuple(claimed["term"]),
        idle_rules=tuple(rule + 2 for rule in idle),
        titles_elsewhere=int(elsewhere),
    )
