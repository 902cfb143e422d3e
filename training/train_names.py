"""The shipped name model, made again: `python -m training.train_names`, about ten minutes on one core.

Writes `anonymize/scrub/names/names.npz` and the figures of its card, `docs/name-model.md`. Needs the extra `train`
(`pip install -e .[train]`). Reads nothing but this repository and its packages. The same packages on the same kind of
processor give the same bytes; torch says no more than that, so the card states both. `--check` trains again and
compares.
"""

import argparse
import hashlib
import io
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import anonymize.scrub  # noqa: F401  # first: it turns the download of tldextract off before Presidio imports it

# isort: split
import numpy as np
from numpy.typing import NDArray

from anonymize.scrub.names.corpus import load_corpus
from anonymize.scrub.names.features import CASINGS
from anonymize.scrub.names.model import FILE, read_model
from training.card import Run, write_card
from training.examples import source, stream
from training.fillers import stock
from training.people import pools
from training.validation import measure
from training.words import ordinary

SEED = 20260128
N_BATCHES = 3400
BATCH_SIZE = 512
THREADS = 1
PROSE = (0.0, 1.7, 1.5, 0.3)
"""Log odds added to each tag (none, person, company, address): a missed name costs more than a word too much."""
TITLED = (0.0, -0.5, -0.5, -0.3)
"""The same for lines In Title Case, which market titles are: there a word too much costs more."""
SWITCH = -1.0
"""Log odds of going from one tag to another rather than staying."""


def settings() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Log odds of going from tag to tag, and those added by casing."""
    casing = np.array([TITLED if each == "titled" else PROSE for each in CASINGS])
    return SWITCH * (1 - np.eye(len(PROSE))), casing


def main() -> None:
    """Train, write, measure on held-out text, describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the shipped file instead of writing it")
    parser.add_argument("--batches", type=int, default=N_BATCHES, help="fewer give another, worse model")
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    options = parser.parse_args()
    start = time.perf_counter()
    corpus = load_corpus()
    people = pools(corpus, held_out=False)
    where = source(corpus, stock(corpus, people), ordinary(people), held_out=False)
    from training.tagger import train  # torch, which the other modules do without

    tagger = train(stream(SEED, where), seed=SEED, n_batches=options.batches, batch_size=BATCH_SIZE, threads=THREADS)
    buffer = io.BytesIO()
    np.savez(buffer, **tagger.whole_numbers(*settings()))  # type: ignore[arg-type]  # arrays by name
    data = buffer.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    print(f"{len(data):,} bytes, sha256 {digest}, {time.perf_counter() - start:.0f} s")
    if options.check:
        is_same = digest == hashlib.sha256(FILE.read_bytes()).hexdigest()
        print("the same as the shipped file" if is_same else "another file than the shipped one")
        raise SystemExit(not is_same)
    with tempfile.NamedTemporaryFile(dir=options.output.parent, delete=False) as file:
        file.write(data)
    Path(file.name).replace(options.output)
    options.output.chmod(0o644)
    rows = measure(read_model(options.output))
    if options.output == FILE:
        write_card(
            Run(
                digest=digest,
                n_bytes=len(data),
                n_examples=options.batches * BATCH_SIZE,
                seed=SEED,
                packages={name: version(name) for name in ("torch", "numpy", "faker", "wordfreq")},
                machine=f"{platform.machine()}, Python {platform.python_version()}",
            ),
            rows,
        )


if __name__ == "__main__":
    main()
