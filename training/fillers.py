"""What stands in the placeholders of skeletons: firms, addresses, places, goods, numbers, contacts.

Belongs here: filling one placeholder. Does not belong here: persons (`people`), sentences (`examples`).
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

from faker import Faker
from faker.providers.address.en_US import Provider as Addresses

from anonymize.scrub.names.corpus import Corpus, Patterns
from training.chance import date, number, numbers, phone, price, quantity, spoken, url, word
from training.lists import LISTS
from training.people import SCRIPT_OF_LANGUAGE, Pool, draw, full_name, script_of

CONFIG = Path(__file__).resolve().parents[1] / "config"

_PER_LOCALE = 700

Piece = tuple[str, int]
"""Some characters and the tag they bear: 0 none, 1 person, 2 company, 3 address."""

NONE, PERSON, COMPANY, ADDRESS = range(4)


_NEAR = {
    "en": ("en", "india", "anglo", "arab", "pakistan", "china_pinyin", "west_africa"),
    "hi_latn": ("en_in", "india"),
    "sw": ("sw", "en_ke", "en_ng", "tw_", "zu_", "yo_", "ha_", "ig_", "east_africa", "west_africa"),
    "pt": ("pt", "brazil"),
    "es": ("es", "latin"),
    "id": ("id", "indonesia"),
}
"""Regions whose names a language's texts hold most; else those whose name begins like the language."""


@dataclass(frozen=True)
class Stock:
    """Everything fillers draw from."""

    corpus: Corpus
    pools: dict[str, tuple[Pool, ...]]
    firms: dict[str, tuple[str, ...]]
    """By script."""
    addresses: dict[str, tuple[str, ...]]
    """By script."""
    firm_patterns: dict[str, list[Patterns]]
    """By script."""
    address_patterns: dict[str, list[Patterns]]
    """By script."""
    cities: dict[str, tuple[str, ...]]
    countries: tuple[str, ...]
    goods: tuple[str, ...]
    titles: tuple[str, ...]
    """Market titles without a name."""


def stock(corpus: Corpus, people: dict[str, tuple[Pool, ...]]) -> Stock:
    """The stock for some pools of names; Faker is seeded, so that it is always the same."""
    firms: dict[str, dict[str, None]] = {}
    addresses: dict[str, dict[str, None]] = {}
    cities: dict[str, dict[str, None]] = {}
    for locale in LISTS["firm_locales"]:
        fake = Faker(locale)
        fake.seed_instance(1)
        for _ in range(_PER_LOCALE):
            name = fake.company()
            firms.setdefault(script_of(name), {})[name] = None
    for locale in LISTS["address_locales"]:
        fake = Faker(locale)
        fake.seed_instance(2)
        for _ in range(_PER_LOCALE):
            address = fake.address()
            addresses.setdefault(script_of(re.sub(r"\d", "", address)), {})[address] = None
            if _ < 200:
                city = fake.city()
                cities.setdefault(script_of(city), {})[city] = None
    for patterns in (*corpus.companies.values(), *corpus.addresses.values()):
        for city in patterns.lists.get("city", ()):
            cities.setdefault(script_of(city), {})[city] = None
    with (CONFIG / "products" / "lexicon.csv").open(encoding="utf-8") as file:
        goods = tuple(sorted({row["term"] for row in csv.DictReader(file)}))
    return Stock(
        corpus,
        people,
        {script: tuple(each) for script, each in firms.items()},
        {script: tuple(each) for script, each in addresses.items()},
        _by_script(corpus.companies),
        _by_script(corpus.addresses),
        {script: tuple(each) for script, each in cities.items()},
        tuple(sorted(Addresses.countries)),
        goods,
        _titles(),
    )


def _titles() -> tuple[str, ...]:
    """The hand-written market titles of the product classifier, where the repository has them."""
    found: set[str] = set()
    for path in sorted((CONFIG / "products" / "titles").glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            found.update(row["title"] for row in csv.DictReader(file))
    return tuple(sorted(found))


def pool_for(random: Random, goods: Stock, language: str, *, near: float = 0.4) -> Pool:
    """A pool whose names may stand in a text of a language: mostly of its script, else in Latin letters."""
    script = SCRIPT_OF_LANGUAGE.get(language, "latin")
    if script not in goods.pools or (script != "latin" and random.random() < 0.1):
        script = "latin"
    if language == "ja" and "kana" in goods.pools and random.random() < 0.15:
        script = "kana"
    pools = goods.pools[script]
    own = [pool for pool in pools if pool.region.lower().startswith(_NEAR.get(language, (language,)))]
    return random.choice(own if own and random.random() < near else pools)


def _expand(random: Random, goods: Stock, patterns: Patterns, pattern: str, script: str) -> str:
    def one(match: re.Match[str]) -> str:
        key = match[1]
        if key == "initials":
            return "".join(random.choice("ABCDEFGHIJKLMNOPRSTVWXZ") for _ in range(random.choice([2, 3, 3, 4])))
        if key == "number":
            return str(random.choice([random.randint(1, 30), random.randint(1, 999), random.randint(1, 9999)]))
        if key == "letter":
            return random.choice("ABCDEFGHJKLMNPRST")
        if key in ("given", "family"):
            names = goods.corpus.names[random.choice(patterns.lists["names"])]
            return random.choice(names.given if key == "given" else names.family)
        value = random.choice(patterns.lists[key])
        if key == "postcode":
            value = re.sub("#", lambda _: random.choice("0123456789"), value)
            value = re.sub(r"\?", lambda _: random.choice("ABCDEFGHJKLMNPRST"), value)
        if key == "core" and script == "latin" and random.random() < 0.25:
            value = word(random).capitalize()
        return value

    return re.sub(r"\{(\w+)\}", one, pattern)


def _by_script(kind: dict[str, Patterns]) -> dict[str, list[Patterns]]:
    found: dict[str, list[Patterns]] = {}
    for each in kind.values():
        first = next((each.lists[key][0] for key in ("core", "street", "city") if key in each.lists), "")
        found.setdefault(script_of(first), []).append(each)
    return found


def company(random: Random, goods: Stock, script: str, *, short: bool = False) -> str:
    """A firm's name, with a legal form or as it calls itself."""
    patterns = goods.firm_patterns.get(script, ())
    if script in goods.firms and not short and (not patterns or random.random() < 0.2):
        return random.choice(goods.firms[script])
    if not patterns:
        return company(random, goods, "latin", short=short)
    chosen = random.choice(patterns)
    pattern = random.choice(chosen.short if short and chosen.short else chosen.patterns)
    name = _expand(random, goods, chosen, pattern, script)
    if short and script == "latin" and random.random() < 0.35:
        name = word(random).capitalize() if random.random() < 0.6 else word(random).upper()
    return name


def address(random: Random, goods: Stock, script: str) -> str:
    """A street address on one line or several."""
    patterns = goods.address_patterns.get(script, ())
    if script in goods.addresses and (not patterns or random.random() < 0.4):
        text = random.choice(goods.addresses[script])
    elif patterns:
        chosen = random.choice(patterns)
        text = _expand(random, goods, chosen, random.choice(chosen.patterns), script)
    else:
        return address(random, goods, "latin")
    if "\n" in text and random.random() < 0.7:
        text = text.replace("\n", random.choice([", ", ", ", " ", ",", " - "]))
    elif "\n" not in text and random.random() < 0.15:
        text = text.replace(", ", random.choice(["\n", ",\n", " \n "]))
    return text


def city(random: Random, goods: Stock, script: str) -> str:
    """A city or a town."""
    return random.choice(goods.cities.get(script, goods.cities["latin"]))


def product(random: Random, goods: Stock, language: str) -> str:
    """Goods as buyers call them: a term, a listing, a part number."""
    kind = random.random()
    negatives = goods.corpus.negatives.get(language, ())
    if kind < 0.25 and negatives:
        return random.choice(negatives)
    if kind < 0.40 and goods.titles:
        return random.choice(goods.titles)
    if kind < 0.55:
        return title(random, goods)
    term = random.choice(goods.goods)
    return random.choice([term, term, term.title(), term.upper(), f"{random.choice(LISTS['adjectives'])} {term}"])


def title(random: Random, goods: Stock) -> str:
    """A listing put together: adjectives, invented brands, goods, uses, sizes."""
    parts = [random.choice(LISTS["adjectives"]) for _ in range(random.choice([0, 1, 1, 2, 3]))]
    if random.random() < 0.25:
        parts.append(random.choice([str.capitalize, str.upper, str.lower])(word(random)))
    parts += [random.choice(goods.goods).title() for _ in range(random.choice([1, 1, 1, 2, 3]))]
    if random.random() < 0.4:
        parts.append("For " + random.choice(LISTS["uses"]))
    if random.random() < 0.4:
        parts.insert(random.randint(0, len(parts)), number(random))
    if random.random() < 0.2:
        parts.insert(random.randint(0, len(parts)), numbers(random))
    if random.random() < 0.06:
        parts.append(
            random.choice(["/", ",", " & ", "&", "+", ", "]).join(random.choice(goods.goods).title() for _ in range(3))
        )
    if random.random() < 0.1:
        parts.append("With " + random.choice(goods.goods).title())
    if random.random() < 0.1:
        parts.append(random.choice(LISTS["units"]))
    text = random.choice([" ", " ", " ", " ", ", ", " / "]).join(parts)
    return random.choice([text, text, text, text, text.lower(), text.upper()])


def attributes(random: Random, goods: Stock) -> str:
    """A buyer's form: names of attributes with values, after a line that says what is wanted."""
    named = random.sample(LISTS["attributes"], random.randint(2, 7))
    gap = random.choice([":", ": ", " : ", "："])
    parts = [
        f"{name}{gap}{random.choice([*LISTS['adjectives'], number(random), random.choice(goods.goods)])}"
        for name in named
    ]
    text = random.choice([" ", ", ", "\n", "; "]).join(parts)
    opening = random.choice(
        ["", "Product specifications:", "Specifications ", "I'm looking for {}.", "Need {}:", "{}\n"]
    )
    return f"{opening.format(title(random, goods))} {text}".strip()


def _email(random: Random, goods: Stock) -> str:
    person = draw(random, random.choice(goods.pools["latin"]))
    first, last = (re.sub(r"\W", "", each).lower() for each in (person.given, person.family))
    local = random.choice(
        [f"{first}.{last}", f"{first}{last}", f"{first}_{last}", f"{first}{random.randint(1, 999)}", "info", "sales",
         f"{first[:1]}{last}", "purchase", "procurement", last]
    )  # fmt: skip
    domain = (
        random.choice(LISTS["free_mail"])
        if random.random() < 0.4
        else f"{word(random)}.{random.choice(LISTS['endings'])}"
    )
    if random.random() < 0.08:
        return f"{local.replace('.', ' dot ')} at {domain.replace('.', ' dot ')}"
    return f"{local}@{domain}"


def fill(random: Random, goods: Stock, key: str, language: str) -> list[Piece]:
    """The pieces that stand for a placeholder."""
    script = SCRIPT_OF_LANGUAGE.get(language, "latin")
    if key.startswith("person"):
        return _person(random, goods, key, language)
    if key in ("company", "company_short"):
        return [(company(random, goods, script, short=key == "company_short"), COMPANY)]
    if key == "address":
        return [(address(random, goods, script), ADDRESS)]
    if key == "street":
        return [(_street(random, goods, script), ADDRESS)]
    plain = {
        "city": lambda: city(random, goods, script),
        "country": lambda: random.choice(goods.countries) if script == "latin" else city(random, goods, script),
        "email": lambda: _email(random, goods),
        "phone": lambda: spoken(random) if random.random() < 0.06 else phone(random),
        "url": lambda: url(random),
        "product": lambda: product(random, goods, language),
        "quantity": lambda: quantity(random),
        "number": lambda: number(random),
        "date": lambda: date(random),
        "price": lambda: price(random),
    }
    return [(plain[key](), NONE)]


def _street(random: Random, goods: Stock, script: str) -> str:
    text = address(random, goods, script).replace("\n", ", ")
    return text.split(", ")[0] if random.random() < 0.7 else ", ".join(text.split(", ")[:2])


def _person(random: Random, goods: Stock, key: str, language: str) -> list[Piece]:
    person = draw(random, pool_for(random, goods, language))
    if key == "person_first":
        return [(person.given, PERSON)]
    if key == "person_last":
        return [(person.family, PERSON)]
    if key == "person_formal":
        pattern = random.choice(goods.corpus.formal[language])
        return [
            (person.given if part == "{given}" else person.family if part == "{family}" else part,
             PERSON if part.startswith("{") else NONE)
            for part in re.split(r"(\{given\}|\{family\})", pattern) if part
        ]  # fmt: skip
    return [(full_name(random, person), PERSON)]
