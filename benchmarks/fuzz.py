"""Fuzzing of everything that reads what others wrote: feed files, checksums, contracts, the policy, key files.

    python -m benchmarks.fuzz              # 120,000 inputs; prints a table, exit code 1 if one is bad
    python -m benchmarks.fuzz --inputs 2000 --readers csv,parquet
    python -m benchmarks.fuzz --show parquet:1234    # what one input does, with its traceback

Every input is a good file, damaged by a few drawn mutations; seed, reader and number make it again. A worker process
reads them one by one under a limit of memory, its parent watches the time: a reader may accept an input or refuse it
with an error of the tree (`schemas/errors.py`) that tells nothing of a row. Anything else is a finding.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import random
import resource
import select
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from anonymize.keyring import Keyring
from assets.settings import ROOT, read_yaml
from feeds.contracts import load_contract
from feeds.files import read_rows
from feeds.landing import SUMS, delivery
from schemas.contracts import FeedContract
from schemas.errors import MandiError, SecretError
from schemas.policy import Policy

SECRET = "Zubeida-Quartermaine"
"""Stands in the values of every good file; no message may hold it."""

SHARES = {
    "csv": 20_000, "jsonl": 20_000, "parquet": 20_000, "gzip": 12_000, "zstd": 12_000, "sums": 20_000,
    "contract": 6_000, "policy": 4_000, "key": 6_000,
}  # fmt: skip
"""Inputs of each reader in a whole run."""

OUTCOMES = {
    "a": "accepted", "r": "refused", "x": "other error", "l": "told a value", "m": "memory", "c": "crash",
    "t": "too long",
}  # fmt: skip
GOOD = "ar"
MEMORY_BYTES = 6 << 30
SECONDS = 120.0
"""Longest an input may take: generous, because the machine may be busy."""

_NASTY = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'"', b'""', b"'", b",", b";", b"\r", b"\n", b"\r\n", b"\t",
    b"{", b"}", b"[", b"]" * 9, b"[" * 3_000, b'{"a":' * 3_000, b"../", b"..", b"/", b"~", b"$(id)", b"null", b"NaN",
    b"-Infinity", b"1e999999", b"9" * 5_000, b"-1", b"0", b"1:1:1:1", b"2026-13-45", b"0x" + b"f" * 40, b"&a [*a, *a]",
    b"*a", b"!!python/object:os.system", b"!!binary |", b"? ", b"- ", b": ", b"<<: ", b"| ", b"\\u0000", b"\\ud800",
    b"a || " * 60 + b"a", b"a and " * 400 + b"a", b"(" * 200, b"(select 1)", b"read_csv('x')", b"'", b"--", b"PAR1",
    "é".encode(), "\u202e".encode(), b"x" * 70_000,
]  # fmt: skip

_MOST_BYTES = 16 << 20
"""Most bytes that an input unfolds to by repetition."""
_LANDED = ("file-0.csv", "file-1.csv", "file-2.csv")
"""Files beside the checksums."""
_ROWS = [(f"r{number}", f"{SECRET} {number}", f"2025-07-{number % 28 + 1:02d}") for number in range(40)]
_CONTRACT = {
    "feed": "fuzzed", "title": "Fuzzed rows", "kind": "case when a like 'r1%' then 'rfq' else 'order' end",
    "key": ["a"], "verified": "b is not null",
    "fields": {
        "occurred_at": {"sql": "c", "helper": "timestamp", "options": {"format": "%Y-%m-%d", "zone": "Asia/Kolkata"}},
        "account": "upper(trim(b))", "quantity": {"sql": "concat_ws(' ', a, c)", "helper": "quantity"},
    },
}  # fmt: skip


@cache
def good(reader: str) -> bytes:
    """A file that the reader accepts."""
    text = "a,b,c\n" + "".join(f'{a},"{b}",{c}\n' for a, b, c in _ROWS)
    if reader == "parquet":
        out = io.BytesIO()
        a, b, c = zip(*_ROWS, strict=True)
        pq.write_table(pa.table({"a": a, "b": pa.array(b).dictionary_encode(), "c": c}), out, row_group_size=16)
        return out.getvalue()
    if reader == "key":
        key = b"no secret, only 32 bytes of text"
        check = hashlib.sha256(b"mandi/1/key-file\0epoch-2026\0" + key).hexdigest()
        return json.dumps({"format": "mandi-key-1", "name": "epoch-2026", "key": key.hex(), "check": check}).encode()
    return {
        "csv": text.encode(),
        "jsonl": "".join(
            f'{{"a": "{a}", "b": "{b}", "c": "{c}", "n": [1, {{"x": null}}]}}\n' for a, b, c in _ROWS
        ).encode(),
        "gzip": gzip.compress(text.encode(), mtime=0),
        "zstd": bytes(pa.compress(text.encode(), codec="zstd", asbytes=True)),
        "sums": "".join(f"{hashlib.sha256(b'x').hexdigest()}  {name}\n" for name in _LANDED).encode(),
        "contract": yaml.safe_dump(_CONTRACT | {"format": "csv"}, sort_keys=False).encode(),
        "policy": (ROOT / "config" / "policy.yaml").read_bytes(),
    }[reader]


def damaged(reader: str, number: int, seed: int) -> bytes:
    """The input of a number: a good file after one to four drawn mutations; compressed ones also damaged inside."""
    draw = random.Random(f"{seed}/{reader}/{number}")
    if reader in ("gzip", "zstd") and draw.random() < 0.5:
        inner = _mutated(good("csv"), draw)
        if draw.random() < 0.1:
            inner = inner * min(draw.choice([10, 1_000]), _MOST_BYTES // (len(inner) + 1) + 1)
        return gzip.compress(inner, 1, mtime=0) if reader == "gzip" else bytes(pa.compress(inner, "zstd", asbytes=True))
    return _mutated(good(reader), draw)


def _mutated(content: bytes, draw: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(draw.choice([1, 1, 2, 4])):
        start, end = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
        end = min(end, start + draw.choice([1, 4, 64, 10_000]))
        match draw.randrange(8):
            case 0 if data:
                at = draw.randrange(len(data))
                data[at] ^= 1 << draw.randrange(8)
            case 1:
                data[start:end] = draw.randbytes(end - start)
            case 2:
                del data[start:end]
            case 3:
                data[start:start] = draw.choice(_NASTY)
            case 4:
                data[start:end] = draw.choice(_NASTY)
            case 5:
                data[start:start] = data[start:end] * draw.choice([1, 2, 50])
            case 6:
                del data[start:]
            case _ if len(data) > 8:
                width = draw.choice([1, 2, 4, 8])
                at = draw.randrange(len(data) - width)
                value = draw.choice([0, 1, 0x7F, 0xFF, (1 << (8 * width - 1)) - 1, (1 << (8 * width)) - 1])
                data[at : at + width] = (value & ((1 << (8 * width)) - 1)).to_bytes(width, "little")
    return bytes(data)


def _read_feed(format: str, name: str) -> Callable[[Path], None]:
    contract = FeedContract.model_validate(_CONTRACT | {"format": format})

    def read(folder: Path) -> None:
        for batch in read_rows(folder / name, contract):
            if not isinstance(batch.rows, pl.DataFrame):
                raise TypeError("no frame")

    return read


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "csv": ("x.csv", _read_feed("csv", "x.csv")),
    "jsonl": ("x.jsonl", _read_feed("jsonl", "x.jsonl")),
    "parquet": ("x.parquet", _read_feed("parquet", "x.parquet")),
    "gzip": ("x.csv.gz", _read_feed("csv", "x.csv.gz")),
    "zstd": ("x.csv.zst", _read_feed("csv", "x.csv.zst")),
    "sums": (SUMS, delivery),
    "contract": ("fuzzed.yaml", lambda folder: load_contract(folder / "fuzzed.yaml")),
    "policy": ("policy.yaml", lambda folder: read_yaml(folder / "policy.yaml", Policy)),
    "key": ("epoch-2026.key", lambda folder: Keyring(folder).epoch_key(2026, must_exist=True)),
}
"""Each reader's file name, and what it makes of a folder with that file in it."""


def outcome_of(reader: str, content: bytes, folder: Path) -> tuple[str, BaseException | None]:
    """What a reader makes of an input: a letter of `OUTCOMES`, and the error if there was one."""
    name, read = READERS[reader]
    if reader == "sums":
        for landed in _LANDED:
            (folder / landed).write_bytes(b"x")
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    try:
        read(folder)
    except MandiError as error:
        told = _told(error)
        return ("l" if SECRET in told or "\n" in str(error) else "r"), error
    except (MemoryError, pa.ArrowMemoryError) as error:
        return "m", error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic of Polars is no Exception
        return "x", error
    return "a", None


def _told(error: BaseException) -> str:
    """Everything an error tells: its words and those it was raised from."""
    return "".join(traceback.format_exception(error)) if not isinstance(error, SecretError) else str(error)


def _work(reader: str, first: int, n: int, seed: int) -> None:
    """The worker: reads inputs and writes one letter each; stops by itself only at the end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o700)
        for number in range(first, first + n):
            letter, _ = outcome_of(reader, damaged(reader, number, seed), folder)
            os.write(1, letter.encode())


def run(reader: str, n: int, seed: int) -> tuple[Counter[str], list[tuple[str, int]]]:
    """All inputs of a reader: how many had which outcome, and the numbers of the bad ones."""
    counts: Counter[str] = Counter()
    bad: list[tuple[str, int]] = []
    at = 0
    while at < n:
        words = [sys.executable, "-m", "benchmarks.fuzz", "--work", f"{reader}:{at}:{n - at}", "--seed", str(seed)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT) as worker:
            assert worker.stdout is not None
            handle = worker.stdout.fileno()
            while at < n:
                ready, _, _ = select.select([handle], [], [], SECONDS)
                letters = os.read(handle, 65_536).decode() if ready else "t"
                for letter in letters or "c":
                    counts[letter] += 1
                    if letter not in GOOD:
                        bad.append((letter, at))
                    at += 1
                if not ready or not letters:
                    worker.kill()
                    break
    return counts, bad


def show(reader: str, number: int, seed: int) -> None:
    """Prints what one input does; its bytes are of this module's making."""
    content = damaged(reader, number, seed)
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o700)
        letter, error = outcome_of(reader, content, Path(name))
    print(f"{reader}:{number}: {OUTCOMES[letter]}, {len(content):,} bytes, begins {content[:200]!r}")
    if error is not None:
        traceback.print_exception(error)


def main() -> None:
    """Runs all readers, prints the table, and fails if anything but good outcomes was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=sum(SHARES.values()), help="inputs over all readers")
    parser.add_argument("--readers", default=",".join(SHARES), help="comma-separated: " + ", ".join(SHARES))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", metavar="READER:NUMBER", help="one input only")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        reader, first, n = options.work.split(":")
        _work(reader, int(first), int(n), options.seed)
        return
    if options.show:
        reader, number = options.show.split(":")
        show(reader, int(number), options.seed)
        return
    chosen = options.readers.split(",")
    whole = sum(SHARES[reader] for reader in chosen)
    print(f"{'reader':10}{'inputs':>10}" + "".join(f"{word:>14}" for word in OUTCOMES.values()) + f"{'per second':>12}")
    total: Counter[str] = Counter()
    findings = []
    for reader in chosen:
        n = max(1, round(options.inputs * SHARES[reader] / whole))
        began = time.perf_counter()
        counts, bad = run(reader, n, options.seed)
        seconds = time.perf_counter() - began
        total += counts
        findings += [f"{reader}:{number} ({OUTCOMES[letter]})" for letter, number in bad]
        cells = "".join(f"{counts[letter]:>14,}" for letter in OUTCOMES)
        print(f"{reader:10}{n:>10,}{cells}{n / seconds:>12,.0f}", flush=True)
    print(f"{'all':10}{sum(total.values()):>10,}" + "".join(f"{total[letter]:>14,}" for letter in OUTCOMES))
    if findings:
        print(f"{len(findings)} findings: {', '.join(findings[:40])}")
        sys.exit(1)


if __name__ == "__main__":
    main()
