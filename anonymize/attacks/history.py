"""Differencing over time and between recipients: this release beside every earlier one, each extract beside the whole.

The attacker keeps everything that was ever published, withdrawn releases too, and compares. A class that changed, went
or came in disguise tells of the events that made the difference; so does a figure of an extract that differs from the
whole release.
"""

import polars as pl

from anonymize.attacks.differencing import ATTACK, NODE
from anonymize.attacks.findings import Finding

_KEY = ["release_id", "class_id"]


def classes_that_changed(earlier: pl.DataFrame, classes: pl.DataFrame, *, where: str) -> list[Finding]:
    """Classes of an earlier release that do not stand unchanged in this one, and old ones that came only now.

    Args:
        earlier: `classes` as an earlier release published it.
        classes: `classes` of the candidate release.
        where: Name of the earlier release.
    """
    known = earlier.join(classes, on=_KEY, how="left", suffix="_now")
    shared = [name for name in earlier.columns if name in classes.columns and name not in _KEY]
    is_other = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in shared)
    findings = []
    if n := known.filter(pl.col("kind_now").is_null()).height:
        findings.append(Finding(ATTACK, f"classes of {where}", "published class that is gone", n))
    if n := known.filter(pl.col("kind_now").is_not_null() & is_other).height:
        findings.append(Finding(ATTACK, f"classes of {where}", "published class that changed", n))
    old = classes.filter(pl.col("release_id").is_in(earlier["release_id"].unique().implode()))
    if n := old.join(earlier, on=_KEY, how="anti").height:
        findings.append(Finding(ATTACK, f"classes of {where}", "class added to a release after its day", n))
    return findings


def figures_between_releases(earlier: pl.DataFrame, demand: pl.DataFrame, *, where: str) -> list[Finding]:
    """Nodes of an earlier release that lost events or value since, or are gone: sums over a growing list only grow.

    Args:
        earlier: `demand` as an earlier release published it.
        demand: `demand` of the candidate release.
        where: Name of the earlier release.
    """
    both = earlier.join(demand, on=[*NODE, "nes"], how="left", suffix="_now", nulls_equal=True)
    cents = ((pl.col(f"value_usd{now}").fill_null(0.0) * 100).round() for now in ("_now", ""))
    fewer = (
        pl.col("n_events_now").is_null()
        | (pl.col("n_events_now") < pl.col("n_events"))
        | (next(cents) < next(cents))
        | (pl.col("contributors_max_now") < pl.col("contributors_max"))
        | (pl.col("contributors_min_now") < pl.col("contributors_min"))
    )
    n = both.filter(fewer).height
    return [Finding(ATTACK, f"demand since {where}", "figure that shrank", n)] if n else []


def rows_beyond_release(extract: pl.DataFrame, whole: pl.DataFrame, *, where: str) -> list[Finding]:
    """Rows of a recipient's table that the whole release does not hold in just this form.

    Two recipients whose rows are all rows of one table hold equal figures at equal nodes, so their difference is zero.
    """
    shared = [name for name in extract.columns if name in whole.columns]
    n = extract.join(whole.select(shared).unique(), on=shared, how="anti", nulls_equal=True).height
    n += extract.height if len(shared) != len(extract.columns) else 0
    return [Finding(ATTACK, where, "row that differs from the whole release", n)] if n else []
