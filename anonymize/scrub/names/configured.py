"""The name engine that a policy asks for: the shipped model, or one of others whose files are those it was signed for.

Belongs here: what is installed, which files a model is, their digest, two engines as one. Does not belong here: how a
model finds names (`finder`, `outside`). Caller: `texts.build_engine`, in every process that scrubs.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from anonymize.scrub.names.decoder import NameSpan
from anonymize.scrub.names.finder import NameEngine, read_finder
from anonymize.scrub.names.outside import GlinerNames, SpacyNames, TransformersNames, joined
from schemas.entities import Entity
from schemas.errors import ConfigurationError
from schemas.policy import OutsideNames, OwnNames, Scrub

PACKAGES = {"spacy": ("spacy",), "transformers": ("torch", "transformers"), "gliner": ("torch", "gliner")}
"""What each engine imports; the extra of its name installs it."""

_ENGINES: Mapping[str, Callable[[str, Mapping[str, Entity], float], NameEngine]] = {
    "spacy": SpacyNames,
    "transformers": TransformersNames,
    "gliner": GlinerNames,
}


@dataclass(frozen=True)
class Together:
    """Two name engines as one: what either finds counts."""

    own: NameEngine
    other: NameEngine
    thresholds: Mapping[str, float]
    """Score below which a name of each entity does not count, and so widens no other."""
    is_batched: bool = False

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        """As `NameEngine.find`; where both find something the longer names it."""
        return [
            joined(span for span in (*mine, *theirs) if span[3] >= self.thresholds[span[2]])
            for mine, theirs in zip(self.own.find(texts), self.other.find(texts), strict=True)
        ]


def read_name_engine(config_dir: Path, policy: Scrub) -> NameEngine:
    """The engine that the policy names.

    Args: config_dir, from which a model's folder is told.
    Raises: ConfigurationError if the engine is not installed, the model is not on this machine, is another one than
        the policy's digest says, cannot be loaded, or lacks a label that the policy names. Nothing is downloaded.
    """
    rule = policy.names
    if isinstance(rule, OwnNames):
        return read_finder()
    if not all(map(find_spec, PACKAGES[rule.engine])):
        raise _refused("engine", f"{rule.engine} is not installed; pip install -e '.[{rule.engine}]', or set it to own")
    model, folder = _place(config_dir, rule)
    if (digest := folder_digest(folder)) != rule.sha256:
        raise _refused("sha256", f"the model's digest is {digest}; write that if it is the model you have chosen")
    thresholds = {
        entity.value: policy.entities[entity].threshold for entity in (Entity.PERSON, Entity.ORG, Entity.ADDRESS)
    }
    try:
        other = _ENGINES[rule.engine](model, rule.labels, min(thresholds[entity] for entity in rule.labels.values()))
    except ConfigurationError as error:
        raise _refused("model", str(error)) from None
    except Exception as error:
        raise _refused(
            "model", f"{rule.engine} cannot load it ({type(error).__name__}); is it a model of it?"
        ) from None
    return Together(read_finder(), other, thresholds) if rule.beside_own else other


def folder_digest(folder: Path) -> str:
    """SHA-256 over names and contents of a model's files; what Python leaves beside them does not count.

    Raises: OSError if a file cannot be read.
    """
    digest = hashlib.sha256()
    paths = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in paths):
        with path.open("rb") as file:
            digest.update(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n".encode())
    return digest.hexdigest()


def _place(config_dir: Path, rule: OutsideNames) -> tuple[str, Path]:
    """How the engine is told its model, and the folder of its files."""
    folder = (config_dir / rule.model).resolve()
    if folder.is_dir():
        return str(folder), folder
    if rule.engine == "spacy" and rule.model.isidentifier():
        spec = find_spec(rule.model)
        if spec is not None and spec.submodule_search_locations:
            return rule.model, Path(spec.submodule_search_locations[0])
    what = "no folder of this name, nor an installed package" if rule.engine == "spacy" else "no folder of this name"
    raise _refused("model", f"{what}; it is never downloaded: put it there")


def _refused(field: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"policy.yaml: scrub.names.{field}: {problem}")
