"""Which rungs the ladder has, in which order, and when they are used."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from anonymize.classes.periods import first_open
from anonymize.classes.rungs import open_rungs, rungs_of
from schemas.policy import PERIOD_LEVELS, PLACE_LEVELS, PRODUCT_LEVELS, Policy
from tests.support.books import books
from tests.support.scrubbed import orders, scrubbed
from tests.support.small_world import policy

COMMITTED = Policy.model_validate(
    yaml.safe_load((Path(__file__).parents[2] / "config" / "policy.yaml").read_text(encoding="utf-8"))
)


def test_rungs_of_a_stage_are_ordered_by_summed_information_loss():
    ladder = COMMITTED.ladder
    rungs = rungs_of(ladder)
    assert len(rungs) == sum(len(stage.products) * len(stage.places) * len(stage.periods) for stage in ladder.stages)
    for when in ("nightly", "dekad_close", "month_close"):
        losses = [ladder.loss.of(rung) for rung in rungs if rung.when == when]
        assert losses == sorted(losses)


def test_stages_keep_the_order_of_the_policy():
    whens = [rung.when for rung in rungs_of(COMMITTED.ladder)]
    assert whens == sorted(whens, key=["nightly", "dekad_close", "month_close"].index)


def test_equal_losses_are_ordered_by_the_finer_period_then_product_then_place():
    levels = {
        "products": PRODUCT_LEVELS, "places": PLACE_LEVELS, "periods": PERIOD_LEVELS, "when": "month_close",
    }  # fmt: skip
    nothing = {
        "product": dict.fromkeys(PRODUCT_LEVELS, 0.0),
        "place": dict.fromkeys(PLACE_LEVELS, 0.0),
        "period": dict.fromkeys(PERIOD_LEVELS, 0.0),
    }
    rungs = rungs_of(policy(ladder={"stages": [levels], "loss": nothing, "improvement": None}).ladder)
    first, second = rungs[:2]
    assert (first.product, first.place, first.period) == ("subheading", "country", "day")
    assert (second.product, second.place, second.period) == ("subheading", "subregion", "day")
    assert rungs[len(PLACE_LEVELS)].product == "heading"
    assert rungs[len(PLACE_LEVELS) * len(PRODUCT_LEVELS)].period == "dekad"


def test_rungs_spelled_out_are_taken_as_they_stand():
    assert rungs_of(policy().ladder) == policy().ladder.rungs


def _whens(night: date, previous: date | None) -> set[str]:
    return {open_rung.rung.when for open_rung in open_rungs(COMMITTED, night, previous)}


def test_an_ordinary_night_uses_nightly_rungs_only():
    assert _whens(date(2026, 1, 20), date(2026, 1, 19)) == {"nightly"}
    assert _whens(date(2026, 1, 20), None) == {"nightly"}


def test_a_dekad_closes_two_nights_late_and_a_month_with_its_last_dekad():
    assert _whens(date(2026, 1, 22), date(2026, 1, 21)) == {"nightly", "dekad_close"}
    assert _whens(date(2026, 2, 2), date(2026, 2, 1)) == {"nightly", "dekad_close", "month_close"}
    assert _whens(date(2026, 2, 2), None) == {"nightly", "dekad_close", "month_close"}


def test_a_close_is_made_up_after_a_gap_of_nights_and_not_made_twice():
    assert _whens(date(2026, 2, 7), date(2026, 1, 29)) == {"nightly", "dekad_close", "month_close"}
    assert _whens(date(2026, 2, 7), date(2026, 2, 2)) == {"nightly"}


def test_rungs_of_a_close_take_events_of_closed_periods_only():
    night = date(2026, 2, 2)
    for open_rung in open_rungs(COMMITTED, night, None):
        assert open_rung.open_from == first_open(open_rung.rung.period, night, lag_days=COMMITTED.close_lag_days)
        if open_rung.rung.when != "nightly":
            assert open_rung.open_from == date(2026, 2, 1)


def test_a_late_event_waits_for_the_next_close_instead_of_forming_a_coarse_class_at_once(tmp_path):
    late = [
        scrubbed(
            *(
                {"value_cents": 100_00, "country": country, "event": country + who, "buyer": country + who}
                for who in "ab"
            )
        )
        for country in ("KE", "AE", "TZ")
    ]
    with books(tmp_path) as ledger:
        ledger.take(date(2026, 2, 2))
        ledger.seal(date(2026, 2, 2))
        assert ledger.take(date(2026, 2, 3), *late).accounting.n_pooled == 6
        ledger.seal(date(2026, 2, 3))
        assert ledger.take(date(2026, 3, 2), orders(100)).accounting.n_classed == 7


def test_improvement_is_refused_where_rungs_are_spelt_out_without_loss():
    rung = {"when": "month_close", "product": "all", "place": "world", "period": "month"}
    with pytest.raises(ValidationError, match="improvement needs loss"):
        policy(ladder={"rungs": [rung], "improvement": {"rounds": 1, "seed": 0}})
