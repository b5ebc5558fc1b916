"""Who is calling and what that caller may do: the one place for rights. Pure; the caller was identified before.

               signed in by session              by token, scope
    may        viewer   editor   admin           ingest   read   admin
    read       yes      yes      yes             no       yes    yes
    ingest     no       yes      yes             yes      no     as its owner's session
    change     no       editor's all             no       no     as its owner's session

A read token sees the dashboards that its owner owns and public ones. An admin token acts as its owner. What a
caller without rights gets is a 401 when it is nobody, a 403 when it is somebody.
"""

from typing import NamedTuple

from sanic import Request

from metricbox.errors import ForbiddenError, UnauthorizedError
from metricbox.store.appdb.records import DashboardRecord, Role, Scope
from metricbox.web.context import context_of


class Caller(NamedTuple):
    user_id: str
    """The account signed in, or the owner of the token."""
    email: str
    account_role: Role
    scope: Scope | None
    """None for a session of the browser."""
    token_id: str | None = None
    """None for a session, as are the limits of the token."""
    metric_prefix: str = ""
    """Metrics whose name does not begin so cannot be sent with the token."""
    relabel: str = ""
    """Rules for what is sent with the token, see ingest.relabelling."""
    max_series: int | None = None
    """Most series that the token may make; None is the setting's cap."""

    @property
    def acts_as_account(self) -> bool:
        """Whether it may do what its account may do; else it is good for its scope only."""
        return self.scope in {None, Scope.ADMIN}

    @property
    def role(self) -> Role:
        return self.account_role if self.acts_as_account else Role.VIEWER

    @property
    def can_read(self) -> bool:
        return self.scope is not Scope.INGEST

    @property
    def can_ingest(self) -> bool:
        if self.acts_as_account:
            return self.account_role.includes(Role.EDITOR)
        return self.scope is Scope.INGEST

    @property
    def is_admin(self) -> bool:
        return self.acts_as_account and self.account_role is Role.ADMIN

    def may_make_token(self, scope: Scope) -> bool:
        """Nobody hands out more than he has."""
        least = {Scope.READ: Role.VIEWER, Scope.INGEST: Role.EDITOR, Scope.ADMIN: Role.ADMIN}[scope]
        return self.acts_as_account and self.account_role.includes(least)


def find_caller(request: Request) -> Caller | None:
    """The caller, or None for an anonymous one; set by the server before any handler runs."""
    caller: Caller | None = getattr(request.ctx, "caller", None)
    return caller


def require_caller(request: Request) -> Caller:
    """Anybody who is known. Raises UnauthorizedError."""
    caller = find_caller(request)
    if caller is not None:
        return caller
    if getattr(request.ctx, "has_bad_credentials", False):
        raise UnauthorizedError(
            "The session has ended or the token is not valid. Sign in again or use another token."
        )
    raise UnauthorizedError("Sign in, or send an API token.")


def require_ingest(request: Request) -> Caller:
    """A caller who may send samples. Raises UnauthorizedError or ForbiddenError."""
    caller = require_caller(request)
    if not caller.can_ingest:
        raise ForbiddenError("Sending metrics needs a token of scope ingest, or the role editor.")
    return caller


def require_read(request: Request) -> Caller:
    """A caller who may read metrics and run queries. Raises UnauthorizedError or ForbiddenError."""
    caller = require_caller(request)
    if not caller.can_read:
        raise ForbiddenError("This token may only send metrics. Use one of scope read.")
    return caller


def can_explore(request: Request) -> bool:
    """Whether this caller may run queries of its own and see those of others: readers, but not viewers without the
    setting `explore`.
    """
    caller = find_caller(request)
    return caller is not None and caller.can_read and may_explore(request, caller.account_role)


def may_explore(request: Request, role: Role) -> bool:
    """The same of an account, before it has signed in."""
    return context_of(request).settings.explore or role.includes(Role.EDITOR)


def require_explore(request: Request) -> Caller:
    """A caller who may run a query of its own. Raises UnauthorizedError or ForbiddenError."""
    caller = require_read(request)
    if not can_explore(request):
        raise ForbiddenError("Viewers see dashboards here and run no queries of their own. Ask an admin.")
    return caller


def can_see_queries(request: Request, dashboard: DashboardRecord) -> bool:
    """Whether this caller sees the texts behind the panels, or their results alone."""
    caller = find_caller(request)
    is_own = caller is not None and caller.can_read and caller.user_id == dashboard.owner_id
    return is_own or can_explore(request)


def require_signed_in(request: Request) -> Caller:
    """An account itself: a session, or a token of scope admin. Raises UnauthorizedError or ForbiddenError."""
    caller = require_caller(request)
    if not caller.acts_as_account:
        raise ForbiddenError(
            "This token does not act for an account. Sign in, or use a token of scope admin."
        )
    return caller


def require_role(request: Request, role: Role) -> Caller:
    """An account of at least this role. Raises UnauthorizedError or ForbiddenError."""
    caller = require_signed_in(request)
    if not caller.role.includes(role):
        msg = f"Your role, {caller.role}, does not allow this; it needs the role {role}. Ask an admin."
        raise ForbiddenError(msg)
    return caller


def can_see_dashboard(caller: Caller | None, dashboard: DashboardRecord) -> bool:
    if dashboard.is_public:
        return True
    if caller is None or not caller.can_read:
        return False
    return caller.is_admin or dashboard.owner_id == caller.user_id


def require_dashboard_sight(request: Request, dashboard: DashboardRecord) -> None:
    """Raises UnauthorizedError for nobody, ForbiddenError for somebody else.

    403 and not 404: ids are random, so that telling of a dashboard's existence gives nothing away, and a person
    learns whom to ask. Nobody gets the same 401 whether it exists or not.
    """
    if can_see_dashboard(find_caller(request), dashboard):
        return
    require_caller(request)
    raise ForbiddenError("This dashboard is private. Ask its owner or an admin to make it public.")


def require_dashboard_change(caller: Caller, dashboard: DashboardRecord) -> None:
    """Owner or admin. Raises ForbiddenError."""
    if caller.is_admin:
        return
    if caller.role.includes(Role.EDITOR) and dashboard.owner_id == caller.user_id:
        return
    raise ForbiddenError("Only the owner of a dashboard, as an editor, or an admin may change it.")
