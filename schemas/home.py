"""Where things stand under `$MANDI_HOME`; the only place that spells its folders."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """State of one installation: landing and private folders, and what is released.

    Everything but `releases` and `current` is private: mode 0700.
    """

    root: Path

    @staticmethod
    def from_environment() -> "Home":
        """The home named by `$MANDI_HOME`, else `var/` below the working folder."""
        return Home(Path(os.environ.get("MANDI_HOME", "var")).absolute())

    @property
    def landing(self) -> Path:
        """Raw files, `landing/<feed>/<night>/`, each folder closed by its `SHA256SUMS`."""
        return self.root / "landing"

    @property
    def private(self) -> Path:
        """Keys, ledger, pool, quarantine, reports, staging."""
        return self.root / "private"

    @property
    def releases(self) -> Path:
        """Published releases, one immutable folder each, and `releases.json`."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """Symbolic link to the newest release."""
        return self.root / "current"

    @property
    def keys(self) -> Path:
        """Secret keys: one an epoch, and the signing key."""
        return self.private / "keys"

    @property
    def ledger(self) -> Path:
        """The ledger's DuckDB file: pool, classes, nights."""
        return self.private / "ledger.duckdb"

    @property
    def span_cache(self) -> Path:
        """What was found in texts of earlier nights, under keyed hashes; may be removed at any time."""
        return self.private / "span-cache.sqlite"

    @property
    def opt_out(self) -> Path:
        """Accounts that opted out, one `feed<TAB>account` a line; may be absent."""
        return self.private / "opt_out.tsv"

    @property
    def canaries(self) -> Path:
        """Made-up identifiers planted in feeds, one a line, that no release may hold; may be absent."""
        return self.private / "canaries.txt"

    def landed(self, feed: str, night: date) -> Path:
        """Folder of one delivery."""
        return self.landing / feed / night.isoformat()

    def scrubbed(self, night: date) -> Path:
        """Folder of a night's scrubbed events, one Parquet file a feed, until the night is sealed."""
        return self.private / "scrubbed" / night.isoformat()

    def quarantine(self, night: date) -> Path:
        """Folder of a night's refused rows, one Parquet file a feed."""
        return self.private / "quarantine" / night.isoformat()

    def staging(self, night: date) -> Path:
        """Folder in which a release is built aside; renamed into `releases` when it is sealed."""
        return self.private / "staging" / night.isoformat()

    def report(self, night: date) -> Path:
        """Folder of a night's exact figures, one JSON file a step."""
        return self.private / "reports" / night.isoformat()

    @property
    def erasing(self) -> Path:
        """What an erasure in progress has written aside, and how far it is; absent otherwise."""
        return self.private / "erasing"

    def receipt(self, receipt: str) -> Path:
        """File of one erasure's receipt: counts and a night, no identifier."""
        return self.private / "receipts" / f"{receipt}.json"

    @property
    def dagster(self) -> Path:
        """Dagster's own state: runs, events, schedules."""
        return self.private / "dagster"

    @property
    def demo(self) -> Path:
        """The demo marketplace's raw feeds and the truth about what is planted in them."""
        return self.private / "demo"

    def release(self, release_id: str) -> Path:
        """Folder of a published release."""
        return self.releases / release_id
