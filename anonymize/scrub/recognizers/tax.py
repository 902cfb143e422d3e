"""Tax and registration numbers after their name, in the trade's languages, and two shapes that stand by themselves."""

import re
from typing import Any

from anonymize.scrub.recognizers.base import RuleRecognizer, Span, compile_rule
from schemas.entities import Entity

_NAME = (
    r"vat|trn|tin|ntn|strn|gst|gstin|cnpj|cpf|cuit|cuil|ruc|rfc|nif|nie|cif|nit|eori|ein|abn|acn|brn|uen|ust-?id(?:nr)?"
    r"|steuernummer|tva|btw|mwst|iva|p\.?iva|partita iva|siret|siren|inn|инн|огрн|кпп|едрпоу|nip|regon|ico|dic|oib"
    r"|pib|vkn|vergi|npwp|tax|cr|iec|cin|duns|lei|fssai|税号|统一社会信用代码|الرقم الضريبي|سجل تجاري|trade licen[cs]e"
    r"|licen[cs]e|passport"
)
_FILLER = (
    r"(?: {0,2}(?:id|no|nr|num|number|reg|registration|code|identification|certificate|is|und|:|：|#|-|\.|=|\(|\)))"
    r"{0,5} {0,2}"
)
_CNPJ = r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}"
_CPF = r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"


def _proof(match: Any, start: int, end: int) -> Span | None:
    hit = match.string[start:end].rstrip(" .-/")
    n_digits = len(re.sub(r"\D", "", hit))
    return (start, start + len(hit), 0.7) if n_digits >= 6 else None


class TaxNumbers(RuleRecognizer):
    """Numbers after a name such as VAT, TRN, RUC; `GST 18% extra` and `VAT included` are none."""

    ENTITY = Entity.TAX
    rules = (
        compile_rule(
            "after a tax or registration word",
            rf"(?<![\w])(?:{_NAME})(?![a-z]){_FILLER}"
            r"(?P<hit>[a-z]{0,5}[ \-]?[0-9][0-9a-z]*(?:[ .\-/][0-9][0-9a-z]*){0,5})(?![\w])",
            0.7,
            _proof,
        ),
        compile_rule("shape of a CNPJ", rf"(?<![\w.]){_CNPJ}(?![\w])", 0.9),
        compile_rule("shape of a CPF", rf"(?<![\w.]){_CPF}(?![\w])", 0.8),
    )
