"""How long the identifier attack takes for a million identifiers, beside grep on the same bytes.

Makes a folder like a release: a Parquet file, a DuckDB file and text, with made-up texts and ten planted identifiers,
and searches it for a million identifiers and a million pseudonyms. The peer is `grep --fixed-strings` with the same
list on the uncompressed text, which sees neither Parquet nor DuckDB and finds identifiers inside longer words.

    .venv/bin/python -m benchmarks.identifiers --identifiers 1000000
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from warehouse.searched_files import search_files

N_PLANTED = 10
SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "an", "or", "il")]


def made_up(random: np.random.Generator, n: int) -> pl.Series:
    """Companies that nobody has: three to five syllables, a number so that they differ, a legal form."""
    words = np.array(SYLLABLES)[random.integers(0, len(SYLLABLES), (n, 4))]
    stems = ["".join(row).title() for row in words]
    return pl.Series([f"{stem} {number:x} Ltd" for number, stem in enumerate(stems)])


def write_release(folder: Path, planted: pl.Series, random: np.random.Generator, n_rows: int) -> int:
    """Writes the folder; returns its size in bytes."""
    codes = pl.Series(random.integers(0, 9999, n_rows).astype(str))
    notes = pl.Series([f"row {number} of code {code}" for number, code in enumerate(codes)])
    frame = pl.DataFrame({"code": codes, "note": notes, "n": random.integers(0, 10**9, n_rows)})
    bought = pl.Series([f"{company} bought" for company in planted], dtype=pl.String)
    frame = frame.with_columns(note=pl.concat([notes.head(n_rows - bought.len()), bought]))
    frame.write_parquet(folder / "demand.parquet", compression="zstd")
    frame.select("note").write_csv(folder / "notes.txt")
    with duckdb.connect(str(folder / "demand.duckdb")) as connection:
        connection.register("frame", frame.to_arrow())
        connection.execute("create table demand as select * from frame")
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--identifiers", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=200_000)
    arguments = parser.parse_args()
    random = np.random.default_rng(7)
    identifiers = made_up(random, arguments.identifiers)
    pseudonyms = [random.bytes(16) for _ in range(arguments.identifiers)]
    table = Table("search", "seconds", "hits", title=f"{arguments.identifiers:,} identifiers")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = write_release(folder, identifiers.sample(N_PLANTED, seed=1), random, arguments.rows)
        start = time.perf_counter()
        findings = search_files(folder, public=frozenset(), identifiers=identifiers, pseudonyms=pseudonyms)
        found = ", ".join(sorted({f"{finding.where} {finding.n}" for finding in findings}))
        table.add_row(f"every byte of 3 files, {size / 1e6:,.0f} MB", f"{time.perf_counter() - start:.1f}", found)
        (folder / "list").write_text("\n".join(identifiers), encoding="utf-8")
        start = time.perf_counter()
        grep = subprocess.run(
            ["grep", "--fixed-strings", "--ignore-case", "--count", "--file", "list", "notes.txt"],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        table.add_row("grep, the text file only", f"{time.perf_counter() - start:.1f}", grep.stdout.strip())
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
