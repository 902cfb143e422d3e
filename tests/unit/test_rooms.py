"""The rooms of the design and the doors between them: who may import whom, and which library is used where."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "schemas": set(),
    "feeds": {"schemas"},
    "anonymize": {"schemas"},
    "warehouse": {"schemas", "anonymize"},
    "assets": {"schemas", "feeds", "anonymize", "warehouse"},
    "pipelines": {"schemas", "feeds", "anonymize", "warehouse", "assets"},
}
"""What each room may import of the others."""

ONLY_IN = {
    "dagster": ("assets/", "pipelines/"),
    "dagster_webserver": ("pipelines/",),
    "presidio_analyzer": ("anonymize/scrub/",),
    "tldextract": ("anonymize/scrub/",),
    "duckdb": ("warehouse/",),
    "pyspark": ("warehouse/",),
    "sqlglot": ("warehouse/",),
    "obstore": ("warehouse/",),
    "typer": ("pipelines/",),
    "rich": ("pipelines/",),
    "faker": ("feeds/demo/",),
    "country_converter": ("feeds/",),
    "cryptography": ("anonymize/", "warehouse/"),
    "prometheus_client": ("assets/",),
    "tenacity": ("assets/",),
}
"""Libraries that have one place."""

PACKAGES = {
    "yaml": "pyyaml",
    "presidio_analyzer": "presidio-analyzer",
    "country_converter": "country-converter",
    "prometheus_client": "prometheus-client",
    "dagster_webserver": "dagster-webserver",
}
"""Packages whose import is called otherwise."""

ALSO = {
    "numpy": "pandas and scipy need it; arrays of theirs are passed on",
    "regex": "presidio-analyzer matches with it; the scrubber hands it compiled patterns",
    "phonenumbers": "presidio-analyzer's own numbers of phones, used through it",
    "starlette": "dagster-webserver's pages are built with it; a guard stands before them",
    "uvicorn": "dagster-webserver serves its pages with it",
    "py4j": "pyspark speaks to Java through it, and lets its errors through",
    "torch": "transformers and gliner of the extras run on it, and are told to use one thread of it",
    "markupsafe": "jinja2's own type of text that is markup already",
    "spacy": "presidio-analyzer's artifacts are spacy's",
}
"""Imports that are no direct dependency, each with its reason."""

MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)}: relative import; name the module in full"
            yield node.module or ""


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["spark"], *extras["s3"]]
    return {re.split(r"[<>=~! \[]", each, maxsplit=1)[0].lower() for each in named}


def test_every_module_is_found() -> None:
    assert len(MODULES) > 100
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(ROOMS)


def test_a_room_imports_only_the_rooms_the_design_gives_it() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in sorted(tops(path) & set(ROOMS))
        if name != (room := path.relative_to(ROOT).parts[0]) and name not in ROOMS[room]
    ]
    assert wrong == []


def test_schemas_import_pydantic_and_the_standard_library_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        if path.is_relative_to(ROOT / "schemas")
        for name in sorted(tops(path) - {"pydantic", "schemas"} - sys.stdlib_module_names)
    ]
    assert wrong == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_with_one_place_stays_there(library: str) -> None:
    users = [str(path.relative_to(ROOT)) for path in MODULES if library in tops(path)]

    assert [path for path in users if not path.startswith(ONLY_IN[library])] == []


def test_every_third_party_import_is_a_direct_dependency_or_has_a_reason() -> None:
    known = dependencies()
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in sorted(tops(path) - set(ROOMS) - sys.stdlib_module_names - set(ALSO))
        if PACKAGES.get(name, name) not in known
    ]
    assert wrong == []


def test_every_reason_and_every_dependency_is_still_needed() -> None:
    used = {name for path in MODULES for name in tops(path)}
    by_import = {package: name for name, package in PACKAGES.items()}

    assert set(ALSO) - used == set()
    # country-converter needs pandas of that version.
    assert {each for each in dependencies() if by_import.get(each, each) not in used} == {"pandas"}


def test_nothing_in_assets_and_pipelines_postpones_annotations() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.relative_to(ROOT).parts[0] in ("assets", "pipelines") and "__future__" in tops(path)
    ]
    assert wrong == []


SQL = sorted(path for folder in ("warehouse/sql", "anonymize/classes/sql") for path in (ROOT / folder).rglob("*.sql"))


@pytest.mark.parametrize("path", SQL, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sql_file_begins_by_saying_what_it_is_and_is_used(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    room = ROOT / path.relative_to(ROOT).parts[0]
    base = next(folder for folder in path.parents if folder.name == "sql")
    name = str(path.relative_to(base).with_suffix(""))

    assert first.startswith("-- ") and len(first) > 20
    code = "".join(module.read_text(encoding="utf-8") for module in room.rglob("*.py"))
    assert f'"{name}"' in code or f'"{path.stem}"' in code, f"{name} is unused"


def test_every_sql_file_that_is_named_exists() -> None:
    for room, base in (("warehouse", "warehouse/sql"), ("anonymize", "anonymize/classes/sql")):
        for module in (ROOT / room).rglob("*.py"):
            for name in re.findall(r'statement\("([^"]+)"\)', module.read_text(encoding="utf-8")):
                assert (ROOT / base / f"{name}.sql").is_file(), f"{module.relative_to(ROOT)}: {name}"
