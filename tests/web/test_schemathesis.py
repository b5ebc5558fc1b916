"""schemathesis over openapi.json, with a real server process, for four callers, with all of its checks.

The number of cases is bounded so that all four together take less than a minute: the coverage phase has its fixed
set, fuzzing a few of each operation. The seed is fixed. For a longer search: METRICBOX_TEST_EXAMPLES=100.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, NamedTuple

import httpx
import pytest
import schemathesis
from sanic import Sanic
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from metricbox.web.contract import ALLOWED, CallerKind, Who
from metricbox.web.credentials import SESSION_COOKIE
from metricbox.web.openapi import Operation, iter_operations
from metricbox.web.server import BLUEPRINTS
from tests.support.server_process import EMAIL, PASSWORD, WAIT_S, running_server

EXAMPLES = int(os.environ.get("METRICBOX_TEST_EXAMPLES", "4"))
SEED = 20
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
ROLES = (CallerKind.ANONYMOUS, CallerKind.VIEWER, CallerKind.EDITOR, CallerKind.ADMIN)
# What ends the session that it is called with, or all of an account: another account of the role calls it.
SESSION_ENDING = ("/api/v1/auth/logout", "/api/v1/auth/sessions")
ACCEPTED = ["2xx", "401", "403", "404", "409", "429"]
SAMPLES = [
    {"name": name, "value": value, "tags": {"host": host}}
    for value, name in enumerate(("cpu", "node_load1"))
    for host in ("a", "b")
]

pytestmark = pytest.mark.slow


@schemathesis.serializer(
    "application/x-protobuf",
    "application/vnd.google.protobuf",
    "application/openmetrics-text",
    "application/x-ndjson",
)
def as_bytes(_context: Any, value: Any) -> bytes:
    """Whatever is made up for a body that is no text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


class Running(NamedTuple):
    url: str
    document: dict[str, Any]
    user_ids: list[str]
    """Of the accounts that call."""

    def sign_in(self, email: str) -> str:
        """The secret of a new session."""
        with httpx.Client(base_url=self.url, timeout=WAIT_S, trust_env=False) as client:
            answer = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            return client.cookies[SESSION_COOKIE]

    def client(self, email: str) -> httpx.Client:
        headers = {"Origin": self.url, "Cookie": f"{SESSION_COOKIE}={self.sign_in(email)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=WAIT_S, trust_env=False)


def email_of(role: CallerKind) -> str:
    return EMAIL if role is CallerKind.ADMIN else f"{role}@example.org"


def leaving_email_of(role: CallerKind) -> str:
    return f"leaving-{role}@example.org"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with accounts of each role, some samples, and a dashboard and a token of each account."""
    with running_server(tmp_path_factory.mktemp("schemathesis") / "data") as server:
        document = httpx.get(f"{server.url}/api/v1/openapi.json", trust_env=False).json()
        running = Running(server.url, document, [])
        with running.client(EMAIL) as admin:
            assert admin.post("/api/v1/metrics", json={"metrics": SAMPLES}).status_code == 202
            for role in ROLES[1:]:
                for email in {email_of(role), leaving_email_of(role)} - {EMAIL}:
                    wish = {"email": email, "password": PASSWORD, "role": role}
                    assert admin.post("/api/v1/users", json=wish).status_code == 201
            running.user_ids.extend(user["id"] for user in admin.get("/api/v1/users").json()["data"])
        for role in ROLES[1:]:
            with running.client(email_of(role)) as client:
                client.post("/api/v1/tokens", json={"name": role, "scope": "read"})
                panel = {"type": "line", "query": "cpu"}
                client.post("/api/v1/dashboards", json={"name": role, "isPublic": True, "panels": [panel]})
        yield running


class Outcome(NamedTuple):
    faults: list[str]
    """Each once, with a command that shows it."""
    statuses: Mapping[str, Counter[int]]
    """Operation -> how often which status was answered."""


@pytest.mark.parametrize("role", ROLES)
def test_answers_are_what_openapi_says(running: Running, role: CallerKind) -> None:
    schema = schemathesis.openapi.from_dict(deepcopy(running.document), config=make_config(running.url, role))
    if role is not CallerKind.ANONYMOUS:
        schema.auth(refresh_interval=None)(make_auth(running, role))
    with keeping_accounts(running.user_ids):
        outcome = run(schema)
    assert not outcome.faults, "\n\n".join(outcome.faults)
    for operation in list_operations():
        check_reach(operation, role, outcome.statuses[f"{operation.method} {operation.path}"])


def check_reach(operation: Operation, role: CallerKind, statuses: Counter[int]) -> None:
    """That answers were seen at all: a run that is refused everything finds nothing."""
    who = operation.contract.who
    told = (operation.method, operation.path, role, statuses)
    is_successful = any(200 <= status < 300 for status in statuses)
    if who in {Who.LOCAL, Who.SIGHT, Who.PANEL, Who.OWN}:
        # The callers are on this machine, some dashboards are public, and everyone has a token of his own.
        assert statuses, told
    elif role not in ALLOWED[who]:
        assert {401, 403} & set(statuses), told
        assert not is_successful, told
    elif operation.method == "GET" and not operation.parts and not operation.contract.has_semantics:
        assert is_successful, told
    else:
        assert set(statuses) - {401, 403, 405}, told


@contextmanager
def keeping_accounts(user_ids: list[str]) -> Iterator[None]:
    """No call changes or deletes an account that calls: what it would be refused from then on would show nothing."""

    def spare(_context: Any, case: Any, _options: Any) -> None:
        if (case.path_parameters or {}).get("userId") in user_ids:
            case.path_parameters["userId"] = UNKNOWN_ID

    schemathesis.hook("before_call")(spare)
    try:
        yield
    finally:
        hooks.unregister(spare)


def make_auth(running: Running, role: CallerKind) -> type:
    secret = running.sign_in(email_of(role))

    class SessionAuth:
        """The session of a role; a new one of another account for what ends it."""

        def get(self, case: Any, _context: Any) -> str:
            ends = case.operation.path.startswith(SESSION_ENDING) and case.method.upper() != "GET"
            return running.sign_in(leaving_email_of(role)) if ends else secret

        def set(self, case: Any, data: str, _context: Any) -> None:
            case.cookies = {**(case.cookies or {}), SESSION_COOKIE: data}

    return SessionAuth


def run(schema: Any) -> Outcome:
    faults: dict[str, str] = {}
    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for event in from_schema(schema).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            faults.setdefault(f"{event.label}: {event.info.title}", str(event.value))
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            for case_id, seen in recorder.interactions.items():
                if seen.response is not None:
                    statuses[recorder.cases[case_id].value.operation.label][seen.response.status_code] += 1
            for checks in recorder.checks.values():
                for check in checks:
                    if check.status is Status.FAILURE:
                        info = check.failure_info
                        faults.setdefault(
                            f"{recorder.label}: {check.name}", f"{info.failure}\n{info.code_sample}"
                        )
    return Outcome([f"{fault}\n{text}" for fault, text in faults.items()], statuses)


def make_config(url: str, role: CallerKind) -> SchemathesisConfig:
    is_thorough = role is CallerKind.ADMIN or EXAMPLES > 4
    return SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "seed": SEED,
            "headers": {"Origin": url},
            "continue-on-failure": True,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": True,
                "no-shrink": True,
                "database": "none",
                # Made-up credentials would go before the real ones; the check of ignored ones brings its own.
                "with-security-parameters": False,
            },
            "phases": {"coverage": {"enabled": is_thorough}, "stateful": {"enabled": is_thorough}},
            "operations": [_make_exception(one) for one in list_operations() if _is_exceptional(one)],
        }
    )


def _is_exceptional(operation: Operation) -> bool:
    return operation.contract.has_semantics or operation.contract.is_partial


def _make_exception(operation: Operation) -> dict[str, Any]:
    """What a schema cannot say: PromQL, times that do not go together, bodies of which the good part is taken."""
    checks: dict[str, Any] = {}
    if operation.contract.has_semantics:
        checks["positive_data_acceptance"] = {"expected-statuses": [*ACCEPTED, "400", "413", "422"]}
    if operation.contract.is_partial:
        checks["negative_data_rejection"] = {"enabled": False}
    return {"include-name": f"{operation.method} {operation.path}", "checks": checks}


def list_operations() -> list[Operation]:
    app: Sanic[Any, Any] = Sanic("metricbox-schemathesis", configure_logging=False)
    try:
        for blueprint in BLUEPRINTS:
            app.blueprint(blueprint)
        return list(iter_operations(app.router.routes))
    finally:
        Sanic.unregister_app(app)
