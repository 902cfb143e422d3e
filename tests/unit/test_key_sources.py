"""Keys from elsewhere: fetched by name, checked, never told, marked as used."""

import sys
from pathlib import Path

import pytest

from anonymize import key_sources
from anonymize.key_sources import KeySource, source_of, variable_of
from anonymize.keyring import Keyring
from schemas.errors import SecretError

KEY = "0123456789abcdef" * 4


def script(folder: Path, body: str) -> str:
    """A setting that runs a small program; its first argument is the key's name."""
    path = folder / "keeper.py"
    path.write_text(f"import sys, os, time\n{body}\n")
    return f"command:{sys.executable} {path} {{name}}"


def refusal(source: KeySource, name: str = "epoch-2026") -> str:
    with pytest.raises(SecretError) as refused:
        source.fetch(name)
    assert refused.value.__cause__ is None and refused.value.__context__ is None
    assert "\n" not in str(refused.value) and KEY[:16] not in str(refused.value)
    return str(refused.value)


def test_a_key_of_the_environment_is_the_one_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANDI_KEY_EPOCH_2026", f" {KEY}\n")
    source = source_of("environment")

    assert source.fetch("epoch-2026").hex() == KEY
    assert "MANDI_KEY_SIGNING is not set" in refusal(source, "signing")


@pytest.mark.parametrize("given", ["", KEY[:-1], KEY + "00", "secret " + KEY, KEY[:-1] + "g", "é" * 64])
def test_a_text_that_is_no_key_is_refused_and_never_told(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("MANDI_KEY_EPOCH_2026", given)

    assert "not 64 hexadecimal digits" in refusal(source_of("environment"))


def test_a_command_gives_keys_by_their_name_without_a_shell(tmp_path: Path) -> None:
    source = source_of(script(tmp_path, f"print('{KEY}' if sys.argv[1:] == ['a;b $(id)'] else 'no')"))

    assert source.fetch("a;b $(id)").hex() == KEY


def test_a_command_is_asked_once_a_process(tmp_path: Path) -> None:
    source = source_of(script(tmp_path, f"open('{tmp_path}/asked', 'a').write('x'); print('{KEY}')"))

    assert source.fetch("signing") == source.fetch("signing")
    assert (tmp_path / "asked").read_text() == "x"


@pytest.mark.parametrize(
    ("body", "saying"),
    [
        (f"print('{KEY}'); sys.exit(3)", "ended with exit code 3"),
        (f"print('{KEY}', file=sys.stderr)", "not 64 hexadecimal digits"),
        (f"print('{KEY}' * 1000)", "not 64 hexadecimal digits"),
        (f"while True: print('{KEY}')", "not 64 hexadecimal digits"),  # what is read of it is bounded, too
        ("os.kill(os.getpid(), 9)", "ended with exit code -9"),
    ],
)
def test_a_command_that_fails_is_told_without_a_word_of_what_it_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], body: str, saying: str
) -> None:
    assert saying in refusal(source_of(script(tmp_path, body)))
    assert KEY not in "".join(capfd.readouterr())


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sources, "COMMAND_SECONDS", 0.3)
    body = f"os.fork()\ntime.sleep(60)\nopen('{tmp_path}/outlived', 'w')"  # a child left over would hold our end open

    assert "within 0.3 seconds" in refusal(source_of(script(tmp_path, body)))
    assert not (tmp_path / "outlived").exists()


@pytest.mark.parametrize(
    ("setting", "saying"),
    [
        ("files", "none of file, environment"),
        ("command:", "none of file, environment"),
        ("command:'open", "none of file, environment"),
        ("command:pass show {name}", "full path"),
        ("command:/usr/bin/pass show mandi", "{name}"),
        (f"command:/nowhere/keeper {KEY} {{name}}", "cannot be run"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(setting: str, saying: str) -> None:
    with pytest.raises(SecretError) as refused:
        source_of(setting).fetch("signing")
    assert saying in str(refused.value) and KEY not in str(refused.value)


def test_a_keyring_of_another_source_keeps_marks_and_no_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("epoch-2025", "epoch-2026", "signing", "cache"):
        monkeypatch.setenv(variable_of(name), KEY)
    keyring = Keyring(tmp_path / "private" / "keys", source_of("environment"))

    assert not keyring.has_epoch_key(2026)
    assert keyring.epoch_key(2026).hex() == KEY and keyring.has_epoch_key(2026)
    keyring.signing_key()
    keyring.cache_key()
    assert {path.name: path.read_bytes() for path in keyring.folder.iterdir()} == {
        "epoch-2026.used": b"", "signing.used": b"", "cache.used": b"",
    }  # fmt: skip
    keyring.destroy_epoch_key(2026)
    assert not keyring.has_epoch_key(2026) and keyring.epochs() == (2026,)
    with pytest.raises(SecretError, match="destroyed"):
        keyring.epoch_key(2026)
    with pytest.raises(SecretError, match="where it is kept"):
        keyring.forget_cache_key()
