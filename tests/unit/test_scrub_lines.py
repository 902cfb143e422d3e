"""Files shared out to several processes: the same lines in the same order, also where one of them dies."""

import os
import signal
from functools import partial
from typing import Any

import pytest

from anonymize.scrub.cores import n_processes_here
from anonymize.scrub.engine import Engine
from anonymize.scrub.policy import read_scrub_policy
from anonymize.scrub.run_cache import RunCache
from anonymize.scrub.texts import Scrubber
from anonymize.wordlists import CONFIG, read_wordlists
from pipelines.scrub_lines import Line, LineProcesses, scrub_batch
from schemas.errors import ConfigurationError, FeedFileError
from tests.support.names import NoNames

FATAL = "mail zebulon@acme.com"
BATCHES = [[Line(f"lot {batch} ana{line}@acme.com", {}, None) for line in range(3)] for batch in range(3)]


def dies_at(fatal: str, original: Any, /, text: str, *rest: Any, **named: Any) -> Any:
    if text == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(text, *rest, **named)


def scrubber(text: str = "") -> Scrubber:
    words = read_wordlists(CONFIG)
    engine = Engine(words, read_scrub_policy(CONFIG), NoNames())
    if text:
        engine.recognizers[0].analyze = partial(dies_at, text, engine.recognizers[0].analyze)  # type: ignore[method-assign]
    return Scrubber(words, engine)


def test_a_text_that_kills_its_process_is_withheld_and_every_other_line_comes_in_its_place() -> None:
    deadly = [BATCHES[0], [*BATCHES[1], Line(FATAL, {}, None)], BATCHES[2]]
    expected = [scrub_batch(scrubber(), batch) for batch in BATCHES]

    done = list(LineProcesses(partial(scrubber, FATAL), 1).in_order(iter(deadly)))
    assert [written for at, (written, _) in enumerate(done) if at != 1] == [
        written for at, (written, _) in enumerate(expected) if at != 1
    ]
    assert done[1][0] == expected[1][0] + b'{"text": null, "withheld": true, "entities": []}\n'
    assert [counts.n_withheld for _, counts in done] == [0, 1, 0]


def test_a_bad_line_is_told_after_every_batch_before_it() -> None:
    def given() -> Any:
        yield from BATCHES[:2]
        raise FeedFileError("line 7")

    done = []
    with pytest.raises(FeedFileError, match="line 7"):
        for one in LineProcesses(scrubber, 1).in_order(given()):
            done.append(one)  # those before the error count
    assert done == [scrub_batch(scrubber(), batch) for batch in BATCHES[:2]]


def test_what_was_found_in_a_run_is_known_for_its_text_and_country_alone() -> None:
    cache = RunCache(max_texts=2)
    cache.keep(["a", "b", "c"], [None, "IN", None], [[], [], None])

    assert cache.look_up(["a", "a", "b", "b", "c"], [None, "IN", "IN", None, None]) == [[], None, [], None, None]
    cache.keep(["d"], [None], [[]])
    assert cache.look_up(["a", "b", "d"], [None, "IN", None]) == [None, [], []]


def test_the_number_of_processes_is_that_of_the_cores_or_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MANDI_WORKERS", raising=False)
    assert n_processes_here() == len(os.sched_getaffinity(0))
    monkeypatch.setenv("MANDI_WORKERS", "3")
    assert n_processes_here() == 3
    for wrong in ("0", "many", "", "999", "٣"):
        monkeypatch.setenv("MANDI_WORKERS", wrong)
        with pytest.raises(ConfigurationError, match="MANDI_WORKERS is a number of processes from 1 to 256"):
            n_processes_here()
