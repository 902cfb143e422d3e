"""The command of whoever has texts to clean by themselves: one text, or a file of JSON lines."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from anonymize.scrub.own_fields import OWN_FIELDS
from assets.settings import Settings
from pipelines import show
from pipelines.outputs import is_file, refuse_output, whole_file
from schemas.errors import ConfigurationError, FeedFileError

app = typer.Typer()

BATCH_LINES = 1_000
BATCH_CHARACTERS = 2_000_000
"""Lines are worked on together until one of both is reached."""

LANGUAGE_COUNTRY = {
    "bn": "BD", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "es": "ES", "fa": "IR", "fi": "FI", "fr": "FR",
    "gu": "IN", "he": "IL", "hi": "IN", "hu": "HU", "id": "ID", "it": "IT", "ja": "JP", "kn": "IN", "ko": "KR",
    "ml": "IN", "mr": "IN", "ms": "MY", "nl": "NL", "pa": "IN", "pl": "PL", "pt": "BR", "ro": "RO", "ru": "RU",
    "si": "LK", "sv": "SE", "ta": "IN", "te": "IN", "th": "TH", "tr": "TR", "uk": "UA", "ur": "PK", "vi": "VN",
    "zh": "CN",
}  # fmt: skip
"""Whose national phone formats to expect where only the language is known; none for languages of many countries."""

_NO_COUNTRY = ("ar", "en", "sw")


@dataclass(frozen=True)
class _Line:
    """One record of a file, or none where the line is bad."""

    text: str | None
    own: dict[str, str | None]
    country: str | None
    is_bad: bool = False


@dataclass
class _Counts:
    n_lines: int = 0
    n_entities: int = 0
    n_withheld: int = 0
    n_bad: int = 0


@app.command()
def scrub(
    source: Annotated[
        str, typer.Argument(metavar="TEXT|FILE.jsonl|-", help="A text, a file, or - for standard input.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; - or nothing is standard output.")
    ] = None,
    field: Annotated[str, typer.Option(help="Field of a record that holds its text.")] = "text",
    language: Annotated[str | None, typer.Option(help="Language of the texts, such as hi.")] = None,
    country: Annotated[str | None, typer.Option(help="Country whose phone formats occur, such as IN.")] = None,
    own_fields: Annotated[
        str | None,
        typer.Option(help="Where the record's own fields stand: buyer_name=Name,email=Mail. Default: the same names."),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Write a withheld line for a line that is no record, and go on.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Of one text: every candidate, and why it goes or stays.")
    ] = False,
) -> None:
    """Replaces what identifies a person or a company in a text, or in each record of a file of JSON lines.

    Of a file each input line gives one line, in order: `{"text": ..., "entities": [{"start", "end", "type", "score",
    "recognizer"}]}`; offsets are characters of the input text. A text on which anything fails gives
    `{"text": null, "withheld": true, "entities": []}`. What a record says of its buyer in fields of its own
    (buyer_name, company, email, phone, tax_id, payment, account) is searched in its text.

    Example: `mandi scrub messages.jsonl --field body --country IN -o scrubbed.jsonl`
    """
    from anonymize.scrub.texts import build_scrubber

    region = _region(language, country)
    places = _places(own_fields)
    settings = Settings.from_environment()
    has_lines = source == "-" or output is not None or source.endswith((".jsonl", ".ndjson")) or is_file(source)
    if has_lines and explain:
        raise ConfigurationError("--explain is for one text; give the text itself")
    if has_lines and source != "-" and not is_file(source):
        raise FeedFileError(f"{Path(source).name}: there is no such file")
    scrubber = build_scrubber(settings.config, settings.policy.scrub)
    if not has_lines:
        _scrub_text(scrubber, source, region, explain=explain)
        return
    counts = _Counts()
    with _opened(source) as lines, _written(output, Path(source)) as out, _progress() as progress:
        task = progress.add_task("scrubbing", total=None)
        for batch in _batches(lines, field, places, region, skip_bad=skip_bad):
            _scrub_batch(scrubber, batch, out, counts)
            progress.update(task, description=f"{counts.n_lines:,} texts scrubbed")
    bad = f", {counts.n_bad:,} of them no records" if counts.n_bad else ""
    show.err.print(
        f"{counts.n_lines:,} texts, {counts.n_entities:,} identifiers found, {counts.n_withheld:,} texts withheld{bad}"
    )


def _region(language: str | None, country: str | None) -> str | None:
    """The country whose phone formats to expect."""
    if country is not None:
        if not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise ConfigurationError("--country is an ISO 3166 code of two letters, such as IN")
        return country.upper()
    if language is None:
        return None
    code = language.lower().replace("_", "-").partition("-")[0]
    if code not in LANGUAGE_COUNTRY and code not in _NO_COUNTRY:
        known = ", ".join(sorted([*LANGUAGE_COUNTRY, *_NO_COUNTRY]))
        raise ConfigurationError(f"--language is one of {known}")
    return LANGUAGE_COUNTRY.get(code)


def _places(own_fields: str | None) -> dict[str, str]:
    """For each own field the record's field that holds it."""
    places = {name: name for name in OWN_FIELDS}
    for part in (own_fields or "").split(","):
        name, sign, place = (piece.strip() for piece in part.partition("="))
        if own_fields and (not sign or name not in places or not place):
            raise ConfigurationError(f"--own-fields is a list such as buyer_name=Name; known: {', '.join(OWN_FIELDS)}")
        if sign:
            places[name] = place
    return places


def _scrub_text(scrubber: Any, text: str, region: str | None, *, explain: bool) -> None:
    from anonymize.scrub.explain import explain as decisions_of
    from anonymize.scrub.records import frame_of, scrub_records

    records = frame_of([text], [{}], [region])
    scrubbed = scrub_records(scrubber, records)[0]
    if scrubbed.text is None:
        raise FeedFileError("the text is withheld: something failed on it, or it never stops decoding")
    sys.stdout.write(scrubbed.text + "\n")
    if explain:
        shown = records["text"][0]
        rows = [
            (
                f"{one.found.start}-{one.found.end}", shown[one.found.start : one.found.end], one.found.entity.value,
                f"{one.found.score:.2f}", f"{one.threshold:.2f}", one.found.recogniser, one.found.reason,
                "goes" if one.is_taken else "stays", one.why,
            )
            for one in decisions_of(scrubber, records)
        ]  # fmt: skip
        columns = ("span", "text", "entity", "score", "threshold", "recogniser", "rule", "verdict", "why")
        show.out.print(show.table(None, columns, rows))


@contextmanager
def _opened(source: str) -> Iterator[BinaryIO]:
    if source == "-":
        yield sys.stdin.buffer
        return
    with Path(source).open("rb") as file:
        yield file


@contextmanager
def _written(output: Path | None, source: Path) -> Iterator[BinaryIO]:
    """Where lines go; a file appears whole under its name, or not at all."""
    if output is None or str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    refuse_output(output, source)
    with whole_file(output) as file:
        yield file


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=show.err, transient=True, disable=not show.err.is_terminal)


def _batches(
    lines: BinaryIO, field: str, places: dict[str, str], region: str | None, *, skip_bad: bool
) -> Iterator[list[_Line]]:
    """Records, a bounded number of lines and characters together."""
    batch: list[_Line] = []
    size = 0
    for number, raw in enumerate(lines, start=1):
        problem, line = _parsed(raw, field, places, region)
        if problem and not skip_bad:
            raise FeedFileError(f"line {number}: {problem}; mend it, or pass --skip-bad")
        batch.append(line)
        size += len(line.text or "")
        if len(batch) == BATCH_LINES or size >= BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _parsed(raw: bytes, field: str, places: dict[str, str], region: str | None) -> tuple[str | None, _Line]:
    """What is wrong with a line, if anything, and its record. Bytes that are no UTF-8 become replacement characters."""
    bad = _Line(None, {}, None, is_bad=True)
    try:
        record = json.loads(raw.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError):
        return "is not JSON", bad
    if not isinstance(record, dict):
        return "is no JSON object", bad
    if field not in record:
        return "lacks the field that --field names", bad
    text = record[field]
    if text is not None and not isinstance(text, str):
        return "holds no text in the field that --field names", bad
    own: dict[str, str | None] = {}
    for name, place in places.items():
        value = record.get(place)
        if place == field or value is None or isinstance(value, bool):
            continue
        if isinstance(value, list | dict | float):
            return f"holds no text in its {name}", bad
        own[name] = str(value)
    given = record.get("country")
    is_code = isinstance(given, str) and len(given) == 2 and given.isascii() and given.isalpha()
    return None, _Line(text, own, region or (str(given).upper() if is_code else None))


def _scrub_batch(scrubber: Any, batch: list[_Line], out: BinaryIO, counts: _Counts) -> None:
    from anonymize.scrub.records import frame_of, scrub_records

    records = frame_of([line.text for line in batch], [line.own for line in batch], [line.country for line in batch])
    for line, scrubbed in zip(batch, scrub_records(scrubber, records), strict=True):
        said: dict[str, Any]
        if line.is_bad or (line.text is not None and scrubbed.text is None):
            said = {"text": None, "withheld": True, "entities": []}
            counts.n_withheld += 1
            counts.n_bad += line.is_bad
        else:
            said = {
                "text": None if line.text is None else scrubbed.text,
                "entities": [
                    {
                        "start": one.start, "end": one.end, "type": one.entity.value, "score": round(one.score, 4),
                        "recognizer": one.recogniser,
                    }
                    for one in scrubbed.found
                ],
            }  # fmt: skip
            counts.n_entities += len(scrubbed.found)
        counts.n_lines += 1
        out.write(json.dumps(said, ensure_ascii=False).encode("utf-8") + b"\n")
