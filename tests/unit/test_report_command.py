"""`mandi report`: which report it finds, what it sums up, and that the public one tells nothing exact."""

import re

import pytest

from pipelines.demo import NIGHTS
from tests.conftest import Installation
from tests.support.command import Mandi


@pytest.fixture
def reading(published: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Mandi:
    return Mandi(published.home.root, monkeypatch, capsys)


def test_the_newest_report_is_summed_up_and_its_files_exist(reading: Mandi) -> None:
    told = reading("report")

    assert told.code == 0 and "Release 2026-02-03" in told.out and "differencing" in told.out
    for path in re.findall(r"For \w+ +(\S+)", told.out):
        assert (reading.home / "releases" / "2026-02-03" / path.rsplit("/", 1)[-1]).is_file()


def test_an_older_report_can_be_named(reading: Mandi) -> None:
    assert "Release 2026-02-02" in reading("report", "2026-02-02").out


def test_only_the_private_report_tells_the_accounting(reading: Mandi) -> None:
    public, private = reading("report"), reading("report", "--private")

    assert " rows = " in private.out and " refused" in private.out
    assert " rows = " not in public.out and "refused" not in public.out and "private" not in public.out


def test_a_report_that_is_not_there_is_one_line_that_names_those_that_are(reading: Mandi) -> None:
    told = reading("report", "2025-12-31")

    assert told.code == 2 and told.err.count("\n") == 1
    assert str(NIGHTS[0]) in told.err and str(NIGHTS[-1]) in told.err


def test_without_a_release_it_says_so(mandi: Mandi) -> None:
    for words in (("report",), ("report", "--private")):
        told = mandi(*words)
        assert told.code == 2 and "no report here yet" in told.err
