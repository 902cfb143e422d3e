"""Indian tax deduction account numbers: four letters, five digits, one letter, after their name."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_NAME = r"tan|tax deduction (?:account )?(?:no\.?|number)"
_LINK = r"(?: {0,2}(?:no\.?|number|num|is|:|-|#|=|\.)){0,4} {0,2}"


class InTans(RuleRecognizer):
    """After `TAN` only; `tan leather` and article numbers of that shape are none."""

    ENTITY = Entity.IN_TAN
    rules = (
        compile_rule(
            "after the word TAN",
            rf"(?<![\w])(?:{_NAME})(?![\p{{L}}]){_LINK}(?P<hit>[a-z]{{4}} ?[0-9]{{5}} ?[a-z])(?![\w])",
            0.85,
        ),
    )
