"""Names and companies of a whole batch, searched in all its texts: a message mentions other buyers, too.

Belongs here: which parties are distinct enough, and where they stand. Does not belong here: a row's own fields.
"""

from collections.abc import Mapping

import polars as pl

from anonymize.scrub.entities import Found, mask
from anonymize.scrub.own_fields import company_core, kept, words_of
from anonymize.scrub.shapes import words as words_shape
from anonymize.wordlists import Wordlists, fold
from schemas.entities import Entity


def parties_of(events: pl.DataFrame, words: Wordlists) -> dict[str, Entity]:
    """Names and companies of a batch that are distinct enough to be searched in all its texts, folded.

    A party has at least two words, not all of them ordinary, or is one word of at least six letters that is not.
    """
    parties: dict[str, Entity] = {}
    for column, entity in (("buyer_name", Entity.PERSON), ("company", Entity.ORG)):
        for value in events[column].drop_nulls().unique().sort().to_list():
            text = kept(value)
            if text is None:
                continue
            parts = company_core(text, words) if entity is Entity.ORG else words_of(text)
            if _is_distinct(parts, words):
                parties.setdefault(" ".join(parts), entity)
    return parties


def _is_distinct(parts: list[str], words: Wordlists) -> bool:
    known = [part for part in parts if part in words.ordinary or len(part) < 2]
    if len(parts) >= 2:
        return len(known) < len(parts) and len("".join(parts)) >= 6
    return len(parts) == 1 and len(parts[0]) >= 6 and not known and parts[0].isalpha()


def find_parties(texts: pl.Series, parties: Mapping[str, Entity]) -> dict[int, list[Found]]:
    """Parties of the batch by position of the text; only texts in which one stands at the borders of a word."""
    if not parties or texts.is_empty():
        return {}
    folded = pl.Series("text", [fold(mask(text)) for text in texts.to_list()], dtype=pl.String)
    patterns = sorted(parties)
    hits = (
        folded.to_frame()
        .select(pl.col("text").str.extract_many(patterns, overlapping=True).alias("hit"))
        .with_row_index("at")
        .filter(pl.col("hit").list.len() > 0)
    )
    found: dict[int, list[Found]] = {}
    for at, names in hits.iter_rows():
        for name in sorted(set(names)):
            for start, end in words_shape(name.split(" ")).spans(folded[at]):
                found.setdefault(at, []).append(
                    Found(start, end, parties[name], 0.9, "parties", "a party of the batch")
                )
    return found
