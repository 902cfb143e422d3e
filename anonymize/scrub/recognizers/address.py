"""Street addresses and post boxes by their cue words; countries and cities by themselves stay."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_WORD = r"[\p{Lu}][\p{L}\p{M}'’.\-]*"
_STREETS = (
    r"Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Boulevard|Blvd\.?|Drive|Highway|Nagar|Marg|Chowk|Bazaar|Crescent|Terrace"
    r"|Sokak|Sok\.|Caddesi|Cad\.|Mahallesi|Mah\.|STREET|ROAD|AVENUE|NAGAR"
)
_PLACES = r"Shop|Office|Flat|Unit|Plot|Villa|Suite|Apartment|Apt\.?|Warehouse|Godown|House|SHOP|OFFICE|PLOT"
_PLACE = r"(?:" + _PLACES + "|" + _PLACES.lower() + ")"
_TAIL = r"(?:, ?[^\s,;<>\uFFFC][^,;\n<>\uFFFC]{1,40}){0,4}"
_END = r"(?=[ ]?(?:[,;\n\-(]|\.(?![0-9])|$|[0-9]{4,6}(?![0-9])|[\p{Ll}]))"
_LATIN = r"(?:Calle|Rua|Avenida|Av\.|Via|Viale|Rue|ul\.|ulica|Jalan|Jl\.|ул\.|улица|пр\.)"
_BOXES = r"p\.? ?o\.? ?box|post ?box|postfach|apartado(?: postal)?|bp"
_LABELS = (
    r"(?:delivery|shipping|our|my|office|company|ship to|billing|home)? ?(?:address|addr\.?)"
    r"|dirección|adresse|endereço|indirizzo|адрес|地址|العنوان"
)


def _labelled(match: Any, start: int, end: int) -> Span | None:
    """What follows `address:` up to the next label or sentence, if it holds a number: a country alone stays."""
    text = match.string[start:end]
    colon = min((text.find(mark) for mark in (":", "：") if mark in text), default=-1)
    if colon >= 0:
        text = text[: max(text.rfind(" ", 0, colon), 0)]
    text = text.partition(". ")[0].rstrip(" .,")
    return (start, start + len(text), 0.6) if any(character.isdigit() for character in text) else None


class Addresses(RuleRecognizer):
    """Addresses with a number and a street word, shops and plots with a number, post boxes; `Road Bike` is none."""

    ENTITY = Entity.ADDRESS
    GATE = (
        rf"[0-9][^\n]*(?:{_STREETS})|{_PLACE}[^\n]*[0-9]|(?i:{_BOXES})[^\n]*[0-9]|{_LATIN} [^\n]*[0-9]"
        rf"|(?:str\.|straße|strasse) ?[0-9]|(?i:{_LABELS})"
    )
    rules = (
        compile_rule(
            "number and street word", rf"(?<![\w])(?<![0-9][.,])(?:No\.? ?)?[0-9]{{1,5}}[A-Za-z]?"
            rf"(?:[ ,]{{1,2}}{_WORD}|[ ,]{{1,2}}[0-9]{{1,3}}(?:st|nd|rd|th)){{1,4}} "
            rf"(?:{_STREETS})(?![\p{{L}}]){_END}{_TAIL}",
            0.7, cased=True,
        ),
        compile_rule(
            "shop, plot or unit with its number",
            rf"(?<![\w]){_PLACE} ?(?:[Nn]o\.?|[Nn]umber|NO\.?|#) ?:? ?[A-Z]{{0,2}}[\-/]?[0-9]{{1,5}}[A-Z]?{_TAIL}",
            0.6, cased=True,
        ),
        compile_rule("post box", rf"(?<![\w])(?:{_BOXES})(?: ?(?:no\.?|#|:))? ?[0-9]{{2,7}}(?![\w])", 0.8),
        compile_rule(
            "street word, name and number", rf"(?<![\w]){_LATIN} {_WORD}(?: [\p{{L}}'’.\-]{{1,20}}){{0,4}},? "
            r"(?:n[º°o]\.? ?|д\. ?)?[0-9]{1,5}(?![\w])",
            0.7, cased=True,
        ),
        compile_rule(
            "German street and number",
            r"(?<![\w])[\p{Lu}][\p{Ll}]{2,25}(?:str\.|straße|strasse) ?[0-9]{1,4}[a-z]?(?![\w])", 0.8, cased=True
        ),
        compile_rule(
            "after the word address",
            rf"(?<![\w])(?:{_LABELS}) ?(?:is|:|：|-) ?(?P<hit>[^\s<>\uFFFC][^\n<>\uFFFC]{{5,100}})", 0.6, _labelled
        ),
    )  # fmt: skip
