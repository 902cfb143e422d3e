"""What identifies one buyer in raw rows, for erasure: which rows are his, and which unreadable lines name him.

Belongs here: comparing identifiers in their normal forms. Does not belong here: reading or writing files, or the
ledger. Caller: `assets.forget`. Everything here lives in memory only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from anonymize import normalise
from schemas.errors import ConfigurationError

_NORMAL: Mapping[str, pl.Expr] = {
    "email": normalise.email(pl.col("email").cast(pl.String)),
    "phone": normalise.phone(pl.col("phone").cast(pl.String)),
    "tax_id": normalise.tax(pl.col("tax_id").cast(pl.String)),
    "payment": normalise.payment(pl.col("payment").cast(pl.String)),
}
"""Identifiers that tell a buyer without his account, in normal form."""

_BORDER = r"[^\p{L}\p{N}]"


@dataclass
class Traces:
    """What is known of one buyer so far; grows while files are read."""

    account: str
    """The account in normal form."""

    strong: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in _NORMAL})
    """Normal forms of what identifies him besides his account, by field."""

    written: set[str] = field(default_factory=set)
    """His account and the other identifiers of his rows, as written; searched for in lines nobody could read."""

    companies: set[str] = field(default_factory=set)
    """His company's names, as written; colleagues share them."""

    def learn(self, parsed: pl.DataFrame) -> None:
        """Takes in the identifiers of the rows that bear his account (columns of `feeds.parsing.parse`)."""
        own = parsed.filter(self._bears_account())
        for name, normal in _NORMAL.items():
            self.strong[name] |= set(own.select(normal).to_series().drop_nulls())
        for name in ("account", *_NORMAL):
            self.written |= set(own[name].cast(pl.String).drop_nulls())
        self.companies |= set(own["company"].cast(pl.String).drop_nulls())

    def of(self, parsed: pl.DataFrame) -> pl.Series:
        """Which rows are his: those with his account, and those without one but with another identifier of his."""
        without_account = normalise.account(pl.col("account").cast(pl.String)).is_null()
        bears = [normal.is_in(sorted(self.strong[name])).fill_null(value=False) for name, normal in _NORMAL.items()]
        return parsed.select(self._bears_account() | (without_account & pl.any_horizontal(bears))).to_series()

    def named_in(self, texts: pl.Series, *, with_company: bool) -> pl.Series:
        """Which texts hold an identifier of his between borders of words.

        Args: with_company also searches for his company, which colleagues share.
        """
        words = self.written | self.companies if with_company else self.written
        return texts.str.contains(_pattern(words)).fill_null(value=False)

    def _bears_account(self) -> pl.Expr:
        return (normalise.account(pl.col("account").cast(pl.String)) == self.account).fill_null(value=False)


def traces_of(account: str) -> Traces:
    """What is known of a buyer before any file is read: the account.

    Raises: ConfigurationError if the account has no normal form, such as a blank or `n/a`.
    """
    normal = pl.DataFrame({"account": [account]}).select(normalise.account(pl.col("account"))).item()
    if normal is None:
        raise ConfigurationError("that is no account: it is blank, or a word for none")
    return Traces(normal, written={account.strip()})


def _pattern(words: set[str]) -> str:
    escaped = "|".join(pl.Series(sorted(words, key=len, reverse=True)).str.escape_regex())
    return f"(?i)(?:^|{_BORDER})(?:{escaped})(?:$|{_BORDER})"
