"""`CHANGES.md` of an extract: what this release adds for one trade body, in its own products only.

A function of published things alone: the classes of the extract, the data package of the extract before, and the
signed list of releases. So nobody's figures outside the body's products stand in it, and the audit can write it again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas.releases import WITHDRAWAL_REASONS, ListedRelease, TradeBody
from warehouse.listing import listed

Columns = Mapping[str, tuple[str, ...]]
"""Names of columns by table."""


@dataclass(frozen=True)
class Past:
    """What was published before, as this body holds it."""

    previous: str | None
    """Release before this one."""

    schema_version: str | None
    """Schema that the extract before followed; None where it does not stand there."""

    columns: Columns
    n_rows: Mapping[str, int]
    withdrawn: tuple[ListedRelease, ...]


def past_of(releases: Path, previous: str | None, body: str) -> Past:
    """What an extract is compared with.

    Args:
        releases: Folder of everything that was published; may be absent.
        previous: Release before this one; None for the first.
        body: Whose extract it is.
    """
    withdrawn = tuple(release for release in listed(releases) if release.withdrawn)
    path = releases / (previous or "none") / "extracts" / body / "datapackage.json"
    if previous is None or not path.is_file():
        return Past(previous, None, {}, {}, withdrawn)
    package: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    tables = [resource for resource in package["resources"] if resource["format"] == "parquet"]
    return Past(
        previous,
        package["mandi"]["schema_version"],
        {table["name"]: tuple(field["name"] for field in table["schema"]["fields"]) for table in tables},
        {table["name"]: table["rowCount"] for table in tables},
        withdrawn,
    )


def changes(
    body: TradeBody, classes: pl.DataFrame, *, columns: Columns, n_rows: Mapping[str, int], release: Mapping[str, str],
    past: Past,
) -> bytes:  # fmt: skip
    """The text of `CHANGES.md`.

    Args:
        body: Whose extract it is.
        classes: Rows of `schemas.published.ClassRow` that the extract holds.
        columns: Of each table that the extract holds.
        n_rows: Of the same.
        release: `release_id`, `schema_version` and `policy`.
        past: What is compared with.
    """
    parts = [
        f"# What changed for {body.title}",
        f"Release {release['release_id']}, schema {release['schema_version']}, policy {release['policy']}. "
        "Only figures of your products are counted here. Published classes never change; a release adds to them.",
        "## New classes",
        *_new_classes(classes, release["release_id"]),
        "## Rows",
        _table(
            ("table", "rows", "rows in the release before"),
            [(name, f"{n:,}", f"{past.n_rows[name]:,}" if name in past.n_rows else "") for name, n in n_rows.items()],
        ),
        "## Tables and columns",
        *_schema(columns, release["schema_version"], past),
        "## Withdrawn releases",
        *_withdrawn(past),
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _new_classes(classes: pl.DataFrame, release_id: str) -> list[str]:
    """Sums over whole new classes, by kind and the period they stand in."""
    start = pl.col("period_start")
    quarter = pl.format("{}-Q{}", start.dt.year(), start.dt.quarter())
    told = classes.with_columns(
        is_new=pl.col("release_id") == release_id,
        period=pl.when(pl.col("period_level") == "year")
        .then(start.dt.to_string("%Y"))
        .when(pl.col("period_level") == "quarter")
        .then(quarter)
        .otherwise(start.dt.to_string("%Y-%m")),
    )
    new = told.filter("is_new")
    if new.is_empty():
        return ["No new class in your products."]
    sums = (
        told.group_by("kind", "period")
        .agg(
            n_classes=pl.col("is_new").sum(),
            n_events=pl.col("n_events").filter("is_new").sum(),
            n_all=pl.col("n_events").sum(),
        )
        .filter(pl.col("n_classes") > 0)
        .sort("kind", "period")
    )
    first = sorted(set(new["period"]) - set(told.filter(~pl.col("is_new"))["period"]))
    what = "new class holds" if new.height == 1 else "new classes hold"
    sentences = [f"{new.height:,} {what} {new['n_events'].sum():,} events."]
    if first:
        sentences.append(f"Periods that had no class before: {', '.join(first)}.")
    rows = [(kind, period, *(f"{n:,}" for n in figures)) for kind, period, *figures in sums.iter_rows()]
    return [" ".join(sentences), _table(("kind", "period", "new classes", "their events", "events now"), rows)]


def _schema(columns: Columns, version: str, past: Past) -> list[str]:
    if past.previous is None:
        return ["This is the first release."]
    if past.schema_version is None:
        return [f"There is no extract of release {past.previous} to compare with."]
    told = []
    for name in sorted({*columns, *past.columns}):
        now, before = columns.get(name, ()), past.columns.get(name, ())
        if not before or not now:
            told.append(f"- table `{name}` {'came' if now else 'went'}")
            continue
        told += [f"- `{name}.{column}` came" for column in now if column not in before]
        told += [f"- `{name}.{column}` went" for column in before if column not in now]
    if past.schema_version == version and not told:
        return [f"As in release {past.previous}."]
    return [f"Schema {version} follows schema {past.schema_version} of release {past.previous}.", *_lines(told)]


def _withdrawn(past: Past) -> list[str]:
    if not past.withdrawn:
        return ["None."]
    told = [f"- {release.release_id}: {WITHDRAWAL_REASONS[release.withdrawn]}" for release in past.withdrawn
            if release.withdrawn]  # fmt: skip
    return ["Do not use these; their classes count as known and stand in this release as well.", *_lines(told)]


def _lines(told: list[str]) -> list[str]:
    return ["\n".join(told)] if told else []


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
