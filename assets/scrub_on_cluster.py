"""Scrubbing by a Spark cluster: a task for each landed file, the same function as on one machine.

An executor reads the landing zone, the configuration and the keys by itself, under the paths of the driver (a shared
volume; `MANDI_KEYS` says the same there), and writes scrubbed events and refused rows as one machine does. Nothing of
a row travels through Spark: a task is told a number and tells figures. It uses no cache of findings, for that is a file
of one machine.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

from anonymize.scrub.texts import build_scrubber
from assets.figures import Figures
from assets.guard import place_of
from assets.scrub_files import BatchScrubber, added_up, read_batches, write_scrubbed
from assets.settings import Settings
from feeds.context import ReadContext, build_context
from schemas import errors
from schemas.errors import MandiError, StepError
from schemas.home import Home


@dataclass(frozen=True)
class _Kit:
    """What a process of the cluster scrubs with; built once in each."""

    settings: Settings
    context: ReadContext
    batches: BatchScrubber


def scrub_on_cluster(
    settings: Settings, landed: Mapping[str, tuple[Path, ...]], context: ReadContext
) -> dict[str, Figures]:
    """Scrubs the landed files of a night by the cluster that the environment names.

    Returns: figures of each feed, as `write_scrubbed` tells them.

    Guarantee: the same events and refused rows as on one machine; an executor that dies leaves nothing that counts, its
        files are read again by another (`benchmarks/spark.py`).

    Raises: whatever reading and scrubbing raise for one of the files, of which the first is told; StepError, without
        the original text, for what is not foreseen.
    """
    from warehouse.spark_tables import run_tasks, session  # an extra: not there in most installations

    files = tuple((feed, str(path)) for feed, paths in landed.items() for path in paths)
    task = partial(
        scrub_landed_file,
        home=str(settings.home.root),
        config=str(settings.config),
        night=context.night,
        oldest=context.oldest,
        files=files,
    )
    with session(app="mandi scrub") as spark:
        told = [json.loads(each) for each in run_tasks(spark, len(files), task)]
    for folder in (settings.home.scrubbed(context.night), settings.home.quarantine(context.night)):
        for remains in folder.glob(".*.parquet.*"):  # of an executor that died
            remains.unlink()
    for each in told:
        if "error" in each:
            raise vars(errors)[each["error"]](each["message"])
    return {
        feed: added_up(each for each, (whose, _) in zip(told, files, strict=True) if whose == feed) for feed in landed
    }


def scrub_landed_file(
    number: int, *, home: str, config: str, night: date, oldest: date, files: tuple[tuple[str, str], ...]
) -> str:
    """Scrubs one of a night's files in a process of the cluster; figures, or what went wrong, as JSON.

    Nothing is raised: Spark would keep the text.
    """
    feed, path = files[number]
    try:
        kit = _kit(home, config, night, oldest)
        read = read_batches(kit.settings, {feed: [Path(path)]}, kit.context)
        scrubbed = ((one, kit.batches.scrub(feed, one.batch.events)) for one in read)
        figures = write_scrubbed(kit.settings.home, night, scrubbed, name=f"{feed}-{number:06}")
    except MandiError as error:
        return json.dumps({"error": type(error).__name__, "message": str(error)})
    except Exception as error:
        place = f"{type(error).__name__} at {place_of(error)}"
        message = f"{feed}: {place}; its message is withheld and nothing was published"
        return json.dumps({"error": StepError.__name__, "message": message})
    return json.dumps(figures)


@lru_cache(maxsize=1)
def _kit(home: str, config: str, night: date, oldest: date) -> _Kit:
    settings = Settings(Home(Path(home)), Path(config))
    context = replace(build_context(settings.config, night, settings.policy), oldest=oldest)
    scrubber = build_scrubber(settings.config, settings.policy.scrub)
    return _Kit(settings, context, BatchScrubber.of(settings, scrubber))
