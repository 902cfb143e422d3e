"""Numbers of trade papers after their name: bill of lading, invoice, order, letter of credit, shipping bill."""

from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_STRONG = (
    r"(?:house |master |ocean )?b(?:ill)?\.? ?(?:of|/) ?l(?:ading)?|h?bl|mbl|m?awb|air ?way ?bill|waybill"
    r"|(?:proforma |commercial |tax )?inv(?:oice)?|proforma|p[./]?i|p\.? ?o\.?|purchase order|sales order"
    r"|order confirmation|l\.?/?c\.?|letter of credit|shipping bill|s/b|bill of entry|boe|e-?way bill|contract"
    r"|indent|lpo|s[./]?o|booking|quotation|rfq|delivery note|grn|challan|factura|pedido|facture|rechnung|fatura"
    r"|счет|накладная|发票号?|提单号?|订单号?"
)
_NUMBER = r"(?:no|nr|num|number|ref(?:erence)?|id|n[º°o]|号|№)\.?"
_MARK = rf"(?: {{0,2}}(?:{_NUMBER}(?![\p{{L}}])|#|№)(?: {{0,2}}(?:is(?= )|[:\-#=.])){{0,2}} {{0,2}})"
_CODE = r"(?P<hit>[a-z0-9][a-z0-9]*(?:[\-/.][a-z0-9]+){0,6})"
_ORDER = r"order|our ref|your ref|ref(?:erence)?"


def _marked(match: Any, start: int, end: int) -> Span | None:
    """A code after `no` or `#`: any with three digits."""
    hit = match.string[start:end]
    return (start, end, 0.7) if sum(map(str.isdigit, hit)) >= 3 and len(hit) >= 4 else None


def _after_colon(match: Any, start: int, end: int) -> Span | None:
    """A code after a colon alone: letters and digits mixed, so that `quotation: 5000 pcs` stays."""
    hit = match.string[start:end]
    n_letters, n_digits = sum(map(str.isalpha, hit)), sum(map(str.isdigit, hit))
    return (start, end, 0.6) if n_letters >= 2 and n_digits >= 3 and not hit[-1:].isalpha() else None


class Documents(RuleRecognizer):
    """A paper's name, then `no`, `#` or a colon, then its number; `order 5000 pcs` and `invoice: 2 copies` are none."""

    ENTITY = Entity.DOCUMENT
    rules = (
        compile_rule(
            "after a paper's name and a number's mark",
            rf"(?<![\w])(?:{_STRONG}|{_ORDER})(?![\p{{L}}]){_MARK}{_CODE}(?![\w])", 0.7, _marked
        ),
        compile_rule(
            "after a paper's name and a colon",
            rf"(?<![\w])(?:{_STRONG})(?![\p{{L}}]) {{0,2}}: {{0,2}}{_CODE}(?![\w])", 0.6, _after_colon
        ),
    )  # fmt: skip
