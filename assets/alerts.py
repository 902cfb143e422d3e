"""Alerts of a night that is amber or red: a POST over HTTPS and a mail over TLS, each once a night and colour.

An alert leaves the machine. It holds the night, its colour and one of a few sentences of ours: no figure, no message
of an error, no name of a feed. Whoever it wakes runs `mandi status`. A channel that fails is noted and changes nothing
else.
"""

import json
import os
import smtplib
import ssl
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from assets.alert_record import is_news, keep
from assets.logs import Channel, NightLog
from assets.settings import Settings
from schemas.errors import ConfigurationError
from schemas.morning import Morning
from schemas.watch import Alerts, Mail, Webhook, refuse_other_than_https

_SENTENCES = {
    "published": "Night {night} is published and wants a look.",
    "running": "Night {night} still runs and is late.",
    "held": "Night {night} is held; a feed waits for a person.",
    "stopped": "Night {night} stopped; nothing of it is published.",
    "vanished": "Night {night} began and did not end; nothing of it is published.",
    "missing": "Night {night} did not run.",
    "waiting": "Night {night} has not run yet.",
    "none": "No night has ever run there.",
}
_UNDECIDED = ("running", "waiting", "missing")
"""Phases that are amber while they may still end well; nobody is woken for that."""


class _TryAgainError(Exception):
    """A server that may take it later."""


def send_alerts(settings: Settings, morning: Morning, log: NightLog) -> None:
    """Tells every channel of the configuration what it has not been told; each for itself, none hinders another."""
    alerts = settings.watch.alerts
    if morning.colour == "amber" and morning.phase in _UNDECIDED:
        return
    for channel, send in _channels(alerts):
        if not is_news(settings.home, channel, morning.night, morning.colour):
            continue
        if morning.colour == "green":
            keep(settings.home, channel, morning.night, "green", is_delivered=True)
            continue
        try:
            _trying(alerts)(send, morning)
        except Exception as error:
            print(f"mandi: the alert by {channel} was not delivered: {type(error).__name__}", file=sys.stderr)
            keep(settings.home, channel, morning.night, morning.colour, is_delivered=False)
            log.write("alert_failed", channel=channel)
        else:
            keep(settings.home, channel, morning.night, morning.colour, is_delivered=True)
            log.write("alert_sent", channel=channel)


def alert_text(morning: Morning) -> str:
    """All that an alert says in words.

    Example: `Night 2026-02-03 stopped; nothing of it is published. Run mandi status.`
    """
    return f"{_SENTENCES[morning.phase].format(night=morning.night)} Run mandi status."


def _channels(alerts: Alerts) -> Iterator[tuple[Channel, Callable[[Morning], None]]]:
    webhook, mail = alerts.webhook, alerts.mail
    if webhook is not None:
        yield "webhook", lambda morning: _post(webhook, morning, alerts.timeout_s)
    if mail is not None:
        yield "mail", lambda morning: _send_mail(mail, morning, alerts.timeout_s)


def _trying(alerts: Alerts) -> Retrying:
    return Retrying(
        stop=stop_after_attempt(alerts.tries),
        wait=wait_exponential(multiplier=0.2, max=5),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )


def _may_pass(error: BaseException) -> bool:
    """Whether a failure may be another one in a moment: not a wrong password, a false certificate, a wrong address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return False
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, OSError | HTTPException | _TryAgainError)


def _post(webhook: Webhook, morning: Morning, timeout_s: float) -> None:
    """One POST; a redirect is no delivery, for nobody chose where it leads."""
    url = webhook.url or os.environ.get("MANDI_WEBHOOK_URL", "")
    try:
        refuse_other_than_https(url)
    except ValueError as error:
        raise ConfigurationError(f"MANDI_WEBHOOK_URL: {error}") from None
    parts = urlsplit(url)
    assert parts.hostname is not None
    headers = {"Content-Type": "application/json"}
    token = os.environ.get("MANDI_WEBHOOK_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    night = morning.night.isoformat() if morning.night else None
    body = json.dumps({"night": night, "state": morning.colour, "text": alert_text(morning)})
    context = ssl.create_default_context(cafile=webhook.ca_file)
    connection = HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=context)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body=body.encode(), headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status == 429 or status >= 500:
        raise _TryAgainError
    if status >= 300:
        raise ConfigurationError("the webhook's address does not take alerts")


def _send_mail(mail: Mail, morning: Morning, timeout_s: float) -> None:
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.recipients)
    message["Subject"] = f"Mandi is {morning.colour}: night {morning.night or 'none'}"
    message.set_content(alert_text(morning) + "\n")
    context = ssl.create_default_context(cafile=mail.ca_file)
    opened = (
        smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout_s, context=context)
        if mail.tls == "implicit"
        else smtplib.SMTP(mail.host, mail.port, timeout=timeout_s)
    )
    with opened as server:
        if mail.tls == "starttls":
            server.starttls(context=context)
        if mail.user is not None:
            server.login(mail.user, os.environ.get("MANDI_SMTP_PASSWORD", ""))
        server.send_message(message)
