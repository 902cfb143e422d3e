"""Feed contracts: read from YAML, checked, and compiled into Polars expressions.

Belongs here: everything that can be known of a contract without its data. Called by the readers, by
`feeds.canonical` and by the command line. A contract that does not hold together is refused before any file is opened.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import ValidationError

from feeds.expressions import columns_named, compile_expression
from feeds.helpers import check_helper
from feeds.yaml_files import parsed_yaml
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError

ROW_COLUMN = "mandi:row"
"""Name of the column that carries a row's number beside the file's own columns."""


@dataclass(frozen=True)
class CompiledContract:
    """A contract with its expressions compiled, and the columns of the file they read."""

    contract: FeedContract
    columns: tuple[str, ...]
    """Names of the file's columns that any expression reads, sorted; no other column is ever read."""
    kind: pl.Expr
    key: tuple[pl.Expr, ...]
    cancels: tuple[pl.Expr, ...]
    fields: dict[str, pl.Expr]
    verified: pl.Expr
    closed: pl.Expr | None


def load_contract(path: Path) -> FeedContract:
    """The contract in a YAML file, checked down to its expressions and helper options.

    Raises: ConfigurationError, one line naming file, field and what to do.
    """
    values = _read_yaml(path)
    problem = ""
    try:
        contract = FeedContract.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        problem = f"{path.name}, {where}: {first['msg'].splitlines()[0]}. Mend the contract."
    if problem:
        raise ConfigurationError(problem)
    if contract.feed != path.stem:
        raise ConfigurationError(f"{path.name}, feed: a contract's file is named after its feed. Rename one of them.")
    try:
        compile_contract(contract)
    except ConfigurationError as error:
        problem = f"{path.name}, {error}."
    if problem:
        raise ConfigurationError(problem)
    return contract


def load_contracts(folder: Path) -> dict[str, FeedContract]:
    """Every contract of a folder by feed name, sorted.

    Raises: ConfigurationError if the folder is missing or any `*.yaml` in it is no valid contract.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no folder of feed contracts. Name the configuration folder.")
    contracts = [load_contract(path) for path in sorted(folder.glob("*.yaml"))]
    return {contract.feed: contract for contract in sorted(contracts, key=lambda contract: contract.feed)}


def compile_contract(contract: FeedContract) -> CompiledContract:
    """The contract's expressions, compiled once.

    Raises: ConfigurationError, beginning with the field, if an expression or a helper is not allowed, or if an
    expression of a text format cannot be applied to text.
    """
    expressions: dict[str, pl.Expr] = {
        "kind": _compile("kind", contract.kind),
        "verified": _compile("verified", contract.verified),
    }
    for position, sql in enumerate(contract.key):
        expressions[f"key.{position}"] = _compile(f"key.{position}", sql)
    for position, sql in enumerate(contract.cancels):
        expressions[f"cancels.{position}"] = _compile(f"cancels.{position}", sql)
    for name, source in contract.fields.items():
        expressions[f"fields.{name}"] = _compile(f"fields.{name}", source.sql)
        if source.helper is not None:
            _check_helper(f"fields.{name}", source.helper, source.options)
    if contract.settle is not None:
        expressions["settle.closed"] = _compile("settle.closed", contract.settle.closed)
    columns = sorted(frozenset[str]().union(*(columns_named(each) for each in expressions.values())))
    if ROW_COLUMN in columns:
        raise ConfigurationError(f"key: '{ROW_COLUMN}' is Mandi's own name; the file cannot have such a column")
    if not columns:
        raise ConfigurationError("key: no expression names a column of the file")
    if contract.format != "parquet":
        _try_on_text(expressions, columns)
    return CompiledContract(
        contract=contract,
        columns=tuple(columns),
        kind=expressions["kind"],
        key=tuple(expressions[f"key.{position}"] for position in range(len(contract.key))),
        cancels=tuple(expressions[f"cancels.{position}"] for position in range(len(contract.cancels))),
        fields={name: expressions[f"fields.{name}"] for name in contract.fields},
        verified=expressions["verified"],
        closed=expressions.get("settle.closed"),
    )


def _read_yaml(path: Path) -> Any:
    problem = ""
    try:
        return parsed_yaml(path)
    except (OSError, UnicodeDecodeError):
        problem = "cannot be read as UTF-8 text. Check that the file is there and readable"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark is not None else ""
        problem = f"is no valid YAML{place}, or gives a key twice. Mend the file"
    raise ConfigurationError(f"{path.name}: {problem}.")


def _compile(field: str, sql: str) -> pl.Expr:
    problem = ""
    try:
        return compile_expression(sql)
    except ConfigurationError as error:
        problem = str(error)
    raise ConfigurationError(f"{field}: {problem}")


def _check_helper(field: str, helper: str, options: dict[str, str]) -> None:
    problem = ""
    try:
        check_helper(helper, options)
    except ConfigurationError as error:
        problem = str(error)
    if problem:
        raise ConfigurationError(f"{field}: {problem}")


def _try_on_text(expressions: dict[str, pl.Expr], columns: list[str]) -> None:
    """Refuse what cannot be applied to text columns at all, such as arithmetic without a try_cast."""
    empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    for field, expression in expressions.items():
        kind: pl.DataType | None = None
        try:
            kind = empty.select(expression.alias("value")).schema["value"]
        except Exception:
            kind = None
        if field in ("verified", "settle.closed") and kind not in (None, pl.Boolean()):
            raise ConfigurationError(f"{field}: must give true or false; compare with something")
        if field == "kind" and kind not in (None, pl.String(), pl.Null()):
            raise ConfigurationError("kind: must give text")
        if kind is None:
            raise ConfigurationError(f"{field}: cannot be applied to text; use try_cast where numbers are meant")
