"""The accounting identity of a night: nothing is lost, nothing counted twice.

rows = refused + duplicates + events
pooled before + events = classed + netted + opted out + erased + destroyed + pooled
"""

from dataclasses import dataclass, fields

from schemas.errors import NightError


@dataclass(frozen=True)
class Accounting:
    """What became of a night's rows, and of the pool."""

    n_rows: int
    n_refused: int
    n_duplicates: int
    n_events: int
    n_pooled_before: int
    n_classed: int
    n_netted: int
    """Orders that left the pool with their cancellations, and those cancellations."""

    n_opted_out: int
    """Events of contributors on the opt-out list, arrived or waiting."""

    n_erased: int
    """Waiting events erased since the night before."""

    n_destroyed: int
    n_pooled: int

    @property
    def is_balanced(self) -> bool:
        """Whether both identities hold."""
        rows = self.n_refused + self.n_duplicates + self.n_events
        left = self.n_netted + self.n_opted_out + self.n_erased + self.n_destroyed
        events = self.n_classed + left + self.n_pooled
        return self.n_rows == rows and self.n_pooled_before + self.n_events == events

    def sentences(self) -> tuple[str, str]:
        """Both identities as people read them."""
        return (
            f"{self.n_rows:,} rows = {self.n_refused:,} refused + {self.n_duplicates:,} duplicates "
            f"+ {self.n_events:,} events",
            f"{self.n_pooled_before:,} pooled before + {self.n_events:,} events = {self.n_classed:,} in classes "
            f"+ {self.n_pooled:,} pooled + {self.n_netted:,} netted + {self.n_opted_out:,} opted out "
            f"+ {self.n_erased:,} erased + {self.n_destroyed:,} destroyed",
        )

    def prove(self) -> None:
        """Raises NightError unless both identities hold."""
        if not self.is_balanced:
            raise NightError(f"the night does not add up: {'; '.join(self.sentences())}. Nothing was published.")


COLUMNS = tuple(field.name for field in fields(Accounting))
