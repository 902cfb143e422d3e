"""Ordinary words of many languages, most frequent first: evidence of what is no name.

Source: the lists of the package wordfreq (Speer 2022, data CC BY-SA 4.0), used while training only; no list is shipped.
"""

from collections import Counter

from anonymize.wordlists import fold
from training.lists import LISTS
from training.people import Pool

_MOST = 8000
_SURELY = 400
"""So many most frequent words are ordinary, even if one list has them as a name."""


def ordinary(pools: dict[str, tuple[Pool, ...]]) -> dict[str, tuple[str, ...]]:
    """Words by language, without any that is a name in some pool."""
    from wordfreq import top_n_list

    n_pools = Counter(
        part
        for each in pools.values()
        for pool in each
        for part in {part for name in (*pool.given, *pool.family) for part in fold(name).split()}
    )
    found = {}
    for language in LISTS["word_languages"]:
        words = top_n_list(language, _MOST)
        kept = [
            word
            for rank, word in enumerate(words)
            if n_pools[fold(word)] <= (rank < _SURELY) and not any(c.isdigit() for c in word)
        ]
        found[language] = tuple(kept)
    return found
