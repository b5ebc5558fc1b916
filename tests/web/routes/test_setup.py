"""The first account."""

import asyncio

import pytest

from metricbox.web import schemas
from tests.support.api import ADMIN, PASSWORD, Callers, Server, check_error, check_list

WISH = {"email": ADMIN, "password": PASSWORD}
PROXIED = {"X-Forwarded-For": "192.0.2.7"}


async def test_a_new_server_needs_an_account_and_asks_no_code_of_a_local_caller(server: Server) -> None:
    state = await server.client().data("GET", "/api/v1/setup")
    assert schemas.SetupState.model_validate(state)
    assert state == {"needed": True, "codeRequired": False, "signedIn": False, "agent": True}


async def test_a_caller_from_elsewhere_needs_the_code(server: Server) -> None:
    client = server.client()
    answer = await client.get("/api/v1/setup", headers=PROXIED)
    assert answer.json()["data"] == {"needed": True, "codeRequired": True, "signedIn": False, "agent": True}
    check_error(await client.post("/api/v1/setup", WISH, headers=PROXIED), 403, "FORBIDDEN")
    wrong = {**WISH, "code": "AAAA-AAAA-AAAA"}
    check_error(await client.post("/api/v1/setup", wrong, headers=PROXIED), 403, "FORBIDDEN")
    assert server.context.setup_code.value is not None
    right = {**WISH, "code": server.context.setup_code.value.lower().replace("-", " ")}
    assert (await client.post("/api/v1/setup", right, headers=PROXIED)).status_code == 201


async def test_guessing_the_code_is_slowed_down(server: Server) -> None:
    client = server.client()
    wrong = {**WISH, "code": "AAAA-AAAA-AAAA"}
    for _ in range(3):
        check_error(await client.post("/api/v1/setup", wrong, headers=PROXIED), 403, "FORBIDDEN")
    answer = await client.post("/api/v1/setup", wrong, headers=PROXIED)
    check_error(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "1"


async def test_a_page_whose_name_points_at_this_machine_counts_as_elsewhere(server: Server) -> None:
    answer = await server.client().get("/api/v1/setup", headers={"Host": "evil.example:80"})
    assert answer.json()["data"]["codeRequired"] is True


async def test_the_first_account_is_an_admin_signed_in_with_a_dashboard_of_this_host(server: Server) -> None:
    client = server.client()
    answer = await client.post("/api/v1/setup", WISH)
    assert answer.status_code == 201
    user = answer.json()["data"]
    schemas.User.model_validate(user)
    assert (user["email"], user["role"], user["disabled"]) == (ADMIN, "admin", False)
    assert (await client.data("GET", "/api/v1/auth/me"))["id"] == user["id"]
    (dashboard,) = check_list(await client.get("/api/v1/dashboards"), schemas.Dashboard)
    assert (dashboard["name"], dashboard["ownerId"], dashboard["isPublic"]) == (
        "This box",
        user["id"],
        False,
    )
    assert await server.client().data("GET", "/api/v1/setup") == {
        "needed": False,
        "codeRequired": False,
        "signedIn": False,
        "agent": False,
    }


async def test_once_an_account_exists_the_door_is_shut(callers: Callers) -> None:
    for client in (callers.anonymous, callers.admin):
        check_error(await client.post("/api/v1/setup", WISH), 409, "CONFLICT")


async def test_of_many_at_once_exactly_one_makes_the_first_account(server: Server) -> None:
    wishes = [{"email": f"user{number}@example.org", "password": PASSWORD} for number in range(20)]
    answers = await asyncio.gather(*(server.client().post("/api/v1/setup", wish) for wish in wishes))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    admin = await server.sign_in(next(a for a in answers if a.status_code == 201).json()["data"]["email"])
    assert len(check_list(await admin.get("/api/v1/users"), schemas.User)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"password": PASSWORD}, "email"),
        ({"email": "nobody", "password": PASSWORD}, "email"),
        ({"email": ADMIN, "password": "short"}, "password"),
        ({"email": ADMIN, "password": 12345678}, "password"),
        ({**WISH, "role": "admin"}, "role"),
    ],
)
async def test_bad_input_is_named(server: Server, body: dict[str, object], field: str) -> None:
    check_error(await server.client().post("/api/v1/setup", body), 400, "VALIDATION_ERROR", field)


async def test_a_foreign_page_cannot_set_up(server: Server) -> None:
    client = server.client(origin="http://evil.example")
    check_error(await client.post("/api/v1/setup", WISH), 403, "FORBIDDEN")
