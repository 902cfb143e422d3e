"""Canonical events in, scrubbed events out: the one step after which no direct identifier exists.

Belongs here: putting pseudonyms, scrubbed text and exact amounts together in the columns of `ScrubbedEvent`. Does not
belong here: how either is made (`pseudonyms`, `scrub`). Caller: the nightly step that reads a feed.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import polars as pl

from anonymize import normalise
from anonymize.keyring import Keyring
from anonymize.pseudonyms import pseudonymise
from anonymize.scrub.texts import Scrubber
from anonymize.terms.finding import terms_of
from anonymize.terms.vocabulary import Vocabulary
from schemas.errors import ContractError
from schemas.events import CanonicalEvent, ScrubbedEvent
from schemas.tables import columns_of

_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "int64": pl.Int64(),
    "double": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean(),
    "bytes": pl.Binary(),
}

SCRUBBED_SCHEMA = pl.Schema({column.name: _TYPES[column.type] for column in columns_of(ScrubbedEvent)})
"""Columns and types of `scrub_events`'s result."""

_MAX_AMOUNT = 2.0**53
"""Beyond it a double is no longer exact to one cent or thousandth."""


@dataclass(frozen=True)
class ScrubFigures:
    """What scrubbing did to one feed; private, for the night's report."""

    n_events: int
    n_counting: int
    n_opted_out: int
    n_withheld: int
    """Texts withheld because anything failed on them."""
    n_placeholders: dict[str, int]
    """Placeholders set, by entity, sorted by its name."""


def scrub_events(
    events: pl.DataFrame,
    *,
    feed: str,
    keyring: Keyring,
    scrubber: Scrubber,
    opted_out: AbstractSet[tuple[str, str]] | pl.DataFrame,
    counts_by_name: bool,
    vocabulary: Vocabulary | None = None,
    namespace: str | None = None,
    phone_region: str | None = None,
) -> tuple[pl.DataFrame, ScrubFigures]:
    """Scrubbed events of one feed and what was done to them.

    Args: events with the columns of `CanonicalEvent`; opted_out holds feed and account (as a set of pairs or a frame of
        two such columns); counts_by_name is the contract's: an account known by name only may count; terms of the
        vocabulary are looked for in scrubbed texts, none without one; namespace and phone_region as in `pseudonymise`
        and `Scrubber.scrub`.
    Returns: exactly the columns of `ScrubbedEvent`, in order, one row per event in the order given.
    Guarantee: no value of a direct identifier is in the result: keys are HMACs, texts passed the scrubber or are null;
        amounts are rounded half to even (tests/unit/test_scrub_events.py).
    Raises: ContractError if a column is missing, an amount is not finite or too large to be exact; DisclosureError if a
        row has no identifier; SecretError if a key cannot be used.
    """
    if missing := [column.name for column in columns_of(CanonicalEvent) if column.name not in events.columns]:
        raise ContractError(f"feed {feed}: columns {', '.join(missing)} are missing from its canonical events.")
    keys = pseudonymise(events, feed=feed, keyring=keyring, namespace=namespace, wordlists=scrubber.wordlists)
    texts = scrubber.scrub(events, phone_region=phone_region)
    account = events.select(normalise.account(pl.col("account"))).to_series()
    frame = (
        events.drop("title", "description")
        .with_columns(keys.get_columns())
        .with_columns(
            pl.lit(feed).alias("feed"),
            _whole(events, "value_usd", 100, feed).alias("value_cents"),
            _whole(events, "quantity", 1000, feed).alias("quantity_milli"),
            (pl.col("is_verified").fill_null(False) & (pl.lit(counts_by_name) | _is_known_beyond_name(account))).alias(
                "is_counting"
            ),
            account.is_in(_opted_out_accounts(opted_out, feed)).fill_null(False).alias("is_opted_out"),
            texts.title,
            texts.description,
            terms=terms_of(texts.title, texts.description, vocabulary) if vocabulary else pl.lit(None, pl.String),
        )
    )
    scrubbed = frame.select(SCRUBBED_SCHEMA.names())
    if dict(scrubbed.schema) != dict(SCRUBBED_SCHEMA):
        wrong = [name for name, dtype in SCRUBBED_SCHEMA.items() if scrubbed.schema[name] != dtype]
        raise ContractError(f"feed {feed}: columns {', '.join(wrong)} of its canonical events have the wrong type.")
    return scrubbed, ScrubFigures(
        n_events=scrubbed.height,
        n_counting=int(scrubbed["is_counting"].sum()),
        n_opted_out=int(scrubbed["is_opted_out"].sum()),
        n_withheld=texts.n_withheld,
        n_placeholders={entity.value: texts.counts[entity] for entity in sorted(texts.counts)},
    )


def _is_known_beyond_name(account: pl.Series) -> pl.Expr:
    """Whether the row, its pseudonyms with it, has an identifier that is no mere name of a person or a company."""
    beyond = ("key_email", "key_phone", "key_tax", "key_payment")
    return pl.any_horizontal(pl.lit(account.is_not_null()), *(pl.col(name).is_not_null() for name in beyond))


def _whole(events: pl.DataFrame, name: str, factor: int, feed: str) -> pl.Series:
    """An amount as a whole number of its hundredths or thousandths, rounded half to even."""
    amounts = events[name].cast(pl.Float64) * factor
    n_wrong = int((~(amounts.is_finite() & (amounts.abs() <= _MAX_AMOUNT))).sum())
    if n_wrong:
        raise ContractError(f"feed {feed}: {n_wrong} rows have a {name} that is not finite or too large. Refuse them.")
    return amounts.round(0, mode="half_to_even").cast(pl.Int64)


def _opted_out_accounts(opted_out: AbstractSet[tuple[str, str]] | pl.DataFrame, feed: str) -> list[str]:
    """Accounts of one feed that opted out, in their normal form."""
    pairs = opted_out.select("feed", "account").rows() if isinstance(opted_out, pl.DataFrame) else opted_out
    accounts = sorted(str(account) for name, account in pairs if name == feed)
    normal = pl.DataFrame({"account": pl.Series(accounts, dtype=pl.String)}).select(
        normalise.account(pl.col("account"))
    )
    return normal["account"].drop_nulls().unique().sort().to_list()
