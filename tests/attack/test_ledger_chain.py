"""The ledger's chain.

What the attacker wants: to change what was published, under which policy, or how many events a night took in, without
anybody noticing. They can write to the ledger file and to the folder of releases. `mandi ledger verify` computes every
digest again and names the first broken link; a ledger nobody touched passes.
"""

import shutil
from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest

from schemas.errors import DisclosureError
from tests.support.releases import House, house
from tests.support.scrubbed import NIGHT, orders, scrubbed
from tests.support.small_world import policy
from warehouse.chain import Entry, append, canonical, digest_of_text
from warehouse.erasure import forget
from warehouse.files import tree_digest
from warehouse.provenance import digest_of_code
from warehouse.verification import Link, first_problem, verify

SECOND, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Three releases, with an erasure between the second and the third."""
    folder = tmp_path_factory.mktemp("home")
    with house(folder) as opened:
        opened.books.take(NIGHT, orders(100, 110, 120), orders(70, event="w", buyer="w", country="TZ"))
        opened.publish(opened.stage(NIGHT))
        opened.books.take(SECOND, orders(80, 90, 95, country="AE", feed="jerseys"))
        opened.publish(opened.stage(SECOND))
        accounts = scrubbed({"buyer": "w"}).select("epoch", account="key_account")
        forget(opened.books.ledger, accounts, receipt="0" * 32, counts={"n_landed": 1})
        opened.books.take(THIRD, orders(60, 65, 70, country="SA", feed="shirts"))
        opened.publish(opened.stage(THIRD))
    return folder


@pytest.fixture
def home(tmp_path, published):
    shutil.copytree(published, tmp_path, dirs_exist_ok=True, symlinks=True)
    with house(tmp_path) as opened:
        yield opened


def _verified(home: House, **audited: str) -> tuple[Link, ...]:
    digests = {date.fromisoformat(night.strip("_").replace("_", "-")): digest for night, digest in audited.items()}
    return verify(home.books.ledger, home.home, audited=digests)


def _problem(home: House) -> str:
    problem = first_problem(_verified(home))
    assert problem is not None
    return problem


def test_an_untouched_ledger_passes_and_tells_each_release_and_receipt(home: House):
    links = _verified(home)
    assert first_problem(links) is None
    assert [(link.number, link.kind, link.night) for link in links] == [
        (1, "release", NIGHT.isoformat()),
        (2, "release", SECOND.isoformat()),
        (3, "erasure", SECOND.isoformat()),
        (4, "release", THIRD.isoformat()),
    ]


@pytest.mark.parametrize(
    ("tampering", "entry", "why"),
    [
        ("update class_measures set amount = amount + 1 where night = $n and measure = 'n_events'", 2, "facts"),
        ("update class_measures set is_given = not is_given where night = $n", 2, "facts"),
        ("update classes set place_code = 'TZ' where night = $n", 2, "facts"),
        ("update classes set product_level = 'chapter' where night = $n", 2, "facts"),
        ("delete from classes where night = $n; delete from class_measures where night = $n", 2, "facts"),
        ("update nights set policy_digest = 'another' where night = $n", 2, "policy"),
        ("update nights set code_digest = 'another' where night = $n", 2, "code"),
        ("update nights set taxonomy_digest = 'another' where night = $n", 2, "taxonomy"),
        ("update nights set n_refused = n_refused + 1, n_rows = n_rows + 1 where night = $n", 2, "accounting"),
        ("update nights set classes_digest = 'another' where night = $n", 2, "classes"),
        ("delete from nights where night = $n", 2, "does not know as published"),
        ("update chain set body = replace(body, 'release', 'erasure') where number = 2", 2, "was changed"),
        ("update chain set body = 'no json' where number = 2", 2, "was changed"),
        ("delete from chain where number = 2", 2, "missing or out of order"),
        ("delete from chain where number = 1", 1, "missing or out of order"),
        ("update chain set number = 5 - number where number in (2, 3)", 2, "missing or out of order"),
        ("delete from chain where number = 4", 4, "has no entry"),
    ],
)
def test_each_way_to_change_the_ledger_breaks_the_link_it_touches(home: House, tampering: str, entry: int, why: str):
    home.books.run(tampering, n=SECOND)
    problem = _problem(home)
    assert f"entry {entry} " in problem and why in problem


def _forge(home: House, number: int, old: str, new: str) -> None:
    """Changes an entry and computes its digest again, as somebody does who has read the code."""
    [body] = [entry.body for entry in home.books.chain() if entry.number == number]
    forged = body.replace(old, new)
    assert forged != body
    home.books.run(
        "update chain set body = $body, digest = $digest where number = $number",
        body=forged, digest=digest_of_text(forged), number=number,
    )  # fmt: skip


def test_an_entry_forged_with_its_digest_breaks_the_next_link(home: House):
    _forge(home, 3, '"n_landed":1', '"n_landed":2')
    assert "entry 4 " in _problem(home) and "does not follow" in _problem(home)


def test_entries_exchanged_with_their_numbers_and_digests_are_found(home: House):
    bodies = {entry.number: entry.facts for entry in home.books.chain()}
    for number, other in ((2, 3), (3, 2)):
        body = canonical(bodies[other] | {"number": number})
        home.books.run(
            "update chain set body = $body, digest = $digest where number = $number",
            body=body, digest=digest_of_text(body), number=number,
        )  # fmt: skip
    assert "entry 2 " in _problem(home) and "does not follow" in _problem(home)


def test_a_policy_digest_changed_everywhere_in_the_ledger_is_told_by_the_published_manifest(home: House):
    """All of the chain forged from the last entry on: what was published still says otherwise."""
    old = home.books.ledger.record(THIRD).policy_digest
    home.books.run("update nights set policy_digest = 'another' where night = $night", night=THIRD)
    _forge(home, 4, f'"policy_digest":"{old}"', '"policy_digest":"another"')
    assert "entry 4 " in _problem(home) and "release.json" in _problem(home)


def test_a_chain_rewritten_from_its_first_entry_on_is_told_by_any_release_somebody_kept(home: House):
    _forge(home, 1, '"night":"2026-01-20"', '"night":"2026-01-20" ')
    entries = home.books.chain()
    for before, entry in pairwise(entries):
        previous = home.books.rows("select digest from chain where number = $n", n=before.number)[0][0]
        body = canonical(entry.facts | {"previous": previous})
        home.books.run(
            "update chain set body = $body, digest = $digest where number = $n",
            body=body, digest=digest_of_text(body), n=entry.number,
        )  # fmt: skip
    assert "entry 2 " in _problem(home) and "release.json" in _problem(home)


@pytest.mark.parametrize("change", ["changed", "added", "removed", "renamed", "table", "comment", "manifest", "gone"])
def test_each_way_to_change_published_files_is_found(home: House, change: str):
    folder = home.home.release(SECOND.isoformat())
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    extract = folder / "extracts" / "knitwear" / "demand.parquet"
    match change:
        case "changed":
            extract.write_bytes(extract.read_bytes() + b" ")
        case "added":
            (folder / "note.txt").write_text("a note")
        case "removed":
            extract.unlink()
        case "renamed":
            extract.rename(extract.with_name("other.parquet"))
        case "table" | "comment":
            sql = "update demand set n_events = n_events + 1" if change == "table" else "comment on table demand is 'x'"
            with duckdb.connect(str(folder / "demand.duckdb")) as connection:
                connection.execute(sql)
        case "manifest":
            text = (folder / "release.json").read_text()
            (folder / "release.json").write_text(text.replace('"policy_version": 2', '"policy_version": 3'))
        case "gone":
            shutil.rmtree(folder)
    assert "entry 2 " in _problem(home) and ("files" in _problem(home) or "no folder" in _problem(home))


def test_bytes_hidden_in_a_duckdb_file_without_changing_a_table_are_told_by_the_audits_digest(home: House):
    folder = home.home.release(SECOND.isoformat())
    digest = tree_digest(folder)
    assert first_problem(_verified(home, _2026_01_21=digest)) is None
    path = folder / "demand.duckdb"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"hidden")
    assert first_problem(_verified(home)) is None
    assert "not those the audit passed" in (first_problem(_verified(home, _2026_01_21=digest)) or "")


def test_a_release_slipped_in_beside_the_others_is_found(home: House):
    shutil.copytree(home.home.release(THIRD.isoformat()), home.home.release("2026-01-30"))
    assert "2026-01-30" in _problem(home) and "has no entry" in _problem(home)


def test_a_withdrawn_release_may_be_gone_and_no_other(home: House):
    home.books.ledger.withdraw(SECOND.isoformat(), "wrong_input")
    shutil.rmtree(home.home.release(SECOND.isoformat()))
    assert first_problem(_verified(home)) is None
    assert home.books.chain()[-1].facts["kind"] == "withdrawal"


def test_the_door_refuses_a_night_after_a_broken_chain(home: House):
    _forge(home, 3, '"n_landed":1', '"n_landed":2')
    home.books.take(THIRD + timedelta(days=1))
    with pytest.raises(DisclosureError, match="the chain over them"):
        home.books.prove(THIRD + timedelta(days=1))


def test_nothing_is_added_to_a_broken_chain(home: House):
    home.books.run("delete from chain where number = 2")
    with pytest.raises(DisclosureError, match="mandi ledger verify"):
        append(home.books.ledger.duck, "withdrawal", NIGHT, {})


def test_a_release_tells_the_head_of_the_chain_before_it(home: House):
    heads = [link.digest for link in _verified(home)]
    text = (home.home.release(THIRD.isoformat()) / "release.json").read_text()
    assert f'"chain_head": "{heads[2]}"' in text


def test_an_entry_cannot_be_guessed_from_its_digest_without_the_keys(home: House):
    """The counts of a small night could be tried one by one; the salt in the body depends on key fingerprints."""
    entry = home.books.chain()[0]
    home.books.run("update epochs set fingerprint = 'another'")
    assert entry.facts["salt"] not in {home.books.ledger._salt(), digest_of_text("")}
    assert Entry(1, canonical(entry.facts | {"salt": ""}), "").digest != digest_of_text(entry.body)


def test_a_night_formed_by_other_code_or_trees_is_not_proven(home: House):
    night = THIRD + timedelta(days=1)
    home.books.take(night, orders(70, 75, 80, feed="later"))
    for column in ("code_digest", "taxonomy_digest"):
        [(kept,)] = home.books.rows(f"select {column} from nights where night = $n", n=night)
        home.books.run(f"update nights set {column} = 'another' where night = $n", n=night)
        with pytest.raises(Exception, match="other code or trees"):
            home.books.prove(night)
        home.books.run(f"update nights set {column} = $kept where night = $n", kept=kept, n=night)
    assert home.books.prove(night, policy()).n_new == 1


def test_the_code_digest_follows_every_file_of_the_rooms_that_decide(tmp_path):
    for room in ("schemas", "anonymize", "warehouse", "pipelines"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "a.py").write_text("a = 1")
    (tmp_path / "warehouse" / "b.sql").write_text("select 1")
    before = digest_of_code(tmp_path)
    (tmp_path / "pipelines" / "a.py").write_text("a = 2")
    assert digest_of_code(tmp_path) == before
    for name in ("schemas/a.py", "anonymize/a.py", "warehouse/b.sql"):
        kept = (tmp_path / name).read_text()
        (tmp_path / name).write_text(kept + " ")
        assert digest_of_code(tmp_path) != before
        (tmp_path / name).write_text(kept)
    assert digest_of_code(tmp_path) == before
