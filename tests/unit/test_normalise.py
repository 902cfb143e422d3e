from pathlib import Path

import polars as pl
import pytest

from anonymize import normalise
from anonymize.wordlists import CONFIG, fold, read_wordlists
from schemas.errors import ConfigurationError

WORDS = read_wordlists()


def apply(expression: pl.Expr, value: str | None) -> str | None:
    result: str | None = pl.DataFrame({"v": pl.Series([value], dtype=pl.String)}).select(expression).item()
    return result


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" A-17 ", "A-17"),
        ("A\u200b17", "A17"),
        ("ａ１", "a1"),
        ("n/a", None),
        ("Unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_accounts_lose_blanks_and_nothing_else(value: str | None, expected: str | None) -> None:
    assert apply(normalise.account(pl.col("v")), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ana.Roy+shop@GoogleMail.com", "anaroy@gmail.com"),
        ("ana.roy@acme.com", "ana.roy@acme.com"),
        ("mailto:<Ana@Acme.COM>", "ana@acme.com"),
        ("+tag@acme.com", "+tag@acme.com"),
        ("no address", None),
        ("a@b@c.de", None),
        ("a@localhost", None),
        ("none", None),
        (None, None),
    ],
)
def test_addresses_meet_however_they_are_written(value: str | None, expected: str | None) -> None:
    assert apply(normalise.email(pl.col("v")), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x@Sales.Acme.com", "sales.acme.com"),
        ("x@gmail.com", None),
        ("x@mail.yahoo.co.in", None),
        ("x@163.com", None),
        ("x@gmail.com.example.org", "gmail.com.example.org"),
        ("nothing", None),
    ],
)
def test_domains_of_free_mail_say_nothing(value: str, expected: str | None) -> None:
    assert apply(normalise.domain(pl.col("v"), free_mail=WORDS.free_mail), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+971 (0)50 123-4567", "501234567"),
        ("050 1234567", "501234567"),
        ("00971501234567", "501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "501234567"),
        ("022 2345 6781 ext. 23", "223456781"),
        ("1234567", None),
        ("000000000000", None),
        ("0123456789", None),
        ("call me", None),
        (None, None),
    ],
)
def test_phones_meet_with_and_without_country_code(value: str | None, expected: str | None) -> None:
    assert apply(normalise.phone(pl.col("v")), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("27 aapfu0939f-1zv", "27AAPFU0939F1ZV"), ("1234", None), ("000000", None), ("XXXXX", None), ("n/a", None)],
)
def test_tax_numbers_keep_letters_and_digits(value: str, expected: str | None) -> None:
    assert apply(normalise.tax(pl.col("v")), value) == expected


def test_payment_accounts_keep_the_sign_of_a_upi_address() -> None:
    assert apply(normalise.payment(pl.col("v")), "ana.roy@okbank") == "ANAROY@OKBANK"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ACME Textiles (Pvt.) Ltd.", "acmetextiles"),
        ("Acme-Textiles Private Limited", "acmetextiles"),
        ("M/s. Acme Textiles P. Ltd", "acmetextiles"),
        ("Al Noor L.L.C", "alnoor"),
        ("AL NOOR LLC", "alnoor"),
        ("Müller & Söhne GmbH & Co. KG", "mullerandsohne"),
        ("OOO Romashka", "romashka"),
        ("PT Maju Jaya Tbk", "majujaya"),
        ("Société Générale d'Été, S.A.R.L.", "societegeneraledete"),
        ("上海贸易有限公司", "上海贸易"),
        ("Limited", "limited"),
        ("n/a", None),
        ("???", None),
        (None, None),
    ],
)
def test_companies_meet_whatever_their_legal_form(value: str | None, expected: str | None) -> None:
    assert apply(normalise.company(pl.col("v"), legal_forms=WORDS.legal_forms), value) == expected


@pytest.mark.parametrize(("value", "expected"), [("Mr. ROY, Ana", "ana roy"), ("Ana  Roy", "ana roy"), ("-", None)])
def test_persons_meet_in_any_order_of_words(value: str, expected: str | None) -> None:
    assert apply(normalise.person(pl.col("v")), value) == expected


def test_suppliers_are_told_apart_without_regard_to_case() -> None:
    assert apply(normalise.supplier(pl.col("v")), " SUP-9 ") == "sup-9"


@pytest.mark.parametrize(
    "text", ["Müller", "İstanbul", "ﬁne", "ß", "Straße", "한국", "हिन्दी", "é", "Å", "ＡＢ", "e\u0301"]
)
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_word_lists_are_long_enough_and_hold_no_entry_twice() -> None:
    assert len(WORDS.free_mail) >= 80
    assert len({form.text for form in WORDS.legal_forms}) >= 100
    lines = [line.split("\t")[0] for line in (CONFIG / "legal_forms.txt").read_text().splitlines() if line[:1] != "#"]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("content", [None, "", "# only a comment\n", "Ltd\tstrong\n"])
def test_a_missing_or_malformed_word_list_is_refused(tmp_path: Path, content: str | None) -> None:
    for name in ("free_mail.txt", "ordinary_words.txt"):
        (tmp_path / name).write_text("word\n")
    if content is not None:
        (tmp_path / "legal_forms.txt").write_text(content)

    with pytest.raises(ConfigurationError, match=r"legal_forms\.txt"):
        read_wordlists(tmp_path)
