"""Both generalisation hierarchies as plain rows: products from `feeds.products`, places from `feeds.places`."""

from functools import lru_cache
from pathlib import Path

from feeds.places import load_place_rows
from feeds.products.tree import ProductTree, load_product_tree
from schemas.taxonomy import Taxonomy


@lru_cache(maxsize=4)
def product_tree(config_dir: Path) -> ProductTree:
    """The product tree of a configuration folder, loaded once.

    Raises: ConfigurationError if one of its files is missing or wrong.
    """
    return load_product_tree(config_dir)


def load_taxonomy(config_dir: Path) -> Taxonomy:
    """Product and place tree of a configuration folder.

    Returns: rows sorted from root to leaves and by code; every node's parent is in its tree.
    Raises: ConfigurationError if one of the files is missing or wrong.
    """
    return Taxonomy(products=tuple(product_tree(config_dir).nodes), places=load_place_rows(config_dir))
