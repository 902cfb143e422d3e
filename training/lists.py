"""The word lists of `lists.yaml`, read once."""

from pathlib import Path

import yaml

_READ = yaml.safe_load(Path(__file__).with_name("lists.yaml").read_text(encoding="utf-8"))

LISTS: dict[str, tuple[str, ...]] = {name: tuple(text.split("; ")) for name, text in _READ["lists"].items()}
"""Lists by name."""

GLUE: dict[str, tuple[str, ...]] = {language: tuple(text.split("; ")) for language, text in _READ["glue"].items()}
"""Small words by language."""
