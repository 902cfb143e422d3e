"""The audit: every attack on the staged files of a release, as a recipient would hold them, with all before them."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from anonymize.attacks import (
    asked_terms,
    collusion,
    differencing,
    dominance,
    elimination,
    forensics,
    history,
    identifiers,
    linkage,
    noise,
    steering,
)
from anonymize.attacks.findings import Finding
from anonymize.attacks.spreadsheets import csv_remains, workbook_remains
from anonymize.attacks.vocabulary import ATTACK as VOCABULARY
from anonymize.attacks.vocabulary import foreign_words, vocabulary, words_among_figures
from schemas.policy import Policy, Rules
from schemas.releases import TradeBody
from schemas.taxonomy import Taxonomy
from warehouse.catalogue import catalogue, create_catalogue
from warehouse.demand import DERIVED, OPENS_IN, TABLES, SealedTables, ancestry, derived_from
from warehouse.disclosure import report_beyond_classes
from warehouse.door import digests_of
from warehouse.duck import connected
from warehouse.extract_files import other_than_tables
from warehouse.extracts import EXTRACTED
from warehouse.files import tree_digest
from warehouse.headline import TITLES
from warehouse.insiders import Insiders
from warehouse.parquet_files import row_order
from warehouse.published_sums import published_sums
from warehouse.release import EXTRACTS, earlier_releases, manifest_of
from warehouse.release import TABLES as TABLES_FILE
from warehouse.searched_files import files_of, public_words, search_files

ATTACKS = (
    differencing.ATTACK,
    dominance.ATTACK,
    collusion.ATTACK,
    identifiers.ATTACK,
    VOCABULARY,
    forensics.ATTACK,
    linkage.ATTACK,
    steering.ATTACK,
)
"""Attacks that run; each is one blocking check."""

Numbers = dict[str, int | float | None]
"""What an attack counted, for the disclosure report; exact, hence private."""


@dataclass(frozen=True)
class Audit:
    """What the attacks found on exactly these bytes."""

    digest: str
    """`tree_digest` of the staged folder."""

    findings: tuple[Finding, ...]
    n_files: int
    n_identifiers: int
    figures: dict[str, Numbers] = field(default_factory=dict)
    """By attack, what it counted."""

    @property
    def has_passed(self) -> bool:
        """Whether every attack failed."""
        return not self.findings


@dataclass(frozen=True)
class _Release:
    """The candidate as a recipient holds it."""

    tables: SealedTables
    staging: Path
    frames: dict[str, pl.DataFrame]
    product_up: pl.DataFrame
    place_up: pl.DataFrame
    taxonomy: Taxonomy
    bodies: dict[str, TradeBody]


def audit_staged(
    tables: SealedTables,
    staging: Path,
    *,
    releases: Path,
    taxonomy: Taxonomy,
    bodies: Iterable[TradeBody],
    policy: Policy,
    insiders: Insiders,
    on_attack: Callable[[str], None] = lambda _: None,
) -> Audit:
    """Attacks a staged release.

    Args:
        tables: The staged demand tables, open through the door.
        staging: Folder with everything that would be published.
        releases: Folder of everything that was ever published, withdrawn releases too.
        taxonomy: Public trees: their codes and titles are no secret.
        bodies: Recipients, whose names stand in their extracts.
        policy: What was promised.
        insiders: What only the auditor knows.
        on_attack: Called with the name of each attack before it begins.
    """
    with connected(tables.path, is_read_only=True) as duck:
        frames = {name: duck.frame(f"select * from {name}") for name in TABLES}
    ups = ancestry(taxonomy.products), ancestry(taxonomy.places)
    release = _Release(tables, staging, frames, *ups, taxonomy, {body.id: body for body in bodies})
    attacks: dict[str, Callable[[], tuple[list[Finding], Numbers]]] = {
        differencing.ATTACK: lambda: _difference(release, releases, policy, taxonomy),
        dominance.ATTACK: lambda: _dominate(release, policy, insiders),
        collusion.ATTACK: lambda: _collude(release, policy, insiders),
        identifiers.ATTACK: lambda: _search(release, insiders),
        VOCABULARY: lambda: _read(release),
        forensics.ATTACK: lambda: _dig(release),
        linkage.ATTACK: lambda: _link(release, policy, insiders),
        steering.ATTACK: lambda: _steer(policy),
    }
    findings: list[Finding] = []
    figures: dict[str, Numbers] = {}
    for name in ATTACKS:
        on_attack(name)
        found, figures[name] = attacks[name]()
        findings += found
    n_files = len(files_of(staging))
    return Audit(tree_digest(staging), tuple(findings), n_files, insiders.identifiers.len(), figures)


def _difference(release: _Release, releases: Path, policy: Policy, taxonomy: Taxonomy) -> tuple[list[Finding], Numbers]:
    demand, classes = release.frames["demand"], release.frames["classes"]
    ups = release.product_up, release.place_up
    public = {name: release.frames[name] for name in EXTRACTED}
    findings = differencing.columns_without_argument(public) + differencing.statuses_at_odds(classes)
    findings += differencing.bounds_off_grid(classes)
    findings += differencing.figures_beyond_classes(demand, classes, *ups)
    findings += differencing.ratios_beyond_classes(demand, classes, *ups)
    findings += noise.estimates_beyond_draws(demand, classes, release.tables.classes.estimates, *ups)
    findings += asked_terms.terms_beyond_draws(release.frames["terms"], release.tables.classes.terms, taxonomy)
    parents = {"product": release.frames["products"], "place": release.frames["places"]}
    findings += differencing.families_that_do_not_add_up(
        demand, {name: frame.select("code", "parent") for name, frame in parents.items()}
    )
    manifest = manifest_of(release.staging)
    findings += report_beyond_classes(release.staging, release.tables.classes.frame, manifest, policy)
    sealed = release.tables.classes
    rebuilt = derived_from(
        classes, demand, taxonomy, release_id=sealed.release_id, night=sealed.night, closed_to=sealed.closed_to
    )
    findings += differencing.functions_beyond_classes({name: release.frames[name] for name in DERIVED}, rebuilt)
    findings += elimination.small_groups(demand, *ups, k=policy.buyers.k)
    n_extracts = 0
    for folder in sorted(path for path in (release.staging / EXTRACTS).glob("*") if path.is_dir()):
        for name in EXTRACTED:
            where = f"{EXTRACTS}/{folder.name}/{name}"
            extract = pl.read_parquet(folder / f"{name}.parquet")
            findings += history.rows_beyond_release(extract, release.frames[name], where=where)
            n_extracts += 1
        findings += other_than_tables(
            release.tables,
            folder,
            releases=releases,
            taxonomy=release.taxonomy,
            bodies=release.bodies.values(),
            policy=policy,
        )
    earlier = [folder for folder in earlier_releases(releases) if folder.name != release.tables.classes.release_id]
    findings += _difference_over_time(earlier, release.frames, taxonomy)
    return findings, {"figures": demand.height, "extract_tables": n_extracts, "earlier_releases": len(earlier)}


def _difference_over_time(earlier: list[Path], frames: dict[str, pl.DataFrame], taxonomy: Taxonomy) -> list[Finding]:
    """Every earlier release by its digest; where that differs, or for the newest one, row by row."""
    demand, classes, terms = frames["demand"], frames["classes"], frames["terms"]
    findings: list[Finding] = []
    digests = digests_of(classes)
    for folder in earlier:
        is_newest = folder == earlier[-1]
        if not is_newest and digests.get(folder.name) == manifest_of(folder).classes_digest:
            continue
        with connected(folder / TABLES_FILE, is_read_only=True) as duck:
            before = duck.frame("select * from classes")
            totals = duck.frame("select * from demand") if is_newest else demand.clear()
            has_terms = duck.value("select count(*) from duckdb_tables() where table_name = 'terms'")
            asked = duck.frame("select * from terms") if is_newest and has_terms else terms.clear()
        findings += history.classes_that_changed(before, classes, where=folder.name)
        findings += history.figures_between_releases(totals, demand, where=folder.name)
        findings += noise.estimates_that_moved(totals, demand, where=folder.name)
        findings += asked_terms.terms_that_moved(asked, terms, taxonomy, where=folder.name)
    return findings


def _dominate(release: _Release, policy: Policy, insiders: Insiders) -> tuple[list[Finding], Numbers]:
    published = published_sums(release.frames["classes"], release.tables.classes.release_id)
    findings: list[Finding] = []
    figures: Numbers = {}
    sides: tuple[tuple[str, pl.DataFrame, Rules], ...] = (
        ("buyers", insiders.buyers, policy.buyers),
        ("suppliers", insiders.suppliers, policy.suppliers),
    )
    for side, held, rules in sides:
        totals = published
        if side == "suppliers":
            # a supplier's sales are bounded by what the events that name one hold, which is never more than published
            named = held.group_by("class_id", "measure").agg(total=pl.col("amount").sum())
            totals = named.join(published, on=["class_id", "measure"], how="semi")
        closest = dominance.estimates(totals, held, coalition=rules.coalition, p=rules.p_ratio)
        findings += dominance.insiders_that_succeed(closest, where=f"classes, {side}")
        figures |= {f"{side}_estimated": closest.n_estimates, f"{side}_closest_ratio": closest.least_ratio}
    return findings, figures


def _collude(release: _Release, policy: Policy, insiders: Insiders) -> tuple[list[Finding], Numbers]:
    published = published_sums(release.frames["classes"], release.tables.classes.release_id)
    rules = policy.buyers
    # a supplier takes the place of one partner; one more is beyond the promise, and is told to show what it would cost
    promised, beyond = (
        collusion.estimates(published, insiders.buyers, insiders.sales, partners=partners, p=rules.p_ratio)
        for partners in (rules.coalition - 1, rules.coalition)
    )
    return collusion.suppliers_that_succeed(promised, where="classes"), {
        "pairs_estimated": promised.n_estimates,
        "closest_ratio": promised.least_ratio,
        "closest_ratio_with_a_buyer_more": beyond.least_ratio,
    }


def _search(release: _Release, insiders: Insiders) -> tuple[list[Finding], Numbers]:
    ids = pl.concat([release.frames[name]["release_id"] for name in ("classes", "demand")]).unique()
    pseudonyms = frozenset(insiders.pseudonyms)
    findings = search_files(
        release.staging,
        public=public_words(release.taxonomy, release.bodies.values(), ids),
        identifiers=insiders.identifiers,
        pseudonyms=pseudonyms,
    )
    n_bytes = sum(path.stat().st_size for path in files_of(release.staging))
    return findings, {"identifiers": insiders.identifiers.len(), "pseudonyms": len(pseudonyms), "bytes": n_bytes}


def _read(release: _Release) -> tuple[list[Finding], Numbers]:
    ids = pl.concat([release.frames[name]["release_id"] for name in ("classes", "demand")]).unique()
    words = vocabulary(release.taxonomy, ids)
    findings: list[Finding] = []
    for name in EXTRACTED:
        findings += foreign_words(release.frames[name], words, where=name)
    parquet = [path for path in files_of(release.staging) if path.suffix == ".parquet"]
    for path in parquet:
        findings += foreign_words(pl.read_parquet(path), words, where=str(path.relative_to(release.staging)))
    titled = words | {
        TITLES[code].name: frozenset(title for _, _, _, title in rows if title)
        for code, rows in (("product_code", release.taxonomy.products), ("place_code", release.taxonomy.places))
    }
    sheets = [path for path in files_of(release.staging) if path.suffix == ".csv"]
    for path in sheets:
        texts = pl.read_csv(path, infer_schema=False)
        figures = [name for name in texts.columns if name not in titled and not name.endswith("_status")]
        where = str(path.relative_to(release.staging))
        findings += foreign_words(texts.drop(figures), titled, where=where)
        findings += words_among_figures(texts.select(figures), where=where)
    return findings, {"words": sum(map(len, words.values())), "tables": len(EXTRACTED) + len(parquet) + len(sheets)}


def _dig(release: _Release) -> tuple[list[Finding], Numbers]:
    findings: list[Finding] = []
    parquet = [path for path in files_of(release.staging) if path.suffix == ".parquet"]
    for path in parquet:
        where = str(path.relative_to(release.staging))
        findings += forensics.remains(path, order=row_order(pl.read_parquet_schema(path)), where=where)
    sheets = [path for path in files_of(release.staging) if path.suffix in (".csv", ".xlsx")]
    findings += foreign_in_catalogue(release.tables.path)
    for path in sheets:
        remains = workbook_remains if path.suffix == ".xlsx" else csv_remains
        findings += remains(path, where=str(path.relative_to(release.staging)))
    return findings, {"parquet_files": len(parquet), "spreadsheets": len(sheets)}


def foreign_in_catalogue(path: Path) -> list[Finding]:
    """Tables, columns, comments, views and macros of a DuckDB file that are not exactly those of every release."""
    with connected(path, is_read_only=True) as duck:
        told = catalogue(duck)
    due = _due_catalogue()
    n = told.join(due, on=told.columns, how="anti").height + due.join(told, on=told.columns, how="anti").height
    return [Finding(forensics.ATTACK, path.name, "entry of the catalogue that no release has", n)] if n else []


@cache
def _due_catalogue() -> pl.DataFrame:
    """What a new file holds, as it is read back: it hangs on the program alone.

    Through a file of the same format, because DuckDB spells a macro otherwise once it was stored.
    """
    with TemporaryDirectory(prefix="mandi-") as folder:
        path = Path(folder) / TABLES_FILE
        with connected(path, opens_in=OPENS_IN) as duck:
            create_catalogue(duck, TABLES)
        with connected(path, is_read_only=True) as duck:
            return catalogue(duck)


def _link(release: _Release, policy: Policy, insiders: Insiders) -> tuple[list[Finding], Numbers]:
    found = linkage.crowds(
        insiders.manifest,
        release.frames["classes"],
        release.product_up,
        release.place_up,
        k=policy.buyers.k,
    )
    return linkage.companies_singled_out(found), asdict(found)


def _steer(policy: Policy) -> tuple[list[Finding], Numbers]:
    found = _price(policy.model_dump_json())
    without = found if not policy.buyers.k_seasoned else _price(steering.without_seasoned(policy).model_dump_json())
    figures = asdict(found) | {
        "n_accounts_without_seasoned": without.n_accounts,
        "n_accounts_ahead_without_seasoned": without.n_accounts_ahead,
        "months_ahead_without_seasoned": without.months_ahead,
    }
    return steering.cheaper_than_promised(found), figures


@cache
def _price(policy: str) -> steering.Price:
    """The price under a policy, given as JSON: it hangs on nothing else, so that nights of one process ask once."""
    return steering.price(lambda: connected(None), Policy.model_validate_json(policy))
