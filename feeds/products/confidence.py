"""How sure an answer is: how the parts of the classifier are weighed, and from its chances to calibrated confidence.

Belongs here: reading `config/products/classifier.yaml`. Its figures are fitted by `benchmarks/classify.py --fit`.
Called by `feeds.products.classify`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from feeds.yaml_files import parsed_yaml
from schemas.errors import ConfigurationError

LEVELS: Final = ("heading", "chapter", "sector")
_FEWEST: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Settings:
    """The figures of a configuration folder."""

    lexicon_weight: float
    """What a found term of the lexicon with weight 1 as head noun adds to a heading's score."""
    temperature: float
    """Scores are divided by it; above 1 makes chances less extreme."""
    calibration: Mapping[str, tuple[float, float]]
    """By level: intercept and slope on the log odds of the chance."""

    def calibrated(self, level: str, chances: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """The confidence of each chance: how often answers of such a chance were right; four decimals."""
        intercept, slope = self.calibration[level]
        kept = np.clip(chances.astype(np.float64), _FEWEST, 1 - _FEWEST)
        odds = intercept + slope * np.log(kept / (1 - kept))
        return np.asarray(np.round(1 / (1 + np.exp(-odds)), 4), dtype=np.float64)


def load_settings(config_dir: Path) -> Settings:
    """The settings of a configuration folder.

    Raises: ConfigurationError if the file is missing, names anything else, or gives a slope, weight or temperature that
    is not above zero.
    """
    path = config_dir / "products" / "classifier.yaml"
    given: Any = None
    try:
        given = parsed_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        given = None
    if not _is_good(given):
        raise ConfigurationError(
            f"{path.name}: must give lexicon_weight, temperature and, under calibration, intercept and slope of "
            f"{', '.join(LEVELS)}. Mend the file."
        )
    calibration = {level: (float(c["intercept"]), float(c["slope"])) for level, c in given["calibration"].items()}
    return Settings(float(given["lexicon_weight"]), float(given["temperature"]), calibration)


def _is_good(given: Any) -> bool:
    def is_number(value: object, least: float) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and least < value < 1000

    if not isinstance(given, dict) or set(given) != {"lexicon_weight", "temperature", "calibration"}:
        return False
    levels = given["calibration"]
    return (
        is_number(given["lexicon_weight"], 0)
        and is_number(given["temperature"], 0)
        and isinstance(levels, dict)
        and set(levels) == set(LEVELS)
        and all(isinstance(level, dict) and set(level) == {"intercept", "slope"} for level in levels.values())
        and all(is_number(v["intercept"], -1000) and is_number(v["slope"], 0) for v in levels.values())
    )
