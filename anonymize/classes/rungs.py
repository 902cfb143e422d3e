"""The rungs of the ladder: which level of product, place and period is tried in which order, and on which nights."""

from dataclasses import dataclass
from datetime import date

from anonymize.classes.periods import closes_on, first_open
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS, Ladder, Policy, Rung


@dataclass(frozen=True)
class OpenRung:
    """A rung in use tonight: events of periods that start before `open_from` may stand on it."""

    rung: Rung
    open_from: date


def rung_name(rung: Rung) -> str:
    """A rung as people read it: `heading x country x day`."""
    return f"{rung.product} x {rung.place} x {rung.period}"


def rungs_of(ladder: Ladder) -> tuple[Rung, ...]:
    """All rungs of a ladder, finest first.

    Within a stage rungs are ordered by summed information loss, ties by the finer product, then the finer place;
    stages keep the order of the policy.
    """
    if ladder.rungs:
        return ladder.rungs
    loss = ladder.loss
    assert loss is not None  # the model holds this
    ordered: list[Rung] = []
    for stage in ladder.stages:
        rungs = [
            Rung(when=stage.when, product=product, place=place, period=period)
            for product in stage.products
            for place in stage.places
            for period in stage.periods
        ]
        ordered += sorted(
            rungs,
            key=lambda rung: (
                loss.of(rung),
                -PERIOD_LEVELS.index(rung.period),
                -PRODUCT_LEVELS.index(rung.product),
                -PLACE_LEVELS.index(rung.place),
            ),
        )
    return tuple(ordered)


def open_rungs(policy: Policy, night: date, previous: date | None) -> tuple[OpenRung, ...]:
    """The rungs that `night` uses, given the night before it.

    Nightly rungs always; rungs of a dekad's or month's close only on a night on which one closes, and then only for
    events of closed periods: late events wait for the next close instead of forming coarse classes at once.
    """
    lag = policy.close_lag_days
    in_use = {
        "nightly": True,
        "dekad_close": closes_on("dekad", night, previous, lag_days=lag),
        "month_close": closes_on("month", night, previous, lag_days=lag),
    }
    return tuple(
        OpenRung(rung, first_open(rung.period, night, lag_days=lag))
        for rung in rungs_of(policy.ladder)
        if in_use[rung.when]
    )
