"""Releases: built aside, put in place by one rename, listed, and never changed again.

Order of a publication, each step safe to repeat after a crash: prove, note the digest in the ledger, rename, point
`current` at it, list it, seal the ledger. `finish_publication` takes up a night that stopped in between.
"""

import json
import shutil
from datetime import date
from pathlib import Path

from anonymize.keyring import Keyring
from schemas.errors import DisclosureError, NightError
from schemas.home import Home
from schemas.policy import Policy
from schemas.published import SCHEMA_VERSION
from schemas.releases import ReleaseManifest
from warehouse.demand import SealedTables
from warehouse.files import flush_folder, flush_tree, tree_digest, write_whole
from warehouse.ledger import Ledger
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


def publish(tables: SealedTables, ledger: Ledger, home: Home, *, audited_digest: str | None) -> Path:
    """Puts a staged release in place and seals its night.

    Args:
        tables: Proven in this call's process, by the door.
        ledger: The ledger that holds the night.
        home: Where the staged files are, and where releases go.
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
    finished = finish_publication(ledger, home)
    if finished != sealed.night:
        raise DisclosureError(f"release {sealed.release_id} exists and holds other classes; it will not be replaced")
    return target


def finish_publication(ledger: Ledger, home: Home) -> date | None:
    """Finishes the publication of a night that was put in place but not sealed; returns that night, if there is one.

    Keys of epochs that have closed are destroyed here, so that a crash before it is made good as well.
    """
    finished = _finish(ledger, home)
    for epoch in ledger.closed_epochs():
        Keyring(home.keys).destroy_epoch_key(epoch)
    return finished


def _finish(ledger: Ledger, home: Home) -> date | None:
    for record in ledger.records():
        folder = home.release(record.release_id)
        if record.is_sealed or record.classes_digest is None or not folder.is_dir():
            continue
        if manifest_of(folder).classes_digest != record.classes_digest:
            continue
        point_at(home, folder)
        list_releases(home)
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


def list_releases(home: Home) -> list[ReleaseManifest]:
    """Writes `releases.json`: every release, oldest first; returns them."""
    folders = sorted(path for path in home.releases.iterdir() if path.is_dir() and (path / MANIFEST).is_file())
    manifests = sorted((manifest_of(folder) for folder in folders), key=lambda manifest: manifest.release_id)
    listed = [
        manifest.model_dump(
            mode="json", include={"release_id", "night", "schema_version", "n_classes_new", "n_classes"}
        )
        for manifest in manifests
    ]
    write_whole(home.releases / "releases.json", (json.dumps({"releases": listed}, indent=2) + "\n").encode())
    return manifests


def refuse_released(home: Home, night: date) -> None:
    """Raises NightError if `night` or a later one is released; asks the folders, so that a running night may go on."""
    released = sorted(path.name for path in home.releases.glob("*") if (path / MANIFEST).is_file())
    if released and night.isoformat() <= released[-1][: len("YYYY-MM-DD")]:
        raise NightError(f"{released[-1]} is released, and nights run in order; land the files under a later night")


def current_tables(home: Home) -> Path:
    """The current release's demand tables.

    Raises: NightError if nothing is released yet.
    """
    path = home.current / TABLES
    if not path.is_file():
        raise NightError(
            f"nothing is released under {home.root.name}/ yet; run mandi demo, or mandi land and mandi night"
        )
    return path


def earlier_releases(releases: Path) -> list[Path]:
    """Folders of everything that was ever published, oldest first; withdrawn releases too."""
    return sorted(path for path in releases.glob("*") if (path / MANIFEST).is_file())


def manifest_of(folder: Path) -> ReleaseManifest:
    """The manifest of a release."""
    return ReleaseManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
