"""Commands of whoever looks after the vocabulary of terms: check its lists, try them on a text."""

from typing import Annotated

import polars as pl
import typer

from assets.settings import Settings
from pipelines import show
from schemas.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True, help="The vocabulary of what buyers ask for: certificates, materials, sizes.")


@app.command()
def check() -> None:
    """Checks the lists of terms: no spelling may mean two terms, or be a name or a brand.

    Also tells which terms hide others: *faux leather* is not counted as leather.

    Example: `mandi terms check`
    """
    from anonymize.terms.check import check_vocabulary
    from anonymize.terms.vocabulary import read_vocabulary
    from feeds.taxonomy import product_tree

    config = Settings.from_environment().config
    sectors = [code for level, code, _, _ in product_tree(config).nodes if level == "sector"]
    found = check_vocabulary(read_vocabulary(config), sectors)
    rows = [*((f"terms: {kind.value}", n) for kind, n in found.n_terms.items()), ("spellings", found.n_spellings)]
    show.out.print(show.table("Vocabulary of terms", ["what", "how many"], rows))
    show.out.print(show.table("Heard in the place of another", ["term", "gives way to", "spellings"], found.hidden))
    if not found.is_sound:
        said = [f"a spelling of {', '.join(found.names)} is the name of a person or a firm"] * bool(found.names)
        said += [f"{', '.join(found.without_sector)} is for a sector that there is not"] * bool(found.without_sector)
        raise ConfigurationError(f"terms: {'; '.join(said)}. Correct config/terms/")


@app.command()
def find(text: Annotated[str, typer.Argument(help="One text, as a buyer would write it.")]) -> None:
    """Tells which terms stand in a text, and for which sectors each may count.

    Example: `mandi terms find "GOTS certified cotton yarn 30/1"`
    """
    from anonymize.terms.finding import terms_in
    from anonymize.terms.vocabulary import read_vocabulary

    vocabulary = read_vocabulary(Settings.from_environment().config)
    terms = {term.id: term for term in vocabulary.terms}
    found = terms_in(pl.Series([text]), vocabulary)["term"].to_list()
    if not found:
        show.out.print("No term of the vocabulary stands in this text.")
        return
    rows = [(id, vocabulary.kinds[id].value, terms[id].en, terms[id].hi, ", ".join(terms[id].sectors)) for id in found]
    show.out.print(show.table(None, ["term", "kind", "English", "Hindi", "sectors"], rows))
