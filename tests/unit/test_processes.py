"""Jobs done by processes come back in order, and one whose process fails, dies or hangs is done by whoever gave it."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assets.processes import Ask, Processes

DOES = ["is asked", "fails", "dies", "hangs", *(f"job {number}" for number in range(6))]


def doer(ask: Ask) -> Callable[[str], str]:
    """What a process does with a job."""

    def do(job: str) -> str:
        if job == "fails":
            raise ValueError(job)
        if job == "dies":
            os._exit(1)
        while job == "hangs":
            time.sleep(1)
        return f"{ask(20)} there" if job == "is asked" else f"{job} there"

    return do


def opened(n_processes: int) -> Processes[str, str]:
    return Processes(
        doer,
        lambda job: f"{job} here",
        n_processes=n_processes,
        limit_s=lambda job: 0.2 if job == "hangs" else 60.0,
        answer=lambda question: question,
    )


@pytest.fixture(scope="module")
def told() -> tuple[list[tuple[int, str]], int, list[int]]:
    """What three processes told of all jobs, most that were held at a time, and their ids."""
    n_handed = n_returned = most = 0

    def jobs() -> Iterator[tuple[int, str]]:
        nonlocal n_handed, most
        for number, job in enumerate(DOES):
            n_handed += 1
            most = max(most, n_handed - n_returned)
            yield number, job

    answers = []
    with opened(3) as processes:
        pids = processes.pids
        for one in processes.in_order(jobs()):
            answers.append(one)
            n_returned += 1
    return answers, most, pids


def test_every_job_comes_back_once_and_in_order(told: tuple[list[tuple[int, str]], int, list[int]]) -> None:
    assert [number for number, _ in told[0]] == list(range(len(DOES)))


def test_a_job_whose_process_fails_dies_or_hangs_is_done_here_and_the_others_there(
    told: tuple[list[tuple[int, str]], int, list[int]],
) -> None:
    answers = dict(zip(DOES, (answer for _, answer in told[0]), strict=True))

    assert answers["is asked"] == "20 there"
    assert [answers[job] for job in ("fails", "dies", "hangs")] == ["fails here", "dies here", "hangs here"]
    assert all(answers[job] == f"{job} there" for job in DOES[4:])


def test_few_jobs_are_held_and_no_process_is_left(told: tuple[list[tuple[int, str]], int, list[int]]) -> None:
    _, most, pids = told

    assert most <= 3 + 2
    assert len(pids) == 3
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_without_processes_all_is_done_here_and_a_fault_of_reading_is_told_in_its_turn() -> None:
    def jobs() -> Iterator[tuple[int, str]]:
        yield 0, "first"
        raise LookupError

    answers: list[tuple[int, str]] = []
    with opened(0) as processes, pytest.raises(LookupError):
        answers.extend(processes.in_order(jobs()))

    assert answers == [(0, "first here")]
