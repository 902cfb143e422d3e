"""Who exists in the demo world: buyer accounts behind companies, suppliers, and the buyers that dominate a market.

Built once, before the first event; what they do is drawn in `events`, how it reads in `wording`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from feeds.demo.companies import N_FAVOURITES, Companies, found_companies
from feeds.demo.people import People, read_people
from feeds.demo.places import Places, read_places
from feeds.demo.pools import Bools, Floats, Ints, choose, concat, number, pick
from feeds.demo.products import Products, draw_tastes, read_products

N_DOMINATED_CELLS = 400
_FIRST_ACCOUNT = 1_000_000
_ROLES = pl.Series(["info", "sales", "purchase", "procurement", "import", "buyer", "office"])
_FREE_MAIL = pl.Series(["@gmail.com"] * 6 + ["@yahoo.com"] * 3 + ["@hotmail.com"] * 2 + ["@outlook.com"])


@dataclass(frozen=True)
class Marketplace:
    """The world: tables of places and products, and one entry an account.

    `accounts` holds account_id, person, email, phone (E.164), company, short_name, domain, tax_id, iban, city.
    """

    places: Places
    products: Products
    tastes: Floats
    accounts: pl.DataFrame
    countries: Ints
    companies: Ints
    favourites: Ints
    verifications: Ints
    """0 none, 1 by e-mail, 2 as a business."""
    activity: Floats
    """Cumulative shares of the accounts in all events."""
    dominators: Ints
    """The account that dominates a country's market for a heading, countries x headings; -1 where nobody does."""
    n_suppliers: int

    @property
    def n_accounts(self) -> int:
        """How many accounts there are."""
        return len(self.countries)


def count_accounts(n_events: int) -> int:
    """One account a six events, at least 3,000; beyond 100,000 accounts they grow with the root of the events."""
    n = max(3_000, n_events // 6)
    return n if n <= 100_000 else int(100_000 * (n_events / 600_000) ** 0.5)


def _owners(n_accounts: int, rng: np.random.Generator) -> Ints:
    """The company of each account: 15 % of companies own 2 to 10."""
    owned = np.where(rng.random(n_accounts) < 0.15, np.minimum(2 + rng.geometric(0.45, n_accounts) - 1, 10), 1)
    return np.repeat(np.arange(n_accounts), owned)[:n_accounts].astype(np.int64)


def _people(people: People, places: Places, countries: Ints, rng: np.random.Generator) -> tuple[pl.Series, pl.Series]:
    """Each account's person as written, and as an address spells it."""
    n = len(countries)
    groups = np.array([people.cultures.index(culture) for culture in places.people], np.int64)[countries]
    first, last = people.firsts.at(groups, rng.random(n)), people.lasts.at(groups, rng.random(n))
    written = concat(people.firsts.values.gather(first), " ", people.lasts.values.gather(last))
    native = np.array(people.has_native)[groups] & (rng.random(n) < 0.12)
    written = choose(native, people.natives.pick(groups, rng.random(n)), written)
    return written, concat(people.ascii_firsts.values.gather(first), ".", people.ascii_lasts.values.gather(last))


def _emails(
    local: pl.Series, domains: pl.Series, keeps_domain: Bools, is_chinese: Bools, rng: np.random.Generator
) -> pl.Series:
    n = len(local)
    digits = number(rng.integers(0, 10_000, n))
    role = concat(choose(rng.random(n) < 0.3, pick(_ROLES, rng.random(n)), local), "@", domains)
    free = concat(local, digits, pick(_FREE_MAIL, rng.random(n)))
    qq = concat(number(rng.integers(10**8, 4 * 10**9, n)), "@qq.com")
    free = choose(is_chinese & (rng.random(n) < 0.7), qq, free)
    return choose(keeps_domain, role, free)


def _phones(places: Places, countries: Ints, tails: Ints) -> pl.Series:
    widths = places.n_mobile_digits[countries]
    digits = number(10**widths + tails % 10**widths).str.slice(1)
    return concat("+", places.dial_codes.gather(countries), places.mobile_prefixes.gather(countries), digits)


def _accounts(places: Places, companies: Companies, owners: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """What each account shows; accounts of one company share at least one of tax id, domain, phone and name."""
    n = len(owners)
    countries = companies.countries[owners]
    texts = companies.texts[owners]
    is_first = np.concatenate([[True], owners[1:] != owners[:-1]])
    person, local = _people(read_people(), places, countries, rng)
    keeps_domain = np.where(is_first, rng.random(n) < 0.66, rng.random(n) < 0.6)
    keeps_tax_id = is_first | (rng.random(n) < 0.6)
    keeps_phone = ~is_first & (rng.random(n) < 0.3)
    has_tax_id = texts["tax_id"].is_not_null().to_numpy()
    keeps_name = is_first | (rng.random(n) < 0.55) | ~(keeps_domain | (keeps_tax_id & has_tax_id) | keeps_phone)
    tails = rng.integers(0, 10**10, n)
    first_of = np.maximum.accumulate(np.where(is_first, np.arange(n), 0))
    shouted = choose(rng.random(n) < 0.5, texts["name"].str.to_uppercase(), texts["short_name"])
    is_chinese = (places.iso2 == "CN").to_numpy()[countries]
    return texts.with_columns(
        pl.Series("account_id", concat("B", number(_FIRST_ACCOUNT + np.arange(n, dtype=np.int64)))),
        pl.Series("person", person),
        pl.Series("email", _emails(local, texts["domain"], keeps_domain, is_chinese, rng)),
        pl.Series("phone", _phones(places, countries, np.where(keeps_phone, tails[first_of], tails))),
        pl.Series("company", choose(keeps_name, texts["name"], shouted)),
        pl.Series("tax_id", choose(keeps_tax_id, texts["tax_id"], None)),
        pl.Series("city", places.cities.pick(countries, rng.random(n))),
    ).drop("name")


def _dominators(places: Places, products: Products, countries: Ints, rng: np.random.Generator) -> Ints:
    """Cells of country and heading drawn by their size, each given to one account of the country."""
    by_heading = np.bincount(products.headings, products.weights, products.n_headings)
    cells = np.searchsorted(np.cumsum(np.outer(places.weights, by_heading).ravel()), rng.random(N_DOMINATED_CELLS))
    cells = np.unique(np.minimum(cells, places.n * products.n_headings - 1))
    order = np.argsort(countries, kind="stable")
    starts = np.searchsorted(countries[order], np.arange(places.n))
    sizes = np.bincount(countries, minlength=places.n)
    place = cells // products.n_headings
    dominators = np.full(places.n * products.n_headings, -1, np.int64)
    dominators[cells] = order[starts[place] + (rng.random(len(cells)) * sizes[place]).astype(np.int64)]
    return dominators.reshape(places.n, products.n_headings)


def build_marketplace(n_events: int, seed: int) -> Marketplace:
    """The world in which `n_events` events happen; the same arguments give the same world."""
    rng = np.random.default_rng([seed, 0])
    places, products = read_places(), read_products()
    tastes = draw_tastes(places, products, rng)
    n = count_accounts(n_events)
    owners = _owners(n, rng)
    companies = found_companies(places, products, tastes, int(owners[-1]) + 1, rng)
    countries = companies.countries[owners]
    standing = rng.random(companies.n)[owners] * 0.6 + rng.random(n) * 0.4
    activity = np.cumsum(np.exp(rng.normal(0.0, 1.3, n)))
    return Marketplace(
        places=places,
        products=products,
        tastes=tastes,
        accounts=_accounts(places, companies, owners, rng),
        countries=countries,
        companies=owners,
        favourites=companies.favourites[owners].reshape(n, N_FAVOURITES),
        verifications=np.digitize(standing, [0.32, 0.5]).astype(np.int64),
        activity=activity / activity[-1],
        dominators=_dominators(places, products, countries, rng),
        n_suppliers=max(100, n_events // 40),
    )
