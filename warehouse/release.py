"""Releases: built aside, put in place by one rename, listed, and never changed again.

Order of a publication, each step safe to repeat after a crash: prove, note the digest in the ledger, rename, point
`current` at it, list it, seal the ledger. `finish_publication` takes up a night that stopped in between, and a
withdrawal that was noted and not yet told.
"""

import shutil
from datetime import date
from pathlib import Path

from anonymize.keyring import Keyring
from schemas.errors import DisclosureError, MandiError, NightError
from schemas.home import Home
from schemas.policy import Policy
from schemas.published import SCHEMA_VERSION
from schemas.releases import ListedRelease, ReleaseManifest, WithdrawalReason
from warehouse.chain import entries, withdrawn
from warehouse.demand import SealedTables
from warehouse.duck import Duck
from warehouse.files import flush_folder, flush_tree, tree_digest, write_whole
from warehouse.keys import refuse_other_signing_key
from warehouse.ledger import Ledger
from warehouse.listing import former_list, write_list
from warehouse.provenance import files_digest

MANIFEST, TABLES, EXTRACTS = "release.json", "demand.duckdb", "extracts"


def write_manifest(tables: SealedTables, policy: Policy, staging: Path) -> ReleaseManifest:
    """Writes `release.json` beside the staged tables."""
    sealed = tables.classes
    manifest = ReleaseManifest(
        release_id=sealed.release_id,
        night=sealed.night,
        previous=sealed.previous,
        schema_version=SCHEMA_VERSION,
        policy_name=policy.name,
        policy_version=policy.version,
        policy_digest=sealed.policy_digest,
        classes_digest=sealed.digest,
        chain_head=sealed.chain_head,
        n_classes_new=sealed.n_new,
        n_classes=sealed.frame.height,
        n_demand_rows=tables.n_rows["demand"],
    )
    write_whole(staging / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode())
    return manifest


def publish(tables: SealedTables, ledger: Ledger, home: Home, *, keyring: Keyring, audited_digest: str | None) -> Path:
    """Puts a staged release in place and seals its night.

    Args:
        tables: Proven in this call's process, by the door.
        ledger: The ledger that holds the night.
        home: Where the staged files are, and where releases go.
        keyring: Its signing key signs the list of releases.
        audited_digest: `tree_digest` of the staged files that the audit passed; None if it did not pass.

    Raises: DisclosureError if these very bytes were not audited, or a release of that name holds other classes.
    """
    sealed = tables.classes
    staging = home.staging(sealed.night)
    if audited_digest is None or audited_digest != tree_digest(staging):
        raise DisclosureError(f"{sealed.night}: the staged files have not passed the audit; materialise audit again")
    manifest = manifest_of(staging)
    if manifest.classes_digest != sealed.digest or manifest.chain_head != sealed.chain_head:
        raise DisclosureError(
            f"{sealed.night}: the staged files are not the proven ones; materialise demand_tables again"
        )
    with ledger.duck.transaction():
        ledger.intend(sealed.night, sealed.digest)
    target = home.release(sealed.release_id)
    if not home.releases.exists():
        home.releases.mkdir(parents=True)
        home.releases.chmod(0o755)
    if not target.exists():
        for path in (staging, *staging.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o444)
        flush_tree(staging)
        staging.rename(target)
        flush_folder(home.releases)
    finished = finish_publication(ledger, home, keyring)
    if finished != sealed.night:
        raise DisclosureError(f"release {sealed.release_id} exists and holds other classes; it will not be replaced")
    return target


def finish_publication(ledger: Ledger, home: Home, keyring: Keyring) -> date | None:
    """Finishes the publication of a night that was put in place but not sealed; returns that night, if there is one.

    Keys of epochs that have closed are destroyed here, so that a crash before it is made good as well.

    Raises: NightError if a release is not in the ledger.
    """
    finished = _finish(ledger, home, keyring)
    for epoch in ledger.closed_epochs():
        keyring.destroy_epoch_key(epoch)
    released = earlier_releases(home.releases)
    if finished is None and released:
        refuse_other_ledger(ledger, home)
        tell_withdrawals(ledger, home, keyring)
    return finished


def refuse_other_ledger(ledger: Ledger, home: Home) -> None:
    """Raises NightError if the ledger is not that of the releases: it would form classes anew, forget withdrawals."""
    if told := other_ledger(ledger.duck, home):
        raise NightError(told)


def other_ledger(duck: Duck, home: Home) -> str | None:
    """What is wrong if a release is not in the ledger: one in the place of a lost one, or a backup older than it."""
    released = earlier_releases(home.releases)
    known = set(duck.frame("select release_id from nights")["release_id"])
    unknown = [path.name for path in released if path.name not in known]
    if not unknown:
        return None
    return (
        f"{len(unknown)} of {len(released)} releases are not in the ledger, {unknown[-1]} the newest: it is lost, "
        "older than they are, or of another installation; restore its backup (docs/operations.md, A lost ledger)"
    )


def _finish(ledger: Ledger, home: Home, keyring: Keyring) -> date | None:
    for record in ledger.records():
        folder = home.release(record.release_id)
        if record.is_sealed or record.classes_digest is None or not folder.is_dir():
            continue
        if manifest_of(folder).classes_digest != record.classes_digest:
            continue
        point_at(home, folder)
        list_releases(ledger, home, keyring)
        shutil.rmtree(home.staging(record.night), ignore_errors=True)
        shutil.rmtree(home.scrubbed(record.night), ignore_errors=True)
        ledger.seal(record.night, record.classes_digest, files_digest=files_digest(folder))
        return record.night
    return None


def point_at(home: Home, folder: Path) -> None:
    """Points `current` at a release in one step."""
    aside = home.root / ".current.tmp"
    aside.unlink(missing_ok=True)
    aside.symlink_to(folder.relative_to(home.root), target_is_directory=True)
    aside.replace(home.current)
    flush_folder(home.root)


def list_releases(ledger: Ledger, home: Home, keyring: Keyring) -> tuple[ListedRelease, ...]:
    """Writes `releases.json`, signed: every release, oldest first, and which were withdrawn; returns them.

    A withdrawn release stays listed when its folder is gone. A list that says so already is left as it is.

    Raises: SecretError if the signing key is not the one that signed before.
    """
    former = former_list(home.releases)
    reasons = withdrawn(entries(ledger.duck))
    folders = (path for path in home.releases.iterdir() if (path / MANIFEST).is_file())
    shared = set(ListedRelease.model_fields) - {"withdrawn"}
    known = {release.release_id: release for release in former if release.release_id in reasons}
    known |= {
        folder.name: ListedRelease.model_validate(manifest_of(folder).model_dump(include=shared)) for folder in folders
    }
    told = tuple(
        release.model_copy(update={"withdrawn": reasons.get(release_id)})
        for release_id, release in sorted(known.items())
    )
    if told != former or not former:
        refuse_other_signing_key(ledger, keyring)
        write_list(told, home.releases, keyring.signing_key())
    return told


def withdraw(ledger: Ledger, home: Home, keyring: Keyring, release_id: str, reason: WithdrawalReason) -> None:
    """Notes in the chain that a release was withdrawn, then tells it: list signed anew, `current` at one that stands.

    What cannot be undone comes last: what telling needs is tried before the chain is touched, and where telling fails
    all the same, the same call finishes it. The folder stays until somebody removes it; later extracts say it in their
    `CHANGES.md`.

    Raises: SecretError if the signing key is unusable; NightError if there is no such release, it was withdrawn before
        for another reason, or it is noted and could not be told.
    """
    noted = withdrawn(entries(ledger.duck)).get(release_id)
    if noted is None:
        finish_publication(ledger, home, keyring)
        refuse_other_signing_key(ledger, keyring)
        ledger.withdraw(release_id, reason)
    elif noted != reason:
        raise NightError(f"release {release_id} was withdrawn before, as {noted}: the first reason stands")
    problem = ""
    try:
        if noted is not None:
            finish_publication(ledger, home, keyring)
        tell_withdrawals(ledger, home, keyring)
    except OSError as error:
        problem = f"{Path(error.filename or '').name or 'a file'}: {error.strerror or type(error).__name__}"
    except MandiError as error:
        problem = str(error)
    if problem:
        raise NightError(f"withdrawal of {release_id}: noted, not yet told ({problem}). Mend that; run it again")


def tell_withdrawals(ledger: Ledger, home: Home, keyring: Keyring) -> None:
    """Brings list and `current` in line with what the ledger says was withdrawn; changes nothing where they are."""
    told = list_releases(ledger, home, keyring)
    reasons = {release.release_id for release in told if release.withdrawn}
    if home.current.is_symlink() and home.current.readlink().name in reasons:
        standing = [release for release in told if not release.withdrawn and home.release(release.release_id).is_dir()]
        if standing:
            point_at(home, home.release(standing[-1].release_id))
        else:
            home.current.unlink()
            flush_folder(home.root)


def refuse_released(home: Home, night: date) -> None:
    """Raises NightError if `night` or a later one is released; asks the folders, so that a running night may go on."""
    newest = newest_released(home)
    if newest and night <= newest:
        raise NightError(f"{newest} is released, and nights run in order; land the files under a later night")


def newest_released(home: Home) -> date | None:
    """The newest night that is in place, sealed or not; looks at folders only."""
    released = sorted(path.name for path in home.releases.glob("*") if (path / MANIFEST).is_file())
    return date.fromisoformat(released[-1][: len("YYYY-MM-DD")]) if released else None


def current_tables(home: Home) -> Path:
    """The current release's demand tables.

    Raises: NightError if nothing is released yet.
    """
    path = home.current / TABLES
    if not path.is_file():
        raise NightError(
            f"nothing is released under {home.root.name}/ yet, or all of it was withdrawn; run mandi demo, or mandi "
            "land and mandi night"
        )
    return path


def earlier_releases(releases: Path) -> list[Path]:
    """Folders of everything that was ever published, oldest first; withdrawn releases too."""
    return sorted(path for path in releases.glob("*") if (path / MANIFEST).is_file())


def manifest_of(folder: Path) -> ReleaseManifest:
    """The manifest of a release."""
    return ReleaseManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
