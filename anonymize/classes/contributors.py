"""Contributors: the economic entities behind accounts.

Two accounts belong to one contributor when a chain of shared keys (tax id, company domain, phone ...) joins them.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def contributors(edges: pl.DataFrame) -> pl.DataFrame:
    """Numbers the connected components of accounts and keys.

    Args:
        edges: One row per account and key it was seen with: `account` and `key`, both dense integers from 0, each
            counted for itself.

    Returns: `account`, `contributor` (int64, the smallest account of its component), one row per account, sorted by
        account. The number is a label for one computation; it means nothing beyond it.

    Guarantee: accounts that share a key share a contributor, and the result does not depend on the order of rows
        (`tests/property/test_contributors.py`).

    Source: Tarjan, Depth-first search and linear graph algorithms (1972), through scipy.
    """
    if edges.is_empty():
        return pl.DataFrame(schema={"account": pl.Int64, "contributor": pl.Int64})
    account = edges["account"].to_numpy()
    n_accounts = int(account.max()) + 1
    key = edges["key"].to_numpy() + n_accounts
    n_nodes = int(key.max()) + 1
    graph = coo_array((np.ones(len(account), dtype=np.int8), (account, key)), shape=(n_nodes, n_nodes))
    _, component = connected_components(graph, directed=False)
    present = np.unique(account)
    return (
        pl.DataFrame({"account": present, "component": component[present]})
        .with_columns(contributor=pl.col("account").min().over("component").cast(pl.Int64))
        .select(pl.col("account").cast(pl.Int64), "contributor")
        .sort("account")
    )
