"""A server process through everything that handles a secret, and nothing of it in the log, in answers, or on disk.

Traps B172 and B175. Passwords and tokens are canaries that would be found again in any of the usual disguises.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.server_process import EMAIL, WAIT_S, ServerProcess, run_command

pytestmark = pytest.mark.slow

FIRST_PASSWORD = "Canary-first-Pa55word"
SECOND_PASSWORD = "Canary-second-Pa55word"
USER_PASSWORD = "Canary-user-Pa55word"
WRONG_PASSWORD = "Canary-wrong-Pa55word"
# In two parts: a whole one would look like a secret that was left in the source.
WRONG_TOKEN = "mbx_" + "CanaryWrongToken0123456789abcdef"
FOREIGN_TOKEN = "CanaryForeignToken0123456789abcdef"
TYPED = (FIRST_PASSWORD, SECOND_PASSWORD, USER_PASSWORD, WRONG_PASSWORD, WRONG_TOKEN, FOREIGN_TOKEN)
LINE = "m v=1"


class Scenario:
    """Talks to the server and keeps all that it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[str] = []
        self.secrets = set(TYPED)
        self.client = httpx.Client(base_url=url, timeout=WAIT_S, trust_env=False)

    def send(self, method: str, path: str, *, keeps: bool = True, **options: object) -> httpx.Response:
        headers = {"Origin": self.url, **dict(options.pop("headers", {}))}  # type: ignore[call-overload]
        answer = self.client.request(method, path, headers=headers, **options)  # type: ignore[arg-type]
        if keeps:
            self.answers.append(f"{dict(answer.headers)} {answer.text}")
        return answer

    def sign_in(self, password: str) -> httpx.Response:
        answer = self.send(
            "POST", "/api/v1/auth/login", json={"email": EMAIL, "password": password}, keeps=False
        )
        cookie = self.client.cookies.get("metricbox_session")
        if answer.status_code == 200:
            assert cookie
            self.secrets.add(cookie)
        self.answers.append(answer.text)
        return answer

    def create_token(self, scope: str) -> str:
        wish = {"name": f"{scope} token", "scope": scope}
        answer = self.send("POST", "/api/v1/tokens", json=wish, keeps=False)
        assert answer.status_code == 201, answer.text
        secret = str(answer.json()["data"]["secret"])
        self.secrets.add(secret)
        return secret


def styles_of(token: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every way to send a token: path and headers."""
    basic = base64.b64encode(f"agent:{token}".encode()).decode()
    yield "/write", {"Authorization": f"Bearer {token}"}
    yield "/write", {"Authorization": f"Token {token}"}
    yield "/write", {"Authorization": f"Token agent:{token}"}
    yield "/write", {"Authorization": f"Basic {basic}"}
    yield f"/write?u=agent&p={token}&db=x", {}
    yield f"/api/v2/write?p={token}&bucket=b", {}


def play(scenario: Scenario) -> None:
    accounts(scenario)
    ingest, admin = scenario.create_token("ingest"), scenario.create_token("admin")
    for token, is_good in ((ingest, True), (WRONG_TOKEN, False), (FOREIGN_TOKEN, False)):
        for path, headers in styles_of(token):
            scenario.client.cookies.clear()
            status = scenario.send("POST", path, content=LINE, headers=headers).status_code
            assert (status == 204) is is_good, path
            # A line that cannot be read, a body that is no JSON, and an address that does not exist.
            scenario.send("POST", path, content="no line", headers=headers)
            scenario.send("POST", path.replace("/write", "/nothing"), headers=headers)
            scenario.send("POST", "/api/v1/metrics", content=b'{"metrics": [', headers=headers)
            scenario.send("GET", "/api/v1/auth/me", headers=headers)
    bad_requests(scenario, ingest)
    answer = scenario.send("GET", "/api/v1/tokens", headers={"Authorization": f"Bearer {admin}"})
    assert answer.status_code == 200
    assert (
        scenario.send("GET", "/api/v1/audit", headers={"Authorization": f"Bearer {admin}"}).status_code == 200
    )


def accounts(scenario: Scenario) -> None:
    assert scenario.sign_in(WRONG_PASSWORD).status_code == 401
    assert scenario.sign_in(FIRST_PASSWORD).status_code == 200
    change = {"currentPassword": WRONG_PASSWORD, "newPassword": SECOND_PASSWORD}
    assert scenario.send("PUT", "/api/v1/auth/password", json=change).status_code == 400
    change["currentPassword"] = FIRST_PASSWORD
    assert scenario.send("PUT", "/api/v1/auth/password", json=change, keeps=False).status_code == 204
    scenario.secrets.add(str(scenario.client.cookies.get("metricbox_session")))
    user = {"email": "user@example.org", "password": USER_PASSWORD, "role": "viewer"}
    answer = scenario.send("POST", "/api/v1/users", json=user)
    assert answer.status_code == 201, answer.text
    assert scenario.send("POST", "/api/v1/users", json=user).status_code == 409
    path = f"/api/v1/users/{answer.json()['data']['id']}"
    assert scenario.send("PUT", path, json={"password": USER_PASSWORD + "x"}).status_code == 200


def bad_requests(scenario: Scenario, token: str) -> None:
    for body in (
        f'{{"email": "{EMAIL}", "password": "{WRONG_PASSWORD}"',
        f'{{"email": "{EMAIL}", "password": ["{WRONG_PASSWORD}"]}}',
        f'{{"email": "{EMAIL}", "password": "{WRONG_PASSWORD}", "password": "{WRONG_PASSWORD}"}}',
        f'{{"email": "{EMAIL}", "pass": "{WRONG_PASSWORD}"}}',
        f'"{WRONG_PASSWORD}"',
    ):
        answer = scenario.send("POST", "/api/v1/auth/login", content=body)
        assert answer.status_code == 400, answer.text
    form = {"email": EMAIL, "password": WRONG_PASSWORD}
    assert scenario.send("POST", "/api/v1/auth/login", data=form).status_code == 415
    setup = {"email": EMAIL, "password": WRONG_PASSWORD, "code": WRONG_TOKEN}
    assert scenario.send("POST", "/api/v1/setup", json=setup).status_code == 409
    # Where a token has no business: in an address, a name, a cookie, a query.
    for path in (f"/api/v1/auth/me?token={token}", f"/dashboard/{token}", f"/api/v1/tokens/{token}"):
        scenario.send("GET", path, keeps=False)
        scenario.send("DELETE", path, keeps=False)
    scenario.send("GET", "/api/v1/auth/me", headers={"Cookie": f"metricbox_session={token}"})
    scenario.send("GET", "/api/v1/auth/me", headers={"Authorization": f"Bearer {quote(WRONG_PASSWORD)}"})


def disguises_of(secret: str) -> Iterator[bytes]:
    for text in {secret, quote(secret), json.dumps(secret)[1:-1]}:
        yield text.encode()
    for before in ("", "x", "xx", "agent:"):
        # The middle, which stands in base64 whatever is around it.
        yield base64.b64encode(f"{before}{secret}".encode())[8:-4]


def check_clean(where: str, content: bytes, secrets: set[str]) -> None:
    for secret in secrets:
        for form in disguises_of(secret):
            assert form not in content, f"a secret is in {where}"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_in_the_log_in_answers_or_on_disk(tmp_path: Path, log_format: str) -> None:
    folder = tmp_path / "data"
    environment = {"METRICBOX_ADMIN_EMAIL": EMAIL, "METRICBOX_ADMIN_PASSWORD": FIRST_PASSWORD}
    options = ("--log-level", "debug", "--log-format", log_format)
    server = ServerProcess(folder, *options, environment=environment)
    try:
        scenario = Scenario(server.wait_ready())
        play(scenario)
        scenario.client.close()
        check_clean("an answer", "\n".join(scenario.answers).encode(), scenario.secrets)
        check_clean("the running folder", read_folder(folder), scenario.secrets)
    finally:
        server.terminate()
    assert "WARNING" in server.errors.upper()
    check_clean("the log", server.errors.encode(), scenario.secrets)
    check_clean("the folder", read_folder(folder), scenario.secrets)


def read_folder(folder: Path) -> bytes:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "metricbox.sqlite" for path in files)
    return b"\0".join(path.read_bytes() for path in files)


def test_a_password_in_the_settings_is_masked_wherever_they_are_shown() -> None:
    environment = {"METRICBOX_ADMIN_EMAIL": EMAIL, "METRICBOX_ADMIN_PASSWORD": FIRST_PASSWORD}
    result = run_command("check-config", environment=environment)
    assert result.returncode == 0
    check_clean("check-config", (result.stdout + result.stderr).encode(), {FIRST_PASSWORD})
