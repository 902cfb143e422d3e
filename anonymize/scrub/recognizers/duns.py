"""Business numbers of Dun & Bradstreet: nine digits after their name."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_NAME = r"d\.?[ \-]?u\.?[ \-]?n\.?[ \-]?s\.?|dun (?:&|and) bradstreet"
_LINK = r"[^0-9\n\p{L}]{0,6}(?:(?:no\.?|number|num|code|id|is)[^0-9\n\p{L}]{0,4}){0,3}"


class DunsNumbers(RuleRecognizer):
    """After `DUNS` only; nine digits by themselves are none."""

    ENTITY = Entity.DUNS
    rules = (
        compile_rule(
            "after the word DUNS",
            rf"(?<![\w])(?:{_NAME})(?![\p{{L}}]){_LINK}(?P<hit>[0-9]{{2}}[ \-]?[0-9]{{3}}[ \-]?[0-9]{{4}})(?![\w])",
            0.9,
        ),
    )
