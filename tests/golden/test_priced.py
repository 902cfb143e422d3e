"""priced.sql on two classes with room: which step of the price grid each event stands in, typed out."""

import polars as pl

from anonymize.classes.engine import statement
from anonymize.classes.tiers import N_SPOTS
from warehouse.duck import connected

# event, class, unit, thousandths of it, cents
PLACED = [
    (1, 1, "kg", 2_000, 300),  # 1.50 USD a kilogram: from 1 to below 2
    (2, 1, "kg", 3_000, 599),  # 1.9966...: a whole cent below the bound, and so below it
    (3, 1, "kg", 3_000, 600),  # 2.00: the bound belongs to the step above it
    (4, 1, "count", 1_000, 150),  # the class is priced in kilograms
    (5, 1, "kg", 0, 300),  # no quantity, no price
    (6, 1, "kg", 2_000, None),
    (7, 1, None, None, 300),
    (8, 1, "kg", 2_000, 0),  # costs nothing: below every bound
    (9, 2, "other", 1_000, 100),  # without a measure that is summed there is no price: the class has no steps at all
    (10, 3, "m", 1_000, 100),  # a class without room
]
STEPS = [(0, 0, 1_000), (1, 1_000, 2_000), (2, 2_000, None)]
EXPECTED = [
    (1, "kg", 1, 65), (2, "kg", 1, 65), (3, "kg", 2, 66), (4, "kg", None, 127), (5, "kg", None, 127),
    (6, "kg", None, 127), (7, "kg", None, 127), (8, "kg", 0, 64),
]  # fmt: skip


def test_these_events_stand_in_these_steps():
    with connected(None) as duck:
        names = {"event_no": pl.Int64, "class_no": pl.Int64, "unit": pl.String, "quantity_milli": pl.Int64,
                 "value_cents": pl.Int64}  # fmt: skip
        placed = pl.DataFrame(PLACED, schema=names, orient="row").with_columns(
            contributor="event_no",
            is_counting=True,
            is_seasoned=True,
            supplier=pl.lit(None, pl.Int64),
            attribute=pl.lit(None, pl.Int32),
        )
        duck.load("placed", placed)
        duck.load("roomy", pl.DataFrame({"class_no": [1, 2]}))
        duck.load("price_steps", pl.DataFrame(STEPS, schema=["step", "low_milli", "high_milli"], orient="row"))
        duck.run(statement("priced"), n_spots=N_SPOTS)
        assert duck.frame("select event_no, price_unit, step, spot from priced order by event_no").rows() == EXPECTED
        counted = duck.frame(statement("priced_spots")).select("step", "spot", "n_events").rows()
        assert counted == [(0, 64, 1), (1, 65, 2), (2, 66, 1), (None, 127, 4)]
        assert duck.value("select count(*) from waiting") == len(EXPECTED)
