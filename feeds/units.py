"""Units of quantity: how marketplaces write them, and what one of each is in the units Mandi keeps.

Belongs here: the table of units and the expressions that take a quantity text apart. A unit that has no common measure
(a box, a roll) becomes `other`, which is kept and never summed. Called by `feeds.helpers` and `feeds.canonical`.
"""

from types import MappingProxyType

import polars as pl

from feeds.numbers import european, number, over_distinct, ungrouped

_SPELLINGS: tuple[tuple[str, float, str], ...] = (
    ("count", 1, "piece pieces pc pcs pce pces unit units nos no number each ea item items ud uds pieza piezas"),
    ("count", 1, "peça peças pieza/piezas stück stuck pz шт штука штук قطعة plant plants head copy copies"),
    ("count", 1, "个 個 件 只 支 台 قطع وحدة штуки pezzo pezzi adet buah नग पीस পিস টি"),
    ("count", 12, "dozen dozens dz doz docena docenas dúzia dúzias дюжина"),
    ("count", 144, "gross grosses"),
    ("pair", 1, "pair pairs pr prs par pares paire paires пара"),
    ("pair", 1, "双 雙 زوج çift пары"),
    ("set", 1, "set sets kit kits suit suits juego juegos jogo jogos 套 طقم комплект takım"),
    ("kg", 1, "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramo kilogramos кг"),
    ("kg", 1, "公斤 千克 كجم كيلو кило килограмм किग्रा किलो किलोग्राम কেজি"),
    ("kg", 1000, "吨 噸 طن тонн тонна тонны toneladas-métricas tonelada-métrica"),
    ("kg", 1e-3, "g gm gms gr gram grams gramme grammes gramo gramos"),
    ("kg", 1e-6, "mg milligram milligrams"),
    ("kg", 2e-4, "carat carats ctm"),
    ("kg", 1000, "t ton tons tonne tonnes mt mts metric-ton metric-tons metric-tonne metric-tonnes tonelada toneladas"),
    ("kg", 100, "quintal quintals"),
    ("kg", 1016.0469088, "long-ton long-tons"),
    ("kg", 907.18474, "short-ton short-tons"),
    ("kg", 0.45359237, "lb lbs pound pounds"),
    ("kg", 0.028349523125, "oz ounce ounces"),
    ("m", 1, "m mtr mtrs meter meters metre metres metro metros linear-meter linear-meters running-meter rmt"),
    ("m", 1, "米 متر метр метров"),
    ("m", 0.01, "cm centimeter centimeters centimetre centimetres"),
    ("m", 0.001, "mm millimeter millimeters millimetre millimetres"),
    ("m", 1000, "km kilometer kilometers kilometre kilometres"),
    ("m", 0.9144, "yd yds yard yards yarda yardas"),
    ("m", 0.3048, "ft foot feet"),
    ("m", 0.0254, "inch inches"),
    ("m2", 1, "m2 m² sqm sq-m sq-mtr square-meter square-meters square-metre square-metres"),
    ("m2", 0.09290304, "sqft sq-ft square-foot square-feet"),
    ("m2", 0.83612736, "square-yard square-yards sq-yd"),
    ("m2", 10000, "hectare hectares"),
    ("m2", 4046.8564224, "acre acres acren"),
    ("l", 1, "l ltr ltrs lt liter liters litre litres litro litros"),
    ("l", 0.001, "ml milliliter milliliters millilitre millilitres"),
    ("l", 1000, "m3 m³ cbm cubic-meter cubic-meters cubic-metre cubic-metres kiloliter kiloliters"),
    ("l", 3.785411784, "gallon gallons gal"),
    ("l", 158.987294928, "barrel barrels bbl"),
    ("container", 1, "container containers fcl 20ft 40ft 45ft 20gp 40gp 40hc 40hq 20' 40' 45' twenty-foot-container"),
    ("container", 1, "twenty-foot-containers forty-foot-container forty-foot-containers 20-foot-container"),
    ("container", 1, "40-foot-container 20ft-container 40ft-container 20-ft-container 40-ft-container"),
    ("container", 1, "20'-container 40'-container 45'-container 20'-gp 40'-gp 40'-hc 40'-hq 45'-hc 20'gp 40'hc 40'hq"),
)
UNIT_OF = MappingProxyType({name: unit for unit, _, names in _SPELLINGS for name in names.split()})
"""Spelling, in lower case with hyphens for spaces, to the unit Mandi keeps."""
FACTOR_OF = MappingProxyType({name: float(factor) for _, factor, names in _SPELLINGS for name in names.split()})
"""Spelling to how many of the kept unit one of it is."""

_LABEL = r"^\s*\p{L}[\p{L} .]{0,39}:\s*"
_FEET = r"(?:''?|-?\s*(?:ft|feet|foot)\b\.?)"
_BOX = r"(?:gp|hc|hq|dc|dv|ot|rf|st|fcl|reefer|high cube)\b"
_CONTAINERS = (
    rf"(?i)^\s*(\d{{1,5}})\s*[x×*]\s*(?:20|40|45)\s*-?\s*"
    rf"(?:(?:{_FEET}\s*-?\s*(?:{_BOX})?|{_BOX})\s*[.,;)]*$|(?:{_FEET})?[\s-]*(?:{_BOX})?[\s-]*containers?\b)"
)
"""A number of containers. After the size nothing but the kind of box may follow, or the word: `5 x 20 feet bamboo` are
no containers, nor is `2 x 20ft + 1 x 40ft` two of them."""
_ABOUT = (
    r"(?i)^\s*(?:(?:approx|approximately|about|around|circa|ca|moq|min|minimum|at least|qty|quantity|order quantity)\b"
    r"\.?|[~≈])\s*"
)
"""What stands before an amount without changing it; *up to* and *less than* do."""
_AMOUNT = r"^\s*(-?\d[\d.,]*|-?\.\d+)\+?"
_SCALES = {"lakh": 1e5, "lac": 1e5, "crore": 1e7, "million": 1e6, "mn": 1e6, "thousand": 1e3, "k": 1e3}
_SCALED = r"(?i)^\s*-?[\d.,]+\+?(?:\s*(lakh|lac|crore|million|thousand)s?|\s*(mn)|(k))\b\+?"
_SPACED_K = r"(?i)^(\s*-?[\d.,]+)\s+k(\s*(?:pc|pcs|pieces?|nos|units?|sets?|pairs?)\b.{0,20}|)$"
"""Thousands; before other words it may be carats."""
_FRACTION = r"^\s*-?[\d.,]+\s*/\s*\d"
_DECIMAL_COMMA = r"^(-?\d{1,3}),(\d{1,2})$"
_POINTS_THEN_COMMA = r"^-?\d{1,3}(?:\.\d{3})+,\d+$|^-?\d{1,3}(?:\.\d{3}){2,}$"
_ONE_POINT = r"^-?[1-9]\d{0,2}\.\d{3}$"
"""A thousand or one: `1.000`."""
_IS_GROUPED = r"^-?\d{1,3}(?: 000| \d{3} \d{3}|[\x{a0}\x{2009}\x{202f}'’]\d{3})"
"""Surely one number: `12 500 kg` may be twelve bags."""


def without_label(text: pl.Expr) -> pl.Expr:
    """The text without a leading label and colon: `Posted in:` before a line with a country."""
    return text.str.replace(_LABEL, "").str.strip_chars()


def amount_of(text: pl.Expr, *, decimal: str | None = None) -> pl.Expr:
    """How much a quantity text says, in the unit that `unit_of` tells; null where it says none or a range.

    Args:
        text: such as `1,200 Meter/Meters`.
        decimal: the decimal sign, point or comma, of a feed that keeps to one. None: as each text tells, where commas
            before three figures group thousands, and one point before three figures, which may do either, tells
            nothing.
    """
    return over_distinct(text, *_PLAIN, lambda plain: _amount_of(plain, decimal), return_dtype=pl.Float64())


def unit_of(text: pl.Expr) -> pl.Expr:
    """The unit of a quantity text, one of `schemas.events.UNITS`; null where it names none."""
    return over_distinct(text, *_PLAIN, _unit_of, return_dtype=pl.String())


def factor_of(text: pl.Expr) -> pl.Expr:
    """How many of the kept unit one of a quantity text's own unit is; 1 where it names none or an unknown one."""
    return over_distinct(text, *_PLAIN, _unit_text, lambda each: _factor(_spelling(each)), return_dtype=pl.Float64())


def _amount_of(plain: pl.Expr, decimal: str | None) -> pl.Expr:
    spelling = _spelling(_unit_text(plain))
    figures = plain.str.extract(_AMOUNT, 1)
    scale = pl.coalesce(plain.str.extract(_SCALED, group) for group in (1, 2, 3)).str.to_lowercase()
    amount = (
        _figure(figures, decimal)
        * _factor(spelling)
        * scale.replace_strict(_SCALES, default=1.0, return_dtype=pl.Float64)
    )
    containers = plain.str.extract(_CONTAINERS, 1).cast(pl.Float64, strict=False)
    is_told = _is_one_unit(spelling) & ~_is_unit_alone(plain) & ~plain.str.contains(_FRACTION) & ~_is_rate(plain)
    return pl.coalesce(containers, pl.when(is_told).then(amount))


def _figure(figures: pl.Expr, decimal: str | None) -> pl.Expr:
    if decimal is not None:
        return number(figures, decimal=decimal)
    by_comma = figures.str.contains(_POINTS_THEN_COMMA)
    told = pl.when(~figures.str.contains(_ONE_POINT)).then(figures).str.replace(_DECIMAL_COMMA, "${1}.${2}")
    return pl.when(by_comma).then(number(figures, decimal=",")).otherwise(number(told))


def _in_figures(text: pl.Expr) -> pl.Expr:
    """The text without label, in European figures."""
    return european(without_label(text)).str.replace(_ABOUT, "").str.replace(_SPACED_K, "${1}k${2}")


def _together(figures: pl.Expr) -> pl.Expr:
    """Thousands stand together; tonnes written `M/T` are one word."""
    whole = pl.when(figures.str.contains(_IS_GROUPED)).then(ungrouped(figures)).otherwise(figures)
    return whole.str.replace_all("’", "'", literal=True).str.replace_all(r"(?i)\bm/t\b", "mt")


_PLAIN = (_in_figures, _together)
"""The steps that every reading of a quantity text begins with."""


def _unit_of(plain: pl.Expr) -> pl.Expr:
    spelling = _spelling(_unit_text(plain))
    unit = spelling.replace_strict(UNIT_OF, default=pl.lit("other"), return_dtype=pl.String)
    named = pl.when((spelling != "") & _is_one_unit(spelling) & ~_is_rate(plain)).then(unit)
    return pl.when(plain.str.contains(_CONTAINERS)).then(pl.lit("container")).otherwise(named)


def _unit_text(plain: pl.Expr) -> pl.Expr:
    """What follows the amount; the whole text where there is no amount, as in a column of units."""
    return pl.when(_is_unit_alone(plain)).then(plain).otherwise(plain.str.replace(_SCALED, "").str.replace(_AMOUNT, ""))


def _is_unit_alone(plain: pl.Expr) -> pl.Expr:
    """True where the text is a unit and tells no amount, although it may begin with figures: `20ft`."""
    return plain.str.to_lowercase().str.replace_all(r"[\s-]+", "-").is_in(list(UNIT_OF))


def _is_rate(plain: pl.Expr) -> pl.Expr:
    """True for so much a bag or a month: how much is wanted in all is not told. `Piece/Pieces` is one unit twice."""
    parts = _unit_text(plain).str.to_lowercase().str.strip_chars().str.extract_groups(r"^([^/]+)/\s*(\p{L}[^/]*)$")
    of, per = parts.struct[0].str.strip_chars(), parts.struct[1].str.strip_chars()
    is_same = per.str.starts_with(of.str.head(2)) | per.is_in(list(UNIT_OF)) & of.is_in(list(UNIT_OF))
    is_each = plain.str.contains(r"(?i)\d\s*\S.*\bper\s+\p{L}")
    return (~is_same).fill_null(False) | is_each.fill_null(False)


def _spelling(unit: pl.Expr) -> pl.Expr:
    """Lower case, the singular of `Piece/Pieces`, hyphens for spaces, no points."""
    first = (
        unit.str.to_lowercase()
        .str.replace(r"(?s)/.*$", "")
        .str.replace(r"\(\p{L}{1,2}\)", "")
        .str.replace_all(".", "", literal=True)
    )
    return first.str.strip_chars(" \t\r\n()-_,").str.replace_all(r"[\s_-]+", "-")


def _factor(spelling: pl.Expr) -> pl.Expr:
    return spelling.replace_strict(FACTOR_OF, default=pl.lit(1.0), return_dtype=pl.Float64)


def _is_one_unit(spelling: pl.Expr) -> pl.Expr:
    """False where more figures follow the amount, as in a range: which figure counts would be a guess."""
    return spelling.is_in(list(UNIT_OF)) | ~spelling.str.contains(r"\d")
