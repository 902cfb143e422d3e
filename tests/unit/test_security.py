"""What docs/security.md says of a whole installation and of the code: modes, key material, pickles, shells, pages."""

import ast
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from anonymize.keyring import Keyring
from feeds.expressions import compile_expression
from schemas.errors import ConfigurationError
from tests.conftest import Installation

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "feeds", "anonymize", "warehouse", "assets", "pipelines")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


# An installation


def test_everything_private_is_the_owners_alone_though_the_umask_was_open(published: Installation) -> None:
    home = published.home
    wrong = []
    for top, folders, files in ((home.landing, 0o700, 0o600), (home.private, 0o700, 0o600)):
        for path in (top, *top.rglob("*")):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if mode & ~(folders if path.is_dir() else files):
                wrong.append(f"{path.relative_to(home.root)} {mode:o}")
    assert wrong == []


def test_everything_released_is_readable_and_only_the_owner_may_write(published: Installation) -> None:
    modes = {
        (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
        for path in (published.home.releases, *published.home.releases.rglob("*"))
    }
    assert {mode for is_folder, mode in modes if is_folder} == {0o755}
    assert {mode for is_folder, mode in modes if not is_folder} <= {0o444, 0o644}


def test_no_byte_outside_the_key_folder_holds_key_material(published: Installation) -> None:
    home = published.home
    keys = [bytes.fromhex(json.loads(path.read_text())["key"]) for path in home.keys.glob("*.key")]
    needles = [form for key in keys for form in (key, key.hex().encode(), key.hex().upper().encode())]
    assert len(keys) >= 3
    found = [
        path.relative_to(home.root)
        for path in home.root.rglob("*")
        if path.is_file() and path.parent != home.keys and any(needle in path.read_bytes() for needle in needles)
    ]
    assert found == []
    signing = next(home.keys.glob("signing.key")).read_bytes()
    assert any(needle in signing for needle in needles), "the search finds nothing: mend it"


def test_dagster_keeps_no_pickled_value(published: Installation) -> None:
    kept = {path.suffix for path in published.home.dagster.rglob("*") if path.is_file()}
    pickled = [
        path for path in published.home.dagster.rglob("*") if path.is_file() and path.read_bytes()[:1] == b"\x80"
    ]
    assert pickled == [] and kept <= {".db", ".db-wal", ".db-shm", ".db-journal"}, kept


# The code


def test_nothing_is_pickled_and_no_array_may_hold_objects() -> None:
    wrong = []
    for name, tree in trees():
        for node in ast.walk(tree):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [
                f"{name}: {m}"
                for m in modules
                if m.split(".")[0] in ("pickle", "cloudpickle", "dill", "shelve", "marshal", "joblib")
            ]
        for called, call in calls(tree):
            is_closed = any(
                word.arg == "allow_pickle" and isinstance(word.value, ast.Constant) and word.value.value is False
                for word in call.keywords
            )
            if called in ("np.load", "numpy.load", "np.savez", "np.savez_compressed", "np.save") and not is_closed:
                wrong.append(f"{name}: {called} without allow_pickle=False")
            if called.rpartition(".")[2] in ("read_pickle", "to_pickle"):
                wrong.append(f"{name}: {called}")
    assert wrong == []


def test_nothing_runs_a_shell_or_text_as_code() -> None:
    wrong = []
    for name, tree in trees():
        for called, call in calls(tree):
            is_shell = any(word.arg == "shell" for word in call.keywords)
            if called in ("eval", "exec", "os.system", "os.popen", "compile") or is_shell:
                wrong.append(f"{name}: {called}")
            if called == "yaml.load" and name != "feeds/yaml_files.py":
                wrong.append(f"{name}: {called}")
    assert wrong == []


def test_every_secret_source_stays_out_of_process_arguments_and_configuration() -> None:
    """Keys are fetched in one module; nobody else touches the variables, and Dagster's resource has no field."""
    spoken = [path.relative_to(ROOT).as_posix() for path in SOURCES if "MANDI_KEY_" in path.read_text(encoding="utf-8")]
    assert spoken == ["anonymize/key_sources.py"]
    from assets.nights import installation

    assert installation.config_field is not None and installation.config_field.config_type.fields == {}
    assert "key=" not in repr(Keyring(Path("keys")))


# Expressions of contracts, by what they become


@pytest.mark.parametrize(
    "sql",
    [
        "not a",
        "(select max(a) from self)",
        "a = any(b)",
        "a similar to 'x'",
        "array_agg(a)",
        "a ~ read_text('x')",
        " || ".join(["a"] * 1_000),
        " and ".join(["a = 'x'"] * 1_000),
        " + ".join(["1"] * 5_000),
        "upper(" * 200 + "a" + ")" * 200,
        "case " + "when a = 'x' then b " * 200 + "end",
        "a" * 5_000,
    ],
    ids=range(12),
)
def test_an_expression_that_could_end_the_process_or_read_elsewhere_is_refused(sql: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        compile_expression(sql)
    assert len(str(refused.value)) < 200


# The page


def test_every_test_that_the_security_page_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", text))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    section = text.split("\n## Threats and measures\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows) > 20 and all("tests/" in row or "benchmarks/" in row or "not tested" in row for row in rows[2:])
