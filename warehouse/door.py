"""The one door between private and published: proves every rule again from contributor rows, or refuses.

The proof shares no code with the ladder's SQL: it uses the functions of `anonymize.classes.rules`. Whoever publishes
comes through here, also when an operator runs a late step alone; checks elsewhere are for seeing, not for holding.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from anonymize.classes.diversity import diverse
from anonymize.classes.hierarchies import place_path, product_path
from anonymize.classes.rules import judged
from schemas.errors import DisclosureError, NightError
from schemas.policy import MAY_BE_ZERO, BuyerRules, Measure, Policy
from schemas.published import MEASURED_UNITS, PRICE_GRID_MILLI
from schemas.taxonomy import Taxonomy
from warehouse.asked_terms import prove_terms
from warehouse.draws import prove_estimates
from warehouse.ledger import Ledger
from warehouse.provenance import code_digest, taxonomy_digest
from warehouse.statements import statement

_KEY = object()


@dataclass(frozen=True)
class SealedClasses:
    """All classes of a release, proven; only `prove_classes` makes one."""

    night: date
    closed_to: date
    """Last day of a period that has closed on this night."""

    release_id: str
    previous: str | None
    policy_digest: str
    frame: pl.DataFrame
    """Rows of `schemas.published.ClassRow`, of this and every earlier release, sorted by `release_id`, `class_id`."""

    estimates: pl.DataFrame
    """Rows of `sql/estimates.sql`: every estimate drawn up to that night."""

    terms: pl.DataFrame
    """Rows of `sql/term_counts.sql`: every noisy count of terms drawn up to that night."""

    digest: str
    """SHA-256 over `frame`."""

    n_new: int

    chain_head: str
    """Digest of the ledger's newest chain entry: everything before this release."""

    key: object = field(repr=False)

    def __post_init__(self) -> None:
        if self.key is not _KEY:
            raise DisclosureError("classes are sealed by the release door only; call warehouse.door.prove_classes")


def prove_classes(
    ledger: Ledger, *, night: date, policy: Policy, policy_digest: str, taxonomy: Taxonomy
) -> SealedClasses:
    """Proves a night's classes from the ledger's contributor rows and seals all classes up to that night.

    Guarantee: every new class passes every rule of `policy` for its event count, for every measure its kind requires
        and for every measure it gives; sums equal those of its events; every event lies in its class and in no other;
        every price tier is cut on the public grid and safe in its value;
        every estimate of tonight's draws follows from stored noisy counts and published classes, every count of terms
        is that of a draw over the public cells;
        the accounting identity holds; classes and estimates of earlier releases are unchanged
        (`tests/attack/test_release_door.py`).

    Raises: DisclosureError naming the rule and how many classes break it; NightError if the night is unknown to the
        ledger, already sealed, or was formed under another policy, by other code or over other trees.
    """
    record = ledger.record(night)
    if record is None:
        raise NightError(f"night {night} has no classes yet; materialise demand_classes first")
    if record.is_sealed:
        raise NightError(f"night {night} is already published as release {record.release_id}; releases never change")
    if record.policy_digest != policy_digest:
        raise NightError(f"night {night} was formed under another policy; materialise demand_classes again")
    if record.code_digest != code_digest() or record.taxonomy_digest != taxonomy_digest(taxonomy):
        raise NightError(f"night {night} was formed by other code or trees; materialise demand_classes again")
    record.accounting.prove()
    if not ledger.is_history_unchanged(night):
        raise DisclosureError(
            f"classes published before {night}, or the chain over them, were changed in the ledger; run mandi ledger "
            "verify, and restore its backup"
        )
    _prove_membership(ledger, night, taxonomy)
    _prove_bounds(ledger, night)
    _prove_rules(ledger, night, policy)
    _prove_diversity(ledger, night, policy)
    frame = ledger.duck.frame(statement("classes"), night=night)
    prove_estimates(ledger.duck, night, taxonomy)
    prove_terms(ledger.duck, night, taxonomy)
    estimates = ledger.duck.frame(statement("estimates"), night=night)
    previous = record.previous.isoformat() if record.previous else None
    n_new = frame.filter(pl.col("release_id") == record.release_id).height
    closed_to = night - timedelta(days=policy.close_lag_days)
    return SealedClasses(
        night,
        closed_to,
        record.release_id,
        previous,
        policy_digest,
        frame,
        estimates,
        ledger.duck.frame(statement("term_counts"), night=night),
        digest_of(frame),
        n_new,
        ledger.head(),
        _KEY,
    )


def digest_of(frame: pl.DataFrame) -> str:
    """SHA-256 over a table of published classes, the same wherever the same rows stand in the same order."""
    return hashlib.sha256(frame.write_csv(float_precision=None).encode()).hexdigest()


def digests_of(frame: pl.DataFrame) -> dict[str, str]:
    """What `digest_of` gave for every earlier release, from the classes of all of them sorted by release: one pass."""
    rows = frame.sort("release_id", "class_id")
    running = hashlib.sha256(rows.clear().write_csv().encode())
    found = {}
    for (release_id,), part in rows.group_by(["release_id"], maintain_order=True):
        running.update(part.write_csv(include_header=False, float_precision=None).encode())
        found[str(release_id)] = running.hexdigest()
    return found


def _prove_membership(ledger: Ledger, night: date, taxonomy: Taxonomy) -> None:
    ledger.duck.load("product_path", product_path(taxonomy))
    ledger.duck.load("place_path", place_path(taxonomy))
    n_strays = ledger.duck.frame(statement("ledger/strays"), night=night).height
    if n_strays:
        raise DisclosureError(
            f"{night}: {n_strays:,} events do not lie in their class. Materialise demand_classes again."
        )


def _prove_bounds(ledger: Ledger, night: date) -> None:
    """That price tiers are cut on the public grid; `_prove_membership` proves that their events lie between."""
    columns = "price_unit, price_low_milli as low, price_high_milli as high"
    tiers = ledger.duck.frame(
        f"select {columns} from classes where night = $night "
        "and coalesce(price_unit, price_low_milli::text, price_high_milli::text) is not null",
        night=night,
    )
    low, high, grid = pl.col("low"), pl.col("high"), list(PRICE_GRID_MILLI)
    is_cut = low.is_in(grid).fill_null(True) & high.is_in(grid).fill_null(True) & (low < high).fill_null(True)
    is_tier = pl.col("price_unit").is_in(MEASURED_UNITS).fill_null(False) & pl.coalesce(low, high).is_not_null()
    n_off = tiers.filter(~(is_cut & is_tier)).height
    if n_off:
        raise DisclosureError(
            f"{night}: {n_off:,} price tiers have bounds off the public grid. Materialise demand_classes again."
        )


def _prove_rules(ledger: Ledger, night: date, policy: Policy) -> None:
    buyers, suppliers = ledger.evidence(night)
    buyers = buyers.with_columns(is_seasoned=_is_seasoned(policy.buyers))
    told = ledger.duck.frame("select * from class_measures where night = $night", night=night)
    classes = ledger.duck.frame("select class_no, kind, price_unit from classes where night = $night", night=night)
    for measure in sorted(set(told["measure"]) | set(buyers["measure"])):
        verdicts = judged(
            buyers.lazy().filter(measure=measure),
            suppliers.lazy().filter(measure=measure),
            buyers=policy.buyers,
            suppliers=policy.suppliers,
            may_be_zero=measure in MAY_BE_ZERO,
        ).collect()
        claims = told.filter(measure=measure).join(classes, on="class_no", how="full", coalesce=True)
        proven = claims.join(verdicts, left_on="class_no", right_on="group_no", how="full", coalesce=True)
        kinds = [kind.value for kind, measures in policy.required.items() if measure in measures]
        requires = pl.col("kind").is_in(kinds)
        if measure == Measure.VALUE:
            requires |= pl.col("price_unit").is_not_null()
        must_hold = pl.lit(measure == Measure.N_EVENTS) | requires & pl.col("amount").is_not_null()
        published = pl.col("is_given").fill_null(False) | must_hold
        broken = proven.filter(
            pl.col("kind").is_null()
            | pl.col("amount").cast(pl.Int128).ne_missing(pl.col("total"))
            | pl.col("n_counting").ne_missing(pl.col("n_counting_right"))
            | (published & ~pl.col("is_safe").fill_null(False))
        )
        if not broken.is_empty():
            raise DisclosureError(_refusal(night, measure, broken, classes.height, policy))


def _prove_diversity(ledger: Ledger, night: date, policy: Policy) -> None:
    """After `_prove_rules`, which has the ledger know who is one contributor."""
    rule = policy.diversity
    if rule is None:
        return
    values = ledger.duck.frame(statement("ledger/attribute_values"), night=night, attribute=rule.attribute)
    n_uniform = diverse(values.lazy(), rule).filter(~pl.col("is_diverse")).collect().height
    if n_uniform:
        raise DisclosureError(
            f"{night}: {n_uniform:,} classes hold fewer than {rule.l} values of {rule.attribute}. Nothing was "
            "published. Materialise demand_classes again; if it stays, coarsen the ladder."
        )


def _is_seasoned(rules: BuyerRules) -> pl.Expr:
    """Whether a contributor was active in a month before that of one of its events, or has one that is not asked."""
    was_there_before = pl.col("first_month") < pl.col("last_day").dt.truncate("1mo")
    is_not_asked = pl.col("first_day") < pl.lit(rules.seasoned_from, pl.Date)
    return (was_there_before | is_not_asked).fill_null(False)


def _refusal(night: date, measure: str, broken: pl.DataFrame, n_classes: int, policy: Policy) -> str:
    """What was refused, by rule; never which class, nor an amount."""
    sides = ("threshold", "p_percent", "share", "supplier_threshold", "supplier_p_percent", "supplier_share")
    rules = (*sides, "seasoned", "joint")
    failed = [rule for rule in rules if broken.filter(~pl.col(rule).fill_null(True)).height]
    reason = f"the {', '.join(failed)} rule" if failed else "what their contributor rows say"
    return (
        f"{night}: {broken.height:,} of {n_classes:,} classes break {reason} for {measure} (k = {policy.buyers.k}). "
        "Nothing was published. Materialise demand_classes again; if it stays, coarsen the ladder."
    )
