"""What the ledger knows of the keys, and what changes them: a new signing key, an epoch's key destroyed early.

Belongs here: comparing keys with their fingerprints, and the receipts in the chain. Does not belong here: key material
(`anonymize.keyring`). The key of an epoch that closes in its time is destroyed by `release.finish_publication`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from anonymize.keyring import CACHE, SIGNING, Keyring, epoch_name
from schemas.errors import NightError, SecretError
from warehouse.chain import append
from warehouse.ledger import Ledger
from warehouse.statements import statement


@dataclass(frozen=True)
class KeyState:
    """One key, for whoever looks after them; no key material."""

    name: str
    state: str
    is_wrong: bool = False
    public: str | None = None
    """The public half of the signing key, which recipients compare."""


@dataclass(frozen=True)
class Destroyed:
    """What left the ledger with the key of an epoch."""

    epoch: int
    n_destroyed: int
    """Events that waited."""

    n_event_keys: int
    n_accounts: int


def know_signing_key(ledger: Ledger, keyring: Keyring) -> None:
    """Notes the signing key when it is first used; afterwards the same one is asked for.

    Raises: SecretError if it is another one, or unusable.
    """
    refuse_other_signing_key(ledger, keyring)
    if _known_signing_key(ledger) is None:
        found = keyring.signing_fingerprint()
        ledger.duck.run("insert into known_keys values ($name, $print)", name=SIGNING, print=found)


def refuse_other_signing_key(ledger: Ledger, keyring: Keyring) -> None:
    """Raises SecretError if the signing key is missing or is not the one that signed before."""
    known = _known_signing_key(ledger)
    if known is None:
        return
    if keyring.signing_fingerprint(must_exist=True) != known:
        raise SecretError(
            "the signing key is not the one that signed before; restore it, or run mandi keys rotate signing and tell "
            "the recipients"
        )


def rotate_signing_key(ledger: Ledger, keyring: Keyring) -> tuple[str, str]:
    """Lets another key sign from the next release on, and links that to the chain; the one before is gone.

    A call that was interrupted is finished by the next. A key that is kept elsewhere is replaced there first.

    Returns: the public halves of the key before and of the new one.

    Raises: NightError if nothing was signed yet or a night is not published; SecretError if a key is unusable.
    """
    known = _known_signing_key(ledger)
    if known is None:
        raise NightError("nothing was signed here yet; the first night makes the signing key")
    _refuse_open_night(ledger)
    new = keyring.next_signing_fingerprint()
    if new == known and not keyring.source.makes_keys:
        raise SecretError("the signing key is still the one before; replace it where it is kept, then run this again")
    if new != known:
        with ledger.duck.transaction():
            facts = {"key": SIGNING, "before": known, "after": new}
            append(ledger.duck, "key_rotated", ledger.last_sealed() or date.min, facts)
            ledger.duck.run("update known_keys set fingerprint = $print where name = $name", print=new, name=SIGNING)
    keyring.adopt_next_signing_key()
    return known, new


def destroy_epoch(ledger: Ledger, keyring: Keyring, epoch: int) -> Destroyed:
    """Closes an epoch before its time: what waits of it and its pseudonyms leave the ledger, its key is destroyed.

    Guarantee: the receipt is in the chain in the transaction that removes the rows, and whoever opens the ledger next
        destroys the key if this process died before it could; the next night accounts for what waited as erased
        (`tests/unit/test_keys_command.py`).

    Raises: NightError if a night is not published, an earlier epoch is open, or the epoch is closed or unknown.
    """
    _refuse_open_night(ledger)
    if epoch in ledger.closed_epochs() or keyring.is_destroyed(epoch):
        raise NightError(f"{epoch_name(epoch)} was destroyed before; mandi ledger verify shows its receipt")
    if epoch not in ledger.epochs() and not keyring.has_epoch_key(epoch):
        raise NightError(f"there is no key {epoch_name(epoch)}; mandi keys status lists them")
    earlier = [known for known in ledger.epochs() if known < epoch]
    if earlier:
        raise NightError(f"{epoch_name(earlier[0])} is older and open; epochs end in their order, so destroy it first")
    with ledger.duck.transaction():
        [(n_destroyed, n_event_keys, n_accounts)] = ledger.duck.frame(statement("ledger/leaving"), epoch=epoch).rows()
        facts = {
            "epoch": epoch,
            "is_early": True,
            "receipt": secrets.token_hex(16),
            "n_destroyed": n_destroyed,
            "n_event_keys": n_event_keys,
            "n_accounts": n_accounts,
        }
        append(ledger.duck, "epoch_closed", ledger.last_sealed() or date.min, facts)
        ledger.duck.run(statement("ledger/destroy_early"), epoch=epoch)
        ledger.duck.run("insert into erasures values ($receipt, $n, null)", receipt=facts["receipt"], n=n_destroyed)
        ledger.duck.run(statement("ledger/close"), closed_epoch=epoch)
    keyring.destroy_epoch_key(epoch)
    return Destroyed(epoch, n_destroyed, n_event_keys, n_accounts)


def key_states(ledger: Ledger, keyring: Keyring) -> tuple[KeyState, ...]:
    """Every key that this home has, had or needs, and whether it is the one the ledger knows."""
    known = dict(ledger.duck.frame("select epoch, fingerprint from epochs").iter_rows())
    closed = set(ledger.closed_epochs())
    states = [
        _epoch_state(keyring, epoch, known.get(epoch), is_closed=epoch in closed)
        for epoch in sorted({*known, *closed, *keyring.epochs()})
    ]
    return (*states, _signing_state(keyring, _known_signing_key(ledger)), _cache_state(keyring))


def _epoch_state(keyring: Keyring, epoch: int, known: str | None, *, is_closed: bool) -> KeyState:
    name = epoch_name(epoch)
    if keyring.is_destroyed(epoch):
        return KeyState(name, "destroyed", is_wrong=known is not None)
    if is_closed:
        return KeyState(name, "its epoch has closed and it is still there; the next night destroys it", is_wrong=True)
    found, problem = _asked(lambda: keyring.fingerprint(epoch))
    if problem:
        return KeyState(name, problem, is_wrong=True)
    if known is None:
        return KeyState(name, "made, not used yet")
    return KeyState(name, "in use") if found == known else KeyState(name, "is not the one in use", is_wrong=True)


def _signing_state(keyring: Keyring, known: str | None) -> KeyState:
    if known is None and not keyring.has(SIGNING):
        return KeyState(SIGNING, "not made yet")
    found, problem = _asked(lambda: keyring.signing_fingerprint(must_exist=True))
    if problem:
        return KeyState(SIGNING, problem, is_wrong=True)
    if known is None:
        return KeyState(SIGNING, "made, not used yet", public=found)
    is_other = found != known
    return KeyState(SIGNING, "is not the one that signed before" if is_other else "in use", is_other, found)


def _cache_state(keyring: Keyring) -> KeyState:
    if not keyring.has(CACHE):
        return KeyState(CACHE, "not made yet")
    _, problem = _asked(lambda: keyring.cache_key().hex()[:0])
    return KeyState(CACHE, problem or "in use", is_wrong=bool(problem))


def _asked(ask: Callable[[], str]) -> tuple[str, str]:
    """What a key answers, or else what is wrong with it."""
    try:
        return ask(), ""
    except SecretError as error:
        return "", str(error).partition(": ")[2] or str(error)


def _known_signing_key(ledger: Ledger) -> str | None:
    known = ledger.duck.value("select fingerprint from known_keys where name = $name", name=SIGNING)
    return known if isinstance(known, str) else None


def _refuse_open_night(ledger: Ledger) -> None:
    waiting = [record.night for record in ledger.records() if not record.is_sealed]
    if waiting:
        raise NightError(f"night {waiting[0]} is not published yet; run mandi night {waiting[0]} first")
