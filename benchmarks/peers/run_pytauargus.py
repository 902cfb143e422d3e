"""Cell suppression of a demand table by pytauargus, from the files that `tables.py` writes. Needs only pytauargus.

One row per contributor and cell is one respondent, so that in margins somebody with several cells counts as several,
which favours the solver. Heading and country are hierarchies with chapters and sub-regions above them; rules P(10) and
FREQ 10; modular suppression.

/tmp/mandi-peers/bin/python benchmarks/peers/run_pytauargus.py --folder /tmp/mandi-table --out /tmp/mandi-table/tau.csv
"""

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path

from pytauargus import protect


def main() -> None:
    """Writes status and value of every cell of the table, margins included, and prints how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--method", default="MOD(1)", help="MOD(1) or OPT(1)")
    parser.add_argument("--rules", default="P(10,1)|FREQ(10,20)", help="safety rules; 20: range of frequency, percent")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    columns: dict[str, list[object]] = {"heading": [], "country": [], "value": []}
    with (arguments.folder / "holdings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name in ("heading", "country"):
                columns[name].append(row[name])
            columns["value"].append(float(row["value"]))
    folder, out = arguments.folder.resolve(), arguments.out.resolve()
    scratch = tempfile.TemporaryDirectory()
    os.chdir(scratch.name)  # the engine writes files where it stands, and fails on those of an earlier run
    start, processor = time.perf_counter(), time.process_time()
    result = protect(
        columns,
        ["heading", "country"],
        response="value",
        safety_rules=arguments.rules,
        suppress=arguments.method,
        decimals=2,
        hrc={name: str(folder / f"{name}.hrc") for name in ("heading", "country")},
        workdir=str(folder / "run"),
    )
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    rows = result.tables[0].rows
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["heading", "country", "value", "freq", "status"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows):,} cells, {seconds:.1f} s, {processor:.1f} s of processor")


if __name__ == "__main__":
    main()
