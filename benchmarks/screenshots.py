"""Pictures of the morning page for the docs, made from the demo's nights by a browser that is installed already.

    python -m benchmarks.screenshots --home var/demo --browser chromium

Draws `docs/images/morning-*.png`: a published night at desk width, and at phone width the morning on which no night had
run. The demo's data are invented; never point it at another home.
"""

import argparse
import subprocess
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path

from PIL import Image

from assets.concerns import ZONE
from assets.morning import morning_of
from assets.settings import ROOT, Settings
from pipelines.demo import NIGHTS
from schemas.errors import ConfigurationError
from schemas.home import Home
from schemas.morning import Morning
from warehouse.morning_page import morning_page

IMAGES = ROOT / "docs" / "images"
LIMIT_BYTES = 150_000
PHONE_PX, DESK_PX = 400, 1_100
_COLOURS = 128


def main() -> None:
    """Draws both pictures and prints their sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--browser", default="chromium")
    words = parser.parse_args()
    settings = Settings(Home(words.home.absolute()), ROOT / "config")
    if not settings.home.demo.is_dir():
        raise ConfigurationError("pictures are drawn of the demo only; run mandi demo and name its home")
    last = NIGHTS[-1]
    published = morning_of(settings, now=_at(3), night=last)
    missing = morning_of(settings, now=_at(8) + timedelta(days=1))
    for name, morning, width in (("published", published, DESK_PX), ("missing", missing, PHONE_PX)):
        path = IMAGES / f"morning-{name}.png"
        draw_page(morning_page(_without_this_machine(morning)), path, browser=words.browser, width=width)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes of at most {LIMIT_BYTES:,}")


def draw_page(page_text: str, path: Path, *, browser: str, width: int, height: int = 3_000) -> None:
    """A page as a picture of few colours, cut below its last line, or at `height` where it is longer."""
    with tempfile.TemporaryDirectory() as folder:
        # a browser's window has a least width: a frame of the wanted width stands in a wider one, and is cut out
        page, frame, drawn = (Path(folder) / name for name in ("page.html", "frame.html", "drawn.png"))
        page.write_text(page_text, encoding="utf-8")
        style = f"border: 0; width: {width}px; height: {height}px; display: block"
        frame.write_text(f'<body style="margin: 0"><iframe src="page.html" style="{style}"></iframe>', encoding="utf-8")
        command = [
            browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={drawn}",
            f"--user-data-dir={folder}/profile", f"--window-size={max(width, 600)},{height}", frame.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(drawn) as picture:
            whole = picture.convert("RGB").crop((0, 0, width, picture.height))
            ink = Image.eval(whole.convert("L"), lambda light: 255 if light < 250 else 0).getbbox()
            assert ink is not None
            cut = whole.crop((0, 0, width, min(ink[3] + 12, whole.height)))
            path.parent.mkdir(exist_ok=True)
            cut.quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _at(hour: int) -> datetime:
    """The morning after the demo's last night."""
    return datetime.combine(NIGHTS[-1] + timedelta(days=1), time(hour), tzinfo=ZONE)


def _without_this_machine(morning: Morning) -> Morning:
    """The same morning on a disk of round numbers, at the hour at which the night would have run."""
    began = datetime.combine(morning.written_at.date(), time(2), tzinfo=ZONE)
    took = sum(step.seconds or 0 for step in morning.steps)
    hours = {"began_at": began, "ended_at": began + timedelta(seconds=took)} if took else {}
    disk = {"disk_free_bytes": 120 * 10**9, "disk_total_bytes": 500 * 10**9}
    published = {"last_success_at": datetime.combine(NIGHTS[-1] + timedelta(days=1), time(2, 1), tzinfo=ZONE)}
    return morning.model_copy(update=hours | disk | published)


if __name__ == "__main__":
    main()
