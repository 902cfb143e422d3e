"""A release is put in place by one rename, listed, and finished after a crash between any two of its steps."""

import json
import shutil
from datetime import timedelta

import pytest

from schemas.errors import DisclosureError, NightError, SecretError
from tests.support.releases import House, house
from tests.support.scrubbed import NIGHT, orders
from warehouse import release
from warehouse.chain import entries, withdrawn
from warehouse.files import tree_digest
from warehouse.keys import know_signing_key
from warehouse.listing import read_list
from warehouse.release import current_tables, finish_publication, list_releases, point_at, publish, withdraw

NEXT = NIGHT + timedelta(days=1)


class PowerCutError(Exception):
    """What no step expects."""


@pytest.fixture(scope="module")
def one_night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with house(folder) as opened:
        opened.books.take(NIGHT, orders(100, 110, 120), orders(80, 90, 95, country="AE", feed="jerseys"))
    return folder


@pytest.fixture
def home(tmp_path, one_night):
    """A home of its own for each test, with a night of two classes that is not published."""
    shutil.copytree(one_night, tmp_path, dirs_exist_ok=True)
    with house(tmp_path) as opened:
        yield opened


def _is_whole(house: House) -> bool:
    record = house.books.ledger.record(NIGHT)
    return (
        record.is_sealed
        and house.home.current.resolve() == house.home.release(record.release_id)
        and [listed["release_id"] for listed in _listed(house)] == [record.release_id]
        and house.books.rows("select count(*) from pool where fate is not null") == [(0,)]
        and not house.home.staging(NIGHT).exists()
    )


def _listed(house: House) -> list[dict]:
    return json.loads((house.home.releases / "releases.json").read_text())["releases"]


def test_a_publication_renames_points_lists_and_seals(home: House):
    tables = home.stage(NIGHT)
    digest = tree_digest(home.home.staging(NIGHT))
    folder = home.publish(tables)
    assert folder == home.home.releases / "2026-01-20"
    assert tree_digest(folder) == digest
    assert _is_whole(home)
    assert str(home.home.current.readlink()) == "releases/2026-01-20"
    assert current_tables(home.home).resolve() == folder / "demand.duckdb"


def test_published_files_can_be_read_by_all_and_written_by_none(home: House):
    folder = home.publish(home.stage(NIGHT))
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o444}
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o755}


def test_the_next_release_stands_beside_the_first_and_current_moves_on(home: House):
    first = home.publish(home.stage(NIGHT))
    digest = tree_digest(first)
    home.books.take(NEXT, orders(70, 75, 80, country="TZ", feed="shirts"))
    second = home.publish(home.stage(NEXT))
    assert home.home.current.resolve() == second
    assert [listed["release_id"] for listed in _listed(home)] == ["2026-01-20", "2026-01-21"]
    assert [listed["n_classes"] for listed in _listed(home)] == [2, 3]
    assert tree_digest(first) == digest


def test_an_empty_ledger_in_the_place_of_a_lost_one_is_refused_and_rewrites_no_list(home: House, tmp_path):
    home.publish(home.stage(NIGHT))
    withdraw(home.books.ledger, home.home, home.keyring, NIGHT.isoformat(), "wrong_input")
    listed = (home.home.releases / "releases.json").read_bytes()
    told = "1 of 1 releases are not in the ledger, 2026-01-20 the newest"
    with house(tmp_path / "another") as another, pytest.raises(NightError, match=told):
        finish_publication(another.books.ledger, home.home, home.keyring)
    assert (home.home.releases / "releases.json").read_bytes() == listed


@pytest.mark.parametrize("audited", [None, "", "0" * 64])
def test_files_that_the_audit_did_not_pass_are_refused(home: House, audited):
    tables = home.stage(NIGHT)
    with pytest.raises(DisclosureError, match="have not passed the audit"):
        publish(tables, home.books.ledger, home.home, keyring=home.keyring, audited_digest=audited)
    assert not home.home.releases.exists() and not home.home.current.exists()
    assert not home.books.ledger.record(NIGHT).is_sealed


@pytest.mark.parametrize("change", ["changed", "added", "removed", "renamed"])
def test_files_that_changed_after_the_audit_are_refused(home: House, change):
    tables = home.stage(NIGHT)
    staging = home.home.staging(NIGHT)
    audited = tree_digest(staging)
    extract = staging / "extracts" / "knitwear" / "demand.parquet"
    match change:
        case "changed":
            extract.write_bytes(extract.read_bytes() + b" ")
        case "added":
            (staging / "note.txt").write_text("a note")
        case "removed":
            extract.unlink()
        case "renamed":
            extract.rename(extract.with_name("other.parquet"))
    with pytest.raises(DisclosureError, match="have not passed the audit"):
        publish(tables, home.books.ledger, home.home, keyring=home.keyring, audited_digest=audited)
    assert not home.home.releases.exists()


def test_staged_files_of_an_earlier_try_with_other_classes_are_refused(home: House):
    home.stage(NIGHT)
    audited = tree_digest(home.home.staging(NIGHT))
    stale = home.home.staging(NIGHT).rename(home.home.private / "stale")
    home.books.take(NIGHT, orders(100, 110, 120))
    tables = home.stage(NIGHT)
    home.home.staging(NIGHT).rename(home.home.private / "fresh")
    stale.rename(home.home.staging(NIGHT))
    with pytest.raises(DisclosureError, match="not the proven ones"):
        publish(tables, home.books.ledger, home.home, keyring=home.keyring, audited_digest=audited)


def test_a_release_of_that_name_with_other_classes_is_not_replaced(home: House):
    other = home.publish(home.stage(NIGHT))
    digest = tree_digest(other)
    home.books.run("update nights set is_sealed = false, classes_digest = null; delete from chain")
    home.books.take(NIGHT, orders(70, 75, 80, feed="another"))
    with pytest.raises(DisclosureError, match="will not be replaced"):
        home.publish(home.stage(NIGHT))
    assert tree_digest(other) == digest
    assert not home.books.ledger.record(NIGHT).is_sealed


@pytest.mark.parametrize("step", ["flush_tree", "flush_folder", "finish_publication", "point_at", "list_releases"])
def test_a_crash_at_any_step_is_finished_later(home: House, monkeypatch, step):
    tables = home.stage(NIGHT)
    with monkeypatch.context() as patched:
        patched.setattr(release, step, lambda *_: (_ for _ in ()).throw(PowerCutError()))
        with pytest.raises(PowerCutError):
            home.publish(tables)
    is_in_place = home.home.release("2026-01-20").is_dir()
    assert is_in_place == (step != "flush_tree")
    assert not home.books.ledger.record(NIGHT).is_sealed
    assert finish_publication(home.books.ledger, home.home, home.keyring) == (NIGHT if is_in_place else None)
    if not is_in_place:
        home.publish(tables)
    assert _is_whole(home)


def test_a_crash_before_the_seal_is_finished_later(home: House, monkeypatch):
    tables = home.stage(NIGHT)
    with monkeypatch.context() as patched:
        patched.setattr(type(home.books.ledger), "seal", lambda *_, **__: (_ for _ in ()).throw(PowerCutError()))
        with pytest.raises(PowerCutError):
            home.publish(tables)
    assert not home.books.ledger.record(NIGHT).is_sealed
    assert finish_publication(home.books.ledger, home.home, home.keyring) == NIGHT
    assert _is_whole(home)


def test_a_crash_after_the_intent_leaves_nothing_to_finish_and_the_night_may_run_again(home: House):
    tables = home.stage(NIGHT)
    home.books.ledger.intend(NIGHT, tables.classes.digest)
    assert finish_publication(home.books.ledger, home.home, home.keyring) is None
    home.books.take(NIGHT, orders(100, 110, 120))
    assert home.books.ledger.record(NIGHT).classes_digest is None


def test_a_publication_that_is_repeated_after_a_crash_finds_its_own_files_in_place(home: House, monkeypatch):
    tables = home.stage(NIGHT)
    with monkeypatch.context() as patched:
        patched.setattr(type(home.books.ledger), "seal", lambda *_, **__: (_ for _ in ()).throw(PowerCutError()))
        with pytest.raises(PowerCutError):
            home.publish(tables)
    digest = tree_digest(home.home.release("2026-01-20"))
    assert home.publish(home.stage(NIGHT)) == home.home.release("2026-01-20")
    assert tree_digest(home.home.release("2026-01-20")) == digest
    assert _is_whole(home)


def test_a_folder_of_other_classes_does_not_finish_a_night(home: House):
    tables = home.stage(NIGHT)
    folder = home.publish(tables)
    home.books.run("update nights set is_sealed = false, classes_digest = 'another'")
    assert finish_publication(home.books.ledger, home.home, home.keyring) is None
    assert folder.is_dir()


def test_finishing_twice_changes_nothing(home: House):
    home.publish(home.stage(NIGHT))
    contents = home.books.contents()
    assert finish_publication(home.books.ledger, home.home, home.keyring) is None
    assert home.books.contents() == contents and _is_whole(home)


def test_current_moves_in_one_step_even_over_what_a_crash_left(home: House):
    folder = home.publish(home.stage(NIGHT))
    (home.home.root / ".current.tmp").symlink_to("nowhere")
    point_at(home.home, folder)
    assert home.home.current.resolve() == folder
    assert not (home.home.root / ".current.tmp").is_symlink()


def test_a_folder_without_a_manifest_is_not_listed(home: House):
    home.publish(home.stage(NIGHT))
    (home.home.releases / "half").mkdir()
    assert [manifest.release_id for manifest in list_releases(home.books.ledger, home.home, home.keyring)] == [
        "2026-01-20"
    ]


def test_without_a_release_there_are_no_current_tables(home: House):
    with pytest.raises(NightError, match="nothing is released"):
        current_tables(home.home)


def test_the_manifest_tells_policy_schema_and_counts_and_nothing_of_the_pool(home: House):
    home.books.take(NIGHT, orders(100, 110, 120), orders(80, product_code="6110", country="AE", event="w", buyer="w"))
    folder = home.publish(home.stage(NIGHT))
    told = json.loads((folder / "release.json").read_text())
    assert set(told) == {
        "release_id", "night", "previous", "schema_version", "policy_name", "policy_version", "policy_digest",
        "classes_digest", "chain_head", "n_classes_new", "n_classes", "n_demand_rows",
    }  # fmt: skip
    assert (told["previous"], told["n_classes_new"], told["n_classes"]) == (None, 1, 1)


# Withdrawing.


@pytest.fixture
def two(home: House) -> House:
    """Two published releases."""
    home.publish(home.stage(NIGHT))
    home.books.take(NEXT, orders(70, 75, 80, country="TZ", feed="shirts"))
    home.publish(home.stage(NEXT))
    return home


def test_a_withdrawn_release_is_told_with_its_reason_and_the_list_stays_signed(two: House):
    withdraw(two.books.ledger, two.home, two.keyring, "2026-01-20", "wrong_input")
    assert [(each["release_id"], each["withdrawn"]) for each in _listed(two)] == [
        ("2026-01-20", "wrong_input"),
        ("2026-01-21", None),
    ]
    key = two.keyring.signing_key(must_exist=True).public_key()
    content = (two.home.releases / "releases.json").read_bytes()
    assert [each.withdrawn for each in read_list(content, key)] == ["wrong_input", None]
    assert two.home.current.resolve().name == "2026-01-21"


def test_current_moves_to_the_newest_release_that_stands_and_goes_with_the_last(two: House):
    withdraw(two.books.ledger, two.home, two.keyring, "2026-01-21", "unsafe")
    assert two.home.current.resolve().name == "2026-01-20"
    withdraw(two.books.ledger, two.home, two.keyring, "2026-01-20", "unsafe")
    assert not two.home.current.is_symlink()
    with pytest.raises(NightError, match="or all of it was withdrawn"):
        current_tables(two.home)


def test_a_withdrawn_release_whose_folder_is_gone_stays_listed(two: House):
    withdraw(two.books.ledger, two.home, two.keyring, "2026-01-20", "wrong_result")
    shutil.rmtree(two.home.release("2026-01-20"))
    list_releases(two.books.ledger, two.home, two.keyring)
    assert [(each["release_id"], each["withdrawn"]) for each in _listed(two)] == [
        ("2026-01-20", "wrong_result"),
        ("2026-01-21", None),
    ]


def test_a_release_is_withdrawn_once_and_only_if_it_exists(two: House):
    for _ in range(2):  # the same once more changes nothing: whoever was interrupted gives the command again
        withdraw(two.books.ledger, two.home, two.keyring, "2026-01-20", "unsafe")
    assert _withdrawals(two) == ["2026-01-20"]
    for release_id, reason, problem in (
        ("2026-01-20", "wrong_input", "was withdrawn before, as unsafe"),
        ("2026-01-22", "unsafe", "there is no release"),
    ):
        with pytest.raises(NightError, match=problem):
            withdraw(two.books.ledger, two.home, two.keyring, release_id, reason)


def test_a_withdrawal_that_cannot_be_signed_is_not_noted_and_one_that_is_not_told_is_told_later(
    two: House,
):
    args = (two.books.ledger, two.home, two.keyring, "2026-01-21", "unsafe")
    signing = two.home.keys / "signing.key"
    with two.books.ledger.duck.transaction():
        know_signing_key(two.books.ledger, two.keyring)
    signing.chmod(0o777)
    with pytest.raises(SecretError, match="others may read"):
        withdraw(*args)
    assert _withdrawals(two) == []
    signing.chmod(0o600)

    in_the_way = two.home.root / ".current.tmp"
    in_the_way.mkdir()
    for _ in range(2):
        with pytest.raises(NightError, match=r"noted, not yet told \(.*\)\. Mend that; run it again"):
            withdraw(*args)
    in_the_way.rmdir()
    withdraw(*args)
    assert _withdrawals(two) == ["2026-01-21"] and two.home.current.resolve().name == "2026-01-20"
    assert [each["withdrawn"] for each in _listed(two)] == [None, "unsafe"]


def _withdrawals(house: House) -> list[str]:
    return list(withdrawn(entries(house.books.ledger.duck)))


def test_a_withdrawal_that_was_noted_and_not_told_is_told_by_whoever_comes_next(two: House):
    two.books.ledger.withdraw("2026-01-21", "unsafe")
    assert two.home.current.resolve().name == "2026-01-21"
    assert finish_publication(two.books.ledger, two.home, two.keyring) is None
    assert two.home.current.resolve().name == "2026-01-20"
    assert [each["withdrawn"] for each in _listed(two)] == [None, "unsafe"]


def test_the_next_release_tells_every_body_what_was_withdrawn_and_what_is_new(two: House):
    withdraw(two.books.ledger, two.home, two.keyring, "2026-01-21", "wrong_policy")
    third = NEXT + timedelta(days=1)
    two.books.take(third, orders(50, 55, 60, country="SA", feed="caps", product_code="6109"))
    folder = two.publish(two.stage(third))
    told = (folder / "extracts" / "knitwear" / "CHANGES.md").read_text()
    assert "- 2026-01-21: It was made under a policy that should not have held." in told
    assert "1 new class holds 3 events." in told and "| order | 2026-01 | 1 | 3 | 12 |" in told
    assert two.home.current.resolve() == folder
