"""From scores of words to spans: the best row of tags of each text, all texts of a batch side by side.

Belongs here: Viterbi's search in whole numbers, spans, their scores. Does not belong here: the scores of words
(`model`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from anonymize.scrub.names.model import N_TAGS, Model
from anonymize.scrub.names.tokens import LETTERS, NEWLINE, SIGN, SINGLE, Tokens

TAGS = ("", "PERSON", "ORG", "ADDRESS")
"""What each tag stands for; the first is none."""

LONGEST = 256
"""Words that are searched in one go; longer texts are cut there, so that memory follows the number of words."""

_CLOSING = np.array([ord(sign) for sign in ".)]\"'”»）"], dtype=np.uint32)
_OPENING = np.array([ord(sign) for sign in "([\"'“«（#№"], dtype=np.uint32)
_MOST_SIGNS = 3
"""Signs and line ends that are taken off each border of a span."""

NameSpan = tuple[int, int, str, float]
"""Start, end, entity and score."""


def best_tags(emissions: NDArray[np.int32], tokens: Tokens, switch: NDArray[np.int32]) -> NDArray[np.int64]:
    """The tag of each token on the best way through its text; of two that are as good the lower one.

    Args: emissions is one row a token.
    """
    n = len(tokens.text)
    if not n:
        return np.empty(0, dtype=np.int64)
    begins = np.ones(n, dtype=np.bool_)
    begins[1:] = tokens.text[1:] != tokens.text[:-1]
    index = np.arange(n)
    first_of = np.maximum.accumulate(np.where(begins, index, 0))
    begins |= (index - first_of) % LONGEST == 0
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, n))
    order = np.argsort(-sizes, kind="stable")
    starts, sizes = starts[order], sizes[order]
    longest = int(sizes[0])
    n_open = np.searchsorted(-sizes, -np.arange(1, longest + 1), side="right")
    came_from = np.zeros((n, N_TAGS), dtype=np.int8)
    score = emissions[starts].astype(np.int64)
    for step in range(1, longest):
        count = n_open[step]
        at = starts[:count] + step
        ways = score[:count, :, None] + switch[None, :, :]
        came_from[at] = ways.argmax(axis=1)
        score[:count] = ways.max(axis=1) + emissions[at]
    tags = np.zeros(n, dtype=np.int64)
    here = score.argmax(axis=1)
    for step in range(longest - 1, -1, -1):
        count = n_open[step]
        at = starts[:count] + step
        tags[at] = here[:count]
        if step:
            here[:count] = came_from[at, here[:count]]
    return tags


def spans_of(emissions: NDArray[np.int32], tokens: Tokens, model: Model) -> Iterator[tuple[int, NameSpan]]:
    """Each span with the position of its text, in order.

    A span's score is the mean probability of its words to be part of a name, in hundredths.
    """
    tags = _trimmed(best_tags(emissions, tokens, model.switch), tokens)
    inside = np.flatnonzero(tags)
    if not len(inside):
        return
    joins = np.zeros(len(inside), dtype=np.bool_)
    joins[1:] = (
        (np.diff(inside) == 1)
        & (tags[inside[1:]] == tags[inside[:-1]])
        & (tokens.text[inside[1:]] == tokens.text[inside[:-1]])
    )
    first = np.flatnonzero(~joins)
    last = np.append(first[1:], len(inside)) - 1
    per_mille = _per_mille(emissions[inside], float(model.out_scale))
    means = np.add.reduceat(per_mille, first) // (last - first + 1)
    is_kept = _is_kept(tokens, tags, inside, first)
    for a, b, mean, is_one in zip(
        inside[first].tolist(), inside[last].tolist(), means.tolist(), is_kept.tolist(), strict=True
    ):
        if is_one:
            yield int(tokens.text[a]), (int(tokens.start[a]), int(tokens.end[b]), TAGS[int(tags[a])], mean // 10 / 100)


def _is_kept(
    tokens: Tokens, tags: NDArray[np.int64], inside: NDArray[np.int64], first: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether each span holds a word; an address at least three tokens and a real word, else it is a part number."""
    kind, size = tokens.kind[inside], (tokens.end - tokens.start)[inside]

    def count(flag: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(flag.astype(np.int64), first)

    n_words = count((kind == LETTERS) | (kind == SINGLE))
    is_address = tags[inside[first]] == TAGS.index("ADDRESS")
    is_spelt = (count((kind == LETTERS) & (size >= 4)) > 0) | (count(kind == SINGLE) >= 3)
    is_long = count(np.ones(len(inside), dtype=np.bool_)) >= 3
    is_kept: NDArray[np.bool_] = (n_words > 0) & (~is_address | (is_spelt & is_long))
    return is_kept


def _trimmed(tags: NDArray[np.int64], tokens: Tokens) -> NDArray[np.int64]:
    """Tags without signs and line ends at the borders of a span, but for what closes an abbreviation or a bracket."""
    is_loose = (tokens.kind == NEWLINE) | ((tokens.kind == SIGN) & ~np.isin(tokens.codes[tokens.at], _CLOSING))
    is_open = (tokens.kind == NEWLINE) | ((tokens.kind == SIGN) & ~np.isin(tokens.codes[tokens.at], _OPENING))
    is_same = tokens.text[1:] == tokens.text[:-1]
    tags = tags.copy()
    for _ in range(_MOST_SIGNS):
        follows = np.append(np.where(is_same, tags[1:], 0), 0)
        leads = np.insert(np.where(is_same, tags[:-1], 0), 0, 0)
        tags[(is_loose & (follows != tags)) | (is_open & (leads != tags))] = 0
    return tags


def _per_mille(emissions: NDArray[np.int32], scale: float) -> NDArray[np.int64]:
    """The probability of each word to bear any tag in thousandths, whole, so that sums of them are exact."""
    odds = np.exp((emissions - emissions.max(axis=1, keepdims=True)).astype(np.float64) * scale)
    share: NDArray[np.float64] = 1 - odds[:, 0] / odds.sum(axis=1)
    return np.rint(share * 1000).astype(np.int64)
