"""The attacker sends rows, and later reads the logs, the morning page and the metrics of an operator's machine.

They know every value they sent and want to find one of them there, or in what an alert carries off the machine.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.guard import guarded
from assets.logs import Words
from assets.nights import NIGHTS, Mandi, installation
from assets.settings import ROOT
from schemas.errors import FeedFileError
from schemas.home import Home

SECRET = "Zubeida Quartermaine <zq.9417@quartermaine-looms.example>"
NIGHT = date(2026, 2, 5)
WORDS = Words(feeds=frozenset({"demo_orders"}), attacks=frozenset({"linkage"}))
FIELDS = ("event", "step", "feed", "reason", "attack", "error", "channel")

hostile = st.one_of(st.text(max_size=30), st.just(SECRET), st.from_regex(r"[A-Z]{5}[0-9]{4}[A-Z]"))


@given(field=st.sampled_from([*FIELDS, "message", "text"]), value=hostile)
@settings(max_examples=60, deadline=None)
def test_no_text_that_a_sender_chose_becomes_part_of_a_line(field: str, value: str) -> None:
    told = {"event": "step_failed", field: value}

    with pytest.raises(ValueError, match="closed sets only") as refused:
        WORDS.line(time=datetime.now(UTC), night=NIGHT, run=UUID(int=1), **told)  # type: ignore[arg-type]

    assert (
        not value or value not in str(refused.value) or value in "a line of a log holds words out of closed sets only"
    )


@pytest.mark.parametrize("value", [SECRET, 9.5, None, True, [SECRET]])
def test_no_count_but_a_whole_number_becomes_part_of_a_line(value: object) -> None:
    with pytest.raises(ValueError, match="whole numbers by known names only"):
        WORDS.line(
            time=datetime.now(UTC), night=NIGHT, run=UUID(int=1), event="feed_read", counts={"n_rows": value}  # type: ignore[dict-item]
        )  # fmt: skip


def test_a_log_that_took_messages_would_fall() -> None:
    """The unprotected case: what the closed sets stop is exactly what an ordinary logger writes."""
    import io
    import logging

    written = io.StringIO()
    careless = logging.Logger("careless")
    careless.addHandler(logging.StreamHandler(written))
    try:
        raise ValueError(f"cannot read {SECRET}")
    except ValueError:
        careless.exception("step failed")

    assert "Quartermaine" in written.getvalue()


@dg.asset(name="landed_feeds", partitions_def=NIGHTS)
@guarded
def landed_feeds(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    raise ValueError(f"cannot read {SECRET}")


@dg.asset(name="audit", partitions_def=NIGHTS)
@guarded
def audit(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        raise FeedFileError("a file is wrong. Land it again.") from error


@pytest.mark.parametrize("asset", [landed_feeds, audit], ids=["a foreign error", "an error of ours"])
def test_whatever_a_step_fails_of_the_files_of_its_night_hold_no_word_of_it(
    asset: dg.AssetsDefinition, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    monkeypatch.setenv("MANDI_HOME", str(home.root))
    monkeypatch.setenv("MANDI_CONFIG", str(ROOT / "config"))

    result = dg.materialize(
        [asset],
        partition_key=NIGHT.isoformat(),
        resources={"mandi": installation},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )

    files = [path for path in home.root.rglob("*") if path.is_file() and path.name != "night.lock"]
    assert not result.success
    assert {path.name for path in files} == {"2026-02-05.jsonl", "failure.json", "morning.html", "mandi.prom"}
    words = [word.strip("<>").encode() for word in SECRET.split()]
    assert [path.name for path in files if any(word in path.read_bytes() for word in words)] == []
    assert "Quartermaine" not in "".join(capsys.readouterr())
