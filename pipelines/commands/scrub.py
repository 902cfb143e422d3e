"""The command of whoever has texts to clean by themselves: one text, or a file of JSON lines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from anonymize.scrub.cores import n_processes_here
from anonymize.scrub.own_fields import OWN_FIELDS
from assets.settings import Settings
from pipelines import show
from pipelines.outputs import is_file, refuse_output, whole_file
from pipelines.scrub_lines import ENOUGH_BYTES, Counts, Form, LineProcesses, batches, scrub_batch
from schemas.errors import ConfigurationError, FeedFileError

app = typer.Typer()

LANGUAGE_COUNTRY = {
    "bn": "BD", "cs": "CZ", "da": "DK", "de": "DE", "el": "GR", "es": "ES", "fa": "IR", "fi": "FI", "fr": "FR",
    "gu": "IN", "he": "IL", "hi": "IN", "hu": "HU", "id": "ID", "it": "IT", "ja": "JP", "kn": "IN", "ko": "KR",
    "ml": "IN", "mr": "IN", "ms": "MY", "nl": "NL", "pa": "IN", "pl": "PL", "pt": "BR", "ro": "RO", "ru": "RU",
    "si": "LK", "sv": "SE", "ta": "IN", "te": "IN", "th": "TH", "tr": "TR", "uk": "UA", "ur": "PK", "vi": "VN",
    "zh": "CN",
}  # fmt: skip
"""Whose national phone formats to expect where only the language is known; none for languages of many countries."""

_NO_COUNTRY = ("ar", "en", "sw")


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
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=256, help="Processes for a file. Default: MANDI_WORKERS, else one a core."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Of one text: every candidate, and why it goes or stays.")
    ] = False,
) -> None:
    """Replaces what identifies a person or a company in a text, or in each record of a file of JSON lines.

    Of a file each input line gives one line, in order: `{"text": ..., "entities": [{"start", "end", "type", "score",
    "recognizer"}]}`; offsets are characters of the input text. A text on which anything fails gives
    `{"text": null, "withheld": true, "entities": []}`. What a record says of its buyer in fields of its own
    (buyer_name, company, email, phone, tax_id, payment, account) is searched in its text. A large file is shared out to
    several processes; what comes out is the same with any number of them.

    Example: `mandi scrub messages.jsonl --field body --country IN -o scrubbed.jsonl`
    """
    from anonymize.scrub.texts import file_scrubber

    region = _region(language, country)
    places = _places(own_fields)
    settings = Settings.from_environment()
    has_lines = source == "-" or output is not None or source.endswith((".jsonl", ".ndjson")) or is_file(source)
    if has_lines and explain:
        raise ConfigurationError("--explain is for one text; give the text itself")
    if has_lines and source != "-" and not is_file(source):
        raise FeedFileError(f"{Path(source).name}: there is no such file")
    build = partial(file_scrubber, settings.config, settings.policy.scrub)
    if not has_lines:
        _scrub_text(build(), source, region, explain=explain)
        return
    n_workers = (1 if source == "-" else n_processes_here()) if workers is None else workers
    is_worth_it = workers is not None or (source != "-" and Path(source).stat().st_size >= ENOUGH_BYTES)
    counts = Counts()
    with _opened(source) as lines, _written(output, Path(source)) as out, _progress() as progress:
        task = progress.add_task("scrubbing", total=None)
        given = batches(lines, Form(field, places, region, skip_bad))
        if n_workers > 1 and is_worth_it:
            done = LineProcesses(build, n_workers).in_order(given)
        else:
            done = map(partial(scrub_batch, build()), given)
        for written, told in done:
            out.write(written)
            counts.add(told)
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
