"""Names in messengers and social networks: WhatsApp, WeChat, QQ, Telegram, Line, Skype and the like."""

from anonymize.scrub.recognizers.base import RuleRecognizer, compile_rule
from schemas.entities import Entity

_NETWORK = (
    r"whats ?app|watsapp|we ?chat|weixin|微信|威信|qq|telegram|skype|viber|instagram|insta|facebook|tik ?tok|snapchat"
    r"|kakao ?talk|zalo|signal|line id|ig|fb|tg|imo id|botim|linkedin|twitter|ватсап|вацап|телеграм|вотсап|واتساب|واتس"
)
_LINK = (
    r"(?: {0,2}(?:id|no\.?|num(?:ber)?|account|acc|handle|user(?:name)?|name|is|me|my|at|on|add|号码|号|帳號"
    r"|:|：|=|-|–|@|#|\(|\.)){1,5} {0,2}"
)
_STRONG = r"(?: {0,2}(?:id|account|handle|user(?:name)?|no\.?|num(?:ber)?|号码|号|:|：|=|@|#)){1,4} {0,2}"


class Handles(RuleRecognizer):
    """A network's name followed by an id, or `@name`; `instagram marketing` and `5 @ 3 usd` are none."""

    ENTITY = Entity.HANDLE
    rules = (
        compile_rule(
            "network and a word such as id",
            rf"(?<![\w])(?:{_NETWORK}){_STRONG}(?P<hit>[+]?[a-z0-9_][\w.\-]{{3,40}}\w)",
            0.8,
        ),
        compile_rule(
            "network and a name with a digit",
            rf"(?<![\w])(?:{_NETWORK})(?:{_LINK}| {{1,2}})(?P<hit>[+]?(?=[\w.\-]*[\d_])[a-z0-9_][\w.\-]{{3,40}}\w)",
            0.7,
        ),
        compile_rule("@name", r"(?<![\w@.+\-])@[a-z_][\w.]{2,30}\w", 0.6),
    )
