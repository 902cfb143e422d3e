"""The morning page: a night on one screen, as HTML that is whole in itself, without script; a function of its model.

Belongs here: how figures are laid out and named. The words stand in `templates/morning.html`; the verdict comes with
the model. Called by `assets.morning`.
"""

from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from schemas.morning import FeedMorning, Morning, StepMorning

PAGE = "morning.html"
"""Name of the page within a night's private reports."""

_FULL = 100
"""Percent of a bar's width."""


def morning_page(morning: Morning) -> str:
    """The page.

    Guarantee: the same model gives the same bytes, and nothing is fetched (`tests/unit/test_morning_page.py`).
    """
    template = _environment().get_template("morning.html")
    lines = template.render(morning=morning, tiles=_tiles(morning), bars=_bars(morning)).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"


def duration(seconds: float | None) -> str:
    """A duration as people say it.

    Example: `duration(0.4)` is `0.4 s`, `duration(75)` is `1 min 15 s`, `duration(7_300)` is `2 h 2 min`.
    """
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60} min"


def gigabytes(n_bytes: int | None) -> str:
    """Bytes as people say them.

    Example: `gigabytes(1_500_000_000)` is `1.5 GB`, `gigabytes(20_000)` is `20 kB`.
    """
    if n_bytes is None:
        return "-"
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n_bytes >= size:
            amount = n_bytes / size
            return f"{amount:,.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"
    return f"{n_bytes} B"


def rows_against_usual(feed: FeedMorning) -> str:
    """How a feed's rows stand to what is usual, in words."""
    if feed.verdict in ("short", "long", "missing"):
        top = "more" if feed.n_high is None else f"{feed.n_high:,}"
        return f"{feed.verdict}: {feed.n_low or 0:,} to {top}"
    return "no night to compare" if feed.usual_rows is None else f"usual {feed.usual_rows:,.0f}"


def _tiles(morning: Morning) -> list[tuple[str, str]]:
    read = [feed for feed in morning.feeds if feed.n_rows is not None]
    n_rows, n_refused = sum(feed.n_rows or 0 for feed in read), sum(feed.n_refused or 0 for feed in read)
    took = sum(step.seconds or 0 for step in morning.steps)
    return [
        ("rows came", f"{n_rows:,}" if read else "-"),
        ("refused", f"{n_refused / n_rows:.2%}" if n_rows else "-"),
        ("new classes", f"{morning.release.n_classes_new:,}" if morning.release else "-"),
        ("events wait", f"{morning.pool.n_events:,}" if morning.pool else "-"),
        ("took", duration(took) if took else "-"),
        ("disk free", gigabytes(morning.disk_free_bytes)),
    ]


def _bars(morning: Morning) -> dict[str, tuple[float, float]]:
    """For each step the width of its bar and of its usual one, in percent of the longest."""
    longest = max((max(step.seconds or 0, step.usual_seconds or 0) for step in morning.steps), default=0)
    return {step.step: (_width(step.seconds, longest), _width(step.usual_seconds, longest)) for step in morning.steps}


def _width(seconds: float | None, longest: float) -> float:
    return round(_FULL * (seconds or 0) / longest, 1) if longest else 0.0


def step_state(step: StepMorning) -> str:
    """A sign beside a step, so that nothing is told by colour alone."""
    return {"finished": "\N{CHECK MARK}", "failed": "\N{MULTIPLICATION X}", "running": "\N{HORIZONTAL ELLIPSIS}"}.get(
        step.state, "\N{EN DASH}"
    )


def _breakable(name: str) -> Markup:
    """A name that may be broken after an underscore, where a phone is narrow."""
    return Markup("_<wbr>").join(name.split("_"))


def _day(day: object) -> Markup:
    """A date that no line end tears apart."""
    return Markup('<span class="keep">{}</span>').format(day)


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


@cache
def _environment() -> Environment:
    folder = files("warehouse") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "duration": duration, "gigabytes": gigabytes, "moment": _moment, "against": rows_against_usual,
        "sign": step_state, "day": _day, "breakable": _breakable,
    }  # fmt: skip
    return environment
