"""Normal forms of what identifies a buyer, as pure Polars expressions; pseudonyms are computed over them.

Belongs here: one function per kind of key, text expression in, text expression out, null where the value says nothing.
Does not belong here: keys and hashes (`pseudonyms`). Two spellings that mean the same should meet; where that is unsure
they meet rather than part: accounts wrongly joined make a class look smaller than it is, never larger.
"""

import re
from collections.abc import Collection, Sequence

import polars as pl

from anonymize.wordlists import LegalForm

MISSING = (
    "0", "-", "--", "---", ".", "/", "?", "n/a", "na", "n.a.", "n/d", "nil", "none", "no", "null", "nan", "unknown",
    "undefined", "anonymous", "not available", "not provided", "not applicable", "test", "xxx", "xxxx", "others",
    "other", "individual", "personal", "private", "self", "freelance", "freelancer", "no company", "company", "guest",
    "user", "admin",
)  # fmt: skip
"""Values that stand for no value, in lower case."""

_ZEROS = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50)
SCRIPT_DIGITS = {chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)}
"""Digits of Arabic, Persian, Indian and Thai script, and what they are in ASCII."""

_SPACES = r"[\s\p{Z}]+"
_INVISIBLE = r"[\p{Cc}\p{Cf}]"
_PHONE_DIGITS = 9
_ONE_CHARACTER = "^(?:" + "|".join(f"{character}+" for character in "0123456789AXZ") + ")$"
_GMAIL = ("gmail.com", "googlemail.com")


def _ascii_digits(value: pl.Expr) -> pl.Expr:
    """Compatibility form with ASCII digits."""
    return value.str.normalize("NFKC").str.replace_many(list(SCRIPT_DIGITS), list(SCRIPT_DIGITS.values()))


def _plain(value: pl.Expr) -> pl.Expr:
    """Compatibility form without invisible characters, blanks collapsed; null if nothing or a stand-in is left."""
    text = _ascii_digits(value).str.replace_all(_SPACES, " ").str.replace_all(_INVISIBLE, "").str.strip_chars()
    is_missing = (text == "") | text.str.to_lowercase().is_in(MISSING)
    return pl.when(~is_missing).then(text)


def account(value: pl.Expr) -> pl.Expr:
    """Account id as the feed writes it, without blanks around it; case is kept, for ids may differ by it.

    Example: `" A-17 "` gives `A-17`; `"n/a"` gives null.
    """
    return _plain(value)


def email(value: pl.Expr) -> pl.Expr:
    """Address in lower case without `+tag`; dots in Gmail names do not count; null if it is no address.

    Example: `Ana.Roy+shop@GoogleMail.com` gives `anaroy@gmail.com`.
    """
    return value.map_batches(_addresses, return_dtype=pl.String)


def _addresses(values: pl.Series) -> pl.Series:
    """`email` of each value: one finished column after the other, since nested ones would be worked out many times."""
    is_gmail = pl.col("host").is_in(_GMAIL)
    frame = (
        values.alias("value")
        .to_frame()
        .select(_plain(pl.col("value")).alias("plain"))
        .select(pl.col("plain").str.to_lowercase().str.strip_prefix("mailto:").str.replace_all(r"[\s<>\"']", ""))
        .select(
            pl.col("plain").str.extract(r"^([^@]+)@[^@]+$", 1).str.replace(r"^([^+]+)\+.*$", "$1").alias("local"),
            pl.col("plain").str.extract(r"^[^@]+@([^@.]+(?:\.[^@.]+)+)\.?$", 1).alias("host"),
        )
        .with_columns(
            pl.when(is_gmail).then(pl.col("local").str.replace_all(".", "", literal=True)).otherwise("local"),
            pl.when(is_gmail).then(pl.lit(_GMAIL[0])).otherwise("host").alias("host"),
        )
    )
    address = pl.concat_str("local", pl.lit("@"), "host")
    return frame.select(pl.when(pl.col("local").str.len_chars() > 0).then(address).alias("email")).to_series()


def domain(value: pl.Expr, *, free_mail: Collection[str]) -> pl.Expr:
    """Domain of a company's e-mail address; null for free-mail providers and sub-domains of theirs.

    Example: `x@Sales.Acme.com` gives `sales.acme.com`; `x@gmail.com` gives null.
    """
    return domain_of(email(value), free_mail=free_mail)


def domain_of(address: pl.Expr, *, free_mail: Collection[str]) -> pl.Expr:
    """`domain` of what `email` gave."""
    host = address.str.extract(r"@(.+)$", 1)
    parent = host.str.extract(r"^[^.]+\.(.+)$", 1)
    providers = sorted(free_mail)
    is_free = host.is_in(providers) | parent.is_in(providers).fill_null(False)
    return pl.when(~is_free).then(host)


def phone(value: pl.Expr) -> pl.Expr:
    """Last nine digits of a phone, so that country code and trunk zero do not count; null if fewer or no number.

    Example: `+971 (0)50 123-4567` and `050 1234567` both give `501234567`; `000000000` gives null.
    """
    first = _ascii_digits(value).str.replace(r"(?i)\s*(?:ext|extn|x|#)\.?\s*\d{1,5}\s*$", "")
    digits = first.str.replace_all(r"\D", "").str.strip_chars_start("0")
    tail = digits.str.tail(_PHONE_DIGITS)
    repeats = [str(digit) * _PHONE_DIGITS for digit in range(10)]
    is_number = (digits.str.len_chars() >= _PHONE_DIGITS) & ~tail.is_in(repeats)
    is_counting_up = tail.is_in(["123456789", "234567890", "987654321"])
    return pl.when(is_number & ~is_counting_up).then(tail)


def tax(value: pl.Expr) -> pl.Expr:
    """Letters and digits of a tax number in upper case; null below five characters or if all are the same.

    Example: `27 aapfu0939f-1zv` gives `27AAPFU0939F1ZV`.
    """
    return _code(value)


def payment(value: pl.Expr) -> pl.Expr:
    """Letters and digits of a payment account in upper case, and `@` of a UPI address; null as for `tax`.

    Example: `GB33 BUKB 2020 1555` gives `GB33BUKB20201555`.
    """
    return _code(value)


def _code(value: pl.Expr) -> pl.Expr:
    code = _plain(value).str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}@]", "")
    is_code = (code.str.len_chars() >= 5) & ~code.str.contains(_ONE_CHARACTER)
    return pl.when(is_code).then(code)


def folded_words(value: pl.Expr) -> pl.Expr:
    """Words in lower case, without accents and punctuation, one blank between; dots and slashes inside vanish.

    Example: `Société d'Été, S.A.R.L.` gives `societe d ete sarl`.
    """
    return (
        _plain(value)
        .str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all(r"\p{Mn}", "")
        .str.replace_all(r"[./'’]", "")
        .str.replace_all("&", " and ", literal=True)
        .str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ")
        .str.strip_chars()
    )


def person(value: pl.Expr) -> pl.Expr:
    """Name of a person in lower case with its words sorted, so that `Roy, Ana` and `Ana Roy` meet.

    Example: `Mr. ROY, Ana` gives `ana roy`.
    """
    words = folded_words(value).str.replace(r"^(?:mr|mrs|ms|miss|dr|eng|sir|madam|prof|shri|smt) ", "")
    return pl.when(words != "").then(words.str.split(" ").list.sort().list.join(" "))


def company(value: pl.Expr, *, legal_forms: Sequence[LegalForm]) -> pl.Expr:
    """Company name in lower case without accents, punctuation, legal forms and blanks.

    Example: `ACME Textiles (Pvt.) Ltd.` and `Acme-Textiles Private Limited` both give `acmetextiles`; a name that is
    nothing but a legal form keeps it.
    """
    words = folded_words(value)
    core = words.str.replace(r"^m s (\S)|^ms (\S)", "$1$2")
    pattern = _forms_pattern(legal_forms)
    core = core.str.replace(r"(?:\s+(?:" + pattern + r"))+$", "").str.replace(r"^(?:(?:" + pattern + r")\s+)+", "")
    core = core.str.replace(r"^(?:the )", "").str.replace_all(" ", "", literal=True)
    # A script without blanks writes the form onto the name.
    core = core.str.replace(r"(?:股份有限公司|有限责任公司|有限公司|株式会社|주식회사)$", "")
    kept = pl.when(core != "").then(core).otherwise(words.str.replace_all(" ", "", literal=True))
    return pl.when(kept != "").then(kept)


def _forms_pattern(legal_forms: Sequence[LegalForm]) -> str:
    """Alternation of the folded forms, longest first; also each spelt with blanks between single letters."""
    spellings = set()
    for text in pl.Series([form.text for form in legal_forms]).to_frame("f").select(folded_words(pl.col("f")))["f"]:
        if text:
            spellings.add(text)
            if text.isascii() and len(text) <= 4 and text.isalpha():
                spellings.add(" ".join(text))
    return "|".join(re.escape(text).replace(r"\ ", " ") for text in sorted(spellings, key=lambda t: (-len(t), t)))


def supplier(value: pl.Expr) -> pl.Expr:
    """Supplier id or name in lower case with blanks collapsed.

    Example: `" SUP-9 "` gives `sup-9`.
    """
    return _plain(value).str.to_lowercase()
