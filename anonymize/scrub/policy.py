"""The part of the policy that rules on texts, for whoever builds a scrubber without the whole installation."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import ConfigurationError
from schemas.policy import Scrub


class _ScrubPart(BaseModel):
    """A policy file of which only this part is read."""

    model_config = ConfigDict(extra="ignore")

    scrub: Scrub


def read_scrub_policy(config_dir: Path) -> Scrub:
    """The `scrub` section of the policy in a configuration folder.

    Raises: ConfigurationError, one line: what is missing or wrong, by its name in the file.
    """
    try:
        raw = yaml.safe_load((config_dir / "policy.yaml").read_text(encoding="utf-8"))
        return _ScrubPart.model_validate(raw).scrub
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ConfigurationError(f"policy.yaml: {where}: {first['msg'].splitlines()[0]}; mend it") from None
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise ConfigurationError(f"policy.yaml: cannot be read ({type(error).__name__}); restore it") from None
