"""The budget of noise: what each draw costs, kept in the ledger, and refused where a year would lose too much.

One budget a calendar year over all feeds, kinds, measures and tables. A contributor may be in every draw, so losses are
added up as if each were: whoever is in fewer has lost less. Called by every draw, in the night's transaction: counts
are bounded (`anonymize.noise.bounds`), noised (`anonymize.noise.mechanism`), and charged here, in this order.
"""

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl

from anonymize.noise.gaussian import Ints
from anonymize.noise.loss import NANO
from anonymize.noise.mechanism import NoisyCounts
from schemas.errors import DisclosureError
from warehouse.duck import Duck

MONTHS = 12
"""Draws of a purpose in a year: each month may lose a twelfth."""


@dataclass(frozen=True)
class Draw:
    """Noisy counts as the ledger keeps them; their cells follow from public knowledge."""

    night: date
    purpose: str
    month: date
    scale: int
    amounts: Ints


def whole_nano(rho: Fraction) -> Fraction:
    """A loss rounded down to whole billionths, so that parts never add up to more than the whole."""
    return Fraction(math.floor(rho * NANO), NANO)


def spend(duck: Duck, counts: NoisyCounts, *, night: date, month: date, purpose: str, rho_year: Fraction) -> bool:
    """Keeps a draw and what it costs.

    Args:
        duck: The ledger's connection, in the night's transaction.
        counts: What was drawn.
        night: Night that draws.
        month: First day of the month that the counts are about; its year is charged.
        purpose: Names the draw within its month; `anonymize.noise.mechanism.noisy_counts` was given the same.
        rho_year: What a year may lose.

    Returns: whether the draw is new; false if these very counts, by their keyed hash, were drawn before.

    Guarantee: the losses of a year never exceed `rho_year`, whatever is run again (`tests/property/test_noise.py`).

    Raises: DisclosureError if the purpose was drawn before from another input, or the year has too little left.
    """
    known = duck.frame(
        "select mac from draws where month = $month and purpose = $purpose", month=month, purpose=purpose
    )
    if not known.is_empty():
        if known["mac"].to_list() == [counts.mac]:
            return False
        raise DisclosureError(
            f"{purpose} of {month:%Y-%m} was drawn before, from other counts; what was drawn stays. Restore the "
            "ledger and the landed files of that night"
        )
    spent = spent_nano(duck, month.year)
    if spent + counts.rho_nano > rho_year * NANO:
        raise DisclosureError(
            f"{purpose} of {month:%Y-%m} would lose more than estimates.rho_year allows {month.year}: "
            f"{spent / NANO:.6f} of {float(rho_year):.6f} is spent. Take it out of the policy until next year"
        )
    duck.run(
        "insert into draws values ($night, $epoch, $month, $purpose, $rho_nano, $scale, $mac, $amounts)",
        night=night,
        epoch=month.year,
        month=month,
        purpose=purpose,
        rho_nano=counts.rho_nano,
        scale=counts.scale,
        mac=counts.mac,
        amounts=counts.amounts.astype("<i8").tobytes(),
    )
    return True


def spent_nano(duck: Duck, epoch: int) -> int:
    """What the draws of a year have lost, in billionths of rho."""
    spent = duck.value("select cast(coalesce(sum(rho_nano), 0) as bigint) from draws where epoch = $epoch", epoch=epoch)
    assert isinstance(spent, int)
    return spent


def budgets(duck: Duck) -> pl.DataFrame:
    """What each year's draws have lost: `year`, `n_months` that were drawn, `spent` (rho); by year."""
    return duck.frame(
        "select cast(epoch as integer) as year, count(distinct month) as n_months, "
        "cast(sum(rho_nano) as double) / $nano as spent from draws group by epoch order by epoch",
        nano=NANO,
    )


def draws_of(duck: Duck, night: date) -> dict[tuple[date, str], Draw]:
    """Every draw of a night, by month and purpose."""
    frame = duck.frame(
        "select purpose, month, scale, amounts from draws where night = $night order by month, purpose", night=night
    )
    return {
        (row["month"], row["purpose"]): Draw(
            night, row["purpose"], row["month"], row["scale"], np.frombuffer(row["amounts"], "<i8").astype(np.int64)
        )
        for row in frame.iter_rows(named=True)
    }
