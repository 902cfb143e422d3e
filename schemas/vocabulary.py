"""The vocabulary of terms: what trade bodies may be told that buyers ask for. A committed list, never free words."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class TermKind(StrEnum):
    """What a term is about; each kind has its file in `config/terms/`."""

    CERTIFICATE = "certificate"
    MATERIAL = "material"
    ATTRIBUTE = "attribute"
    GRADE = "grade"
    SIZE = "size"


class Term(BaseModel):
    """One term: its name in two languages, the sectors it is counted for, and how people write it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")]
    en: Annotated[str, Field(min_length=2, description="Name in English.")]
    hi: Annotated[str, Field(min_length=2, description="Name in Hindi.")]
    sectors: Annotated[tuple[str, ...], Field(min_length=1, description="Sectors whose events may count.")]
    spellings: Annotated[tuple[str, ...], Field(min_length=1, description="How it is written, in any language.")]
