"""What is handed over: trade bodies, the release manifest and the list of releases."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class TradeBody(BaseModel):
    """A recipient of extracts and the product nodes it may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,30}$", description="Folder name of its extracts.")]
    title: str
    products: Annotated[tuple[str, ...], Field(min_length=1, description="Codes of product nodes, or `all`.")]


class TradeBodies(BaseModel):
    """The file `config/trade_bodies.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trade_bodies: Annotated[tuple[TradeBody, ...], Field(min_length=1)]


class ReleaseManifest(BaseModel):
    """`release.json` beside the tables: enough to tell which policy and schema the files follow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release_id: str
    night: date
    previous: str | None = Field(description="Release before this one.")
    schema_version: str
    policy_name: str
    policy_version: int
    policy_digest: str = Field(description="SHA-256 of the policy's canonical JSON.")
    classes_digest: str = Field(description="SHA-256 over all published classes up to this release.")
    chain_head: str = Field(
        description="Digest of the ledger's chain before this release: it holds the publisher to every release before."
    )
    n_classes_new: int
    n_classes: int
    n_demand_rows: int


WithdrawalReason = Literal["wrong_input", "wrong_result", "wrong_policy", "unsafe"]
"""Why a release was withdrawn. Words of a closed list: what an operator would write freely may name somebody."""

WITHDRAWAL_REASONS: dict[WithdrawalReason, str] = {
    "wrong_input": "A feed had delivered wrong data.",
    "wrong_result": "Figures were computed wrongly.",
    "wrong_policy": "It was made under a policy that should not have held.",
    "unsafe": "It may show more than was promised.",
}
"""What each reason tells recipients."""


class ListedRelease(BaseModel):
    """One line of `releases.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    release_id: str
    night: date
    schema_version: str
    n_classes_new: int
    n_classes: int
    withdrawn: WithdrawalReason | None = Field(default=None, description="Why it must not be used any more.")


class ReleaseList(BaseModel):
    """The file `releases.json`: every release, oldest first, and whose word that is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    releases: tuple[ListedRelease, ...]
    public_key: str = Field(description="The Ed25519 key that signed, in hexadecimal.")
    signature: str = Field(description="Base64, over the canonical JSON of `releases`.")
