"""Pseudonyms: what identifies a buyer, turned into keyed bytes that only the epoch's secret key can make again.

Belongs here: HMACs over the normal forms of `normalise`. Does not belong here: joining keys to contributors
(`classes`), creating secret keys (`keyring`). Caller: `events`.

A pseudonym is HMAC-SHA256 cut to 16 bytes. Cutting keeps a pseudorandom function one (NIST SP 800-107 rev. 1, section
5.3.4); with 128 bits the chance that any two of a billion values of an epoch meet is below 2 ** -68, and half the width
halves what the pool has to sort and join. A prefix names the kind of key, so that equal text of two kinds (an account
called like a phone) never gives equal bytes.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import polars as pl

from anonymize import normalise
from anonymize.keyring import Keyring
from anonymize.wordlists import Wordlists, read_wordlists
from schemas.errors import DisclosureError

PSEUDONYM_BYTES = 16
"""Length of a pseudonym."""

_SEPARATOR = "\x1f"
"""Joins the parts of one value; normal forms hold no control character, so no two lists of parts give one text."""

KEYS = (
    "event_key", "key_account", "key_email", "key_domain", "key_company", "key_phone", "key_tax", "key_payment",
    "key_supplier", "key_cancels", "key_cancels_before", "key_account_before",
)  # fmt: skip
"""Columns of pseudonyms, in the order of `pseudonymise`'s result after `epoch`."""

_BORROWED = ("key_cancels", "key_cancels_before", "key_account_before")
"""Keys that some other row may have as its own: the order that a cancellation takes back, an event key under the
cancellation's own epoch and under the one before; and the account under the epoch before."""


def pseudonymise(
    events: pl.DataFrame,
    *,
    feed: str,
    keyring: Keyring,
    namespace: str | None = None,
    wordlists: Wordlists | None = None,
) -> pl.DataFrame:
    """The pseudonyms of canonical events under the secret keys of their epochs.

    Args: events with the columns of `CanonicalEvent`; feed names their source; accounts and suppliers are told apart
        by namespace, so that two feeds of one marketplace may share theirs (default: the feed); wordlists as committed.
    Returns: epoch (int64), then the columns `KEYS` (bytes, 16 each), one row per event in the order given. key_account
        is the finest identifier the row has: account, e-mail, tax id, phone, payment, company with country, buyer name
        with country.
    Guarantee: equal normal forms of one kind and epoch give equal bytes, others do not; `key_account` and `event_key`
        are never null (tests/unit/test_pseudonyms.py, tests/property/test_scrubbing.py).
    Raises: DisclosureError if rows have no identifier or no event id; SecretError if a key cannot be used.

    Example: two rows of account `A1` in feed `rfqs` get one key_account; the same account in feed `orders` another.
    """
    lists = wordlists or read_wordlists()
    space = feed if namespace is None else namespace
    texts = _texts(events, feed, space, lists)
    _refuse_nulls(texts, feed)
    epochs = sorted(set(texts["epoch"].to_list()))
    keys = {epoch: keyring.epoch_key(epoch) for epoch in epochs}
    own = (name for name in KEYS if name not in _BORROWED)
    orders = texts.select("epoch", "key_account", event_key=pl.col("cancels"))
    before = {epoch: keyring.epoch_key(epoch - 1) for epoch in epochs if keyring.has_epoch_key(epoch - 1)}
    is_in_reach = pl.col("epoch").is_in(list(before))
    in_reach = orders.with_columns(
        pl.when(is_in_reach).then(pl.col(name)).alias(name) for name in ("event_key", "key_account")
    )
    return texts.select(
        pl.col("epoch"),
        *(_pseudonyms(texts, name, keys) for name in own),
        _pseudonyms(orders, "event_key", keys).alias("key_cancels"),
        _pseudonyms(in_reach, "event_key", before).alias("key_cancels_before"),
        _pseudonyms(in_reach, "key_account", before).alias("key_account_before"),
    )


def account_pseudonyms(accounts: pl.Series, *, space: str, keyring: Keyring, epochs: Iterable[int]) -> pl.DataFrame:
    """The pseudonyms that accounts of a namespace have or would have in each of these epochs.

    Returns: `epoch` (int64), `account` (bytes), one row per epoch and distinct account with a normal form; epochs whose
        key is gone have none.
    Guarantee: equal to `key_account` of `pseudonymise` for a row with that account (tests/unit/test_pseudonyms.py).
    Raises: SecretError if a key cannot be used.
    """
    normal = pl.DataFrame({"account": accounts.cast(pl.String)}).select(normalise.account(pl.col("account")))
    texts = _of("account", space, pl.col("account")).alias("key_account")
    written = normal.drop_nulls().unique().sort("account").select(texts)
    keys = {epoch: keyring.epoch_key(epoch) for epoch in sorted(set(epochs)) if keyring.has_epoch_key(epoch)}
    none = pl.DataFrame(schema={"epoch": pl.Int64, "account": pl.Binary})
    found = [written.with_columns(pl.lit(epoch, pl.Int64).alias("epoch")) for epoch in keys]
    return pl.concat(
        [none, *(each.select("epoch", _pseudonyms(each, "key_account", keys).alias("account")) for each in found)]
    )


def _of(*parts: pl.Expr | pl.Series | str) -> pl.Expr:
    """Parts of one value as one text."""
    exprs = [part if isinstance(part, pl.Expr) else pl.lit(part) for part in parts]
    return pl.concat_str(exprs, separator=_SEPARATOR)


def _texts(events: pl.DataFrame, feed: str, space: str, lists: Wordlists) -> pl.DataFrame:
    """What each pseudonym is computed over, as text, by column; the epoch with it."""
    of = _of
    forms = _normal_forms(events, lists)
    country = pl.col("country").fill_null("")
    company = of(country, forms["company"])
    finest = pl.coalesce(
        of("account", space, forms["account"]),
        of("email", forms["email"]),
        of("tax", forms["tax_id"]),
        of("phone", forms["phone"]),
        of("payment", forms["payment"]),
        of("company", company),
        of("name", country, forms["buyer_name"]),
        # Nothing has a normal form ("n/a", a phone of five digits): such rows of a feed join rather than vanish.
        *(of("raw", space, name, pl.when(_is_written(name)).then(pl.col(name).str.strip_chars())) for name in _FINEST),
    )
    domain = _of_distinct(forms["email"], partial(normalise.domain_of, free_mail=lists.free_mail))
    return events.select(
        pl.col("occurred_on").dt.year().cast(pl.Int64).alias("epoch"),
        of(feed, pl.col("event_id")).alias("event_key"),
        finest.alias("key_account"),
        forms["email"].alias("key_email"),
        domain.alias("key_domain"),
        company.alias("key_company"),
        forms["phone"].alias("key_phone"),
        forms["tax_id"].alias("key_tax"),
        forms["payment"].alias("key_payment"),
        of(space, forms["supplier"]).alias("key_supplier"),
        of(feed, pl.col("cancels_id")).alias("cancels"),
    )


def _normal_forms(events: pl.DataFrame, lists: Wordlists) -> dict[str, pl.Series]:
    """The normal form of every column that identifies somebody."""
    forms: dict[str, Callable[[pl.Expr], pl.Expr]] = {
        "account": normalise.account,
        "email": normalise.email,
        "tax_id": normalise.tax,
        "phone": normalise.phone,
        "payment": normalise.payment,
        "company": partial(normalise.company, legal_forms=lists.legal_forms),
        "buyer_name": normalise.person,
        "supplier": normalise.supplier,
    }
    return {name: _of_distinct(events[name], form) for name, form in forms.items()}


def _of_distinct(values: pl.Series, form: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """A form of each value, worked out once per distinct one: a buyer comes again and again."""
    texts = values.cast(pl.String).alias("text").to_frame()
    known = texts.unique().with_columns(form(pl.col("text")).alias("form"))
    return texts.join(known, on="text", how="left", maintain_order="left", nulls_equal=True)["form"]


_FINEST = ("account", "email", "tax_id", "phone", "payment", "company", "buyer_name")


def _is_written(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.len_chars() > 0


def _refuse_nulls(texts: pl.DataFrame, feed: str) -> None:
    for column, what in (("epoch", "date"), ("event_key", "event id"), ("key_account", "identifier")):
        if n := texts[column].null_count():
            raise DisclosureError(f"feed {feed}: {n} of {texts.height} rows have no {what}. Refuse them at intake.")


def _pseudonyms(texts: pl.DataFrame, name: str, keys: Mapping[int, bytes]) -> pl.Series:
    """HMACs of one column, computed once per distinct epoch and text."""
    column = texts.select("epoch", pl.col(name).alias("text"))
    unique = column.filter(pl.col("text").is_not_null()).unique()
    prefix = f"mandi/1/{name}\0".encode()
    digests = [
        hmac.digest(keys[epoch], prefix + text.encode(), "sha256")[:PSEUDONYM_BYTES]
        for epoch, text in unique.iter_rows()
    ]
    known = unique.with_columns(pl.Series("digest", digests, dtype=pl.Binary))
    return column.join(known, on=["epoch", "text"], how="left", maintain_order="left")["digest"].alias(name)
