"""Identification numbers of Indian limited liability partnerships: three letters, four digits, after their name."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_LINK = r"(?: {0,2}(?:id|no\.?|number|is|:|-|#|=|\.)){0,4} {0,2}"


class InLlpins(RuleRecognizer):
    """After `LLPIN` or `LLP id` only; part numbers such as `AAB-1234` are none."""

    ENTITY = Entity.IN_LLPIN
    rules = (
        compile_rule(
            "after the word LLPIN",
            rf"(?<![\w])llp ?(?:in|id(?:entification)?|no\.?)(?![\p{{L}}]){_LINK}"
            r"(?P<hit>[a-z]{3}[ \-]?[0-9]{4})(?![\w])",
            0.85,
        ),
    )
