"""The morning of a night: facts, what is usual and what is of concern, put together; and the page that shows it."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from assets import concerns
from assets.alert_record import undelivered
from assets.concerns import ZONE, due_night, phase_of, states
from assets.figures import Figures
from assets.night_facts import (
    NightFacts,
    blocking_night,
    facts_of,
    has_begun,
    known_nights,
    published_nights,
    read_figures,
)
from assets.settings import Settings
from assets.usual import Usual, usual_of
from schemas.disclosure import PoolFigures
from schemas.errors import ConfigurationError, SecretError
from schemas.home import Home
from schemas.morning import (
    MORNING_VERSION,
    AttackMorning,
    Concern,
    DateMorning,
    FeedMorning,
    Morning,
    NightMorning,
    Phase,
    PoolMorning,
    ReleaseMorning,
)
from schemas.policy import Policy
from schemas.releases import WITHDRAWAL_REASONS, ReleaseManifest
from schemas.watch import Watch
from warehouse.access import refuse_open_home
from warehouse.epochs import last_closed_epoch
from warehouse.files import write_whole
from warehouse.listing import withdrawn_in
from warehouse.morning_page import PAGE, morning_page
from warehouse.release import MANIFEST

_SHOWN_NIGHTS = 14
_EPOCH_SEARCH = 100
"""Days after a late window within which a month closes."""


def morning_of(settings: Settings, *, now: datetime, night: date | None = None) -> Morning:
    """A night as it stands at `now`; without `night` the newest that ran or, where one is due, should have.

    Guarantee: green only if that night is published and nothing is of concern; a configuration that cannot be read, or
    a home in which nothing ever ran, is red (`tests/unit/test_status.py`). Opens no ledger and writes nothing.
    """
    home = settings.home
    watch, policy, problems = _configured(settings)
    known = known_nights(home)
    due = due_night(now, watch.due) if watch and watch.due else None
    looked_at = night or max((each for each in (due, *known[-1:]) if each), default=None)
    if looked_at is None or (night is None and not known):
        sentence = "No night has ever run here. Check MANDI_HOME, or land a delivery and run its night."
        nothing = Concern(colour="red", sentence=sentence, command="mandi land FEED FILE --night DATE")
        return _morning(home, None, now, "none", [nothing, *problems, *_of_the_home(home)])
    facts = facts_of(home, looked_at, now)
    usual = usual_of(home, looked_at, watch.unusual) if watch else None
    phase = phase_of(facts, watch, now)
    earlier = blocking_night(home, looked_at) if phase != "published" else None
    first = facts_of(home, earlier, now) if earlier else None
    found = _morning(home, facts, now, phase, problems, usual=usual)
    closing = _closing(facts, usual, policy)
    all_concerns = concerns.in_order(
        each
        for family in (
            iter(problems),
            concerns.of_an_earlier(first, watch, now) if first else iter(()),
            concerns.of_the_night(facts, phase, watch, now, is_blocked=first is not None),
            concerns.of_acceptances(facts),
            _of_the_home(home),
            _of_a_withdrawal(found, home),
            _of_a_changed_policy(found, home),
            _against_the_usual(found, usual, watch, closing),
        )
        for each in family
    )
    dates = [DateMorning(on=on, what=f"epoch {epoch} closes") for epoch, on in closing.items() if on >= looked_at]
    if found.pool and found.pool.next_close:
        dates.append(DateMorning(on=found.pool.next_close, what="waiting events may climb"))
    return found.model_copy(
        update={
            "concerns": all_concerns,
            "colour": all_concerns[0].colour if all_concerns else "green",
            "sentence": _sentence(found, facts, all_concerns),
            "dates": tuple(sorted(dates, key=lambda each: (each.on, each.what))),
        }
    )


def write_page(home: Home, morning: Morning) -> None:
    """Writes the page into the night's private reports, for the owner alone."""
    if morning.night is not None:
        write_whole(home.report(morning.night) / PAGE, morning_page(morning).encode(), mode=0o600)


def _configured(settings: Settings) -> tuple[Watch | None, Policy | None, list[Concern]]:
    """The parts of the configuration that a morning needs; each that cannot be read is a concern of its own."""
    watch: Watch | None = None
    policy: Policy | None = None
    problems = []
    try:
        watch = settings.watch
    except ConfigurationError as error:
        problems.append(Concern(colour="red", sentence=f"The configuration cannot be read: {error}."))
    try:
        policy = settings.policy
    except ConfigurationError as error:
        problems.append(Concern(colour="red", sentence=f"The configuration cannot be read: {error}."))
    return watch, policy, problems


def _morning(
    home: Home,
    facts: NightFacts | None,
    now: datetime,
    phase: Phase,
    problems: list[Concern],
    *,
    usual: Usual | None = None,
) -> Morning:
    """Everything but what is of concern."""
    disk = shutil.disk_usage(home.root) if home.root.is_dir() else None
    published = published_nights(home)
    audit = facts.figures.get("audit") if facts else None
    tables = facts.figures.get("demand_tables", {}) if facts else {}
    return Morning(
        version=MORNING_VERSION,
        written_at=now.astimezone(ZONE).replace(microsecond=0),
        night=facts.night if facts else None,
        phase=phase,
        colour="red",
        sentence=problems[0].sentence if problems else "",
        concerns=tuple(problems),
        began_at=facts.began_at.astimezone(ZONE) if facts and facts.began_at else None,
        ended_at=facts.ended_at.astimezone(ZONE) if facts and facts.ended_at else None,
        feeds=_feeds(facts, usual) if facts else (),
        identities=tuple(facts.figures.get("demand_classes", {}).get("identities", ())) if facts else (),
        steps=states(facts, usual) if facts else (),
        attacks=_attacks(audit) if audit else (),
        release=ReleaseMorning(
            release_id=facts.figures["release"]["release_id"],
            n_classes_new=tables.get("n_classes_new", 0),
            n_demand_rows=tables.get("rows", {}).get("demand", 0),
        )
        if facts and facts.is_published
        else None,
        newest_release=published[-1].isoformat() if published else None,
        last_success_at=_published_at(home, published),
        pool=_pool(home, facts.night) if facts else None,
        disk_free_bytes=disk.free if disk else None,
        disk_total_bytes=disk.total if disk else None,
        dates=(),
        nights=_nights(home, facts.night) if facts else (),
    )


def _sentence(found: Morning, facts: NightFacts, all_concerns: tuple[Concern, ...]) -> str:
    if found.release is None or (all_concerns and all_concerns[0].colour == "red"):
        return all_concerns[0].sentence if all_concerns else ""
    if all_concerns:
        n = len(all_concerns)
        what = "one thing wants" if n == 1 else f"{n} things want"
        return f"Night {facts.night} is published; {what} a look. {all_concerns[0].sentence}"
    n_rows = sum(feed.n_rows or 0 for feed in found.feeds)
    n_new = found.release.n_classes_new
    new = {0: "no class is", 1: "one class is"}.get(n_new, f"{n_new:,} classes are")
    return f"Night {facts.night} is published: {n_rows:,} rows came, {new} new, and every attack failed."


def _against_the_usual(
    found: Morning, usual: Usual | None, watch: Watch | None, closing: dict[int, date]
) -> Iterator[Concern]:
    if watch is None or usual is None or found.night is None:
        return
    yield from concerns.of_feeds(found.feeds, usual, watch.unusual)
    yield from concerns.of_steps(found.steps, usual, watch.unusual)
    yield from concerns.of_disk(found.disk_free_bytes, watch.disk)
    n_pooled = found.pool.n_events if found.pool else None
    yield from concerns.of_epochs(closing, found.night, n_pooled, watch.epoch_notice_days)


def _of_the_home(home: Home) -> Iterator[Concern]:
    try:
        refuse_open_home(home)
    except SecretError as error:
        yield Concern(colour="red", sentence=f"{error} No night runs until then.")
    if home.erasing.exists():
        sentence = "An erasure was interrupted; no night runs until it is finished."
        yield Concern(colour="amber", sentence=sentence, command="mandi forget --feed FEED --account -")
    for channel in undelivered(home):
        yield Concern(colour="amber", sentence=f"The last alert could not be delivered by {channel}.")


def _of_a_withdrawal(found: Morning, home: Home) -> Iterator[Concern]:
    reason = withdrawn_in(home.releases).get(found.release.release_id) if found.release else None
    if found.release and reason:
        sentence = f"Release {found.release.release_id} is withdrawn: {WITHDRAWAL_REASONS[reason]}"
        yield Concern(colour="amber", sentence=sentence)


def _of_a_changed_policy(found: Morning, home: Home) -> Iterator[Concern]:
    """Another policy under the same name and version: somebody changed what is promised, and told nobody."""
    manifest = _manifest(home, found.release.release_id) if found.release else None
    before = _manifest(home, manifest.previous) if manifest and manifest.previous else None
    if manifest is None or before is None or manifest.policy_digest == before.policy_digest:
        return
    if (manifest.policy_name, manifest.policy_version) == (before.policy_name, before.policy_version):
        sentence = (
            f"The policy is not that of release {before.release_id}, and both say {manifest.policy_name}, version "
            f"{manifest.policy_version}. Find out who changed it; if it was meant, raise its version."
        )
        yield Concern(colour="red", sentence=sentence)


def _manifest(home: Home, release_id: str) -> ReleaseManifest | None:
    """Of a release that stands; one that cannot be read is for `mandi ledger verify`."""
    with suppress(OSError, ValueError):
        return ReleaseManifest.model_validate_json((home.release(release_id) / MANIFEST).read_bytes())
    return None


def _feeds(facts: NightFacts, usual: Usual | None) -> tuple[FeedMorning, ...]:
    found = []
    for feed in sorted({*facts.landed, *facts.feeds}):
        n_files, n_bytes = facts.landed.get(feed, (0, 0))
        read = facts.feeds.get(feed)
        rows = usual.rows_of(feed) if usual else None
        refused = usual.refused_of(feed) if usual else None
        judged = _judged(facts, feed)
        reasons = sorted(read["refused"].items(), key=lambda pair: (-pair[1], pair[0])) if read else []
        found.append(
            FeedMorning(
                feed=feed,
                n_files=n_files,
                n_bytes=n_bytes,
                n_rows=read["n_rows"] if read else None,
                usual_rows=rows.value if rows else None,
                verdict=judged.get("verdict"),
                n_low=judged.get("n_low"),
                n_high=judged.get("n_high"),
                n_refused=read["n_refused"] if read else None,
                refused_ratio=read["n_refused"] / read["n_rows"] if read and read["n_rows"] else None,
                usual_refused_ratio=refused.value if refused else None,
                refused=dict(reasons),
            )
        )
    return tuple(found)


def _judged(facts: NightFacts, feed: str) -> Figures:
    """What was made of a feed's rows as a whole."""
    arrivals = facts.figures.get("arrivals", {}).get("arrivals", ())
    return next((each for each in arrivals if each["feed"] == feed and each["country"] is None), {})


def _attacks(audit: dict[str, object]) -> tuple[AttackMorning, ...]:
    figures, findings = audit["figures"], audit["findings"]
    assert isinstance(figures, dict) and isinstance(findings, list)
    return tuple(
        AttackMorning(attack=attack, n_found=sum(found["n"] for found in findings if found["attack"] == attack))
        for attack in sorted({*figures, *(found["attack"] for found in findings)})
    )


def _pool(home: Home, night: date) -> PoolMorning | None:
    """What waits, from the newest exact report up to a night."""
    for earlier in reversed([each for each in known_nights(home) if each <= night]):
        report = read_figures(home, earlier, "disclosure")
        if report is not None and "pool" in report:
            pool = PoolFigures.model_validate(report["pool"])
            nearest = min((chance.night for chance in pool.chances), default=None)
            return PoolMorning(
                as_of=earlier,
                n_events=pool.n_events,
                ages={share.age: share.n_events for share in pool.ages},
                next_close=nearest,
                n_next_close=sum(chance.n_events for chance in pool.chances if chance.night == nearest),
            )
    return None


def _closing(facts: NightFacts, usual: Usual | None, policy: Policy | None) -> dict[int, date]:
    """The night on which each epoch of the newest events closes."""
    if policy is None:
        return {}
    epochs = {epoch for feed in facts.feeds.values() for epoch in feed["epochs"]} | (usual.epochs if usual else set())
    closing = {}
    for epoch in sorted(epochs):
        first = date(epoch, 12, 31) + timedelta(days=policy.late_window_days)
        nights = (first + timedelta(days=day) for day in range(_EPOCH_SEARCH))
        closing[epoch] = next(night for night in nights if last_closed_epoch(night, policy) >= epoch)
    return closing


def _published_at(home: Home, published: tuple[date, ...]) -> datetime | None:
    """When the newest published night left its last figures."""
    if not published:
        return None
    moment = (home.report(published[-1]) / "release.json").stat().st_mtime
    return datetime.fromtimestamp(int(moment), tz=ZONE)


def _nights(home: Home, night: date) -> tuple[NightMorning, ...]:
    published = published_nights(home)
    shown = [night - timedelta(days=day) for day in reversed(range(_SHOWN_NIGHTS))]
    begun = [each for each in shown if has_begun(home, each)]
    states_of = dict.fromkeys(begun, "unpublished") | dict.fromkeys(published, "published")
    return tuple(
        NightMorning.model_validate({"night": each, "state": states_of.get(each, "nothing")}) for each in shown
    )
