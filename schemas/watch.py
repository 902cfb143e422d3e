"""What `config/watch.yaml` says: when a night is due, from where on a figure is worth a look, and whom to tell.

Nothing here changes what a night does or publishes.
"""

from datetime import time
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Colour = Literal["green", "amber", "red"]
"""How a night stands: published and well, worth a look, or not what it should be."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Disk(_Strict):
    """Free space below which the home is worth a look, in gigabytes of 10^9 bytes."""

    amber_gb: Annotated[float, Field(gt=0)]
    red_gb: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _amber_comes_first(self) -> "Disk":
        if self.red_gb >= self.amber_gb:
            raise ValueError("red_gb must be less than amber_gb")
        return self


class Unusual(_Strict):
    """From where on a figure of a night is unusual, against the median of earlier nights."""

    nights: Annotated[int, Field(ge=1, le=400, description="Earlier nights that the median is taken over.")]
    at_least: Annotated[int, Field(ge=1, description="Fewer earlier nights tell nothing yet.")]
    rows_factor: Annotated[float, Field(gt=1, description="Rows of a feed this many times more or fewer.")]
    refused_factor: Annotated[float, Field(gt=1, description="Share of refused rows this many times larger ...")]
    refused_points: Annotated[float, Field(gt=0, lt=1, description="... and larger by this much.")]
    step_factor: Annotated[float, Field(gt=1, description="A step this many times longer ...")]
    step_seconds: Annotated[float, Field(ge=0, description="... and longer by so many seconds.")]


class Webhook(_Strict):
    """An address that takes a POST of JSON over HTTPS; a null address stands in `$MANDI_WEBHOOK_URL`."""

    url: str | None
    ca_file: str | None = Field(default=None, description="Certificates to trust instead of the system's (PEM).")

    @field_validator("url")
    @classmethod
    def _is_https(cls, url: str | None) -> str | None:
        if url is not None:
            refuse_other_than_https(url)
        return url


class Mail(_Strict):
    """A mail server that is spoken to under TLS, and who writes to whom; the password is `$MANDI_SMTP_PASSWORD`."""

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65_535)]
    tls: Literal["starttls", "implicit"]
    user: str | None
    sender: Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")]
    recipients: Annotated[tuple[Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")], ...], Field(min_length=1)]
    ca_file: str | None = Field(default=None, description="Certificates to trust instead of the system's (PEM).")


class Alerts(_Strict):
    """Who is told of a night that is amber or red; null is nobody."""

    webhook: Webhook | None
    mail: Mail | None
    timeout_s: Annotated[float, Field(gt=0, le=60)]
    tries: Annotated[int, Field(ge=1, le=10)]


class Watch(_Strict):
    """The file `config/watch.yaml`."""

    due: time | None = Field(description="When last night should have run; null: by hand, and none is ever missing.")
    late: time = Field(description="Until then an unfinished night is amber, afterwards red.")
    keep_logs_days: Annotated[int, Field(ge=1)]
    epoch_notice_days: Annotated[int, Field(ge=0, description="Days ahead that the end of an epoch is told.")]
    disk: Disk
    unusual: Unusual
    alerts: Alerts

    @model_validator(mode="after")
    def _late_comes_after_due(self) -> "Watch":
        if self.due is not None and self.late <= self.due:
            raise ValueError("late must be after due")
        return self


def refuse_other_than_https(url: str) -> None:
    """Raises ValueError, without quoting the address, unless it is an HTTPS one with a host and without a password."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("a webhook's address begins with https:// and holds no password")
