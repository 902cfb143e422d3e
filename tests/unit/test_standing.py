"""Where an extract stands: one of four states, told by the folder and the publisher's list, anywhere."""

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.errors import ConfigurationError, FeedFileError
from schemas.releases import ListedRelease
from tests.support.releases import KEY
from warehouse.listing import LIST, listed, write_list
from warehouse.signatures import sign
from warehouse.standing import EXIT_CODES, MAX_LIST_BYTES, State, list_beside, read_releases, standing

ANOTHER = Ed25519PrivateKey.from_private_bytes(b"a" * 32)
DAYS = ("2026-01-20", "2026-01-21", "2026-01-22")


def one(release_id: str, withdrawn=None) -> ListedRelease:
    return ListedRelease(
        release_id=release_id,
        night=release_id,
        schema_version="1.1.0",
        n_classes_new=1,
        n_classes=2,
        withdrawn=withdrawn,
    )


def extract_of(release_id: str, folder: Path, key=KEY) -> Path:
    folder.mkdir(parents=True)
    (folder / "demand.parquet").write_bytes(b"rows")
    (folder / "datapackage.json").write_text(json.dumps({"mandi": {"release_id": release_id}}))
    sign(folder, key)
    return folder


@pytest.fixture
def extract(tmp_path):
    return extract_of(DAYS[1], tmp_path / "aepc")


def list_of(tmp_path: Path, *releases: ListedRelease, key=KEY) -> bytes:
    write_list(releases, tmp_path, key)
    return (tmp_path / LIST).read_bytes()


@pytest.mark.parametrize(
    ("releases", "state", "told"),
    [
        ((one(DAYS[0]), one(DAYS[1])), State.VALID, "it is the newest of a list that goes to 2026-01-21"),
        ((one(DAYS[0]), one(DAYS[1]), one(DAYS[2])), State.SUPERSEDED, "the newest release is 2026-01-22"),
        ((one(DAYS[1]), one(DAYS[2], "unsafe")), State.VALID, "it is the newest of a list that goes to 2026-01-22"),
        ((one(DAYS[1], "wrong_input"),), State.WITHDRAWN, "A feed had delivered wrong data."),
        ((one(DAYS[1], "wrong_input"), one(DAYS[2])), State.WITHDRAWN, "A feed had delivered wrong data."),
        ((one(DAYS[0]),), State.VALID, "the list ends with release 2026-01-20, before this one; fetch a newer list"),
        ((), State.VALID, "the list ends with release none, before this one; fetch a newer list"),
        (
            (one(DAYS[0]), one(DAYS[2])),
            State.TAMPERED,
            "the publisher's list, which goes to 2026-01-22, knows no release 2026-01-21",
        ),
    ],
    ids=[
        "newest",
        "older",
        "older than a withdrawn one",
        "withdrawn",
        "withdrawn and older",
        "stale",
        "empty",
        "unknown",
    ],
)
def test_an_extract_is_what_the_list_makes_of_it(extract, tmp_path, releases, state, told):
    found = standing(extract, releases=list_of(tmp_path, *releases))
    assert (found.state, found.told, found.release_id) == (state, (told,), DAYS[1])


def test_a_folder_alone_is_valid_and_says_what_it_cannot_know(extract):
    found = standing(extract)
    assert found.state == State.VALID
    assert "superseded or withdrawn stands in the publisher's list" in found.told[0]


@pytest.mark.parametrize("withdrawn", [None, "unsafe"])
def test_what_was_changed_is_tampered_whatever_the_list_says(extract, tmp_path, withdrawn):
    (extract / "demand.parquet").write_bytes(b"rows!")
    found = standing(extract, releases=list_of(tmp_path, one(DAYS[1], withdrawn), one(DAYS[2])))
    assert (found.state, found.told, found.release_id) == (State.TAMPERED, ("demand.parquet was changed",), None)


def test_a_release_that_says_it_is_another_is_tampered(extract, tmp_path):
    (extract / "datapackage.json").write_text(json.dumps({"mandi": {"release_id": DAYS[2]}}))
    found = standing(extract, releases=list_of(tmp_path, one(DAYS[1]), one(DAYS[2])))
    assert found.state == State.TAMPERED


def test_the_four_states_end_with_four_codes_that_are_no_other_commands_own():
    assert set(EXIT_CODES) == set(State) and len(set(EXIT_CODES.values())) == 4
    assert {1, 2}.isdisjoint(EXIT_CODES.values()) and EXIT_CODES[State.VALID] == 0


@pytest.mark.parametrize(
    "forge",
    [
        lambda told: told["releases"][0].update(withdrawn=None),
        lambda told: told["releases"].pop(),
        lambda told: told["releases"][0].update(release_id="2026-01-23"),
        lambda told: told.update(signature="AAAA"),
    ],
    ids=["taken back", "cut", "renamed", "unsigned"],
)
def test_a_list_that_was_changed_is_refused(extract, tmp_path, forge):
    told = json.loads(list_of(tmp_path, one(DAYS[1], "unsafe"), one(DAYS[2])))
    forge(told)
    with pytest.raises(FeedFileError, match="not signed by the key that is trusted"):
        standing(extract, releases=json.dumps(told).encode())


@pytest.mark.parametrize("content", [b"", b"no list", b"[]", b'{"releases": []}', b"\xff\xfe", b'{"releases": 1}'])
def test_what_is_no_list_is_refused(extract, content):
    with pytest.raises(FeedFileError, match="is no list of releases"):
        standing(extract, releases=content)


def test_a_list_of_another_publisher_is_refused_even_if_it_names_its_own_key(extract, tmp_path):
    with pytest.raises(FeedFileError, match="not signed by the key that is trusted"):
        standing(extract, releases=list_of(tmp_path, one(DAYS[1]), key=ANOTHER))


def test_the_key_that_is_trusted_decides_over_extract_and_list(tmp_path):
    folder = extract_of(DAYS[1], tmp_path / "forged", ANOTHER)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(
        KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert standing(folder).state == State.VALID
    found = standing(folder, key=trusted)
    assert (found.state, found.told) == (State.TAMPERED, ("SHA256SUMS was not signed by this key",))


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"mandi": {"release_id": 5}}'])
def test_a_signed_folder_without_a_release_is_no_extract(extract, content):
    (extract / "datapackage.json").write_text(content)
    sign(extract, KEY)
    with pytest.raises(FeedFileError, match="does not say of which release it is"):
        standing(extract)


# Where the list comes from.


def test_an_extract_where_it_was_published_finds_its_list_and_a_copy_does_not(tmp_path):
    folder = extract_of(DAYS[1], tmp_path / "releases" / DAYS[1] / "extracts" / "aepc")
    content = list_of(tmp_path / "releases", one(DAYS[1]))
    assert list_beside(folder) == content
    assert list_beside(shutil.copytree(folder, tmp_path / "copy")) is None
    assert list_beside(Path("/")) is None


def test_a_list_is_read_from_a_file_or_from_the_folder_that_holds_it(tmp_path):
    content = list_of(tmp_path, one(DAYS[1]))
    assert read_releases(str(tmp_path / LIST)) == read_releases(str(tmp_path)) == content


@pytest.fixture
def web(tmp_path):
    """A server on the loopback address; `/list` is the list, `/away` leads to a file, `/much` never ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302 if self.path == "/away" else 200)
            if self.path == "/away":
                self.send_header("Location", f"file://{tmp_path / LIST}")
            self.end_headers()
            if self.path == "/list":
                self.wfile.write((tmp_path / LIST).read_bytes())
            if self.path == "/much":
                self.wfile.write(b" " * (MAX_LIST_BYTES + 1))

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_list_is_read_from_an_address(web, tmp_path):
    content = list_of(tmp_path, one(DAYS[1]))
    assert read_releases(f"{web}/list") == content


@pytest.mark.parametrize("path", ["/away", "/much"])
def test_an_address_that_leads_elsewhere_or_never_ends_is_refused(web, tmp_path, path):
    list_of(tmp_path, one(DAYS[1]))
    with pytest.raises(FeedFileError, match="the list of releases"):
        read_releases(f"{web}{path}")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://example.org/x", "data://x"])
def test_another_kind_of_address_is_refused(address):
    with pytest.raises(ConfigurationError, match="begins with https://"):
        read_releases(address)


def test_the_same_list_is_not_written_twice(tmp_path):
    write_list([one(DAYS[0])], tmp_path, KEY)
    before = (tmp_path / LIST).stat().st_ino
    write_list([one(DAYS[0])], tmp_path, KEY)
    assert (tmp_path / LIST).stat().st_ino == before
    assert listed(tmp_path) == (one(DAYS[0]),)


def test_the_command_works_on_a_copied_folder_without_a_home(extract, tmp_path):
    """From another folder, with nothing of an installation around, in a process of its own."""
    list_of(tmp_path, one(DAYS[1]), one(DAYS[2]))
    away = tmp_path / "away"
    away.mkdir()
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": str(root), "MANDI_CONFIG": "nowhere", "PATH": ""}

    program = "from pipelines.cli import main; main()"
    words = [sys.executable, "-c", program, "verify", str(extract), "--json", "--releases", str(tmp_path / LIST)]
    told = subprocess.run(words, cwd=away, env=environment, capture_output=True, text=True, check=False)
    assert (told.returncode, json.loads(told.stdout)["state"]) == (3, "superseded")
    assert list(away.iterdir()) == []
