"""Information loss on the Adult census data, by one evaluator for the ladder and for a peer's result.

Reads `../shared/data/kanon` (never committed). Six columns are generalised along their hierarchies; every record is a
contributor of its own. The loss is the mean normalised certainty penalty (NCP) over records and columns: of a node
with n of N leaves, (n - 1) / (N - 1); a record that is not published counts 1 in every column.

The ladder's rows are the code of the nightly walk: spots, `improve`, and at the end the same SQL that judges every
night's groups, with the committed p%, share and coalition. No round is the greedy walk over the whole lattice.

    .venv/bin/python -m benchmarks.peers.adult                          # the ladder, k = 5 and 10
    .venv/bin/python -m benchmarks.peers.adult --rounds 1200 --k 5      # longer
    .venv/bin/python -m benchmarks.peers.adult --peer FILE --k 10       # a CSV of generalised records (README.md)
"""

import argparse
import itertools
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from rich.console import Console
from rich.table import Table

from anonymize.classes.engine import statement
from anonymize.classes.improve import UNPLACED, Stands, improve
from anonymize.classes.judging import judge
from anonymize.classes.lattice import Dimension, Ints, Lattice
from schemas.policy import Policy
from warehouse.duck import connected

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "kanon"
COLUMNS = {
    "age": "age", "education": "education", "marital-status": "marital", "occupation": "occupation", "sex": "sex",
    "native-country": "country",
}  # fmt: skip
"""Columns and the files of their hierarchies."""
UNPLACED_LOSS = 5.0 * len(COLUMNS)
"""What the search takes a record in no class to lose: five times the root, so that company is found for all of them."""


@dataclass(frozen=True)
class Census:
    """The records as leaves of a lattice, and the hierarchies' words."""

    lattice: Lattice
    records: tuple[Ints, ...]
    words: tuple[pl.DataFrame, ...]


def read_census(folder: Path) -> Census:
    """The records without their padding; rows without a value (a blank last line) are left out."""
    rows = pl.read_csv(folder / "adult.csv", infer_schema=False)
    rows = (
        rows.rename({name: name.strip() for name in rows.columns}).drop_nulls().with_columns(pl.all().str.strip_chars())
    )
    dimensions, records, words = [], [], []
    for column, file in COLUMNS.items():
        tree = pl.read_csv(folder / "hierarchies" / f"{file}.csv", has_header=False, infer_schema=False)
        leaves = tree.to_series(0)
        records.append(rows[column].replace_strict(leaves, pl.int_range(len(leaves), eager=True)).to_numpy())
        nodes = np.stack([level.rank("dense").to_numpy().astype(np.int64) - 1 for level in tree.iter_columns()])
        n_leaves = np.stack([np.bincount(level)[level] for level in nodes])
        dimensions.append(Dimension(column, nodes, (n_leaves - 1) / (len(leaves) - 1)))
        words.append(tree)
    return Census(Lattice(tuple(dimensions)), tuple(records), tuple(words))


def walk_census(census: Census, *, k: int, n_rounds: int) -> tuple[float, int, int, int]:
    """Loss, classes, records in none, and groups that the SQL of the nightly walk refuses (there must be none)."""
    rows, spot = np.unique(np.stack(census.records, axis=1), axis=0, return_inverse=True)
    record = np.argsort(spot, kind="stable")
    dimensions = census.lattice.dimensions
    mean = [each.loss[:, leaf].mean(axis=1) for each, leaf in zip(dimensions, census.records, strict=True)]
    levels = sorted(
        itertools.product(*(range(each.n_levels) for each in dimensions)),
        key=lambda one: (round(sum(cost[level] for cost, level in zip(mean, one, strict=True)), 12), one),
    )
    stands = Stands(
        lattice=census.lattice,
        leaves=tuple(rows.T),
        n_events=np.bincount(spot),
        cell_spot=spot[record],
        cell_contributor=record,
        levels=tuple(levels),
        is_open=np.ones((len(levels), len(rows)), dtype=np.bool_),
        unplaced_loss=UNPLACED_LOSS,
    )
    at = improve(stands, None, k=k, n_rounds=n_rounds, seed=2026)
    group = np.zeros(len(rows), dtype=np.int64)
    loss = np.ones(len(rows)) * len(dimensions)
    n_groups = 0
    for level in np.unique(at[at != UNPLACED]):
        here = np.flatnonzero(at == level)
        leaves = tuple(leaf[here] for leaf in stands.leaves)
        nodes, node = np.unique(census.lattice.keys(leaves, levels[level]), return_inverse=True)
        group[here], n_groups = n_groups + 1 + node, n_groups + len(nodes)
        loss[here] = census.lattice.loss(leaves, levels[level])
    n_refused = n_groups - _n_safe(spot, group, n_groups, k)
    mean_loss = float((loss * stands.n_events).sum() / stands.n_events.sum()) / len(dimensions)
    return mean_loss, n_groups, int(stands.n_events[at == UNPLACED].sum()), n_refused


def _n_safe(spot: Ints, group: Ints, n_groups: int, k: int) -> int:
    """How many groups the nightly walk's own SQL finds safe, by every rule."""
    raw = yaml.safe_load((ROOT / "config" / "policy.yaml").read_text(encoding="utf-8"))
    policy = Policy.model_validate(raw | {"buyers": raw["buyers"] | {"k": k}})
    with connected(None) as duck:
        duck.run(statement("tables"))
        nobody = pl.repeat(None, len(spot), dtype=pl.Int64, eager=True)
        duck.load(
            "waiting",
            pl.DataFrame(
                {"spot": spot, "contributor": np.arange(len(spot)), "is_counting": True, "is_seasoned": False,
                 "supplier": nobody, "value_cents": nobody, "attribute": nobody}
            ),
        )  # fmt: skip
        spots = pl.DataFrame({"spot": np.arange(len(group)), "group_no": group}).filter(pl.col("group_no") > 0)
        duck.load("spot_groups", spots)
        safe, _ = judge(duck, policy, pl.repeat("search", n_groups, eager=True), n_peels=0)
    return len(safe)


def peer_loss(census: Census, published: pl.DataFrame, k: int) -> tuple[float, int, int, int]:
    """The same figures for a peer's generalised records; records it left out are those it does not hold."""
    n_all = len(census.records[0])
    loss = np.zeros(published.height)
    for column, tree, dimension in zip(COLUMNS, census.words, census.lattice.dimensions, strict=True):
        cost = {
            word: float(dimension.loss[level][leaf])
            for level, words in enumerate(tree.iter_columns())
            for leaf, word in enumerate(words)
        }
        loss += published[column].replace_strict(cost, return_dtype=pl.Float64).to_numpy()
    sizes = published.group_by(list(COLUMNS)).len()["len"]
    n_left_out = n_all - published.height
    mean = (loss.sum() + n_left_out * len(COLUMNS)) / n_all / len(COLUMNS)
    return float(mean), len(sizes), n_left_out, int((sizes < k).sum())


def main() -> int:
    """Prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--k", type=int, action="append", help="threshold; 5 and 10 if not given")
    parser.add_argument("--rounds", type=int, action="append", help="rounds of improvement; 0 and 300 if not given")
    parser.add_argument("--peer", type=Path, help="judge a peer's generalised records instead")
    arguments = parser.parse_args()
    if not DATA.exists():
        print("benchmarks/peers/adult: ../shared/data/kanon is absent. Fetch it first.", file=sys.stderr)
        return 2
    census = read_census(DATA)
    table = Table("result", "k", "NCP", "classes", "not published", "unsafe", "seconds", "cpu s")
    for k in arguments.k or [5, 10]:
        if arguments.peer:
            published = pl.read_csv(arguments.peer, infer_schema=False)
            loss, n_classes, n_out, n_unsafe = peer_loss(census, published, k)
            table.add_row(
                arguments.peer.stem, f"{k}", f"{loss:.4f}", f"{n_classes:,}", f"{n_out:,}", f"{n_unsafe}", "", ""
            )
            continue
        for n_rounds in arguments.rounds or [0, 300]:
            wall, processor = time.perf_counter(), time.process_time()
            loss, n_classes, n_out, n_unsafe = walk_census(census, k=k, n_rounds=n_rounds)
            table.add_row(
                f"ladder, {n_rounds} rounds", f"{k}", f"{loss:.4f}", f"{n_classes:,}", f"{n_out:,}", f"{n_unsafe}",
                f"{time.perf_counter() - wall:.1f}", f"{time.process_time() - processor:.1f}",
            )  # fmt: skip
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
