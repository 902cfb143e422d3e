"""Processes that read the current release while the next ones appear never meet an error; see benchmarks/readers.py."""

import time
from datetime import timedelta

from benchmarks.readers import reading, summed
from tests.support.releases import house
from tests.support.scrubbed import NIGHT, orders

N_READERS, N_RELEASES = 8, 2


def test_readers_that_open_and_keep_the_current_release_meet_no_error_when_it_moves(tmp_path):
    with house(tmp_path) as opened:
        opened.books.take(NIGHT, orders(100, 110, 120))
        opened.publish(opened.stage(NIGHT))
        with reading(tmp_path, N_READERS, pause=0.1) as told:
            time.sleep(1)
            for later in range(1, N_RELEASES + 1):
                night = NIGHT + timedelta(days=later)
                opened.books.take(night, orders(70, 75, 80, country="TZ", feed=f"shirts {later}"))
                opened.publish(opened.stage(night))
                time.sleep(0.5)
    counts, errors = summed(told)
    assert errors == {}
    assert counts["opens"] > N_READERS and counts["queries"] > counts["opens"] and counts["kept"] > 0


def test_a_reader_of_a_file_that_is_being_written_does_meet_errors(tmp_path):
    """What the release spares its readers: this is what the counts above would look like."""
    (tmp_path / "current").symlink_to("writing")
    (tmp_path / "writing").mkdir()
    with reading(tmp_path, 1, pause=0.05) as told:
        for _ in range(10):
            (tmp_path / "writing" / "demand.duckdb").write_bytes(b"half")
            time.sleep(0.1)
    assert summed(told)[1].total() > 0
