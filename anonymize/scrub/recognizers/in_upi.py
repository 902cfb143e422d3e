"""Indian payment addresses (UPI): a name, the sign, a payment provider's handle without a dot."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_HANDLES = (
    "okaxis|oksbi|okicici|okhdfcbank|okbizaxis|ybl|ibl|axl|paytm|ptyes|ptaxis|pthdfc|ptsbi|upi|apl|yapl|rapl|axisb|axisbank|sbi"
    "|hdfcbank|icici|kotak|kotak811|pnb|boi|barodampay|cnrb|indus|idbi|idfcbank|idfcfirst|federal|fbl|rbl|yesbank|yesbankltd"
    "|airtel|jio|freecharge|ikwik|mahb|unionbank|uboi|indianbank|iob|aubank|dbs|hsbc|citi|sc|jupiteraxis|naviaxis|axisgo"
    "|waicici|waaxis|wahdfcbank|wasbi|timecosmos|tapicici|slice|superyes|pingpay|postbank|payzapp|dlb|kvb|kbl|equitas|abfspay"
)
_LINK = r"(?: {0,2}(?:id|address|handle|vpa|no\.?|is|at|on|to|:|-|=|\.)){0,4} {0,2}"


class InUpis(RuleRecognizer):
    """A known provider after the sign, or any after the word UPI; e-mail addresses and `5 @ sbi rate` are none."""

    ENTITY = Entity.IN_UPI
    rules = (
        compile_rule(
            "handle of a known provider", rf"(?<![\w.\-])[a-z0-9][\w.\-]{{1,60}}@(?:{_HANDLES})(?![\w.\-]|@)", 0.9
        ),
        compile_rule(
            "handle of a known provider before a full stop",
            rf"(?<![\w.\-])[a-z0-9][\w.\-]{{1,60}}@(?:{_HANDLES})(?=[.\-](?:\s|$))", 0.9
        ),
        compile_rule(
            "after the word UPI",
            rf"(?<![\w])(?:upi|vpa|bhim|g ?pay|google pay|phone ?pe|paytm)(?![\p{{L}}]){_LINK}"
            r"(?P<hit>[a-z0-9][\w.\-]{1,60}@[a-z]{2,20})(?![\w.])",
            0.9,
        ),
    )  # fmt: skip
