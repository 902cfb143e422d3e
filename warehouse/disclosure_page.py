"""Disclosure reports for people: one HTML page each, whole in itself, without script; a function of the report alone.

Belongs here: how a report's figures are laid out, named and drawn. The words of the pages stand in `templates/`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from anonymize.classes.rungs import rung_name, rungs_of
from schemas.disclosure import ROUNDED_TO, ExactReport, LevelShare, PublicReport
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS, BuyerRules, Policy, Rules
from warehouse.charts import bars, stacked_bars

Row = tuple[object, ...]

_TEMPLATES = ("disclosure.html", "facts.html", "public.html", "exact.html")
_LEVELS = {"product": PRODUCT_LEVELS, "place": PLACE_LEVELS, "period": PERIOD_LEVELS}
_WHEN = {"nightly": "every night", "dekad_close": "a dekad's close", "month_close": "a month's close"}
_TOLD_APART = {"name", "version", "buyers", "suppliers", "ladder", "scrub"}
"""Parts of the policy that have a table or a place of their own."""
_FATES = {
    "n_classed": "in classes",
    "n_netted": "netted with their cancellations",
    "n_opted_out": "opted out",
    "n_erased": "erased",
    "n_destroyed": "destroyed with their epoch",
    "n_pooled": "still waiting",
}


@dataclass(frozen=True)
class Chart:
    """A drawing and the table that says the same."""

    title: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def public_page(report: PublicReport) -> str:
    """The page beside a release. Guarantee: the same report gives the same bytes (`tests/unit/test_disclosure.py`)."""
    inputs = report.inputs
    page = _facts(report) | {
        "tiles": _tiles(report),
        "attacks": report.attacks,
        "inputs": [
            ("rows delivered", _about(inputs.n_rows)),
            ("accepted and new", _about(inputs.n_events)),
            ("identifiers replaced in texts", _about(inputs.n_identifiers_replaced)),
            ("events that wait for a larger crowd", _about(inputs.n_pooled)),
        ],
    }
    return _rendered("public.html", f"Disclosure report of release {report.release_id}", page)


def exact_page(report: ExactReport) -> str:
    """The private page of a night."""
    accounting = report.accounting
    failed = [attack.attack for attack in report.attacks if attack.n_found]
    page = _facts(report.public) | {
        "night": report.public.night,
        "verdict": f"Stopped by {', '.join(failed)}: nothing was published."
        if failed
        else f"Every attack on its {report.n_files:,} staged files failed.",
        "tiles": [
            ("rows delivered", accounting["n_rows"]),
            ("refused", accounting["n_refused"]),
            ("delivered before", accounting["n_duplicates"]),
            ("identifiers replaced", sum(sum(feed.scrubbed.values()) for feed in report.feeds)),
            ("still waiting", report.pool.n_events),
            *_tiles(report.public),
        ],
        "identities": report.identities,
        "flow": _flow(report),
        "feeds": [
            (feed.feed, feed.n_rows, feed.n_refused, feed.n_events, sum(feed.scrubbed.values()), feed.n_withheld)
            for feed in report.feeds
        ],
        "refused": [
            (feed.feed, what, reason.replace("_", " "), n)
            for feed in report.feeds
            for what, found in (("row refused", feed.refused), ("value left out", feed.dropped_values))
            for reason, n in found.items()
        ],
        "scrubbed": [(feed.feed, kind, n) for feed in report.feeds for kind, n in feed.scrubbed.items()],
        "unsettled": f"{report.pool.n_unsettled:,} of them are requests that are still open.",
        "pool": _pool(report),
        "chances": [
            (share.kind, _WHEN[share.when], share.night, share.rung, share.n_events) for share in report.pool.chances
        ],
        "attacks": [
            (attack.attack, attack.n_found, name.replace("_", " "), value)
            for attack in report.attacks
            for name, value in attack.figures.items()
        ],
        "tonight": [(rung.rung, rung.n_classes, rung.n_events) for rung in report.tonight],
        "origin": [
            *_origin(report.public),
            ("Epochs of the night's events", ", ".join(map(str, report.epochs))),
            ("Code version", report.code_version),
            ("SHA-256 of the code that decides", report.code_digest),
            ("SHA-256 of the audited files", report.audited_digest),
            (
                "Entry in the ledger's chain",
                f"{report.chain.number}: {report.chain.digest}" if report.chain else "not sealed yet",
            ),
        ],
    }
    return _rendered("exact.html", f"Exact disclosure report of night {report.public.night}", page)


@cache
def fixed_texts() -> frozenset[str]:
    """The words that every page says: public, whatever a buyer may be called."""
    return frozenset(_source(name) for name in _TEMPLATES)


def _facts(report: PublicReport) -> dict[str, Any]:
    """What both pages show."""
    policy = report.policy
    return {
        "release_id": report.release_id,
        "charts": _standing(report),
        "kinds": [
            (kind.kind, kind.n_classes, kind.n_classes_new, kind.n_events, kind.value_usd, kind.smallest_crowd,
             kind.median_crowd)
            for kind in report.kinds
        ],
        "rungs": [(rung.rung, rung.n_classes, rung.n_classes_new, rung.n_events, rung.value_usd)
                  for rung in report.rungs],
        "measures": [(one.kind, one.measure.replace("_", " "), one.n_given, one.n_withheld, one.n_none)
                     for one in report.measures],
        "policy_name": f"{policy.name}, version {policy.version}",
        "rules": [
            (f"{name}: {field.description or name}", _rule(policy.buyers, name), _rule(policy.suppliers, name))
            for name, field in BuyerRules.model_fields.items()
        ],
        "settings": _settings(policy),
        "ladder": [(str(at), _WHEN[rung.when], rung_name(rung)) for at, rung in enumerate(rungs_of(policy.ladder), 1)],
        "scrub": [(entity.value, rule.threshold, rule.operator.value)
                  for entity, rule in policy.scrub.entities.items()],
        "origin": _origin(report),
    }  # fmt: skip


def _tiles(report: PublicReport) -> list[tuple[str, object]]:
    return [
        ("published classes", sum(kind.n_classes for kind in report.kinds)),
        ("of these new", sum(kind.n_classes_new for kind in report.kinds)),
        ("events in them", sum(kind.n_events for kind in report.kinds)),
        ("smallest crowd", min((kind.smallest_crowd for kind in report.kinds), default=None)),
    ]


def _standing(report: PublicReport) -> list[Chart]:
    """Per dimension, the share of each kind's events and value at each level; nothing where there is no class."""
    charts = []
    for dimension, levels in _LEVELS.items():
        shares = [share for share in report.levels if share.dimension == dimension]
        used = {share.level for share in shares}
        finest_first = tuple(level for level in reversed(levels) if level in used)
        valued = [share for share in shares if any(s.value_usd for s in shares if s.kind == share.kind)]
        drawn = (("Events", "n_events", shares), ("Known value (USD)", "value_usd", valued))
        for what, amount, found in drawn:
            if found:
                title = f"{what} by level of {dimension}"
                charts.append(_stacked(title, f"{dimension}-{amount}", finest_first, found, amount))
    return charts


def _stacked(title: str, name: str, finest_first: Sequence[str], shares: Sequence[LevelShare], amount: str) -> Chart:
    kinds = sorted({share.kind for share in shares})
    found = {(share.kind, share.level): getattr(share, amount) or 0 for share in shares}
    parts = {level: [found.get((kind, level), 0) for kind in kinds] for level in finest_first}
    largest = [f"{kind}: most at {_largest(found, kind, finest_first)}" for kind in kinds]
    alt = f"{title}, as shares of each kind. {'; '.join(largest)}. The table below has the figures."
    rows = tuple((kind, *(found.get((kind, level), 0) for level in finest_first)) for kind in kinds)
    return Chart(title, Markup(stacked_bars(name, kinds, parts, alt=alt)), ("kind", *finest_first), rows)


def _largest(found: Mapping[tuple[str, str], float], kind: str, levels: Sequence[str]) -> str:
    return max(levels, key=lambda level: found.get((kind, level), 0))


def _flow(report: ExactReport) -> list[Chart]:
    fates = {text: report.accounting[name] for name, text in _FATES.items() if name in report.accounting}
    refused: dict[str, int] = {}
    scrubbed: dict[str, int] = {}
    for feed in report.feeds:
        for reason, n in feed.refused.items():
            refused[reason.replace("_", " ")] = refused.get(reason.replace("_", " "), 0) + n
        for kind, n in feed.scrubbed.items():
            scrubbed[kind] = scrubbed.get(kind, 0) + n
    return _without_empty(
        _barred("Events that arrived or waited, by what became of them", "fates", fates, "events", is_sorted=False),
        _barred("Refused rows by reason", "refused", refused, "rows"),
        _barred("Identifiers replaced in texts by type", "scrubbed", scrubbed, "identifiers"),
    )


def _pool(report: ExactReport) -> list[Chart]:
    ages = {share.age: share.n_events for share in report.pool.ages}
    climbing: dict[str, int] = {}
    for share in report.pool.chances:
        name = f"{share.night}, {_WHEN[share.when]}"
        climbing[name] = climbing.get(name, 0) + share.n_events
    return _without_empty(
        _barred("Waiting events by time since they arrived", "ages", ages, "events", is_sorted=False),
        _barred("Waiting events by the close at which they may climb", "climbing", dict(sorted(climbing.items())),
                "events", is_sorted=False),
    )  # fmt: skip


def _without_empty(*charts: Chart) -> list[Chart]:
    return [chart for chart in charts if chart.rows]


def _barred(title: str, name: str, amounts: dict[str, int], what: str, *, is_sorted: bool = True) -> Chart:
    rows = sorted(amounts.items(), key=lambda pair: (-pair[1], pair[0])) if is_sorted else list(amounts.items())
    alt = f"{title}: " + "; ".join(f"{label} {n:,}" for label, n in rows[:12])
    svg = bars(name, [label for label, _ in rows], [n for _, n in rows], alt=alt)
    return Chart(title, Markup(svg), ("", what), tuple(rows))


def _settings(policy: Policy) -> list[Row]:
    """Every other line of the policy, also one that this page has never heard of."""
    told = policy.model_dump(mode="json")
    rows: list[Row] = [("brands in texts", policy.scrub.brands)]
    for name, field in Policy.model_fields.items():
        if name not in _TOLD_APART:
            rows.append((f"{name}: {field.description}" if field.description else name, _spelled(told[name])))
    return rows


def _spelled(value: object) -> str:
    """A setting as people read it: lists with commas, names with their values."""
    match value:
        case dict():
            return "; ".join(f"{name}: {_spelled(one)}" for name, one in value.items())
        case list():
            return ", ".join(map(_spelled, value))
        case _:
            return _shown(value)


def _origin(report: PublicReport) -> list[tuple[str, object]]:
    return [
        ("Release", report.release_id),
        ("Release before it", report.previous or "none"),
        ("Version of the tables", report.schema_version),
        ("SHA-256 of the policy", report.policy_digest),
        ("Head of the ledger's chain before this release", report.chain_head),
    ]


def _rule(rules: Rules, name: str) -> str:
    return _shown(getattr(rules, name)) if name in type(rules).model_fields else ""


def _about(n: int) -> str:
    return f"{n:,}" if n else f"under {ROUNDED_TO // 2}"


def _shown(value: object) -> str:
    """A cell as people read it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}".removesuffix(".00") if abs(value) >= 1 or value == 0 else f"{value:.3g}"
        case _:
            return str(value)


def _rendered(name: str, title: str, page: dict[str, Any]) -> str:
    lines: Iterable[str] = _environment().get_template(name).render(title=title, page=page).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"


@cache
def _environment() -> Environment:
    loader = FunctionLoader(lambda name: _source(name) if name in _TEMPLATES else None)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["shown"] = _shown
    return environment


@cache
def _source(name: str) -> str:
    return files("warehouse").joinpath("templates", name).read_text(encoding="utf-8")
