"""Making the first account, in the one transaction that also settles who was first. Runs inside `write`."""

from collections.abc import Callable

import apsw

from metricbox.errors import ConflictError
from metricbox.store.appdb.audit import Author
from metricbox.store.appdb.dashboards import NewDashboard, create_dashboard
from metricbox.store.appdb.records import Role, UserRecord
from metricbox.store.appdb.users import create_user, has_users


def create_first_admin(
    connection: apsw.Connection,
    *,
    email: str,
    password_hash: str,
    by: Author,
    now_ms: int,
    make_starter: Callable[[str], NewDashboard],
) -> UserRecord:
    """The first account, an admin, with a dashboard: `make_starter` is given the owner's id.

    Raises ConflictError once any account exists.
    """
    if has_users(connection):
        raise ConflictError("metricbox is set up already. Sign in instead.")
    user = create_user(
        connection, email=email, role=Role.ADMIN, password_hash=password_hash, by=by, now_ms=now_ms
    )
    create_dashboard(connection, make_starter(user.id), by, now_ms)
    return user
