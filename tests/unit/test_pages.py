"""Dagster's pages: nothing without the key, and no run that brings its own rules."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import httpx
import pytest
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget

from assets.nights import NIGHTS, Mandi, installation
from pipelines.pages import Pages
from schemas.home import Home

KEY = "a-key-that-nobody-guesses"
MUTATION = "mutation{setNuxSeen}"
QUESTION = {"query": "{version}"}
HELD = {"mandi": installation}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of real pages over a real instance, with no code in them."""
    with (
        tempfile.TemporaryDirectory() as name,
        dg.DagsterInstance.local_temp(name) as instance,
        WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as work,
    ):
        config = uvicorn.Config(lambda: None, factory=True, host="127.0.0.1", port=0, log_level="critical")
        opened = config.bind_socket()
        port: int = opened.getsockname()[1]
        config.app, config.factory = Pages(work, key=KEY, port=port).create_asgi_app(), False
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield port
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def stranger(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.fixture
def operator(stranger: httpx.Client) -> httpx.Client:
    answer = stranger.get("/", params={"key": KEY})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert all(word in answer.headers["set-cookie"].lower() for word in ("httponly", "samesite=strict"))
    return stranger


@pytest.mark.parametrize("key", [None, "", "wrong", KEY[:-1], "\u00e9"])
def test_without_the_key_nothing_is_told_and_nothing_is_done(stranger: httpx.Client, key: str | None):
    shown = {} if key is None else {"key": key}
    for path in ("/", "/graphql", "/server_info", "/runs", "/logs/x/stdout"):
        assert stranger.get(path, params={**shown, "query": MUTATION}).status_code == 403
    assert stranger.post("/graphql", params=shown, json=QUESTION).status_code == 403
    assert stranger.post("/report_asset_materialization/release", params=shown, json={}).status_code == 403
    assert stranger.cookies.jar is not None and not list(stranger.cookies.jar)


def test_the_address_with_the_key_opens_the_pages(operator: httpx.Client):
    assert operator.post("/graphql", json=QUESTION).json()["data"] == {"version": ""}
    assert operator.get("/server_info").status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_page_is_refused_even_with_the_operators_cookie(operator: httpx.Client, origin: str):
    for answer in (
        operator.get("/graphql", params={"query": MUTATION}, headers={"Origin": origin}),
        operator.post("/graphql", json=QUESTION, headers={"Origin": origin}),
        operator.get("/", params={"key": KEY}, headers={"Origin": origin}),
    ):
        assert answer.status_code == 403


def test_a_socket_without_the_key_is_closed_before_it_opens(port: int, stranger: httpx.Client):
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "graphql-ws",
    }  # fmt: skip
    assert stranger.get("/graphql", headers=upgrade).status_code == 403
    opened = stranger.send(
        stranger.build_request("GET", "/graphql", headers=upgrade | {"Cookie": f"mandi-{port}={KEY}"}), stream=True
    )
    opened.close()
    assert opened.status_code == 101


@pytest.mark.parametrize("named", [{"home": "/elsewhere"}, {"config": "/elsewhere"}])
def test_whoever_starts_a_run_cannot_name_a_home_or_rules_of_his_own(
    named: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MANDI_HOME", str(tmp_path / "home"))
    found: list[Home] = []

    @dg.asset(partitions_def=NIGHTS)
    def release(mandi: dg.ResourceParam[Mandi]) -> None:
        found.append(mandi.settings().home)

    def run(config: dict[str, object]) -> None:
        silent = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        dg.materialize(
            [release], partition_key="2026-02-05", resources={"mandi": installation}, run_config=silent | config
        )

    with pytest.raises(dg.DagsterInvalidConfigError):
        run({"resources": {"mandi": {"config": named}}})
    run({})
    assert found == [Home(tmp_path / "home")]
