"""Indian importer-exporter codes: ten digits or the firm's PAN, after their name; nothing in them proves them."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_NAME = r"i\.?e\.?c\.?|import(?:er)?[ \-/&]{1,3}export(?:er)? code"
_LINK = r"(?: {0,2}(?:code|no\.?|number|num|is|of|:|-|#|=|\.)){0,4} {0,2}"


class InIecs(RuleRecognizer):
    """After `IEC` only; norms such as `IEC 60947` are none."""

    ENTITY = Entity.IN_IEC
    rules = (
        compile_rule(
            "after the word IEC",
            rf"(?<![\w])(?:{_NAME})(?![\p{{L}}]){_LINK}(?P<hit>[0-9]{{10}}|[a-z]{{5}} ?[0-9]{{4}} ?[a-z])(?![\w])",
            0.85,
        ),
    )
