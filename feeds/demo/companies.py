"""Invented companies: their names, domains and house styles, by country and trade.

A company's stem is three syllables that spell its number, so no two companies share one, and none
is looked up anywhere.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from feeds.demo.identifiers import draw_ibans, draw_tax_ids
from feeds.demo.people import read_people
from feeds.demo.places import Places
from feeds.demo.pools import Floats, Ints, Pools, choose, concat
from feeds.demo.products import FAMILIES, Products, draw_products

N_STEMS = 1_000_000
N_FAVOURITES = 3

_HEADS = [c + v + e for c, v, e in product("BDFGKLMNPRSTVZ", "aeiou", ("", "l"))][:100]
_MIDDLES = [c + v for c, v in product("bdfgklmnprstvzjhwyqc", "aeiou")][:100]
_TAILS = [c + v + e for c, v, e in product("dklmnrtvxz", "aeiou", ("n", "x"))][:100]

# Trade words of a company by family; each company keeps one. `~` before a word: it also ends the domain.
_TRADES = {
    "apparel": "Garments|Apparels|Fashions|Clothing|Textiles|Uniforms|Boutique",
    "textile": "Textiles|Fabrics|Mills|Yarns|Weaving|Cotton House|Home Linen",
    "pharma": "Pharma|Healthcare|Medicals|Biotech|Drug House|Laboratories|Surgicals",
    "auto": "Auto Parts|Motors|Automotive|Spares|Tyres|Bearings",
    "electronics": "Electronics|Electricals|Technologies|Digital|Solar|Mobiles",
    "food": "Foods|Agro|Spices|Commodities|Fresh Produce|Beverages",
    "chemical": "Chemicals|Polymers|Petrochem|Cosmetics|Plastics",
    "leather": "Leathers|Footwear|Bags",
    "metal": "Steels|Metals|Hardware|Fasteners|Stone",
    "machine": "Machinery|Engineering|Equipments|Pumps",
    "general": "Trading|General Trading|Impex|Enterprises|International|Global Sourcing|Import Export",
}
# House styles by culture: {s} the stem, {w} the trade word.
_STYLES = {
    "india": "{s} {w} Pvt Ltd|{s} {w} Private Limited|M/s {s} {w}|{s} {w} & Co",
    "pakistan": "{s} {w} (Pvt) Ltd|{s} {w}|M/S {s} Enterprise",
    "gulf": "{s} {w} LLC|{s} {w} FZE|{s} {w} L.L.C|Al {s} {w} FZCO",
    "arab": "{s} {w} Est.|Al {s} {w} Co.|{s} Group for {w}|{s} {w} W.L.L",
    "persian": "{s} {w} Co.|{s} {w} PJS",
    "turk": "{s} {w} San. ve Tic. A.Ş.|{s} {w} Ltd. Şti.",
    "viet": "Công ty TNHH {s}|{s} {w} JSC|{s} {w} Co., Ltd",
    "indo": "PT {s} {w}|CV {s} Jaya|PT. {s} {w} Tbk",
    "thai": "{s} {w} Co., Ltd.|{s} {w} (Thailand) Co Ltd",
    "malay": "{s} {w} Sdn Bhd|{s} {w} Pte Ltd",
    "phil": "{s} {w} Corp.|{s} {w} Inc.",
    "es": "Comercial {s} S.A.|{s} {w} S.A. de C.V.|Distribuidora {s} S.R.L.|Grupo {s} S.A.S.",
    "brazil": "{s} {w} Ltda|Comércio {s} Importação Ltda|{s} {w} S/A",
    "pt": "{s} {w} Lda|{s} Comércio Geral Lda",
    "fr": "{s} {w} SARL|Société {s} SAS|Ets {s}",
    "francophone": "Ets {s}|{s} {w} SARL|Société {s} et Fils|{s} Négoce SARLU",
    "de": "{s} {w} GmbH|{s} Handels GmbH & Co. KG|{s} {w} AS",
    "it": "{s} {w} S.r.l.|{s} S.p.A.",
    "nl": "{s} {w} B.V.|{s} {w} BVBA",
    "pl": "{s} {w} Sp. z o.o.|{s} s.r.o.",
    "slav": "OOO {s}|{s} {w} d.o.o.|{s} {w} LLC",
    "uzbek": "{s} {w} MChJ|{s} {w} LLP",
    "greek": "{s} {w} A.E.|{s} {w} Ltd",
    "china": "{s} {w} Co., Ltd|{s} {w} (HK) Limited|Guangzhou {s} Trade Co., Ltd.",
    "japan": "{s} {w} K.K.|{s} Shoji Co., Ltd.",
    "korea": "{s} {w} Co., Ltd.|{s} Korea Inc.",
    "west": "{s} {w} Inc.|{s} {w} LLC|{s} {w} Ltd|{s} {w} Corp",
    "": "{s} {w} Ltd|{s} {w} Limited|{s} {w} Enterprises|{s} & Sons {w} Ltd",
}
_DOMAIN_ENDS = {
    "apparel": "wear", "textile": "tex", "pharma": "pharma", "auto": "auto", "electronics": "tech", "food": "foods",
    "chemical": "chem", "leather": "leather", "metal": "metal", "machine": "eng", "general": "trade",
}  # fmt: skip
_TOP_LEVELS = {
    "IN": ".co.in", "GB": ".co.uk", "AE": ".ae", "SA": ".com.sa", "BR": ".com.br", "MX": ".com.mx", "VN": ".com.vn",
    "ID": ".co.id", "TH": ".co.th", "MY": ".com.my", "PH": ".ph", "NG": ".com.ng", "KE": ".co.ke", "ZA": ".co.za",
    "GH": ".com.gh", "TZ": ".co.tz", "EG": ".com.eg", "TR": ".com.tr", "DE": ".de", "FR": ".fr", "IT": ".it",
    "ES": ".es",
    "NL": ".nl", "PL": ".pl", "CO": ".com.co", "PE": ".com.pe", "CL": ".cl", "AR": ".com.ar", "CN": ".cn",
    "JP": ".co.jp",
    "KR": ".co.kr", "AU": ".com.au", "BD": ".com.bd", "PK": ".com.pk", "LK": ".lk", "SG": ".com.sg", "RU": ".ru",
}  # fmt: skip


@dataclass(frozen=True)
class Companies:
    """One entry a company: arrays of numbers and a frame of name, short_name, domain, tax_id, iban account_number.

    tax_id and iban are null where a company has none.
    """

    countries: Ints
    favourites: Ints
    texts: pl.DataFrame

    @property
    def n(self) -> int:
        """How many companies there are."""
        return len(self.countries)


def _stems(n: int, rng: np.random.Generator) -> pl.Series:
    numbers = (np.arange(n) * 357_913 + int(rng.integers(0, N_STEMS))) % N_STEMS
    heads, middles, tails = pl.Series(_HEADS), pl.Series(_MIDDLES), pl.Series(_TAILS)
    return concat(heads.gather(numbers // 10_000), middles.gather(numbers // 100 % 100), tails.gather(numbers % 100))


def _style_pools(places: Places) -> tuple[Pools, Pools, Pools, Ints]:
    """Text before the stem, between stem and trade word, and after it, by culture; and each country's culture."""
    cultures = list(read_people().cultures)
    styles = [_STYLES.get(culture, _STYLES[""]).split("|") for culture in cultures]
    before = [[style.split("{s}")[0] for style in group] for group in styles]
    rests = [[style.split("{s}")[1] for style in group] for group in styles]
    # A style without a trade word keeps all its rest after the stem, and a mark that says so.
    between = [[rest.split("{w}")[0] if "{w}" in rest else "" for rest in group] for group in rests]
    after = [[rest.split("{w}")[1] if "{w}" in rest else "\0" + rest for rest in group] for group in rests]
    return Pools.of(before), Pools.of(between), Pools.of(after), np.array([cultures.index(p) for p in places.people])


def _names(places: Places, countries: Ints, stems: pl.Series, trades: pl.Series, u: Floats) -> pl.Series:
    before, between, after, culture_of = _style_pools(places)
    at = before.at(culture_of[countries], u)
    ends = after.values.gather(at)
    has_word = ~ends.str.starts_with("\0").to_numpy()
    words = choose(has_word, concat(between.values.gather(at), trades), "")
    return concat(before.values.gather(at), stems, words, ends.str.strip_chars_start("\0"))


def found_companies(places: Places, products: Products, tastes: Floats, n: int, rng: np.random.Generator) -> Companies:
    """The companies of a world, numbered by founding; its three favourite products come from its country's taste."""
    if n > N_STEMS:
        raise ValueError(f"a demo marketplace holds at most {N_STEMS:,} companies")
    cumulative = np.cumsum(places.weights)
    countries = np.minimum(np.searchsorted(cumulative, rng.random(n)), places.n - 1).astype(np.int64)
    countries[: places.n] = np.arange(min(n, places.n))  # every country has a buyer
    favourites = np.stack([draw_products(tastes, countries, rng.random(n)) for _ in range(N_FAVOURITES)], axis=1)
    families = products.families[favourites[:, 0]]
    families = np.where(rng.random(n) < 0.3, FAMILIES.index("general"), families)
    trades = Pools.of([_TRADES[family].split("|") for family in FAMILIES]).pick(families, rng.random(n))
    stems = _stems(n, rng)
    ends = choose(rng.random(n) < 0.6, pl.Series([_DOMAIN_ENDS[f] for f in FAMILIES]).gather(families), "")
    national = pl.Series([_TOP_LEVELS.get(iso2, ".com") for iso2 in places.iso2]).gather(countries)
    tax_ids = choose(rng.random(n) < 0.62, draw_tax_ids(places, countries, rng), None)
    texts = pl.DataFrame(
        {
            "name": _names(places, countries, stems, trades, rng.random(n)),
            "short_name": concat(stems, " ", trades),
            "domain": concat(stems.str.to_lowercase(), ends, choose(rng.random(n) < 0.55, ".com", national)),
            "tax_id": tax_ids,
            "iban": draw_ibans(places, countries, rng),
        }
    )
    return Companies(countries, favourites, texts)
