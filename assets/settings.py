"""What an installation is configured with: its home, its policy, contracts, trade bodies and taxonomy."""

import hashlib
import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from anonymize.key_sources import KeySource
from anonymize.keyring import Keyring
from anonymize.terms.vocabulary import read_vocabulary, term_nodes
from feeds.contracts import load_contracts
from feeds.taxonomy import load_taxonomy
from feeds.yaml_files import parsed_yaml
from schemas.contracts import FeedContract
from schemas.errors import ConfigurationError
from schemas.home import Home
from schemas.policy import Policy
from schemas.releases import TradeBodies, TradeBody
from schemas.taxonomy import Taxonomy
from schemas.watch import Watch

Model = TypeVar("Model", bound=BaseModel)

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: `dagster.yaml` and `config/` stand here."""


@dataclass(frozen=True)
class Settings:
    """One installation. Files are read on first use; every problem in them is a ConfigurationError."""

    home: Home
    config: Path

    @staticmethod
    def from_environment() -> "Settings":
        """Home from `$MANDI_HOME` (default `var/`), configuration from `$MANDI_CONFIG` (default `config/`)."""
        return Settings(Home.from_environment(), Path(os.environ.get("MANDI_CONFIG", ROOT / "config")).absolute())

    @cached_property
    def policy(self) -> Policy:
        """`policy.yaml`."""
        return read_yaml(self.config / "policy.yaml", Policy)

    @cached_property
    def policy_digest(self) -> str:
        """SHA-256 of the policy's canonical JSON."""
        text = json.dumps(self.policy.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def contracts(self) -> dict[str, FeedContract]:
        """`feeds/*.yaml`, by feed."""
        return load_contracts(self.config / "feeds")

    @cached_property
    def trade_bodies(self) -> tuple[TradeBody, ...]:
        """`trade_bodies.yaml`."""
        return read_yaml(self.config / "trade_bodies.yaml", TradeBodies).trade_bodies

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """Product and place trees, and the terms of the vocabulary."""
        return replace(load_taxonomy(self.config), terms=term_nodes(read_vocabulary(self.config)))

    @cached_property
    def watch(self) -> Watch:
        """`watch.yaml`."""
        return read_yaml(self.config / "watch.yaml", Watch)

    @property
    def keyring(self) -> Keyring:
        """The secret keys, from where `$MANDI_KEYS` says.

        Raises: SecretError if it says anything that is not understood.
        """
        return Keyring(self.home.keys, KeySource.from_environment())


def read_yaml(path: Path, model: type[Model]) -> Model:
    """A configuration file as its model.

    Raises: ConfigurationError, one line: the file, the field, and what is wrong with it.
    """
    problem = ""
    try:
        raw = parsed_yaml(path)
        if isinstance(raw, dict):
            return model.model_validate(raw)
        problem = "is empty, or no list of settings by name; restore it"
    except FileNotFoundError:
        problem = "is missing; restore it, or name the folder that holds it in MANDI_CONFIG"
    except (OSError, UnicodeDecodeError):
        problem = "cannot be read as UTF-8 text; check the file and its permissions"
    except yaml.YAMLError:
        problem = "is no valid YAML; mend it"
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        problem = f"{where}: {first['msg'].splitlines()[0]}; mend it"
    raise ConfigurationError(f"{path.name}: {problem}")
