"""What `mandi feed check` prints."""

from datetime import date
from pathlib import Path

from assets.settings import Settings
from feeds.check import check_file
from feeds.context import build_context
from feeds.reasons import DROPS, REASONS
from pipelines import show
from schemas.contracts import FeedContract
from schemas.errors import RefusalLimitError


def report(settings: Settings, contract: FeedContract, file: Path, night: date, *, with_samples: bool) -> None:
    """Prints which columns map, which are ignored, and how many rows are accepted or refused, and why.

    Raises: RefusalLimitError, after all is printed, if a night with this file would stop.
    """
    context = build_context(settings.config, night, settings.policy)
    found = check_file(contract, file, context, with_samples=with_samples)
    mapped = [(field, source.sql, source.helper or "") for field, source in contract.fields.items()]
    show.out.print(show.table(f"{contract.feed}: {contract.title}", ["field", "comes from", "helper"], mapped))
    ignored = ", ".join(found.ignored_columns) or "none"
    show.out.print(f"Ignored as identifying: {ignored}", highlight=False)
    show.out.print(
        f"{found.n_rows:,} rows = {found.n_accepted:,} accepted + {found.n_rows - found.n_accepted:,} refused "
        f"({found.refused_ratio:.1%}; the contract allows {contract.max_refused_ratio:.1%})",
        highlight=False,
    )
    if found.refused:
        rows = [(reason, n, REASONS[reason]) for reason, n in found.refused.items()]
        show.out.print(show.table("Refused rows", ["reason", "rows", "meaning"], rows))
    if found.drops:
        rows = [(word, n, DROPS[word]) for word, n in found.drops.items()]
        show.out.print(show.table("Values left out of accepted rows", ["word", "rows", "meaning"], rows))
    known = [
        ("a value", found.n_with_value),
        ("a country", found.n_with_country),
        ("a verified account", found.n_verified),
    ]
    known += [(f"product at {level}", n) for level, n in found.products.items()]
    known += [(f"kind {kind}", n) for kind, n in found.kinds.items()]
    show.out.print(show.table("Accepted rows with", ["", "rows"], known))
    for sample in found.samples:
        show.out.print(sample)
    if not found.is_within_limit:
        raise RefusalLimitError(
            f"a night with this file would stop: {found.refused_ratio:.1%} of its rows are refused, and the contract "
            f"allows {contract.max_refused_ratio:.1%}"
        )
