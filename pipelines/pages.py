"""Dagster's web interface for the operator alone: who opens it shows a key that only this account can read.

Dagster's own program asks nobody for anything: every account of the machine, and every page that the operator's browser
has open, could read its figures and begin or end runs through the loopback address. Here the address that `mandi ui`
and `mandi serve` name holds a key, made anew at each start; it becomes a cookie that no other site's page can send.
"""

import argparse
import hmac
import logging
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from assets.settings import ROOT, Settings
from pipelines import show
from schemas.home import Home
from warehouse.files import write_whole

MODULE = "pipelines.definitions"
KEY = "key"
"""Name of the parameter that brings the key the first time."""

_POLL_MS, _STATEMENT_MS, _RECYCLE_S, _OVERFLOW = 2_000, 15_000, 3_600, 20
"""What Dagster's own program sets where nothing is asked for."""


class OnlyWithKey:
    """Lets a request pass that shows the key, and came from no other site's page; the first brings it in the address.

    Guarantee: nothing behind it is called without the key, neither by HTTP nor by WebSocket.
    """

    def __init__(self, app: ASGIApp, *, key: str, port: int) -> None:
        self._app, self._key, self._cookie = app, key, f"mandi-{port}"
        self._origins = {None, f"http://127.0.0.1:{port}", f"http://localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        is_ours = asked.headers.get("origin") in self._origins
        if is_ours and self._is_key(asked.cookies.get(self._cookie)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif is_ours and Request(scope).method == "GET" and self._is_key(asked.query_params.get(KEY)):
            answer = RedirectResponse("/", 303, headers={"Referrer-Policy": "no-referrer"})
            answer.set_cookie(self._cookie, self._key, httponly=True, samesite="strict")
            await answer(scope, receive, send)
        else:
            told = "This page opens with the address in private/pages.url, which its operator can read.\n"
            await PlainTextResponse(told, 403)(scope, receive, send)

    def _is_key(self, shown: str | None) -> bool:
        return shown is not None and hmac.compare_digest(shown.encode(), self._key.encode())


class Pages(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web interface behind `OnlyWithKey`."""

    def __init__(self, context: WorkspaceProcessContext, *, key: str, port: int) -> None:
        self._guard = Middleware(OnlyWithKey, key=key, port=port)
        super().__init__(context, live_data_poll_rate=_POLL_MS)

    def build_middleware(self) -> list[Middleware]:
        """The guard before everything else."""
        return [self._guard, *super().build_middleware()]


def address(home: Home) -> Path:
    """The file that holds the address with its key, for this account alone; there while the pages are."""
    return home.private / "pages.url"


def show_pages(settings: Settings, port: int) -> None:
    """Serves the pages on the loopback address until SIGINT or SIGTERM."""
    key = secrets.token_urlsafe(32)
    file = address(settings.home)
    write_whole(file, f"http://127.0.0.1:{port}/?{KEY}={key}\n".encode(), mode=0o600)
    where = file.read_text(encoding="utf-8").strip() if sys.stderr.isatty() else f"the address in {file}"
    show.err.print(f"Dagster's pages: {where}", soft_wrap=True, highlight=False)
    logging.getLogger("dagster.code_server").setLevel(logging.WARNING)
    try:
        with (
            dg.DagsterInstance.get() as instance,
            WorkspaceProcessContext(instance, ModuleTarget(MODULE, None, ROOT.as_posix(), None)) as context,
        ):
            instance.optimize_for_webserver(_STATEMENT_MS, _RECYCLE_S, _OVERFLOW)
            app = Pages(context, key=key, port=port).create_asgi_app()
            uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    finally:
        with suppress(FileNotFoundError):
            file.unlink()


def main() -> None:
    """What `mandi serve` starts, in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    os.chdir(ROOT)
    show_pages(Settings.from_environment(), parser.parse_args().port)


if __name__ == "__main__":
    main()
