"""The ledger step: what arrived joins the pool, the ladder is walked, and the night's accounting must hold."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date

import dagster as dg
import polars as pl

from anonymize.classes.ladder import RungYield
from anonymize.classes.rungs import rung_name
from anonymize.pseudonyms import account_pseudonyms
from assets.completeness import judge_arrivals
from assets.figures import Figures, figures_of, keep_figures
from assets.guard import guarded
from assets.nights import DUCKDB_POOL, GROUP, NIGHTS, OWNERS, Mandi, column_schema, night_of
from assets.opt_outs import read_opt_outs
from assets.settings import Settings
from schemas.errors import ConfigurationError
from schemas.published import ClassRow
from warehouse.accounting import Accounting
from warehouse.ledger import open_ledger


def class_night(settings: Settings, night: date, on_rung: Callable[[RungYield], None] = lambda _: None) -> Figures:
    """Takes a night's scrubbed events into the ledger and forms its classes; see `warehouse.ledger.Ledger.take_night`.

    Judges first, once more, what arrived: an incomplete night is not classed, whichever step is run by itself.

    Returns: `accounting`, its two `identities` as sentences, and `rungs`: name, classes and events of each.

    Raises: NightError if the scrubbed events are missing or the night may not run; HeldNightError if a feed is short or
        far too long; SecretError if a key was swapped.
    """
    judge_arrivals(settings, night)
    scrubbed = figures_of(settings.home, night, "scrubbed_events")
    epochs = sorted({epoch for feed in scrubbed.values() for epoch in feed["epochs"]})
    with open_ledger(settings.home.ledger) as ledger:
        result = ledger.take_night(
            night,
            files=sorted(settings.home.scrubbed(night).glob("*.parquet")),
            n_refused=sum(feed["n_refused"] for feed in scrubbed.values()),
            policy=settings.policy,
            policy_digest=settings.policy_digest,
            taxonomy=settings.taxonomy,
            settle_days={
                feed: contract.settle.days for feed, contract in settings.contracts.items() if contract.settle
            },
            opted_out=opted_out_accounts(settings, tuple(sorted({*ledger.epochs(), *epochs}))),
            noise_key=settings.keyring.noise_key,
            fingerprints={epoch: settings.keyring.fingerprint(epoch) for epoch in epochs},
            on_rung=on_rung,
        )
    figures: Figures = {
        "accounting": asdict(result.accounting),
        "identities": result.accounting.sentences(),
        "rungs": [
            {"rung": rung_name(found.rung), "n_classes": found.n_classes, "n_events": found.n_events}
            for found in result.rungs
        ],
    }
    keep_figures(settings.home, night, "demand_classes", figures)
    return figures


def opted_out_accounts(settings: Settings, epochs: tuple[int, ...]) -> pl.DataFrame:
    """Pseudonyms of the accounts on the opt-out list, in every open epoch: `epoch`, `account`.

    Raises: ConfigurationError if the list names a feed that is not under contract: that wish would come to nothing.
    """
    listed = read_opt_outs(settings.home.opt_out)
    unknown = sorted(set(listed["feed"]) - set(settings.contracts))
    if unknown:
        raise ConfigurationError(f"{settings.home.opt_out.name}: a feed in it is not under contract; mend the list")
    found = [
        account_pseudonyms(
            rows["account"], space=settings.contracts[feed].namespace or feed, keyring=settings.keyring, epochs=epochs
        )
        for (feed,), rows in listed.partition_by("feed", as_dict=True).items()
    ]
    return pl.concat([pl.DataFrame(schema={"epoch": pl.Int64, "account": pl.Binary}), *found])


@dg.asset(
    partitions_def=NIGHTS,
    deps=["scrubbed_events", "arrivals"],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"duckdb", "sql"},
    code_version="1",
    pool=DUCKDB_POOL,
    description="One row per demand class: a safe set of events of one kind that share a product, a place and a "
    "period. Formed by the ladder from what arrived and what still waits. Private until released.",
    metadata=column_schema(ClassRow),
    check_specs=[
        dg.AssetCheckSpec(
            "nothing_is_lost",
            asset="demand_classes",
            blocking=True,
            description="rows = refused + duplicates + events; pool before + events = classed + netted + opted out + "
            "erased + destroyed + pool",
        )
    ],
)
@guarded
def demand_classes(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    """Forms a night's classes; see `class_night`."""
    figures = class_night(mandi.settings(), night_of(context))
    accounting = figures["accounting"]
    return dg.MaterializeResult(
        metadata={
            "classes": sum(found["n_classes"] for found in figures["rungs"]),
            "events_in_classes": accounting["n_classed"],
            "events_pooled": accounting["n_pooled"],
            "rows": "; ".join(figures["identities"]),
        },
        check_results=[dg.AssetCheckResult(check_name="nothing_is_lost", passed=Accounting(**accounting).is_balanced)],
    )
