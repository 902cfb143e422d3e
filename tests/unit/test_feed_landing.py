from pathlib import Path

import pytest

from feeds.landing import SUMS, delivery, land
from schemas.errors import FeedFileError
from tests.support.feeds import shirts


def sent(folder: Path, **contents: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.csv").write_text(content)
    return [folder / f"{name}.csv" for name in contents]


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.iterdir())}


def landed(tmp_path: Path) -> Path:
    folder = tmp_path / "landing" / "shirts" / "2025-07-13"
    land(sent(tmp_path / "in", b="no\n2\n", a="no\n1\n"), shirts(), folder)
    return folder


def test_a_delivery_lands_whole_and_private(tmp_path: Path) -> None:
    folder = landed(tmp_path)

    assert [path.name for path in delivery(folder)] == ["a.csv", "b.csv"]
    assert sorted(path.name for path in folder.iterdir()) == [SUMS, "a.csv", "b.csv"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


def test_what_is_told_of_a_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    first = land(sent(tmp_path / "in", a="no\n1\n"), shirts(), folder)
    again = land(sent(tmp_path / "in", a="no\n1\n"), shirts(), folder)

    assert (first.feed, first.files, first.n_bytes, first.is_new) == ("shirts", (folder / "a.csv",), 5, True)
    assert (again.files, again.n_bytes, again.is_new) == (first.files, 5, False)


def test_landing_the_same_again_writes_nothing(tmp_path: Path) -> None:
    folder = landed(tmp_path)
    before = state(folder)

    land(sent(tmp_path / "in", a="no\n1\n", b="no\n2\n"), shirts(), folder)

    assert state(folder) == before


@pytest.mark.parametrize(
    "contents", [{"a": "no\n1\n", "b": "no\n3\n"}, {"a": "no\n1\n"}, {"a": "no\n1\n", "b": "no\n2\n", "c": "no\n"}]
)
def test_landing_something_else_into_the_same_folder_is_refused(tmp_path: Path, contents: dict[str, str]) -> None:
    folder = landed(tmp_path)
    before = state(folder)

    with pytest.raises(FeedFileError, match="another delivery"):
        land(sent(tmp_path / "in", **contents), shirts(), folder)

    assert state(folder) == before


def test_an_interrupted_landing_counts_as_not_landed_and_can_be_repeated(tmp_path: Path) -> None:
    folder = landed(tmp_path)
    (folder / SUMS).unlink()
    (folder / "a.csv").write_text("no\nhalf")
    (folder / ".b.csv.part").write_text("no")

    with pytest.raises(FeedFileError, match="not arrived"):
        delivery(folder)
    land(sent(tmp_path / "in", a="no\n1\n", b="no\n2\n"), shirts(), folder)

    assert [path.read_text() for path in delivery(folder)] == ["no\n1\n", "no\n2\n"]
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("n_done", range(3))
def test_a_crash_before_any_rename_leaves_nothing_that_counts_as_landed(
    tmp_path: Path, n_done: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sent(tmp_path / "in", a="no\n1\n", b="no\n2\n")
    renames: list[Path] = []
    rename = Path.replace

    def crash(path: Path, target: Path) -> Path:
        if len(renames) == n_done:
            raise KeyboardInterrupt
        renames.append(target)
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            land(files, shirts(), tmp_path / "x")
    with pytest.raises(FeedFileError, match="not arrived"):
        delivery(tmp_path / "x")

    assert land(files, shirts(), tmp_path / "x").is_new
    assert len(delivery(tmp_path / "x")) == 2


def test_foreign_files_of_an_unfinished_landing_are_not_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "other.csv").write_text("no\n9\n")

    with pytest.raises(FeedFileError, match="unfinished"):
        land(sent(tmp_path / "in", a="no\n1\n"), shirts(), folder)


def changed(folder: Path) -> None:
    (folder / "a.csv").write_text("no\n7\n")


def removed(folder: Path) -> None:
    (folder / "a.csv").unlink()


def added(folder: Path) -> None:
    (folder / "c.csv").write_text("no\n")


def linked(folder: Path) -> None:
    (folder.parent / "outside.csv").write_bytes((folder / "a.csv").read_bytes())
    (folder / "a.csv").unlink()
    (folder / "a.csv").symlink_to(folder.parent / "outside.csv")


def escaping(folder: Path) -> None:
    (folder.parent / "outside.csv").write_bytes((folder / "a.csv").read_bytes())
    sums = (folder / SUMS).read_text().replace("  a.csv", "  ../outside.csv")
    (folder / SUMS).write_text(sums)
    (folder / "a.csv").unlink()


def emptied(folder: Path) -> None:
    (folder / SUMS).write_text("")


def scribbled(folder: Path) -> None:
    (folder / SUMS).write_bytes(b"\xff\xfe what")


def repeated(folder: Path) -> None:
    (folder / SUMS).write_text((folder / SUMS).read_text() * 2)


def sums_linked(folder: Path) -> None:
    (folder / SUMS).rename(folder.parent / SUMS)
    (folder / SUMS).symlink_to(folder.parent / SUMS)


def folder_in_it(folder: Path) -> None:
    (folder / "deep").mkdir()


@pytest.mark.parametrize(
    "tamper",
    [changed, removed, added, linked, escaping, emptied, scribbled, repeated, sums_linked, folder_in_it],
    ids=lambda tamper: str(tamper.__name__),
)
def test_a_delivery_that_was_touched_is_refused(tmp_path: Path, tamper: "object") -> None:
    folder = landed(tmp_path)
    delivery(folder)
    tamper(folder)  # type: ignore[operator]

    with pytest.raises(FeedFileError):
        delivery(folder)


@pytest.mark.parametrize("name", ["SHA256SUMS", "a b.csv", ".hidden.csv", "-x.csv", "x.part", "é.csv"])
def test_unsuitable_names_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no\n")

    with pytest.raises(FeedFileError, match="name"):
        land([tmp_path / name], shirts(), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_files_that_are_not_what_the_contract_wants_do_not_land(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "empty.csv").write_bytes(b"")

    for name in ("a.parquet", "empty.csv", "missing.csv"):
        with pytest.raises(FeedFileError):
            land([tmp_path / name], shirts(), tmp_path / "x")
    with pytest.raises(FeedFileError, match="at least one"):
        land([], shirts(), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = sent(tmp_path / "one", a="no\n1\n") + sent(tmp_path / "two", a="no\n2\n")

    with pytest.raises(FeedFileError, match="one name"):
        land(files, shirts(), tmp_path / "x")
