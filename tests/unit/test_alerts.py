"""Alerts, against real servers on the loopback address: a POST over TLS and a mail over STARTTLS, each told once."""

import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from assets.alert_record import undelivered
from assets.alerts import alert_text, send_alerts
from assets.concerns import ZONE
from assets.guard import guarded
from assets.logs import lines
from assets.nights import NIGHTS, Mandi, installation
from assets.settings import ROOT, Settings
from pipelines.telling import tell_overdue
from schemas.errors import NightError
from schemas.home import Home
from schemas.watch import Mail, Webhook
from tests.support.held_home import held_elsewhere
from tests.support.left_behind import leave, log_of
from tests.unit.test_morning_page import NIGHT, morning
from warehouse.access import make_home
from warehouse.morning_page import PAGE

TOKEN = "t0ken-of-the-hook"
PASSWORD = "passw0rd-of-the-mail"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@dataclass
class Hook:
    """What a webhook's server was sent, and what it answers: one status a request, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def hook(certificate: Path) -> Iterator[Hook]:
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            found.headers.append(dict(self.headers.items()))
            self.send_response(found.answers.pop(0) if found.answers else 204)
            self.send_header("Location", "https://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = server_context(certificate).wrap_socket(server.socket, server_side=True)
    found.url = f"https://127.0.0.1:{server.server_port}/mandi?to=all"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Post:
    """A mail server and what it took."""

    port: int = 0
    mails: list[Any] = field(default_factory=list)
    was_secure: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.was_secure.append(session.ssl is not None)
        return "250 OK"


@pytest.fixture
def post(certificate: Path) -> Iterator[Post]:
    found = Post()

    def check(_: object, __: object, ___: object, ____: object, data: Any) -> AuthResult:
        is_known = (data.login, data.password) == (b"mandi", PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)

    with socket.socket() as free:  # the controller cannot be asked for any free port
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    controller = Controller(
        found, hostname="127.0.0.1", port=found.port, tls_context=server_context(certificate), require_starttls=True,
        authenticator=check, auth_required=True,
    )  # fmt: skip
    controller.start()
    yield found
    controller.stop()


class Installation:
    """Settings whose alerts go to servers of the test."""

    def __init__(self, home: Home, **alerts: Any) -> None:
        self.settings = Settings(home, ROOT / "config")
        told = self.settings.watch.alerts.model_copy(update=alerts | {"timeout_s": 5.0})
        self.settings.__dict__["watch"] = self.settings.watch.model_copy(update={"alerts": told})
        self.log = log_of(home, NIGHT)

    def tell(self, *args: Any, **changes: Any) -> None:
        send_alerts(self.settings, morning(*args, **changes), self.log)

    def events(self) -> list[str]:
        return [line.event for line in lines(self.log.path)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def hooked(home: Home, hook: Hook, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("MANDI_WEBHOOK_TOKEN", TOKEN)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    return Installation(home, webhook=Webhook(url=hook.url, ca_file=str(certificate)))


def by_mail(home: Home, post: Post, certificate: Path, **changes: Any) -> Installation:
    mail = Mail(host="127.0.0.1", port=post.port, tls="starttls", user="mandi", sender="mandi@mandi.example",
                recipients=("one@mandi.example", "two@mandi.example"), ca_file=str(certificate))  # fmt: skip
    return Installation(home, mail=mail.model_copy(update=changes))


def test_a_webhook_is_told_the_night_its_colour_and_a_sentence(hooked: Installation, hook: Hook) -> None:
    hooked.tell("red", phase="stopped")

    assert hook.bodies == [
        {
            "night": "2026-02-05",
            "state": "red",
            "text": "Night 2026-02-05 stopped; nothing of it is published. Run mandi status.",
        }
    ]
    assert hook.headers[0]["Authorization"] == f"Bearer {TOKEN}"
    assert hooked.events() == ["alert_sent"]


def test_an_alert_holds_no_figure_no_error_and_no_feed(hooked: Installation, hook: Hook) -> None:
    hooked.tell("red", phase="stopped", sentence="demo_orders: 9,417 of 20,000 rows refused, most for no_date")

    sent = json.dumps(hook.bodies)
    assert not [word for word in ("demo_orders", "9,417", "12,345", "12345", "no_date", "audit") if word in sent]


def test_a_colour_is_told_once_a_night_and_again_when_it_changes(hooked: Installation, hook: Hook) -> None:
    for colour in ("amber", "amber", "red", "red", "green", "amber"):
        hooked.tell(colour)
    hooked.tell("amber", night=NIGHT + timedelta(days=1))

    assert [(body["night"], body["state"]) for body in hook.bodies] == [
        ("2026-02-05", "amber"), ("2026-02-05", "red"), ("2026-02-05", "amber"), ("2026-02-06", "amber"),
    ]  # fmt: skip


@pytest.mark.parametrize("phase", ["running", "waiting", "missing"])
def test_nobody_is_woken_for_a_night_that_may_still_end_well(hooked: Installation, hook: Hook, phase: str) -> None:
    hooked.tell("amber", phase=phase)
    assert hook.bodies == []
    hooked.tell("red", phase=phase)
    assert len(hook.bodies) == 1


def test_a_server_that_is_busy_is_asked_again(hooked: Installation, hook: Hook) -> None:
    hook.answers = [503, 429]
    hooked.tell("red")

    assert len(hook.bodies) == 3 and undelivered(hooked.settings.home) == ()


@pytest.mark.parametrize("answer", [301, 307, 404])
def test_a_redirect_or_a_refusal_is_no_delivery_and_is_not_tried_again(
    hooked: Installation, hook: Hook, capsys: pytest.CaptureFixture[str], answer: int
) -> None:
    hook.answers = [answer, answer, answer, answer]
    hooked.tell("red")

    assert len(hook.bodies) == 1 and hooked.events() == ["alert_failed"]
    assert undelivered(hooked.settings.home) == ("webhook",)
    assert TOKEN not in capsys.readouterr().err


def test_an_alert_that_failed_is_sent_with_the_next_occasion(hooked: Installation, hook: Hook) -> None:
    hook.answers = [404]
    hooked.tell("red")
    hooked.tell("red")
    hooked.tell("red")

    assert len(hook.bodies) == 2 and hooked.events() == ["alert_failed", "alert_sent"]
    assert undelivered(hooked.settings.home) == ()


def test_a_server_with_a_certificate_that_nobody_vouches_for_is_told_nothing(
    home: Home, hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    stranger = Installation(home, webhook=Webhook(url=hook.url))
    stranger.tell("red")

    assert hook.bodies == [] and "SSLCertVerificationError" in capsys.readouterr().err


def test_an_address_may_stand_in_the_environment_and_must_be_https(
    home: Home, hook: Hook, certificate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = Installation(home, webhook=Webhook(url=None, ca_file=str(certificate)))
    monkeypatch.setenv("MANDI_WEBHOOK_URL", hook.url.replace("https:", "http:"))
    known.tell("red")
    assert hook.bodies == [] and "127.0.0.1" not in capsys.readouterr().err

    monkeypatch.setenv("MANDI_WEBHOOK_URL", hook.url)
    known.tell("red")
    assert len(hook.bodies) == 1 and "Authorization" not in hook.headers[0]


def test_a_night_that_nobody_began_is_told_once_and_gets_its_page(hooked: Installation, home: Home, hook: Hook) -> None:
    make_home(home)
    leave(home, NIGHT - timedelta(days=1))

    early, late = (datetime.combine(NIGHT + timedelta(days=1), time(hour, 30), tzinfo=ZONE) for hour in (5, 6))
    assert tell_overdue(hooked.settings, now=early) == "no night is overdue" and hook.bodies == []
    told = [tell_overdue(hooked.settings, now=late + timedelta(hours=hours)) for hours in (0, 1)]

    assert all(each.startswith(f"night {NIGHT} is missing") for each in told)
    assert [body["text"] for body in hook.bodies] == [f"Night {NIGHT} did not run. Run mandi status."]
    assert "it should have run at 02:00" in (home.report(NIGHT) / PAGE).read_text(encoding="utf-8")


def test_a_night_whose_process_is_gone_is_told_and_one_between_two_steps_is_not(
    hooked: Installation, home: Home, hook: Hook
) -> None:
    make_home(home)
    leave(home, NIGHT, until="arrivals", with_log=False)
    now = datetime.combine(NIGHT + timedelta(days=1), time(3), tzinfo=ZONE)

    with held_elsewhere(home):
        assert "another mandi command runs a night" in tell_overdue(hooked.settings, now=now) and hook.bodies == []
    assert tell_overdue(hooked.settings, now=now).startswith(f"night {NIGHT} is vanished")
    assert [body["state"] for body in hook.bodies] == ["red"]


def test_nights_that_told_of_themselves_or_homes_without_any_are_left_alone(
    hooked: Installation, home: Home, hook: Hook, tmp_path: Path
) -> None:
    nowhere = Settings(Home(tmp_path / "nowhere"), ROOT / "config")
    now = datetime.combine(NIGHT + timedelta(days=1), time(9), tzinfo=ZONE)
    assert tell_overdue(nowhere, now=now) == "nothing ever ran here" and not nowhere.home.root.exists()

    make_home(home)
    leave(home, NIGHT)
    assert tell_overdue(hooked.settings, now=now) == "no night is overdue" and hook.bodies == []


def test_a_night_that_stops_tells_whom_the_configuration_names(
    tmp_path: Path, home: Home, hook: Hook, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    watch = (config / "watch.yaml").read_text(encoding="utf-8")
    named = f'  webhook: {{url: "{hook.url}", ca_file: "{certificate}"}}\n'
    (config / "watch.yaml").write_text(watch.replace("  webhook: null\n", named), encoding="utf-8")
    monkeypatch.setenv("MANDI_HOME", str(home.root))
    monkeypatch.setenv("MANDI_CONFIG", str(config))

    @dg.asset(name="extracts", partitions_def=NIGHTS)
    @guarded
    def extracts(context: dg.AssetExecutionContext, mandi: dg.ResourceParam[Mandi]) -> dg.MaterializeResult:
        raise NightError("nothing has landed")

    dg.materialize(
        [extracts],
        partition_key="2026-02-05",
        resources={"mandi": installation},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )

    assert [(body["night"], body["state"]) for body in hook.bodies] == [("2026-02-05", "red")]
    assert lines(log_of(home, NIGHT).path)[-1].event == "alert_sent"


def test_a_mail_goes_out_under_tls_with_a_login(
    home: Home, post: Post, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANDI_SMTP_PASSWORD", PASSWORD)
    mailed = by_mail(home, post, certificate)
    mailed.tell("red", phase="missing")

    (mail,) = post.mails
    assert (mail["Subject"], mail["To"]) == (
        "Mandi is red: night 2026-02-05", "one@mandi.example, two@mandi.example",
    )  # fmt: skip
    assert mail.get_content().strip() == "Night 2026-02-05 did not run. Run mandi status."
    assert post.was_secure == [True] and mailed.events() == ["alert_sent"]


def test_a_wrong_password_is_noted_and_told_to_nobody(
    home: Home, post: Post, certificate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MANDI_SMTP_PASSWORD", "wr0ng")
    mailed = by_mail(home, post, certificate)
    mailed.tell("red")

    assert post.mails == [] and mailed.events() == ["alert_failed"]
    assert "wr0ng" not in capsys.readouterr().err + mailed.log.path.read_text()


def test_a_server_that_is_not_there_hinders_neither_the_caller_nor_the_other_channel(
    home: Home, hook: Hook, post: Post, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    monkeypatch.setenv("MANDI_SMTP_PASSWORD", PASSWORD)
    both = by_mail(home, post, certificate)
    alerts = both.settings.watch.alerts
    nowhere = Webhook(url="https://127.0.0.1:1/none", ca_file=str(certificate))
    both.settings.__dict__["watch"] = both.settings.watch.model_copy(
        update={"alerts": alerts.model_copy(update={"webhook": nowhere})}
    )
    both.tell("red")

    assert len(post.mails) == 1 and both.events() == ["alert_failed", "alert_sent"]
    assert undelivered(home) == ("webhook",)


def test_no_alert_is_configured_as_committed_and_then_nothing_is_kept(home: Home) -> None:
    silent = Installation(home)
    silent.tell("red")

    assert silent.settings.watch.alerts.webhook is None and silent.settings.watch.alerts.mail is None
    assert not home.root.exists()


@pytest.mark.parametrize("url", ["http://mandi.example/x", "ftp://mandi.example", "https://", "https://a:b@c.example"])
def test_an_address_that_is_not_plain_https_is_refused_unquoted(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Webhook(url=url)
    assert "begins with https://" in str(refused.value.errors(include_input=False, include_url=False)[0]["msg"])


def test_a_line_break_cannot_enter_a_mails_head() -> None:
    with pytest.raises(ValidationError):
        Mail(
            host="h", port=25, tls="starttls", user=None, sender="a@b.example\nBcc: x@y.example", recipients=("a@b.c",)
        )


def test_every_phase_has_its_sentence() -> None:
    from typing import get_args

    from schemas.morning import Phase

    texts = {alert_text(morning(phase=phase, night=date(2026, 2, 5))) for phase in get_args(Phase)}
    assert len(texts) == len(get_args(Phase))
