"""A real server on a free loopback port, and callers of every kind to talk to it.

Everything behind it is real: the store in a temporary folder, SQLite, ingest and queries. Only the clock stands.
"""

import base64
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import httpx
from pydantic import BaseModel
from sanic import Sanic

from metricbox.app import make_alerts
from metricbox.clock import ManualClock
from metricbox.ingest.push_groups import PushedGroups
from metricbox.ingest.scrape.service import ScrapeService
from metricbox.ingest.service import IngestService
from metricbox.jobs import JobRunner, make_store_job
from metricbox.query.service import QueryService
from metricbox.query.sql import SqlService
from metricbox.retention_policy import RetentionPolicy
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.appdb.database import AppDatabase
from metricbox.web import schemas
from metricbox.web.context import WebContext
from metricbox.web.server import create_app, open_server
from metricbox.web.setup_code import SetupCode
from tests.support import secrecy
from tests.support.stores import NOW_MS, open_duckdb_store

PASSWORD = "correct horse battery"
ADMIN, EDITOR, VIEWER = "admin@example.org", "editor@example.org", "viewer@example.org"


@dataclasses.dataclass(frozen=True)
class Server:
    """A running metricbox. `clock` moves its time."""

    app: Sanic[Any, Any]
    context: WebContext
    clock: ManualClock
    url: str

    def client(self, **options: Any) -> "Client":
        return Client(self, **options)

    async def set_up(self) -> "Client":
        """The first account, signed in."""
        client = self.client()
        answer = await client.post("/api/v1/setup", {"email": ADMIN, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return client

    async def sign_in(self, email: str, password: str = PASSWORD) -> "Client":
        client = self.client()
        answer = await client.post("/api/v1/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return client


class Client:
    """One caller. Behaves as a browser does: keeps cookies and sends Origin with what changes state."""

    def __init__(self, server: Server, *, token: str | None = None, origin: str | None = "own") -> None:
        self.server = server
        self.origin = server.url if origin == "own" else origin
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.AsyncClient(base_url=server.url, headers=headers, timeout=20)
        _open_clients.append(self.http)

    async def request(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if self.origin and method not in {"GET", "HEAD"}:
            headers.setdefault("Origin", self.origin)
        if body is not None:
            options["json"] = body
        answer = await self.http.request(method, path, headers=headers, **options)
        assert answer.headers["x-request-id"]
        assert answer.headers["x-metricbox-version"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        # The answer that makes a token is the only one that holds it.
        if (method, path, answer.status_code) != ("POST", "/api/v1/tokens", 201):
            secrecy.note(f"{answer.headers} {answer.text}", f"the answer of {method} {path}")
        return answer

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.request("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return await self.request("PUT", path, body, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        return await self.request("DELETE", path, **options)

    async def data(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The `data` of an answer that must succeed."""
        answer = await self.request(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json()["data"]


_open_clients: list[httpx.AsyncClient] = []


@dataclasses.dataclass(frozen=True)
class Callers:
    """One caller of every kind, for the ladder: anonymous, wrong role, right role."""

    server: Server
    anonymous: Client
    admin: Client
    editor: Client
    viewer: Client
    ingest_token: Client
    read_token: Client
    admin_token: Client

    @classmethod
    async def make(cls, server: Server) -> Self:
        admin = await server.set_up()
        for email, role in ((EDITOR, "editor"), (VIEWER, "viewer")):
            wish = {"email": email, "password": PASSWORD, "role": role}
            await admin.data("POST", "/api/v1/users", wish, 201)
        editor = await server.sign_in(EDITOR)
        viewer = await server.sign_in(VIEWER)
        return cls(
            server=server,
            anonymous=server.client(),
            admin=admin,
            editor=editor,
            viewer=viewer,
            ingest_token=await token_client(editor, "ingest"),
            read_token=await token_client(viewer, "read"),
            admin_token=await token_client(admin, "admin"),
        )


async def token_client(owner: Client, scope: str) -> Client:
    """A caller with a new token of `owner`."""
    token = await owner.data("POST", "/api/v1/tokens", {"name": f"{scope} token", "scope": scope}, 201)
    return owner.server.client(token=token["secret"], origin=None)


@contextlib.asynccontextmanager
async def run_server(folder: Path, **changes: Any) -> AsyncIterator[Server]:
    """`changes` are settings."""
    folder.mkdir(exist_ok=True)
    settings = dataclasses.replace(Settings(), data=folder, **changes)
    clock = ManualClock(NOW_MS)
    metrics = SelfMetrics()
    with contextlib.ExitStack() as stack:
        appdb = AppDatabase.open(folder / "metricbox.sqlite", clock)
        stack.callback(appdb.close)
        retention = RetentionPolicy(settings, appdb)
        store = open_duckdb_store(folder, clock, retention.retention_ms)
        stack.callback(store.close)
        query = QueryService(store, clock, settings, metrics, retention.retention_ms)
        stack.callback(query.close)
        alerts = make_alerts(settings, appdb, query, clock, metrics)
        sql = SqlService(store, settings, alerts.list_event_rows)
        stack.callback(sql.close)
        ingest = IngestService(store, clock, settings, metrics)
        stack.callback(ingest.close)
        context = WebContext(
            settings=settings,
            clock=clock,
            store=store,
            appdb=appdb,
            ingest=ingest,
            pushed=PushedGroups(ingest, clock),
            scrape=ScrapeService(settings.scrape, ingest, clock, settings.max_body_bytes),
            query=query,
            sql=sql,
            metrics=metrics,
            setup_code=await SetupCode.make(appdb),
            retention=retention,
            jobs=JobRunner(clock, [make_store_job(job) for job in store.list_jobs()]),
            alerts=alerts,
        )
        async with _listening(create_app(context), context, clock) as server:
            yield server
        await alerts.close()


@contextlib.asynccontextmanager
async def _listening(app: Sanic[Any, Any], context: WebContext, clock: ManualClock) -> AsyncIterator[Server]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)
    running = await open_server(app, listener)
    try:
        yield Server(app, context, clock, f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        while _open_clients:
            await _open_clients.pop().aclose()
        await running.close()
        for connection in list(running.connections):
            connection.abort()
        await running.after_stop()
        Sanic.unregister_app(app)


def basic(user: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def check_error(answer: httpx.Response, status: int, code: str, field: str | None = None) -> str:
    """Every failure has the one shape. The answer is its sentence."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    schemas.ErrorBody.model_validate(body)
    assert body["code"] == code
    assert body["error"]
    assert body["error"][-1] != " "
    assert "Traceback" not in answer.text
    if field is not None:
        assert field in [detail["field"] for detail in body["details"]], answer.text
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Basic realm="metricbox"'
    return str(body["error"])


def check_list(answer: httpx.Response, model: type[BaseModel]) -> list[Any]:
    """A page of a list: its rows are of `model` and its meta is complete; some lists say more in it."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"data", "meta"}
    assert set(body["meta"]) >= {"total", "page", "pageSize"}
    for row in body["data"]:
        model.model_validate(row)
    return list(body["data"])
