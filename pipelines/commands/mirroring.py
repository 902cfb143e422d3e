"""Commands about object storage."""

from typing import Annotated

import typer

from assets.settings import Settings
from pipelines import show

app = typer.Typer()


@app.command()
def mirror(url: Annotated[str, typer.Argument(help="A folder of a bucket.")]) -> None:
    """Copies releases that are not there yet to object storage, then the signed list of them.

    Credentials and endpoint are the environment's, as the store's own tools take them.

    Example: `mandi mirror s3://trade-data/mandi`
    """
    from warehouse.object_store import mirror_releases

    done = mirror_releases(Settings.from_environment().home.releases, url)
    show.out.print(f"{done.n_releases} releases copied: {done.n_files:,} files, {done.n_bytes:,} bytes.")
