"""Object storage, against a real S3 server on the loopback address, where the extra and the server are installed."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import ConfigurationError, FeedFileError, NightError
from tests.support.releases import House, house
from tests.support.scrubbed import NIGHT, orders
from warehouse import object_store
from warehouse.files import tree_digest
from warehouse.object_store import fetch, mirror_releases

BUCKET = "s3://trade-data/mandi"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pytest.importorskip("obstore", reason="the s3 extra is not installed; make spark installs it and runs this")
    moto = pytest.importorskip("moto.server", reason="no S3 server is installed; make spark installs it and runs this")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    values = {"ACCESS_KEY_ID": "some", "SECRET_ACCESS_KEY": "thing", "REGION": "us-east-1", "ENDPOINT": server}
    for name, value in (values | {"ALLOW_HTTP": "true"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST")).close()
    urllib.request.urlopen(urllib.request.Request(f"{server}/trade-data", method="PUT")).close()
    return server


@pytest.fixture
def a_house(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as opened:
        opened.books.take(NIGHT, orders(100, 110, 120))
        opened.publish(opened.stage(NIGHT))
        yield opened


def names(server: str) -> list[str]:
    from obstore.store import from_url

    return sorted(each["path"] for page in from_url(BUCKET).list() for each in page)


def brought_back(release: str, folder: Path) -> Path:
    from obstore.store import from_url

    store = from_url(f"{BUCKET}/{release}")
    for each in [each["path"] for page in store.list() for each in page]:
        (folder / each).parent.mkdir(parents=True, exist_ok=True)
        (folder / each).write_bytes(bytes(store.get(each).bytes()))
    return folder


def test_a_mirrored_release_has_the_same_bytes_and_is_copied_once(bucket: str, a_house: House, tmp_path: Path) -> None:
    done = mirror_releases(a_house.home.releases, BUCKET)
    release = a_house.home.releases / NIGHT.isoformat()
    assert (done.n_releases, done.n_files) == (1, len([path for path in release.rglob("*") if path.is_file()]))
    assert tree_digest(brought_back(release.name, tmp_path / "back")) == tree_digest(release)
    assert fetch(f"{BUCKET}/current", tmp_path / "back").read_text() == f"{release.name}\n"
    assert (
        fetch(f"{BUCKET}/releases.json", tmp_path / "back").read_bytes()
        == (release.parent / "releases.json").read_bytes()
    )
    assert mirror_releases(a_house.home.releases, BUCKET).n_files == 0


def test_a_copy_that_was_cut_lists_nothing_and_goes_on(
    bucket: str, a_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, n_puts = object_store._Store.put, iter(range(1_000))

    def cut(store: object_store._Store, name: str, content: Path | bytes) -> None:
        if next(n_puts) == 5:
            raise OSError("the line is cut")
        put(store, name, content)

    with monkeypatch.context() as patched, pytest.raises(OSError, match="line is cut"):
        patched.setattr(object_store._Store, "put", cut)
        mirror_releases(a_house.home.releases, BUCKET)
    begun = names(bucket)
    assert len(begun) == 5 and not [
        name for name in begun if name.endswith((".json", "current")) and "/ext" not in name
    ]
    assert mirror_releases(a_house.home.releases, BUCKET).n_releases == 1
    assert {"releases.json", "current", f"{NIGHT}/release.json"} < set(names(bucket))


def test_an_object_that_is_missing_or_a_store_that_refuses_is_told_in_one_line(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(FeedFileError, match=r"orders.csv: there is no such object"):
        fetch(f"{BUCKET}/orders.csv", tmp_path)
    (tmp_path / "releases.json").write_text('{"releases": [], "public_key": "", "signature": ""}')
    with pytest.raises(NightError, match="the object store refused"):
        mirror_releases(tmp_path, "s3://no-such-bucket/mandi")


def test_without_a_url_nothing_is_tried(tmp_path: Path) -> None:
    with pytest.raises(NightError, match="nothing is published yet"):
        mirror_releases(tmp_path, BUCKET)
    with pytest.raises(ConfigurationError, match="give a URL"):
        fetch("bucket/orders.csv", tmp_path)
    for url in ("file:///etc/passwd", "http://localhost/orders.csv", "memory:///orders.csv"):
        with pytest.raises(ConfigurationError, match=r"a URL begins with s3://, .*; fetch what lies"):
            fetch(url, tmp_path)
