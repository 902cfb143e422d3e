"""How people name the kind and the period of a cell of `demand`, and what they are told where none exists.

Products and places are named as the macros `product_of` and `place_of` read them.
"""

import re
from datetime import date

from anonymize.classes.periods import period_end, period_start
from schemas.errors import ConfigurationError
from schemas.events import Kind
from schemas.policy import PeriodLevel

_PERIODS: dict[PeriodLevel, str] = {
    "year": r"(\d{4})",
    "quarter": r"(\d{4})-[Qq]([1-4])",
    "month": r"(\d{4})-(\d\d)",
    "dekad": r"(\d{4})-(\d\d)-d([123])",
    "day": r"(\d{4})-(\d\d)-(\d\d)",
}


def kind_of(text: str) -> str:
    """A kind by name. Raises: ConfigurationError that names the kinds."""
    kinds = [kind.value for kind in Kind]
    if text.lower() not in kinds:
        raise ConfigurationError(f"there is no such kind; try one of {', '.join(kinds)}")
    return text.lower()


def period_of(text: str) -> tuple[PeriodLevel, date, date]:
    """Level, first and last day of a period as people write it.

    Example: `period_of("2026-01-d2")` is `("dekad", date(2026, 1, 11), date(2026, 1, 20))`.

    Raises: ConfigurationError that shows every form.
    """
    for level, pattern in _PERIODS.items():
        found = re.fullmatch(pattern, text)
        if not found:
            continue
        year, *rest = map(int, found.groups())
        month = 3 * rest[0] - 2 if level == "quarter" else rest[0] if rest else 1
        day = 10 * rest[1] - 9 if level == "dekad" else rest[1] if level == "day" else 1
        try:
            start = period_start(level, date(year, month, day))
        except ValueError:
            break
        return level, start, period_end(level, start)
    raise ConfigurationError("a period is written like 2026, 2026-Q1, 2026-01, 2026-01-d2 (a dekad) or 2026-01-15")


def period_name(level: PeriodLevel, start: date) -> str:
    """A period as `period_of` reads it."""
    match level:
        case "year":
            return f"{start:%Y}"
        case "quarter":
            return f"{start:%Y}-Q{(start.month + 2) // 3}"
        case "month":
            return f"{start:%Y-%m}"
        case "dekad":
            return f"{start:%Y-%m}-d{(start.day + 9) // 10}"
        case "day":
            return start.isoformat()
