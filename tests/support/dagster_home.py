"""A home's night on the real Dagster instance: any selection of its assets, alone."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg

from assets.settings import ROOT, Settings
from pipelines.runner import prepare_environment
from schemas.home import Home

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def copy_of(home: Path, target: Path) -> Settings:
    """An installation on a copy of a home, for a test that changes things."""
    shutil.copytree(home, target, symlinks=True)
    return Settings(Home(target), ROOT / "config")


@contextmanager
def own_environment() -> Iterator[None]:
    """Puts the environment back afterwards."""
    kept = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def materialise(settings: Settings, night: date, *assets: str) -> dg.ExecuteInProcessResult:
    """Materialises some assets of a night and nothing else, as an operator can in the web interface."""
    with own_environment():
        prepare_environment(settings)
        from pipelines.definitions import definitions

        job = definitions().resolve_implicit_global_asset_job_def()
        with dg.DagsterInstance.get() as instance:
            return job.execute_in_process(
                instance=instance,
                partition_key=night.isoformat(),
                asset_selection=[dg.AssetKey(asset) for asset in assets],
                run_config=_SILENT,
                raise_on_error=False,
            )


def refusals(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What Dagster keeps of each failed step: the innermost error's type and message."""
    told = {}
    for event in result.get_step_failure_events():
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        assert error is not None and event.step_key is not None
        told[event.step_key] = f"{error.cls_name}: {error.message}"
    return told
