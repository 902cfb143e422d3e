"""k-anonymity of the Adult data by anjana; writes generalised records for `adult.py --peer`. Needs only anjana.

/tmp/mandi-peers/bin/python benchmarks/peers/run_anjana.py --k 5 --suppressed 50 --out /tmp/anjana.csv
"""

import argparse
import time
from pathlib import Path

import pandas as pd
from anjana.anonymity import k_anonymity

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "kanon"
COLUMNS = {
    "age": "age", "education": "education", "marital-status": "marital", "occupation": "occupation", "sex": "sex",
    "native-country": "country",
}  # fmt: skip


def main() -> None:
    """Writes the records that anjana publishes, and prints how many they are and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--k", type=int, required=True)
    parser.add_argument("--suppressed", type=int, default=0, help="largest share of records left out, in percent")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = pd.read_csv(DATA / "adult.csv", dtype=str, skipinitialspace=True).dropna(how="all")
    rows.columns = rows.columns.str.strip()
    rows = rows[list(COLUMNS)].apply(lambda column: column.str.strip())
    trees = {}
    for column, file in COLUMNS.items():
        tree = pd.read_csv(DATA / "hierarchies" / f"{file}.csv", header=None, dtype=str)
        trees[column] = {level: tree[level].to_numpy() for level in tree.columns}
    start = time.perf_counter()
    published = k_anonymity(rows, [], list(COLUMNS), arguments.k, arguments.suppressed, trees)
    print(f"{len(published):,} of {len(rows):,} records, {time.perf_counter() - start:.1f} s")
    published[list(COLUMNS)].to_csv(arguments.out, index=False)


if __name__ == "__main__":
    main()
