"""The documentation is tested: what it names exists, what exists is named, its SQL runs and its example holds."""

import ast
import re
from datetime import date
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import polars as pl
import pytest
import typer
import yaml
from typer.main import get_command

from anonymize import attacks
from anonymize.classes.ladder import POOLED_COLUMNS, walk
from anonymize.classes.rules import judged
from feeds.expressions import FUNCTIONS
from feeds.helpers import HELPERS
from feeds.reasons import DROPS, REASONS
from pipelines.cli import app
from schemas import errors
from schemas.contracts import Band, CsvDialect, Expectation, FeedContract, FieldName, FieldSource, Settling
from schemas.entities import Entity
from schemas.policy import Policy
from schemas.published import MOST_WITHHELD_PCT, ClassRow, DemandRow
from tests.conftest import Installation
from tests.support.published import NO_ESTIMATES
from tests.support.small_world import CLOSING_NIGHT, PLACES, PRODUCTS, TAXONOMY, policy
from warehouse.audit import ATTACKS
from warehouse.catalogue import MACROS, meaning_of
from warehouse.demand import TABLES, ancestry, period_ancestry
from warehouse.duck import Duck, connected
from warehouse.reading import query
from warehouse.release import current_tables
from warehouse.statements import statement

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md"))
ROOMS = ("schemas", "feeds", "anonymize", "warehouse", "assets", "pipelines")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def everything() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in PAGES)


def table(name: str, heading: str) -> list[dict[str, str]]:
    """The first table under a heading of a page."""
    section = page(name).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def unnamed(words: list[str], text: str) -> list[str]:
    """Words that do not stand in a text as code."""
    return [word for word in words if f"`{word}`" not in text]


# What exists is named


def test_every_command_with_its_options_is_documented() -> None:
    operations = everything()
    missing = []
    for name, command in _commands(get_command(app), ()):
        missing += [f"mandi {name}"] if f"`mandi {name}" not in operations else []
        for parameter in command.params:
            options = [option for option in parameter.opts if option.startswith("--") and option != "--help"]
            missing += [option for option in options if option not in operations]
    assert missing == []


def _commands(command: object, path: tuple[str, ...]) -> list[tuple[str, typer.core.TyperCommand]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [(" ".join(path), command)]  # type: ignore[list-item]
    return [found for name, one in inner.items() for found in _commands(one, (*path, name))]


def test_every_make_target_is_documented() -> None:
    phony = re.search(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert unnamed([f"make {target}" for target in phony[1].split()], page("operations.md")) == []


def test_every_environment_variable_is_documented() -> None:
    spoken = page("operations.md")
    names = set(re.findall(r"env: (\w+)", (ROOT / "dagster.yaml").read_text(encoding="utf-8")))
    for path in _sources():
        names |= set(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", path.read_text(encoding="utf-8")))
    assert names, "the search for environment variables finds nothing: mend it"
    assert unnamed(sorted(names), spoken) == []


def test_every_reason_and_drop_is_documented_with_its_meaning() -> None:
    feeds = " ".join(page("feeds.md").split())
    assert unnamed([*REASONS, *DROPS], feeds) == []
    listed = {row["word"].strip("`"): row["meaning"] for row in [*table("feeds.md", "Refused rows"),
              *table("feeds.md", "Values left out")]}  # fmt: skip
    assert listed == {word: " ".join(meaning.split()) for word, meaning in [*REASONS.items(), *DROPS.items()]}


def test_every_helper_is_documented_with_its_options() -> None:
    listed = {row["helper"].strip("`"): row["options"] for row in table("feeds.md", "Helpers")}
    assert set(listed) == set(HELPERS)
    for name, helper in HELPERS.items():
        assert unnamed(sorted(helper.required | helper.optional), listed[name]) == []


def test_every_part_of_a_contract_is_documented() -> None:
    feeds = page("feeds.md")
    models = (FeedContract, FieldSource, Settling, CsvDialect, Expectation, Band)
    words = [name for model in models for name in model.model_fields]
    assert unnamed([*words, *FieldName.__args__, *sorted(FUNCTIONS)], feeds) == []  # type: ignore[attr-defined]


def test_every_error_class_is_documented() -> None:
    names = [name for name, value in vars(errors).items() if isinstance(value, type)]
    assert unnamed(names, page("operations.md")) == []


def test_every_published_table_and_every_column_that_needs_it_is_documented() -> None:
    analysts = page("analysts.md")
    assert unnamed([*TABLES, "data_dictionary"], analysts) == []
    odd = [name for name in DemandRow.model_fields if name not in ClassRow.model_fields]
    assert [
        name for name in [*odd, "value_status", "price_unit", "price_low", "price_high"] if name not in analysts
    ] == []


def test_every_attack_and_every_entity_is_documented() -> None:
    modules = {import_module(found.name) for found in iter_modules(attacks.__path__, "anonymize.attacks.")}
    assert {module.ATTACK for module in modules if hasattr(module, "ATTACK")} == set(ATTACKS)
    assert unnamed(sorted(ATTACKS), page("attacks.md")) == []
    assert unnamed([entity.value for entity in Entity], page("scrubbing.md")) == []


def test_every_feed_that_counts_accounts_by_name_is_named_on_the_guarantee_page() -> None:
    contracts = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "config" / "feeds").glob("*.yaml"))
    ]
    by_name = sorted(contract["feed"] for contract in contracts if contract.get("counts_by_name"))
    section = page("guarantee.md").split("\n## Feeds that count accounts known by name only\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^- `(\w+)`", section, re.MULTILINE)) == by_name


def test_the_rules_that_a_policy_sets_are_documented() -> None:
    text = page("guarantee.md") + page("operations.md")
    assert unnamed(list(Policy.model_fields), text) == []


def test_every_decision_has_a_number_of_its_own_and_its_parts() -> None:
    records = sorted((DOCS / "adr").glob("*.md"))
    numbers = [record.name[:4] for record in records]
    assert len(set(numbers)) == len(numbers) and all(number.isdigit() for number in numbers)
    for record in records:
        text = record.read_text(encoding="utf-8")
        parts = ("## Context", "## Decision", "## Consequences", "## Alternatives")
        assert [part for part in parts if part not in text] == [], record.name


def test_the_changelog_tells_of_disclosure() -> None:
    assert "### Disclosure" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# What is named exists


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_every_link_of_a_page_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        is_there = linked.exists() and linked.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in _anchors(linked)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_file_of_this_repository_that_a_page_names_exists(path: Path) -> None:
    named = re.findall(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|sql|yaml|csv|txt|md|toml))`", path.read_text(encoding="utf-8"))
    ours = [name for name in named if name.split("/")[0] in (*ROOMS, "config", "tests", "benchmarks", "docs")]
    assert [name for name in ours if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_path_of_one_machine(path: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|work|root|Users|usr|opt)/\S*", path.read_text(encoding="utf-8")) == []


def _anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


# What is shown works


def _sql_blocks() -> list[tuple[str, str, bool]]:
    """Page, SQL and whether it may return nothing: the sentence before the block says so."""
    blocks = []
    for path in PAGES:
        parts = re.split(r"```sql\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for at in range(1, len(parts), 2):
            before = parts[at - 1].strip().rsplit("\n\n", 1)[-1]
            blocks.append((path.name, parts[at], "may be empty" in " ".join(before.split())))
    return blocks


def test_there_are_at_least_fifteen_worked_queries() -> None:
    assert sum(name == "analysts.md" for name, _, _ in _sql_blocks()) >= 15


def test_every_macro_is_documented_with_what_it_takes() -> None:
    analysts = page("analysts.md")
    takes = [re.match(r".*?\)(?=:)", meaning_of(name)) for name in MACROS]
    assert unnamed([found[0] for found in takes if found], analysts) == [] and all(takes)


@pytest.mark.parametrize(
    ("sql", "may_be_empty"),
    [(sql, may_be_empty) for _, sql, may_be_empty in _sql_blocks()],
    ids=[f"{name}-{at}" for at, (name, _, _) in enumerate(_sql_blocks(), 1)],
)
def test_every_query_of_the_docs_runs(published: Installation, sql: str, may_be_empty: bool) -> None:
    rows = query(current_tables(published.home), sql)
    assert may_be_empty or rows.height > 0


def test_every_python_block_is_python() -> None:
    blocks = re.findall(r"```python\n(.*?)```", everything(), re.DOTALL)
    assert blocks
    for block in blocks:
        ast.parse(block)


@pytest.mark.parametrize("name", ["analysts.md", "trade-bodies.md"])
def test_the_quick_starts_in_python_run(
    published: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "var").symlink_to(published.home.root)
    (tmp_path / "aepc").symlink_to(published.home.current / "extracts" / "aepc")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page(name), re.DOTALL)
    told: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, name, "exec"), told)  # noqa: S102
    assert sum(isinstance(value, pl.DataFrame) for value in told.values()) >= 2


def test_every_contract_of_the_docs_is_a_contract(tmp_path: Path) -> None:
    from feeds.contracts import load_contract

    blocks = [block for block in re.findall(r"```yaml\n(.*?)```", page("feeds.md"), re.DOTALL) if "feed:" in block]
    assert blocks
    for block in blocks:
        path = tmp_path / f"{yaml.safe_load(block)['feed']}.yaml"
        path.write_text(block, encoding="utf-8")
        load_contract(path)


# The worked example

EXAMPLE = "worked-example.md"


@pytest.fixture(scope="module")
def walked() -> dict[str, pl.DataFrame]:
    """The ladder's tables, and the events of the page."""
    events = _events()
    with connected(None) as duck:
        duck.load("pooled", events)
        walk(duck, policy=policy(), taxonomy=TAXONOMY, night=CLOSING_NIGHT, previous=None)
        names = ("found_classes", "classed", "found_measures")
        found = {name: duck.frame(f"select * from {name}") for name in names}
        return {"events": events, **found, "demand": _demand(duck, found)}


def _events() -> pl.DataFrame:
    rows = table(EXAMPLE, "The events")
    buyers = sorted({row["buyer"] for row in rows})
    return pl.DataFrame(
        [
            {
                "event_no": int(row["no"]), "kind": "order", "occurred_on": date.fromisoformat(row["day"]),
                "is_settled": True, "contributor": buyers.index(row["buyer"]), "is_counting": True,
                "product_code": row["product"], "country": row["country"], "value_cents": int(row["value_usd"]) * 100,
            }
            for row in rows
        ],
        schema=POOLED_COLUMNS,
    )  # fmt: skip


def _classes(found: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Found classes with codes and sums, as `classes` publishes them."""
    n_events = found["found_measures"].filter(measure="n_events").select(
        "class_no", n_events="amount", n_contributors="n_counting"
    )  # fmt: skip
    value = found["found_measures"].filter(measure="value_usd", is_given=True).select(
        "class_no", value_usd=pl.col("amount") / 100
    )  # fmt: skip
    products = pl.DataFrame([(no, code) for no, (_, code, _, _) in enumerate(PRODUCTS)],
                            schema={"product": pl.Int32, "product_code": pl.String}, orient="row")  # fmt: skip
    places = pl.DataFrame([(no, code) for no, (_, code, _, _) in enumerate(PLACES)],
                          schema={"place": pl.Int32, "place_code": pl.String}, orient="row")  # fmt: skip
    return (
        found["found_classes"]
        .join(products, on="product")
        .join(places, on="place")
        .join(n_events, on="class_no")
        .join(value, on="class_no", how="left")
        .sort("class_no")
    )


def _demand(duck: Duck, found: dict[str, pl.DataFrame]) -> pl.DataFrame:
    classes = _classes(found)
    status = pl.when(pl.col("value_usd").is_null()).then(pl.lit("none")).otherwise(pl.lit("given"))
    duck.load("classes", classes.with_columns(release_id=pl.lit("2026-02-02"), value_status=status))
    duck.load("product_up", ancestry(PRODUCTS))
    duck.load("place_up", ancestry(PLACES))
    duck.load("period_up", period_ancestry(classes))
    duck.load("estimates", NO_ESTIMATES)
    return duck.frame(statement("demand"), release_id="2026-02-02", most_withheld_pct=MOST_WITHHELD_PCT)


def test_the_example_has_fourteen_events_of_twelve_buyers() -> None:
    rows = table(EXAMPLE, "The events")
    assert (len(rows), len({row["buyer"] for row in rows})) == (14, 12)


def test_the_example_forms_exactly_the_classes_it_says(walked: dict[str, pl.DataFrame]) -> None:
    told = table(EXAMPLE, "The classes")
    columns = ["rung", "product_code", "place_code", "period_level", "period_start", "n_events", "n_contributors",
               "value_usd"]  # fmt: skip
    found = [[str(value) for value in row] for row in _classes(walked).select(columns).rows()]
    assert [[*list(row.values())[:-1], f"{float(row['value_usd'])}"] for row in told] == found


def test_the_example_leaves_waiting_exactly_the_events_it_says(walked: dict[str, pl.DataFrame]) -> None:
    waiting = set(walked["events"]["event_no"]) - set(walked["classed"]["event_no"])
    assert waiting == {5, 12, 13, 14}


def test_the_example_tells_every_verdict_right(walked: dict[str, pl.DataFrame]) -> None:
    rules = policy()
    nobody = pl.LazyFrame(schema={"group_no": pl.Int64, "supplier": pl.Int64, "amount": pl.Int64})
    for row in table(EXAMPLE, "Which group fails which rule"):
        members = [int(no) for no in row["events"].split()]
        amounts = (
            walked["events"]
            .lazy()
            .filter(pl.col("event_no").is_in(members))
            .group_by("contributor", "is_counting")
            .agg(amount=pl.col("value_cents").sum(), is_seasoned=pl.lit(False).first())
            .with_columns(group_no=pl.lit(1))
        )
        verdict = judged(amounts, nobody, buyers=rules.buyers, suppliers=rules.suppliers).collect().row(0, named=True)
        expected = {rule: "pass" if verdict[rule] else "fail" for rule in ("threshold", "p_percent", "share")}
        assert [row["threshold"], row["p%"], row["share"]] == list(expected.values()), row["group"]


def test_the_example_shows_rows_of_demand_as_they_are(walked: dict[str, pl.DataFrame]) -> None:
    demand = walked["demand"]
    for row in table(EXAMPLE, "Some rows of `demand`"):
        found = demand.filter(
            (pl.col("product_code") == row["product"])
            & (pl.col("place_code") == row["place"])
            & (pl.col("period_level") == row["period"])
            & (pl.col("period_start") == date.fromisoformat(row["start"]))
            & pl.col("nes").eq_missing(pl.lit(row["nes"] or None, dtype=pl.String))
        )
        assert found.height == 1, row
        one = found.row(0, named=True)
        told = (one["n_events"], one["value_usd"], one["contributors_min"], one["contributors_max"])
        assert told == (int(row["events"]), float(row["value_usd"]), int(row["at least"]), int(row["at most"])), row
        placed = "" if one["placed_ratio"] is None else f"{one['placed_ratio']:.3f}"
        assert placed == row["placed"], row


def test_the_example_has_no_row_for_what_waits(walked: dict[str, pl.DataFrame]) -> None:
    assert walked["demand"].filter(pl.col("product_code").is_in(["pharma", "pharma/30", "3004"])).is_empty()
