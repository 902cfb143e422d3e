"""The figures of the model card: written between two marks of `docs/name-model.md`, so that prose and figures agree.

Belongs here: the table. Does not belong here: the prose, which stands in the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.validation import Row

CARD = Path(__file__).resolve().parents[1] / "docs" / "name-model.md"
BEGIN, END = "<!-- begin: python -m training.train_names -->", "<!-- end -->"


@dataclass(frozen=True)
class Run:
    """How a model file came to be."""

    digest: str
    n_bytes: int
    n_examples: int
    seed: int
    packages: Mapping[str, str]
    machine: str


def figures(run: Run, rows: Sequence[Row]) -> str:
    """The part of the card between the marks."""
    packages = ", ".join(f"{name} {number}" for name, number in run.packages.items())
    lines = [
        f"File `anonymize/scrub/names/names.npz`, {run.n_bytes:,} bytes, sha256 `{run.digest}`.",
        f"Trained on {run.n_examples:,} texts, seed {run.seed}, with {packages} on {run.machine}.",
        "",
        "| language | entity | spans | recall | precision | F2 |",
        "|---|---|---:|---:|---:|---:|",
        *(
            f"| {row.language} | {row.entity} | {row.n_spans:,} | {100 * row.recall:.1f} | {100 * row.precision:.1f} |"
            f" {100 * row.f2:.1f} |"
            for row in rows
        ),
    ]
    return "\n".join(lines)


def write_card(run: Run, rows: Sequence[Row]) -> None:
    """Put the figures into the card."""
    text = CARD.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    CARD.write_text(f"{before}{BEGIN}\n{figures(run, rows)}\n{END}{after}", encoding="utf-8")
