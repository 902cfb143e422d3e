"""Codes of Indian bank branches: four letters, a zero, six letters or digits."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_BANKS = (
    "ABHY|AIRP|ALLA|ANDB|AUBL|BARB|BDBL|BKID|CBIN|CITI|CIUB|CNRB|CORP|COSB|CSBK|DBSS|DCBL|DEUT|DLXB|ESFB|ESMF|FDRL|FINO"
    "|HDFC|HSBC|IBKL|ICIC|IDFB|IDIB|INDB|IOBA|IPOS|JAKA|JSFB|KARB|KKBK|KVBL|LAVB|MAHB|NKGS|NSPB|ORBC|PSIB|PUNB|PYTM|RATN"
    "|SBIN|SCBL|SIBL|SRCB|SVCB|SYNB|TJSB|TMBL|UBIN|UCBA|UJVN|UTBI|UTIB|UTKS|VIJB|YESB"
)
_LINK = r"(?: {0,2}(?:code|no\.?|number|is|:|-|#|=|\.)){0,4} {0,2}"


class InIfscs(RuleRecognizer):
    """A known bank's four letters, or any after the word IFSC; `TYRE0123456` is none."""

    ENTITY = Entity.IN_IFSC
    rules = (
        compile_rule("code of a known bank", rf"(?<![\w])(?:{_BANKS})0[A-Z0-9]{{6}}(?![\w])", 0.9, cased=True),
        compile_rule(
            "after the word IFSC",
            rf"(?<![\w])ifsc?(?![\p{{L}}]){_LINK}(?P<hit>[a-z]{{4}} ?0 ?[a-z0-9]{{6}})(?![\w])",
            0.9,
        ),
    )
