"""Commands about what was handed over: is this extract what was signed, and should it still be used; take one back."""

import json as jsonlib
from pathlib import Path
from typing import Annotated, get_args

import typer

from pipelines import show
from schemas.errors import ConfigurationError
from schemas.releases import WITHDRAWAL_REASONS, WithdrawalReason

app = typer.Typer()


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="An extract's folder.")],
    key: Annotated[Path | None, typer.Option(help="The public key you trust (PEM).")] = None,
    releases: Annotated[
        str | None, typer.Option(help="The publisher's releases.json: a file, or an address that begins with https://.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Says of an extract exactly one of valid, superseded, withdrawn, tampered. Needs no account and no network.

    Exit codes: 0 valid, 3 superseded, 4 withdrawn, 5 tampered; 2 if the folder holds nothing of an extract.

    Example: `mandi verify aepc --key the-key-we-trust.pem --releases releases.json`
    """
    from warehouse.listing import LIST
    from warehouse.standing import EXIT_CODES, list_beside, read_releases, standing

    listed = read_releases(releases) if releases else list_beside(folder)
    found = standing(folder, key=key, releases=listed, list_name=Path(releases or LIST).name or LIST)
    name = folder.resolve().name
    if json:
        show.out.print_json(
            jsonlib.dumps(
                {
                    "state": found.state,
                    "release_id": found.release_id,
                    "told": found.told,
                    "n_files": found.verification.n_files,
                    "key": found.verification.key_fingerprint,
                }
            )
        )
        raise typer.Exit(EXIT_CODES[found.state])
    what = f"{name}, release {found.release_id}" if found.release_id else name
    _say(f"{found.state}: {what}: {'; '.join(found.told)}")
    if found.state != "tampered":
        _say(f"{found.verification.n_files} files, exactly as signed by this key:")
        _say(found.verification.key_fingerprint)
        if key is None:
            _say("Compare this key with the one the publisher gave you, or pass it with --key.")
    raise typer.Exit(EXIT_CODES[found.state])


@app.command()
def withdraw(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Release to withdraw, such as 2026-02-01.")],
    reason: Annotated[
        str, typer.Option(help=f"One of {', '.join(WITHDRAWAL_REASONS)}: recipients are told its sentence.")
    ],
) -> None:
    """Takes a release back: noted in the chain, told in releases.json, and `current` moves to one that stands.

    Its classes count as known for ever, and stay in every later release. Remove its folder by hand.

    Example: `mandi withdraw 2026-02-01 --reason wrong_input`
    """
    from assets.alone import alone
    from pipelines.commands.keeping import with_ledger
    from warehouse.ledger import open_ledger
    from warehouse.release import withdraw as take_back

    known: tuple[WithdrawalReason, ...] = get_args(WithdrawalReason)
    word = next((each for each in known if each == reason), None)
    if word is None:
        raise ConfigurationError(f"--reason is one of {', '.join(known)}: free words could name somebody")
    settings = with_ledger()
    with alone(settings.home), open_ledger(settings.home.ledger) as ledger:
        take_back(ledger, settings.home, settings.keyring, release, word)
    _say(f"Release {release} is withdrawn: {WITHDRAWAL_REASONS[word]}")
    _say("Its classes stay known, and stay in every later release.")
    current = settings.home.current
    _say(f"current is release {current.resolve().name}." if current.exists() else "No release is current now.")


def _say(text: str) -> None:
    show.out.print(text, highlight=False, soft_wrap=True, markup=False)
