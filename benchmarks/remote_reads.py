"""How many bytes a filtered read of an extract fetches over HTTP, as Parquet files of several shapes.

    python -m benchmarks.remote_reads [--rows 1000000]

Serves files from a folder on the loopback address, with ranges, and counts what goes out. Polars fetches over HTTP by
itself; DuckDB does so through its httpfs extension, or, as here where extensions cannot be downloaded, through a file
system of fsspec that fetches exactly the ranges DuckDB asks for.
"""

import argparse
import re
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow.parquet as pq
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from schemas.published import DemandRow
from warehouse.parquet_files import ROWS_PER_GROUP, row_order, write_parquet

SIZES = (1_000_000, 100_000, 50_000, 20_000, 10_000, 5_000)
"""Rows of a row group that are tried."""


@dataclass
class Served:
    """What a server sent since the count began."""

    address: str
    n_bytes: int = 0
    n_requests: int = 0


def demand_like(n_rows: int, *, seed: int = 1) -> pl.DataFrame:
    """Rows with the columns of `demand` and a skew as of real ones; the figures mean nothing."""
    random = np.random.default_rng(seed)
    products = [f"{chapter:02d}{heading:02d}" for chapter in range(1, 97) for heading in range(1, 11)]
    places = [f"{chr(65 + at // 26)}{chr(65 + at % 26)}" for at in range(250)]
    start = np.datetime64(date(2024, 1, 1)) + random.integers(0, 700, n_rows)
    frame = pl.DataFrame(
        {
            "kind": random.choice(["inquiry", "order", "rfq", "search"], n_rows),
            "product_code": np.array(products)[(random.pareto(1.0, n_rows) * 20).astype(int) % len(products)],
            "place_code": np.array(places)[(random.pareto(1.0, n_rows) * 10).astype(int) % len(places)],
            "period_level": random.choice(["day", "dekad", "month", "year"], n_rows),
            "period_start": start,
            "nes": random.choice(["", "period", "place", "product"], n_rows),
            "n_events": random.integers(10, 5_000, n_rows),
            "value_usd": (random.random(n_rows) * 1e5).round(2),
            "contributors_min": random.integers(10, 50, n_rows),
            "contributors_max": random.integers(50, 500, n_rows),
            "placed_ratio": random.random(n_rows),
        }
    ).with_columns(
        pl.col("nes").replace("", None),
        release_id=pl.lit("2026-01-20"),
        product_level=pl.lit("heading"),
        place_level=pl.lit("country"),
        period_end=pl.col("period_start"),
        is_after_estimate=pl.lit(False),
    )
    missing = [name for name in DemandRow.model_fields if name not in frame.columns]
    nothing = [pl.lit(None, dtype=pl.Float64).alias(name) for name in missing]
    order = row_order(DemandRow.model_fields)
    return frame.with_columns(nothing).select(*DemandRow.model_fields).unique(order).sort(order, nulls_last=False)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A folder on the loopback address, with ranges; counts what it sends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(has_body=False)

        def do_GET(self) -> None:
            self._answer(has_body=True)

        def _answer(self, *, has_body: bool) -> None:
            content = (folder / Path(self.path).name).read_bytes()
            asked = re.match(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            start, end = 0, len(content) - 1
            if asked and asked[1]:
                start, end = int(asked[1]), min(int(asked[2] or end), end)
            elif asked:
                start = max(len(content) - int(asked[2]), 0)
            self.send_response(206 if asked else 200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(end - start + 1))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
            self.end_headers()
            if has_body:
                counted.n_bytes += end - start + 1  # before the reader has them: then it may look
                counted.n_requests += 1
                self.wfile.write(content[start : end + 1])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    counted = Served(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield counted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Ranges(AbstractBufferedFile):  # type: ignore[misc]  # fsspec ships no types
    def _fetch_range(self, start: int, end: int) -> bytes:
        request = urllib.request.Request(self.fs.address + self.path, headers={"Range": f"bytes={start}-{end - 1}"})
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
        return content


class _OverHttp(AbstractFileSystem):  # type: ignore[misc]
    """Files below an address, read by ranges and never kept."""

    protocol = "ranged"
    cachable = False

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        name = self._strip_protocol(path)
        with urllib.request.urlopen(urllib.request.Request(self.address + name, method="HEAD")) as answer:
            return {"name": name, "size": int(answer.headers["Content-Length"]), "type": "file"}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> _Ranges:
        return _Ranges(self, path, mode, cache_type="none")

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path]

    def modified(self, _: str) -> datetime:
        return datetime(2026, 1, 20, tzinfo=UTC)


def by_polars(address: str, name: str, product: str) -> int:
    """Rows of one product, every column, by Polars."""
    return pl.scan_parquet(f"{address}/{name}").filter(product_code=product).collect().height


def by_duckdb(address: str, name: str, product: str) -> int:
    """The same by DuckDB."""
    with duckdb.connect() as connection:
        connection.register_filesystem(_OverHttp(address))
        found = connection.sql(f"from 'ranged:///{name}' where product_code = $code", params={"code": product})
        return len(found.fetchall())


READERS: dict[str, Callable[[str, str, str], int]] = {"polars": by_polars, "duckdb": by_duckdb}


def fetched(counted: Served, name: str, product: str, read: Callable[[str, str, str], int]) -> tuple[int, int, int]:
    """Rows, bytes and requests of one read."""
    counted.n_bytes = counted.n_requests = 0
    rows = read(counted.address, name, product)
    return rows, counted.n_bytes, counted.n_requests


def main() -> None:
    """Prints one line a shape."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    frame = demand_like(options.parse_args().rows)
    counts = frame["product_code"].value_counts().sort("count", "product_code")
    product, n = counts.row(counts.height // 2)
    print(f"{frame.height:,} rows; the median product has {n:,}; every column of its rows is asked for")
    print(f"{'rows a group':>14}  {'file MB':>8}  {'footer kB':>9}  " + "".join(f"{name:>26}" for name in READERS))
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as counted:
        path = Path(folder) / "demand.parquet"
        for size in (None, *SIZES):
            write_parquet(frame, DemandRow, path, {})
            if size:
                pq.write_table(pq.read_table(path), path, compression="zstd", row_group_size=size)
            whole, footer = path.stat().st_size, pq.ParquetFile(path).metadata.serialized_size
            told = ""
            for read in READERS.values():
                rows, n_bytes, n_requests = fetched(counted, path.name, product, read)
                assert rows == n
                told += f"{n_bytes / 1e6:>10.2f} MB {100 * n_bytes / whole:>5.1f} % {n_requests:>2} r"
            shape = f"{size:,}" if size else f"ours {ROWS_PER_GROUP:,}"
            print(f"{shape:>14}  {whole / 1e6:>8.1f}  {footer / 1e3:>9.1f}  {told}")


if __name__ == "__main__":
    main()
