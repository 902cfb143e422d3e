"""The command of whoever wonders about a figure: why a cell shows what it shows."""

import sys
from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show

app = typer.Typer()


@app.command()
def explain(
    kind: Annotated[str, typer.Argument(help="search, inquiry, rfq, order or cancellation.")],
    product: Annotated[str, typer.Argument(help="A product: 6109, pharma, 61, or words of a title.")],
    place: Annotated[str, typer.Argument(help="A place: KE, Kenya, UAE, Africa or 002.")],
    period: Annotated[str, typer.Argument(help="2026, 2026-Q1, 2026-01, 2026-01-d2 (a dekad) or 2026-01-15.")],
    private: Annotated[bool, typer.Option("--private", help="Also what waits in the pool, as a band.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The answer for machines.")] = False,
) -> None:
    """Tells why a cell of `demand` shows what it shows: what it sums, what stands coarser, and which cut is complete.

    Reads the current release only; with `--private` the ledger as well, for the operator's eyes.

    Example: `mandi explain rfq textiles Asia 2026-01`
    """
    from warehouse.explain import explain as explained
    from warehouse.explain import with_waiting
    from warehouse.explain_words import sentences
    from warehouse.ledger import open_ledger
    from warehouse.release import current_tables

    settings = Settings.from_environment()
    told = explained(current_tables(settings.home), kind=kind, product=product, place=place, period=period)
    if private:
        with open_ledger(settings.home.ledger) as ledger:
            told = with_waiting(told, ledger, policy=settings.policy, taxonomy=settings.taxonomy)
    if json:
        sys.stdout.write(told.model_dump_json(indent=2) + "\n")
        return
    for line in sentences(told):
        show.out.print(line, highlight=False, markup=False, soft_wrap=True)
