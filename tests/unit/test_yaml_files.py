"""Configuration files say plain things; whatever else YAML can say is refused quickly and in the caller's words."""

from pathlib import Path

import pytest
import yaml

from assets.settings import ROOT, read_yaml
from feeds.contracts import load_contract
from feeds.yaml_files import MAX_BYTES, parsed_yaml
from schemas.errors import ConfigurationError
from schemas.policy import Policy

BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)

BAD = {
    "alias bomb": BILLION_LAUGHS,
    "single alias": "a: &a 1\nb: *a\n",
    "merge key": "a: &a {x: 1}\nb: {<<: *a}\n",
    "nested flow": "a: " + "[" * 3_000,
    "nested block": "".join(" " * n + f"k{n}:\n" for n in range(300)),
    "key twice": "a: 1\na: 2\n",
    "number beyond Python": "a: " + "9" * 5_000 + "\n",
    "date that is none": "a: 2026-13-45\n",
    "object": "a: !!python/object/apply:os.system [id]\n",
    "name": "a: !!python/name:os.system\n",
    "unhashable key": "? [a]\n: 1\n",
    "too large": "# " + "x" * MAX_BYTES + "\na: 1\n",
    "control sign": "a: \x07\n",
}


@pytest.mark.parametrize("name", BAD)
def test_what_no_configuration_needs_is_refused_whoever_reads_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fuzzed.yaml"
    path.write_text(BAD[name])

    with pytest.raises(yaml.YAMLError):
        parsed_yaml(path)
    for read in (lambda: load_contract(path), lambda: read_yaml(path, Policy)):
        with pytest.raises(ConfigurationError) as refused:
            read()
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 300


def test_a_folder_or_pipe_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no plain file"):
        parsed_yaml(tmp_path)


@pytest.mark.parametrize(
    ("line", "instead", "field"),
    [
        ('p: "0.10"', 'p: "1e-99999999"', "buyers.p"),
        ('max_share: "0.6"', 'max_share: "0.00000000000000001"', "buyers.max_share"),
        ("late_window_days: 120", "late_window_days: 99999999999", "late_window_days"),
        ("retention_days: 30", "retention_days: 99999999999", "retention_days"),
        ("zone: Asia/Kolkata", "zone: ../../etc/passwd", "zone"),
        ("zone: Asia/Kolkata", "zone: Mars/Olympus", "zone"),
        ("search: 1,", "search: .nan,", "max_value_usd.search"),
        ("all: 1.0", "all: .inf", "ladder.loss.product.all"),
    ],
)
def test_a_policy_that_could_not_be_computed_with_is_refused_by_its_field(
    tmp_path: Path, line: str, instead: str, field: str
) -> None:
    text = (ROOT / "config" / "policy.yaml").read_text(encoding="utf-8")
    assert line in text
    (tmp_path / "policy.yaml").write_text(text.replace(line, instead))

    with pytest.raises(ConfigurationError, match=f"^policy.yaml: {field}"):
        read_yaml(tmp_path / "policy.yaml", Policy)
