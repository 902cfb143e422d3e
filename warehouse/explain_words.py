"""An explanation as sentences for an analyst."""

from datetime import date

from schemas.explanation import Cell, Explanation, Node, Standing
from warehouse.cells import period_name

_DATE = len("2026-02-01")
_MOST = 5
"""Nodes that are named one by one."""
_AT = {"nightly": "at a nightly rung", "dekad_close": "when a dekad closes", "month_close": "when a month closes"}


def sentences(told: Explanation) -> list[str]:
    """The answer, one sentence or two a line, most important first."""
    lines = [f"{told.kind} of {named(told.node)}, in release {told.release_id}"]
    if _is_ahead(told):
        period = period_name(told.node.period_level, told.node.period_start)
        return [*lines, f"{period} had not begun on the night of this release: nothing of it can be known yet."]
    lines += _shown(told)
    lines += _overlapping(told)
    lines += _measures(told)
    lines += _complete(told)
    if told.waiting is not None:
        lines += _waiting(told)
    return lines


def named(node: Node) -> str:
    """A node as people read it: `Knitwear (6109), Kenya (KE), 2026-01`."""
    product = f"{node.product_title} ({node.product_code})" if node.product_title else node.product_code
    period = period_name(node.period_level, node.period_start)
    return f"{product}, {node.place_title} ({node.place_code}), {period}"


def _is_ahead(told: Explanation) -> bool:
    """Whether the period begins after the release's night, whose date its name begins with."""
    return told.node.period_start > date.fromisoformat(told.release_id[:_DATE])


def _shown(told: Explanation) -> list[str]:
    if told.cell is None:
        return ["demand has no row here: no published class lies within this node."]
    cell = told.cell
    buyers = _range(cell.contributors_min, cell.contributors_max)
    n_classes = sum(standing.n_classes for standing in told.inside)
    lines = [f"demand shows {_events(cell.n_events)}{_value(cell.value_usd)}, of {buyers} buyers."]
    lines.append(f"It sums {_classes(n_classes)}:")
    lines += [f"  {_part(standing)}, at {standing.levels}" for standing in told.inside]
    return lines


def _overlapping(told: Explanation) -> list[str]:
    n_classes = sum(standing.n_classes for standing in told.overlapping)
    if not n_classes:
        return ["No coarser class can hold more of it." if told.cell else "No coarser class can hold any of it either."]
    n_events = sum(standing.n_events for standing in told.overlapping)
    lines = []
    if told.cell is not None:
        ratio = told.cell.placed_ratio
        lines.append(f"placed_ratio is {ratio:.3g}: of all events that are or may be here, this part is known to be.")
    lines.append(
        f"{_classes(n_classes)} with {_events(n_events)} at coarser nodes may hold more of it: too few buyers for a "
        "finer cut, or not known finer:"
    )
    lines += [f"  {_part(standing)}, at {_node(standing)}" for standing in told.overlapping[:_MOST]]
    rest = told.overlapping[_MOST:]
    if rest:
        n_rest = sum(standing.n_classes for standing in rest)
        lines.append(f"  {_classes(n_rest)} with {_events(sum(standing.n_events for standing in rest))}, elsewhere")
    return lines


def _measures(told: Explanation) -> list[str]:
    n_classes = sum(standing.n_classes for standing in told.inside)
    return [
        f"{measure.measure.replace('_', ' ')} is withheld in {measure.n_withheld:,} of {_classes(n_classes)}: its "
        "crowd there is too small, or one part too large. Sums leave them out."
        for measure in told.measures
        if measure.n_withheld
    ]


def _complete(told: Explanation) -> list[str]:
    best = told.complete
    if best is None:
        return ["No coarser cut has a row either: nothing of this kind is published here."]
    if told.cell is not None and best.node == told.cell.node:
        if best.placed_ratio == 1:
            return ["The cut is complete: nothing published stands coarser than it."]
        return ["No coarser cut is more complete."]
    what = "Complete" if best.placed_ratio == 1 else f"Most complete (placed_ratio {best.placed_ratio:.3g})"
    return [f"{what} is the coarser cut {named(best.node)}: {_told(best)}."]


def _waiting(told: Explanation) -> list[str]:
    waiting = told.waiting
    assert waiting is not None
    if not waiting.chances:
        return ["Private: no event of this node waits in the pool."]
    lines = [f"Private: {waiting.events} events of this node wait in the pool. If their crowd is large enough then:"]
    lines += [f"  {chance.night}, {_AT[chance.when]}, at {chance.rung} or coarser" for chance in waiting.chances]
    return lines


def _told(cell: Cell) -> str:
    return f"{_events(cell.n_events)}{_value(cell.value_usd)}"


def _part(standing: Standing) -> str:
    crowd = f"crowds of {standing.smallest_crowd:,} and more" if standing.n_classes > 1 else (
        f"a crowd of {standing.smallest_crowd:,}")  # fmt: skip
    return f"{_classes(standing.n_classes)} with {_events(standing.n_events)}{_value(standing.value_usd)}, {crowd}"


def _node(standing: Standing) -> str:
    return named(standing.node) if standing.node else standing.levels


def _range(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _classes(n: int) -> str:
    return f"{n:,} class" if n == 1 else f"{n:,} classes"


def _events(n: int) -> str:
    return f"{n:,} event" if n == 1 else f"{n:,} events"


def _value(value_usd: float | None) -> str:
    return "" if value_usd is None else f" worth USD {value_usd:,.2f}"
