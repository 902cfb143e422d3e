"""YAML files of the configuration, read in one safe way: small, plain, no key given twice.

Called by whoever reads one; each says in words of its own what is wrong with its file.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 256 << 10
MAX_DEPTH = 20
"""No configuration file comes near either."""


class _PlainLoader(yaml.SafeLoader):
    """A safe loader that refuses aliases (a few of them can stand for millions of nodes), deep nesting, and a key given
    twice, of which YAML would silently let the last one win."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias is used")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.YAMLError("it is nested too deeply")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError("a key is given twice")
        return super().construct_mapping(node, deep=deep)


def parsed_yaml(path: Path) -> Any:
    """What a YAML file says.

    Raises: OSError or UnicodeDecodeError if it cannot be read; yaml.YAMLError, with `problem_mark` where known, if it
        is no YAML, too large, or says what no configuration needs.
    """
    if path.exists() and not path.is_file():
        raise OSError("no plain file")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise yaml.YAMLError("it is too large")
    text = content.decode("utf-8")
    try:
        return yaml.load(text, Loader=_PlainLoader)  # a subclass of the safe loader
    except yaml.YAMLError:
        raise
    except Exception:  # dates and numbers that Python cannot hold, keys that cannot be compared
        failed = True
    if failed:
        raise yaml.YAMLError("a value cannot be read")
