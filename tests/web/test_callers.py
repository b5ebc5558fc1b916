"""The table of rights."""

import pytest

from metricbox.store.appdb.records import DashboardRecord, Role, Scope
from metricbox.web.callers import Caller, can_see_dashboard

SESSION = None


@pytest.mark.parametrize(
    ("role", "scope", "can_read", "can_ingest", "acts_as"),
    [
        (Role.VIEWER, SESSION, True, False, Role.VIEWER),
        (Role.EDITOR, SESSION, True, True, Role.EDITOR),
        (Role.ADMIN, SESSION, True, True, Role.ADMIN),
        (Role.ADMIN, Scope.INGEST, False, True, Role.VIEWER),
        (Role.ADMIN, Scope.READ, True, False, Role.VIEWER),
        (Role.ADMIN, Scope.ADMIN, True, True, Role.ADMIN),
        (Role.VIEWER, Scope.ADMIN, True, False, Role.VIEWER),
        (Role.VIEWER, Scope.INGEST, False, True, Role.VIEWER),
    ],
)
def test_what_a_caller_may_do(
    role: Role, scope: Scope | None, can_read: bool, can_ingest: bool, acts_as: Role
) -> None:
    caller = Caller("id", "ada@example.org", role, scope)
    assert (caller.can_read, caller.can_ingest, caller.role) == (can_read, can_ingest, acts_as)
    assert caller.is_admin == (acts_as is Role.ADMIN)


def _dashboard(*, is_public: bool) -> DashboardRecord:
    return DashboardRecord(
        id="d",
        name="n",
        description="",
        owner_id="owner",
        is_public=is_public,
        variables=[],
        refresh_interval="30s",
        time_from="now-1h",
        time_to="now",
        version=1,
        created_ms=0,
        updated_ms=0,
        panels=[],
    )


@pytest.mark.parametrize(
    ("caller", "can_see"),
    [
        (None, False),
        (Caller("owner", "", Role.VIEWER, SESSION), True),
        (Caller("owner", "", Role.EDITOR, Scope.READ), True),
        (Caller("owner", "", Role.EDITOR, Scope.INGEST), False),
        (Caller("other", "", Role.EDITOR, SESSION), False),
        (Caller("other", "", Role.ADMIN, SESSION), True),
        (Caller("other", "", Role.ADMIN, Scope.READ), False),
        (Caller("other", "", Role.ADMIN, Scope.ADMIN), True),
    ],
)
def test_who_sees_a_private_dashboard(caller: Caller | None, can_see: bool) -> None:
    assert can_see_dashboard(caller, _dashboard(is_public=False)) is can_see
    assert can_see_dashboard(caller, _dashboard(is_public=True)) is True
