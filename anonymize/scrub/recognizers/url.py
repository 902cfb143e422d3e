"""Web addresses: with a scheme, with www, and bare domains and shop links under a closed list of endings."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_REST = r"[^\s<>\"'\uFFFC]"
_GENERIC = "com|net|org|biz|info|shop|store|online|xyz|site|top|app|link|ltd|tech|page|io"
_COUNTRY = (
    r"ae|cn|ru|de|pk|tr|pl|ua|kr|jp|fr|br|mx|eu|uk|vn|hk|tw|sg|my|th|ph|za|ng|ke|eg"
    r"|ir|iq|sa|qa|kw|bh|om|jo|lk|bd|np|cz|ro|gr|hu|ch"
)
_PAIRS = (
    r"co\.in|co\.uk|co\.za|co\.jp|co\.kr|co\.id|co\.th|co\.ke|co\.nz|com\.\w\w|net\.\w\w"
    r"|org\.\w\w|gov\.\w\w|ac\.\w\w|edu\.\w\w"
)
_SHORT = r"wa\.me|t\.me|bit\.ly|goo\.gl|tinyurl\.com|fb\.me|linktr\.ee|youtu\.be|m\.tb\.cn"


class Urls(RuleRecognizer):
    """Links; `acid.red`, `ASP.NET` and `2.5kg.in bulk` are none."""

    ENTITY = Entity.URL
    rules = (
        compile_rule("scheme", rf"(?:https?|ftp|hxxps?|whatsapp|tg|weixin)://{_REST}+", 0.9),
        compile_rule("begins with www", rf"(?<![\w])www\d?\.[\w\-]{_REST}*", 0.9),
        compile_rule("link shortener or messenger link", rf"(?<![\w.])(?:{_SHORT})/{_REST}+", 0.9),
        compile_rule(
            "domain under a known ending",
            r"(?<![\w@.\-])(?!asp\.net|vb\.net|ado\.net)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,4}"
            rf"(?:{_PAIRS}|{_GENERIC}|{_COUNTRY})(?![\w\-])(?:[/?:]{_REST}*)?",
            0.6,
        ),
    )
