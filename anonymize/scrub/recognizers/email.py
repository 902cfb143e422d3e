"""E-mail addresses: plain, with blanks around the sign, with the sign or dots spelt out."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_PROVIDERS = (
    "gmail|googlemail|yahoo|ymail|hotmail|outlook|rediffmail|icloud|live|aol|proton|protonmail|yandex|qq|foxmail"
)
_AT = r"(?:[(\[{] {0,2}(?:at|@) {0,2}[)\]}]|(?<= )at(?: the rate(?: of)?)?(?= )|@)"
_DOT = r"(?: {0,2}[(\[{] {0,2}(?:dot|\.) {0,2}[)\]}] {0,2}| dot | {0,2}\. {0,2})"
_SPOKEN_DOT = r"(?: {0,2}[(\[{] {0,2}(?:dot|\.) {0,2}[)\]}] {0,2}| dot )"
_JOIN = r"(?: {0,2}[(\[{] {0,2}(?:dot|\.) {0,2}[)\]}] {0,2}| (?:dot|underscore|dash|hyphen|point) )"
_PART = r"[\w.%+'\-]{1,128}"
_LOCAL = r"(?<![\w.%+'\-])" + _PART
_TLD = (
    r"(?:com?|net|org|info|biz|io|edu|gov|me|in|ae|cn|ru|de|uk|fr|it|es|nl|pk|bd|lk|np|sa|om|qa|kw|bh|eg|ng|ke|za|gh|tr|br|mx|ar"
    r"|cl|pe|jp|kr|tw|hk|sg|my|id|th|vn|ph|au|nz|ca|us|eu|pl|cz|ro|gr|pt|se|no|fi|dk|ch|at|be|ie|hu|ua|ir|iq|jo|lb|il)"
)


class Emails(RuleRecognizer):
    """Addresses; a price such as `5 @ 3.50` or a place such as `look at amazon.com` is none."""

    ENTITY = Entity.EMAIL
    rules = (
        compile_rule(
            "shape",
            r"(?<![\w.!#$%&'*+/=?^{|}~\-])[\w.!#$%&'*+/=?^{|}~\-]{1,256}@(?:[\w\-]{1,63}\.){1,6}\p{L}[\w\-]{1,23}", 0.9
        ),
        compile_rule(
            "shape with blanks",
            _LOCAL + r" {0,2}@ {0,2}[\w\-]{1,63}(?: ?\. ?[\w\-]{1,63}){0,3} ?\. ?" + _TLD + r"(?!\w)", 0.7
        ),
        compile_rule(
            "name at a provider",
            _LOCAL + r" ?(?:@|(?<= )at(?: the rate(?: of)?)? ) ?(?:" + _PROVIDERS + r")(?:\.\w{2,3}){0,2}(?!\w)", 0.7
        ),
        compile_rule(
            "spoken", _LOCAL + r"(?:" + _JOIN + _PART + r"){0,5} {0,2}" + _AT
            + r" {0,2}[\w\-]{1,40}(?:" + _DOT + r"[\w\-]{1,40}){0,3}"
            + _SPOKEN_DOT + _TLD + r"(?:" + _DOT + r"(?:in|uk|ae|cn|br|za|au|jp|kr|sg|id|th|ng|ke|pk|tr|mx))?(?!\w)",
            0.7,
        ),
        compile_rule(
            "at in brackets",
            _LOCAL + r"(?:" + _JOIN + _PART + r"){0,5} {0,2}[(\[{] {0,2}(?:at|@) {0,2}[)\]}] {0,2}[\w\-]{1,40}(?:"
            + _DOT + r"[\w\-]{1,40}){1,3}",
            0.7,
        ),
    )  # fmt: skip
