"""Accounts in the application database. Functions run inside a transaction of AppDatabase.read or write.

They keep one rule that no caller can break: an account that may administer is always left. Every change makes an entry
of the audit trail. Passwords come in hashed; this module never sees one.
"""

import unicodedata
from typing import Any, NamedTuple

import apsw

from metricbox.errors import ConflictError, NotFoundError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.dashboards import hand_on_dashboards
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest, Role, UserRecord, make_id
from metricbox.store.appdb.tokens import delete_tokens_of

_COLUMNS = "id, email, role, is_disabled, created_ms, last_seen_ms"
_SORTS = {"email": "email_key", "role": "role", "createdAt": "created_ms", "lastSeenAt": "last_seen_ms"}
_LAST_ADMIN = "This is the last admin who can sign in. Make another account an admin first."


class Credentials(NamedTuple):
    user: UserRecord
    password_hash: str


def email_key(email: str) -> str:
    """The form in which two spellings of one address are equal."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def create_user(
    connection: apsw.Connection, *, email: str, role: Role, password_hash: str, by: Author, now_ms: int
) -> UserRecord:
    """Raises ConflictError when the address is taken."""
    _refuse_taken_email(connection, email, own_id=None)
    user = UserRecord(
        id=make_id(), email=email.strip(), role=role, is_disabled=False, created_ms=now_ms, last_seen_ms=None
    )
    connection.execute(
        "insert into users (id, email, email_key, role, password_hash, created_ms) values (?, ?, ?, ?, ?, ?)",
        (user.id, user.email, email_key(email), role.value, password_hash, now_ms),
    )
    note(connection, by, now_ms, Action.CREATE, user_subject(user), after=_fields(user))
    return user


def has_users(connection: apsw.Connection) -> bool:
    return bool(connection.execute("select exists (select 1 from users)").get)


def get_user(connection: apsw.Connection, user_id: str) -> UserRecord:
    row = connection.execute(f"select {_COLUMNS} from users where id = ?", (user_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such account.")
    return _user(row)


def find_credentials(connection: apsw.Connection, email: str) -> Credentials | None:
    row = connection.execute(
        f"select {_COLUMNS}, password_hash from users where email_key = ?", (email_key(email),)
    ).fetchone()
    return Credentials(_user(row[:-1]), row[-1]) if row else None


def get_credentials(connection: apsw.Connection, user_id: str) -> Credentials:
    row = connection.execute(
        f"select {_COLUMNS}, password_hash from users where id = ?", (user_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError("There is no such account.")
    return Credentials(_user(row[:-1]), row[-1])


def find_first_admin(connection: apsw.Connection) -> UserRecord | None:
    """The oldest admin who may sign in."""
    row = connection.execute(
        f"select {_COLUMNS} from users where role = 'admin' and not is_disabled "
        "order by created_ms, rowid limit 1"
    ).fetchone()
    return _user(row) if row else None


def list_users(connection: apsw.Connection, request: PageRequest) -> Page[UserRecord]:
    pattern = like_pattern(request.search)
    where = "email like ? escape '\\'"
    total = connection.execute(f"select count(*) from users where {where}", (pattern,)).get
    rows = connection.execute(
        f"select {_COLUMNS} from users where {where} "
        f"order by {order_by(request.sort, _SORTS, 'created_ms desc, rowid desc')} limit ? offset ?",
        (pattern, request.page_size, request.offset),
    )
    return Page(int(total), [_user(row) for row in rows])


def update_user(
    connection: apsw.Connection,
    user_id: str,
    *,
    by: Author,
    now_ms: int,
    email: str | None = None,
    role: Role | None = None,
    is_disabled: bool | None = None,
    password_hash: str | None = None,
) -> UserRecord:
    """Change what is not None. Disabling and a new password end the account's sessions.

    Raises NotFoundError, and ConflictError for a taken address or the last admin.
    """
    before = get_user(connection, user_id)
    new_role = before.role if role is None else role
    new_disabled = before.is_disabled if is_disabled is None else is_disabled
    if new_role is not Role.ADMIN or new_disabled:
        _refuse_last_admin(connection, before)
    if email is not None:
        _refuse_taken_email(connection, email, own_id=user_id)
        connection.execute(
            "update users set email = ?, email_key = ? where id = ?",
            (email.strip(), email_key(email), user_id),
        )
    if password_hash is not None:
        connection.execute("update users set password_hash = ? where id = ?", (password_hash, user_id))
    connection.execute(
        "update users set role = ?, is_disabled = ? where id = ?",
        (new_role.value, int(new_disabled), user_id),
    )
    if password_hash is not None or new_disabled:
        connection.execute("delete from sessions where user_id = ?", (user_id,))
    after = get_user(connection, user_id)
    # That it changed is told, and nothing of it.
    new_password = {} if password_hash is None else {"password": "***"}
    note(
        connection,
        by,
        now_ms,
        Action.CHANGE,
        user_subject(after),
        before=_fields(before),
        after={**_fields(after), **new_password},
    )
    return after


def delete_user(connection: apsw.Connection, user_id: str, heir_id: str, *, by: Author, now_ms: int) -> None:
    """Remove an account with its sessions, tokens and preferences.

    Its dashboards go to `heir_id`, so that nothing that others look at disappears; when the heir is the account
    itself, to the oldest other admin.

    Raises NotFoundError, and ConflictError for the last admin.
    """
    user = get_user(connection, user_id)
    _refuse_last_admin(connection, user)
    if heir_id == user_id:
        heir_id = str(
            connection.execute(
                "select id from users where role = 'admin' and not is_disabled and id <> ? "
                "order by created_ms, rowid limit 1",
                (user_id,),
            ).get
        )
    hand_on_dashboards(connection, user_id, heir_id, by, now_ms)
    delete_tokens_of(connection, user_id, by=by, now_ms=now_ms)
    connection.execute("delete from users where id = ?", (user_id,))
    note(connection, by, now_ms, Action.DELETE, user_subject(user), before=_fields(user))


def load_preferences(connection: apsw.Connection, user_id: str) -> str:
    """The account's preferences as JSON text."""
    row = connection.execute("select content from preferences where user_id = ?", (user_id,)).fetchone()
    return str(row[0]) if row else "{}"


def save_preferences(connection: apsw.Connection, user_id: str, content: str) -> None:
    connection.execute(
        "insert into preferences (user_id, content) values (?, ?) "
        "on conflict (user_id) do update set content = excluded.content",
        (user_id, content),
    )


def user_subject(user: UserRecord) -> Subject:
    """The account as what an audit entry is about."""
    return Subject(SubjectType.USER, user.id, user.email)


def _fields(user: UserRecord) -> Fields:
    return {"email": user.email, "role": user.role.value, "disabled": user.is_disabled}


def _refuse_taken_email(connection: apsw.Connection, email: str, own_id: str | None) -> None:
    row = connection.execute("select id from users where email_key = ?", (email_key(email),)).fetchone()
    if row is not None and row[0] != own_id:
        raise ConflictError("There is an account with this e-mail already.")


def _refuse_last_admin(connection: apsw.Connection, user: UserRecord) -> None:
    if user.role is not Role.ADMIN or user.is_disabled:
        return
    others = connection.execute(
        "select count(*) from users where role = 'admin' and not is_disabled and id <> ?", (user.id,)
    ).get
    if not others:
        raise ConflictError(_LAST_ADMIN)


def _user(row: tuple[Any, ...]) -> UserRecord:
    user_id, email, role, is_disabled, created_ms, last_seen_ms = row
    return UserRecord(
        id=user_id,
        email=email,
        role=Role(role),
        is_disabled=bool(is_disabled),
        created_ms=created_ms,
        last_seen_ms=last_seen_ms,
    )
