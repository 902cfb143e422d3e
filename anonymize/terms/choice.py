"""At most so many terms of each contributor, chosen by a secret order that nobody's wishes have a part in.

Each contributor has an order of its own, so that no term is preferred for being rare, frequent or first in the
alphabet, and which terms of somebody were counted cannot be worked out without the key.
"""

import numpy as np
import polars as pl
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_NAMED, _NUMBERED = 12, 4
"""Bytes of a block: so many of the contributor's pseudonym, so many of the cell's number."""


def chosen(asked: pl.DataFrame, *, max_terms: int, key: bytes) -> pl.DataFrame:
    """Each contributor's cells, at most `max_terms` of them.

    Args:
        asked: `contributor` (the pseudonym of one of its accounts, 12 bytes or more) and `cell` (uint32, its number in
            the key domain); a row that is there twice counts once.
        max_terms: Most cells a contributor.
        key: 32 secret bytes, for this choice and no other.

    Returns: `contributor` and `cell`, sorted.

    Guarantee: what is chosen of a contributor hangs on its own cells and the key, on nobody else's cells
        (`tests/property/test_asked_terms.py`).
    """
    rows = asked.select("contributor", "cell").unique().sort("contributor", "cell")
    return (
        rows.with_columns(_marks(rows, key))
        .sort("contributor", "mark", "cell")
        .filter(pl.cum_count("cell").over("contributor") <= max_terms)
        .select("contributor", "cell")
        .sort("contributor", "cell")
    )


def _marks(rows: pl.DataFrame, key: bytes) -> pl.Series:
    """A secret number for each contributor and cell: AES of both in one block, each block enciphered for itself."""
    names = np.frombuffer(b"".join(name[:_NAMED] for name in rows["contributor"]), dtype=np.uint8)
    blocks = np.empty((rows.height, _NAMED + _NUMBERED), dtype=np.uint8)
    blocks[:, :_NAMED] = names.reshape(rows.height, _NAMED)
    blocks[:, _NAMED:] = rows["cell"].to_numpy().astype(">u4").view(np.uint8).reshape(rows.height, _NUMBERED)
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # a keyed order, nothing is kept secret by it
    written = encryptor.update(blocks.tobytes()) + encryptor.finalize()
    return pl.Series("mark", np.frombuffer(written, dtype=">u8")[::2].astype(np.uint64))
