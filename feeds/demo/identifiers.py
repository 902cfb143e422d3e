"""Numbers that authorities and banks give out, with check digits that hold where detectors look at them.

GSTIN and CNPJ carry their published check digits and IBANs their modulo 97; the other formats are only
shaped like theirs.
"""

import numpy as np
import polars as pl

from feeds.demo.places import Places
from feeds.demo.pools import Codes, Ints, read, spell

# Patterns of `pools.spell`, after the tax numbers of each country.
_TAX_PATTERNS = {
    "IN": "99@@@@@9999@1Z0", "BR": "99.999.999/0001-00", "DE": "DE999999999", "FR": "FR99999999999",
    "IT": "IT99999999999",
    "ES": "ESB99999999", "NL": "NL999999999B01", "BE": "BE0999999999", "PL": "PL9999999999", "PT": "PT999999999",
    "GB": "GB999999999", "IE": "IE9999999@", "AT": "ATU99999999", "SE": "SE999999999901", "GR": "EL999999999",
    "AE": "100999999999903", "SA": "399999999900003", "OM": "OM9999999999", "MX": "@@@999999@@9",
    "ID": "99.999.999.9-999.000",
    "VN": "0999999999", "CO": "900999999-9", "CL": "76.999.999-9", "PE": "20999999999", "AR": "30-99999999-9",
    "EC": "9999999999001", "KE": "P059999999@", "NG": "99999999-0001", "ZA": "4999999999", "TR": "9999999999",
    "EG": "999-999-999", "CN": "91999999MA@@9999@@", "RU": "7799999999", "TH": "0105999999999", "PH": "999-999-999-000",
    "MY": "C99999999999", "SG": "20999999@", "BD": "999999999-0101", "PK": "9999999-9", "US": "99-9999999",
}  # fmt: skip
_TAX_DEFAULT = "999999999"
# Basic bank account numbers after the country code and the two check digits.
_BBAN_PATTERNS = {
    "DE": "999999999999999999", "FR": "99999999999999999999999", "ES": "99999999999999999999",
    "AE": "0999999999999999999",
    "SA": "99999999999999999999", "TR": "9999909999999999999999", "GB": "@@@@99999999999999", "NL": "@@@@9999999999",
    "PL": "999999999999999999999999", "PT": "999999999999999999999", "BE": "999999999999", "AT": "9999999999999999",
    "CH": "99999999999999999", "SE": "99999999999999999999", "EG": "9999999999999999999999999",
    "PK": "@@@@9999999999999999",
    "JO": "@@@@9999999999999999999999", "QA": "@@@@999999999999999999999", "KW": "@@@@9999999999999999999999",
}  # fmt: skip

_GSTIN_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _ranks(codes: Codes) -> Ints:
    """0-9 and A-Z as 0-35."""
    return np.where(codes >= ord("A"), codes.astype(np.int64) - 55, codes.astype(np.int64) - 48)


def _check_gstin(codes: Codes, rng: np.random.Generator) -> None:
    states = rng.integers(1, 38, len(codes))
    codes[:, 0], codes[:, 1] = states // 10 + 48, states % 10 + 48
    products = _ranks(codes[:, :14]) * np.tile([1, 2], 7)
    total = (products // 36 + products % 36).sum(axis=1)
    codes[:, 14] = np.frombuffer(_GSTIN_ALPHABET, np.uint8)[(36 - total % 36) % 36]


def _check_cnpj(codes: Codes) -> None:
    digits = [i for i in range(16) if i not in (2, 6, 10, 15)]
    for position, weights in (
        (16, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
        (17, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
    ):
        columns = [i for i in digits if i < 15] + ([16] if position == 17 else [])
        rest = (_ranks(codes[:, columns]) * np.array(weights)).sum(axis=1) % 11
        codes[:, position] = np.where(rest < 2, 0, 11 - rest) + 48


def _check_iban(codes: Codes) -> None:
    """Fill positions 2 and 3 so that the rearranged number is 1 modulo 97 (ISO 13616)."""
    codes[:, 2:4] = ord("0")
    rest = np.zeros(len(codes), np.int64)
    for column in [*range(4, codes.shape[1]), 0, 1, 2, 3]:
        rank = _ranks(codes[:, column])
        rest = (rest * np.where(rank >= 10, 100, 10) + rank) % 97
    check = 98 - rest
    codes[:, 2], codes[:, 3] = check // 10 + 48, check % 10 + 48


def _by_country(countries: Ints, texts: dict[int, pl.Series]) -> pl.Series:
    """Rows put back in order after their countries were spelt one at a time; null where a country has no text."""
    order = np.argsort(countries, kind="stable")
    parts = []
    for country, size in zip(*np.unique(countries, return_counts=True), strict=True):
        part = texts.get(int(country))
        parts.append(part if part is not None else pl.Series([None] * int(size), dtype=pl.String))
    spelt = pl.concat([part.cast(pl.String) for part in parts])
    return spelt.gather(np.argsort(order, kind="stable"))


def draw_tax_ids(places: Places, countries: Ints, rng: np.random.Generator) -> pl.Series:
    """One tax number a row, in the format of its country."""
    texts: dict[int, pl.Series] = {}
    for country, size in zip(*np.unique(countries, return_counts=True), strict=True):
        iso2 = str(places.iso2[int(country)])
        codes = spell(_TAX_PATTERNS.get(iso2, _TAX_DEFAULT), int(size), rng)
        if iso2 == "IN":
            _check_gstin(codes, rng)
        elif iso2 == "BR":
            _check_cnpj(codes)
        texts[int(country)] = read(codes)
    return _by_country(countries, texts)


def draw_ibans(places: Places, countries: Ints, rng: np.random.Generator) -> pl.Series:
    """One IBAN a row; null where the country has none here."""
    texts: dict[int, pl.Series] = {}
    for country, size in zip(*np.unique(countries, return_counts=True), strict=True):
        iso2 = str(places.iso2[int(country)])
        if iso2 in _BBAN_PATTERNS:
            codes = spell("AA00" + _BBAN_PATTERNS[iso2], int(size), rng)
            codes[:, 0], codes[:, 1] = ord(iso2[0]), ord(iso2[1])
            _check_iban(codes)
            texts[int(country)] = read(codes)
    return _by_country(countries, texts)
