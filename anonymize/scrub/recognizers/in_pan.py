"""Indian permanent account numbers: five letters, the fourth a kind of holder, four digits, one letter."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity


class InPans(RuleRecognizer):
    """Upper case by itself, any case after the word PAN; `FERTILIZER` and `ABCDE1234F` (fourth letter D) are none."""

    ENTITY = Entity.IN_PAN
    rules = (
        compile_rule(
            "shape with the holder's letter",
            r"(?<![A-Za-z0-9])[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z](?![A-Za-z0-9])",
            0.7,
            cased=True,
        ),
        compile_rule(
            "after the word PAN",
            r"(?<![\w])pan(?: {0,2}(?:card|no\.?|number|is|:|-|#)){0,3} {0,2}"
            r"(?P<hit>[a-z]{5} ?[0-9]{4} ?[a-z])(?![a-z0-9])",
            0.8,
        ),
    )
