"""A text at which a recogniser raises, hangs, or takes its process with it is withheld, and no other is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import anonymize.scrub  # noqa: F401

# isort: split
from anonymize.scrub.batches import find_all
from anonymize.scrub.engine import Engine
from anonymize.scrub.names.decoder import NameSpan
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.recognizers.base import RuleRecognizer
from anonymize.scrub.texts import build_engine
from anonymize.scrub.workers import Workers
from anonymize.wordlists import CONFIG, read_wordlists
from tests.support.names import NoNames

ROOT = Path(__file__).resolve().parents[2]
POLICY = read_scrub_policy(CONFIG)
TEXTS = [f"mail ana{number}@acme.com" for number in range(30)]
FATAL = "mail zebulon@acme.com"


def raises() -> None:
    raise ValueError(FATAL)


def hangs() -> None:
    while True:
        pass


def hangs_deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    time.sleep(600)


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Spiteful:
    """A recogniser's `analyze` that does something to one text."""

    def __init__(self, original: Any, deed: Any) -> None:
        self.original, self.deed = original, deed

    def __call__(self, text: str, *rest: Any, **named: Any) -> Any:
        if text == FATAL:
            self.deed()
        return self.original(text, *rest, **named)


class SpitefulNames:
    """A name engine that does something to a batch with one text."""

    is_batched = True

    def __init__(self, original: Any, deed: Any) -> None:
        self.original, self.deed = original, deed

    def find(self, texts: Sequence[str]) -> list[tuple[NameSpan, ...]]:
        if FATAL in texts:
            self.deed()
        found: list[tuple[NameSpan, ...]] = self.original.find(texts)
        return found


def spiteful(deed: Any) -> Engine:
    engine = Engine(read_wordlists(CONFIG), POLICY, NoNames())
    emails: RuleRecognizer = engine.recognizers[0]
    emails.analyze = Spiteful(emails.analyze, deed)  # type: ignore[method-assign]
    return engine


def spiteful_names(deed: Any) -> Engine:
    return Engine(read_wordlists(CONFIG), POLICY, SpitefulNames(NoNames(), deed))


def all_but_one(found: Sequence[object] | None) -> bool:
    """Whether exactly the fatal text was withheld, and everything else found."""
    texts = [*TEXTS[:11], FATAL, *TEXTS[11:]]
    return found is not None and [bool(spans) for spans in found] == [text != FATAL for text in texts]


@pytest.mark.parametrize("deed", [raises, hangs])
def test_in_this_process_the_text_is_withheld_and_the_rest_is_found(deed: Any) -> None:
    texts = [*TEXTS[:11], FATAL, *TEXTS[11:]]

    assert all_but_one(find_all(spiteful(deed), texts, [None] * len(texts), limit_s=0.5))
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_names_that_fail_withhold_their_text_only() -> None:
    texts = [*TEXTS[:11], FATAL, *TEXTS[11:]]

    assert all_but_one(find_all(spiteful_names(raises), texts, [None] * len(texts)))


@pytest.mark.parametrize(
    ("build", "deed"),
    [(spiteful, hangs_deaf), (spiteful_names, dies)],
    ids=["a recogniser hangs", "the name engine dies"],
)
def test_a_process_that_dies_or_hangs_costs_one_text(build: Any, deed: Any) -> None:
    texts = [*TEXTS[:11], FATAL, *TEXTS[11:]]
    with Workers(partial(build, deed), 2, text_limit_s=1, hang_s=3, enough_to_start=1) as workers:
        assert all_but_one(workers.find_all(texts, [None] * len(texts)))
        assert all(workers.find_all(TEXTS, [None] * len(TEXTS)) or [None])


def cannot_be_built() -> Engine:
    raise OSError("no memory")


def test_processes_that_cannot_start_leave_the_work_to_this_one() -> None:
    with Workers(cannot_be_built, 2, enough_to_start=1) as workers:
        assert workers.find_all(TEXTS, [None] * len(TEXTS)) is None
        assert not workers.are_worth_it(10**9)
        assert workers.pids == []


def test_small_batches_start_no_process() -> None:
    with Workers(partial(build_engine, CONFIG, POLICY), 2) as workers:
        assert not workers.are_worth_it(19_999)
        assert workers.are_worth_it(20_000)
    with Workers(partial(build_engine, CONFIG, POLICY), 1) as one:
        assert not one.are_worth_it(10**9)


PARENT = """
import time
from functools import partial
import anonymize.scrub
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.texts import build_engine
from anonymize.scrub.workers import Workers
from anonymize.wordlists import CONFIG

if __name__ == "__main__":
    workers = Workers(partial(build_engine, CONFIG, read_scrub_policy(CONFIG)), 2, enough_to_start=1)
    assert workers.find_all(["yarn", "silk"], [None, None]) == [[], []]
    print(*workers.pids, flush=True)
    time.sleep(600)
"""


def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    for _ in range(300):
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            break
        time.sleep(0.1)
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
