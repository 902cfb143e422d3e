"""Street addresses and post boxes in the forms of many countries; countries and cities by themselves stay."""

from typing import Any

from anonymize.scrub.recognizers.base import Rule, RuleRecognizer, Span, compile_rule
from anonymize.wordlists import Wordlists, fold
from schemas.entities import Entity

_WORD = r"[\p{Lu}\p{Lo}][\p{L}\p{M}'’.\-]*"
_STREETS = (
    r"Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Boulevard|Blvd\.?|Drive|Dr\.?|Highway|Hwy\.?|Nagar|Marg|Chowk|Bazaar"
    r"|Bazar|Crescent|Terrace|Parkway|Pkwy\.?|Expressway|Turnpike|Mohalla|Gali|Gully|Wadi|Peth|Vihar|Colony|Enclave|Sokak|Sok\."
    r"|Caddesi|Cad\.|Mahallesi|Mah\.|Bulvarı|STREET|ST\.?|ROAD|RD\.?|AVENUE|AVE\.?|LANE|NAGAR|MARG|DRIVE|BLVD"
)
_WEAK_STREETS = (
    r"Court|Ct\.?|Place|Pl\.?|Square|Sq\.?|Close|Row|Mews|Gardens|Grove|Circle|Cir\.?|Trail|Quay|Walk|Hill|Green|Alley|Plaza"
    r"|Loop|Way|Creek|View|Heights|Point|Ridge|Park|Parade|Estate|Bypass|Esplanade"
)
_PLACES = (
    r"Shop|Office|Flat|Unit|Plot|Villa|Suite|Apartment|Apt\.?|Warehouse|Godown|House|Shed|Gala|Survey|Khasra|Door|H\.|Room|Block"
    r"|Bldg\.?|Building|Floor|Stall|Cabin|SHOP|OFFICE|PLOT|FLAT|HOUSE|SHED|UNIT|SURVEY|DOOR"
)
_PLACE = r"(?:" + _PLACES + "|" + _PLACES.lower() + ")"
_ROOMS = r"Suite|Ste\.|Apt\.?|Apartment|Flat|Villa|Gala|Shed|Plot|suite|apt\.?|apartment|flat|plot"
_SEGMENT = r"[^\s,;<>\uFFFC][^,;\n<>\uFFFC]{1,40}"
_POSTCODE = (
    r"(?:[A-Z]{1,2}[- ]?)?[0-9]{4,6}(?:-[0-9]{3,4})?|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[1-9][0-9]{2} [0-9]{3}"
)
_LINES = (
    r"(?:(?:,? ?\n[ >*?]{0,6}[^\n<>\uFFFC]{2,45}){0,4}?,?(?:\n[ >*?]{0,6}| )[^\n<>\uFFFC]{0,40}?(?<![\w])"
    rf"(?:{_POSTCODE})(?![\w]))?"
)
_TAIL = rf"(?:, ?{_SEGMENT}){{0,5}}"
_END = r"(?=[ ]?(?:[,;\n\-(]|\.(?![0-9])|$|[0-9]{1,6}(?![0-9])|[\p{Ll}]|(?:Apt|Suite|Unit|Flat|Floor)))"
_ROOM = rf"(?:[, \n]{{1,3}}(?:{_ROOMS}|Unit|Box|Floor) ?(?:[Nn]o\.? ?|#)?[0-9]{{1,5}}[A-Za-z]?)?"
_FIRST = (
    r"(?:Calle|C/|Cl\.|Carrera|Cra\.?|Kra\.|Diagonal|Transversal|Rua|R\.|Travessa|Alameda|Rodovia|Estrada|Avenida|Avda\.?|Av\.?"
    r"|Paseo|Camino|Carretera|Ctra\.|Via|Viale|Corso|Piazza|Vicolo|Strada|Rue|ul\.|ulica|aleja|al\.|Jalan|Jl\.?|Jln\.?|Đường"
    r"|Phố|Soi|Thanon|Str\.|Strada|Bd\.|Bulevardul|ул\.|улица|пр\.|пр-т|проспект|пер\.|переулок|ш\.|шоссе|бул\.|бульвар|наб\."
    r"|вул\.|вулиця|просп\.|شارع|طريق)"
)
_FRENCH = (
    r"(?:rue|avenue|av\.|boulevard|bd\.?|chemin|allée|allee|impasse|place|quai|route|cours|passage|Rue|Avenue|Boulevard|Chemin|Allée"
    r"|Impasse|Place|Quai|Route|via|calle|rua)"
)
_COMPOUND = (
    r"(?:straße|strasse|str\.|gasse|platz|allee|damm|ufer|chaussee|weg|straat|laan|plein|kade|gracht|singel|dijk|vej|vejen|vägen|gatan"
    r"|veien|vegen|vegur|gata|katu|kuja|polku|utca|bakken|gyden|stræde|toften)"
)
_AREAS = (
    r"(?:G\.?I\.?D\.?C|M\.?I\.?D\.?C|SIDCO|SIPCOT|KIADB|RIICO|HSIIDC|UPSIDC|TSIIC|APIIC|KINFRA|IDA|SEZ|EPZ"
    r"|Industrial (?:Area|Estate)"
    r"|Indl\.? (?:Area|Estate)|Sector|Phase|Ring Road|Free Zone|JAFZA|JLT|DIFC|SAIF Zone)"
)
_BOXES = (
    r"p\.? ?o\.? ?box|post ?box|postfach|apartado(?: postal)?|casilla(?: postal)?|caixa postal|boîte postale"
    r"|b\.?p\.?|а/я|ص\.? ?ب\.?"
    r"|صندوق بريد|(?:psc|unit) [0-9]{3,5},? box|cpo box|gpo box|locked bag"
)
_LABELS = (
    r"(?:delivery|shipping|our|my|office|company|ship to|billing|home|new|street|postal|registered|factory"
    r"|warehouse|residential)? ?"
    r"(?:address|addr\.?|add\.)|dirección|direccion|domicilio|adresse|anschrift|endereço|endereco|indirizzo|adres|alamat"
    r"|địa chỉ|адрес|адреса|地址|住所|주소|العنوان|पता|ship to|deliver to|located at|lives at|situated at"
)
_BEHIND_LABEL = r"(?:es)?(?: (?:is|are|now|will be|with|to))?(?:[^:\n<>\uFFFC]{0,25}(?=[:：]))?"


def _labelled(match: Any, start: int, end: int) -> Span | None:
    """What follows `address:` up to the next label or sentence, if it holds a number: a country alone stays."""
    text = match.string[start:end]
    colon = min((text.find(mark) for mark in (":", "：") if mark in text), default=-1)
    if colon >= 0:
        text = text[: max(text.rfind(" ", 0, colon), text.rfind("\n", 0, colon), 0)]
    for stop in (". ", "? ", "! ", " for this ", " and my ", " tel ", " phone ", " mobile ", " email ", "\n\n"):
        text = text.partition(stop)[0]
    text = text.rstrip(" .,\n?!")
    is_address = any(character.isdigit() for character in text) and any(character.isalpha() for character in text)
    return (start, start + len(text), 0.6) if is_address and len(text) > 5 else None


def _rules(words: Wordlists) -> tuple[Rule, ...]:
    def is_named(match: Any, start: int, end: int) -> Span | None:
        """A number, a name and `Court` or `Park`: the name must be no word of the trade."""
        names = [fold(name).strip(".'’") for name in match["name"].split()]
        known = [name for name in names if name in words.ordinary or name in words.products]
        return (start, end, 0.6) if 2 * len(known) < len(names) else None

    number = r"(?:No\.? ?|# ?)?[0-9]{1,5}(?:[/\-][0-9]{1,4})?[A-Za-z]?(?: [0-9]{1,4}(?= ))?"
    return (
        compile_rule(
            "number and street word",
            rf"(?<![\w])(?<![0-9][.,]){number}(?:[ ,]{{1,2}}{_WORD}|[ ,]{{1,2}}[0-9]{{1,3}}(?:st|nd|rd|th)){{1,4}} "
            rf"(?:{_STREETS})(?![\p{{L}}]){_END}(?: [0-9]{{1,5}}(?![\w]))?{_ROOM}{_TAIL}{_LINES}",
            0.7, cased=True,
        ),
        compile_rule(
            "number, name and a word such as Court",
            rf"(?<![\w])(?<![0-9][.,]){number} (?P<name>{_WORD}(?: {_WORD}){{0,2}}) (?:{_WEAK_STREETS})(?![\p{{L}}])"
            rf"(?=,|\n| (?:[0-9]|Apt|Suite|Unit)){_ROOM}{_TAIL}{_LINES}",
            0.6, is_named, cased=True,
        ),
        compile_rule(
            "street, name and number",
            rf"(?<![\w])(?:[0-9]{{1,4}} )?{_WORD}(?: {_WORD}){{0,2}} (?:Street|Road|Avenue|Marg|Nagar|Sokak"
            rf"|Sok\.|Caddesi|Cad\.|Mah\."
            rf"|Mahallesi|Bulvarı|utca|út|u\."
            rf"|tér)[ ,]{{1,2}}(?:No ?[:.]? ?)?[0-9]{{1,5}}[A-Za-z/\-]?[0-9]*(?![\w]){_TAIL}{_LINES}",
            0.7, cased=True,
        ),
        compile_rule(
            "Turkish street",
            rf"(?<![\w])(?:{_WORD} ){{1,3}}(?:Mah|Mahallesi|Cad|Caddesi|Sok|Sokak|Sk|Bulvarı"
            rf"|Blv)\.?[ ,]{{1,2}}(?:[^\n,<>\uFFFC]{{1,40}}[ ,]{{1,2}})?"
            rf"No ?[:.]? ?[0-9]{{1,5}}(?:[/\-][0-9A-Z]{{1,4}})?{_TAIL}",
            0.8, cased=True,
        ),
        compile_rule(
            "shop, plot or unit with its number",
            rf"(?<![\w])(?:{_WORD} )?{_PLACE} ?(?:[Nn]o\.?|[Nn]umber|[Nn]os\.?|NO\.?"
            rf"|#) ?:? ?[A-Z]{{0,2}}[\-/]?[0-9]{{1,5}}(?:[/\-][0-9A-Z]{{1,4}})?"
            rf"[A-Z]?{_TAIL}{_LINES}",
            0.6, cased=True,
        ),
        compile_rule(
            "room with its number",
            rf"(?<![\w])(?<!Office )(?:{_ROOMS}) ?[A-Z]?-?[0-9]{{1,4}}[A-Z]?(?![\w.\-]){_TAIL}{_LINES}",
            0.6, cased=True,
        ),
        compile_rule(
            "two parts of an address",
            r"(?<![\w])(?:(?:Building|Bldg\.?|Street|St\.|Zone|Block|Road|Way|Villa|Flat|Shop|Office|Area|Floor"
            r"|Tower|House) [0-9]{1,5}[A-Z]?"
            r"(?:[, ]{1,3}|(?![\w\-]))){2,6}(?:[\p{Lu}][\p{L}]+)?",
            0.7, cased=True,
        ),
        compile_rule(
            "industrial area",
            rf"(?<![\w])(?:{_WORD} ){{0,2}}{_AREAS}[ \-]{{0,2}}(?:No\.? ?)?(?:[0-9]{{1,3}}[A-Z]?"
            rf"|[IVX]{{1,4}})?(?![\w])(?:[, ]{{1,2}}{_AREAS})?"
            rf", ?{_WORD}{_TAIL}(?:[ \-–]{{1,3}}[1-9][0-9]{{2}} ?[0-9]{{3}}(?![0-9]))?",
            0.6, cased=True,
        ),
        compile_rule(
            "city and Indian pin code",
            rf"(?<![\w]){_WORD}(?:, ?{_WORD})?[ ,]{{0,2}}[\-–][ ]?[1-9][0-9]{{2}} ?[0-9]{{3}}(?![\w\-])"
            r"(?=[ ]?(?:[,.;\n)]|$))",
            0.5, cased=True,
        ),
        compile_rule(
            "post box",
            rf"(?<![\w])(?:[0-9]{{1,4}} )?(?:{_BOXES})(?: ?(?:no\.?|#|:))? ?[0-9]{{2,7}}(?![\w])(?:,? ?\n?(?:apo"
            rf"|fpo|dpo) a[aep] [0-9]{{5}})?", 0.8
        ),
        compile_rule(
            "street word, name and number",
            rf"(?<![\w]){_FIRST} ?(?:(?:das|dos|da|do|de|del|la|las|los|el|dei|delle|della) )?{_WORD}"
            rf"(?: [\p{{L}}'’.\-]{{1,20}}){{0,4}},? "
            rf"(?:n[º°o]\.? ?|№ ?|# ?|д\. ?|дом |буд\. ?|No\.? ?"
            rf"|Nr\.? ?)?[0-9]{{1,5}}[A-Za-zА-я]?(?:[/\-][0-9]{{1,4}})?(?![\w]){_ROOM}{_TAIL}{_LINES}",
            0.7, cased=True,
        ),
        compile_rule(
            "Colombian street",
            r"(?<![\w])(?:calle|carrera|cra|cl|kr|diagonal|transversal|avenida)\.? ?[0-9]{1,3}[a-z]? ?(?:#|no\.?"
            r"|n[º°]) ?[0-9]{1,3}[a-z]?"
            r" ?- ?[0-9]{1,3}",
            0.9,
        ),
        compile_rule(
            "number before a French street",
            rf"(?<![\w.,])[0-9]{{1,4}}(?: ?(?:bis|ter))?(?: [0-9]{{1,3}})?,? {_FRENCH} (?:(?:de|du|des|la|le|l'"
            rf"|l’|d'|d’|dell[ao]|di) ?){{0,3}}{_WORD}"
            rf"(?:[ \-](?:{_WORD}|de|du|des|la|le|et|[0-9]{{1,4}}(?![\w]))){{0,4}}{_ROOM}{_TAIL}{_LINES}",
            0.8, cased=True,
        ),
        compile_rule(
            "street in one word and number",
            rf"(?<![\w])(?:[0-9]{{1,4}} )?(?:{_WORD} )?[\p{{Lu}}][\p{{Ll}}'’\-]{{2,25}}{_COMPOUND} ?[0-9]{{1,4}}[a-z]?"
            rf"(?![\w]){_ROOM}{_TAIL}{_LINES}",
            0.7, cased=True,
        ),
        compile_rule(
            "street, Str. and number",
            rf"(?<![\w])(?:[0-9]{{1,4}} )?(?:{_WORD} ){{1,3}}(?:Str\.|Straße|Strasse|Weg|Gasse|Platz|Allee"
            rf"|Straat|Laan|Vej|Gata|Vägen) [0-9]{{1,4}}[a-z]?"
            rf"(?![\w]){_ROOM}{_TAIL}{_LINES}",
            0.7, cased=True,
        ),
        compile_rule(
            "name and number before a room",
            rf"(?<![\w])(?:[0-9]{{1,4}} )?{_WORD}(?: [\p{{L}}\p{{M}}'’.\-]{{1,20}}){{0,3}} [0-9]{{1,5}}[a-z]?,?"
            r"[ \n>?*]{1,9}"
            rf"(?:Suite|Apt\.?|Apartment|suite|apt\.?) [0-9]{{1,4}}{_TAIL}{_LINES}",
            0.8, cased=True,
        ),
        compile_rule(
            "after the words zip code",
            r"(?<![\w])(?:zip(?: ?code)?|post(?:al)? ?code|pin ?code|plz|cep|código postal|codice postale"
            r"|почтовый индекс|индекс|邮编)"
            r"(?: (?:is|of|no\.?))?[ :#\-]{1,3}(?P<hit>[0-9]{3,6}(?:[\- ][0-9]{3,4})?)(?![\w])",
            0.7,
        ),
        compile_rule(
            "Chinese address",
            r"(?:[\p{Han}]{2,9}(?:省|市|自治区|区|區|县|縣|镇|鎮|乡|村|街道)){0,4}[\p{Han}]{2,12}(?:路|街|道|巷|弄|大道)[0-9０-９一二三四五六七八九十百]{1,6}号?"
            r"(?:[\p{Han}A-Za-z0-9\-]{0,20}(?:楼|樓|栋|棟|室|层|座|号))*",
            0.8,
        ),
        compile_rule(
            "Japanese address",
            r"〒 ?[0-9]{3}-?[0-9]{4}[ 　]?[^\n\s<>\uFFFC]{0,40}"
            r"|[\p{Han}]{2,12}[0-9一二三四五六七八九]{1,2}丁目[0-9\-番地号]{0,12}",
            0.8,
        ),
        compile_rule(
            "Korean address",
            r"[\p{Hangul}]{2,6}(?:시|도|구|군)(?: [\p{Hangul}0-9]{2,10}){0,3} "
            r"[\p{Hangul}0-9]{2,12}(?:로|길) ?[0-9]{1,4}"
            r"(?:-[0-9]{1,3})?",
            0.8,
        ),
        compile_rule(
            "after the word address",
            rf"(?<![\w])(?:{_LABELS}){_BEHIND_LABEL} {{0,2}}(?:[:：\-]|(?<=is|at|to|are|with)(?= )"
            rf"|\n) {{0,2}}\n?(?P<hit>[^\s<>\uFFFC][^<>\uFFFC]{{5,140}})", 0.6, _labelled
        ),
    )  # fmt: skip


class Addresses(RuleRecognizer):
    """Addresses with a number and a street word, shops and plots with a number, post boxes; `Road Bike` is none."""

    ENTITY = Entity.ADDRESS

    def __init__(self, words: Wordlists) -> None:
        super().__init__()
        self.rules = _rules(words)
