"""API tokens, kept by the SHA-256 of the secret. Functions run inside a transaction.

The secret is random with 256 bits, so a plain hash is enough; it is never stored and cannot be shown again. Every
change makes an entry of the audit trail.
"""

import hashlib
import json
import secrets
from typing import Any, NamedTuple

import apsw

from metricbox.errors import NotFoundError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import Page, PageRequest, Role, Scope, TokenRecord, UserRecord, make_id

TOKEN_PREFIX = "mbx_"  # noqa: S105 - the mark by which the log filter knows a token, not one itself

_COLUMNS = (
    "t.id, t.name, t.scope, t.owner_id, t.created_ms, t.expires_ms, t.last_used_ms, "
    "t.metric_prefix, t.max_series, t.relabel"
)
_COLUMN_COUNT = 10
_SORTS = {
    "name": "t.name collate nocase",
    "scope": "t.scope",
    "createdAt": "t.created_ms",
    "lastUsedAt": "t.last_used_ms",
    "expiresAt": "t.expires_ms",
}


class NewToken(NamedTuple):
    record: TokenRecord
    secret: str
    """Shown once, to the one who made it."""


class TokenHolder(NamedTuple):
    """A token with its owner, as needed to let a request in."""

    token: TokenRecord
    owner: UserRecord


def hash_secret(secret: str) -> bytes:
    """The form in which secrets of tokens and sessions are stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def create_token(
    connection: apsw.Connection,
    *,
    name: str,
    scope: Scope,
    owner_id: str,
    by: Author,
    now_ms: int,
    expires_ms: int | None = None,
    metric_prefix: str = "",
    max_series: int | None = None,
    relabel: str = "",
) -> NewToken:
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    record = TokenRecord(
        id=make_id(),
        name=name,
        scope=scope,
        owner_id=owner_id,
        created_ms=now_ms,
        expires_ms=expires_ms,
        last_used_ms=None,
        metric_prefix=metric_prefix,
        max_series=max_series,
        relabel=relabel,
    )
    connection.execute(
        "insert into api_tokens (id, name, scope, owner_id, secret_hash, created_ms, expires_ms, metric_prefix, "
        "max_series, relabel) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.id,
            name,
            scope.value,
            owner_id,
            hash_secret(secret),
            now_ms,
            expires_ms,
            metric_prefix,
            max_series,
            relabel,
        ),
    )
    note(connection, by, now_ms, Action.CREATE, _subject(record), after=_fields(record))
    return NewToken(record, secret)


def find_token(connection: apsw.Connection, secret_hash: bytes) -> TokenHolder | None:
    """The token with its owner, expired ones and those of disabled owners included: the caller decides."""
    row = connection.execute(
        f"select {_COLUMNS}, u.email, u.role, u.is_disabled, u.created_ms, u.last_seen_ms "
        "from api_tokens t join users u on u.id = t.owner_id where t.secret_hash = ?",
        (secret_hash,),
    ).fetchone()
    if row is None:
        return None
    token = _token(row[:_COLUMN_COUNT])
    email, role, is_disabled, created_ms, last_seen_ms = row[_COLUMN_COUNT:]
    owner = UserRecord(
        id=token.owner_id,
        email=email,
        role=Role(role),
        is_disabled=bool(is_disabled),
        created_ms=created_ms,
        last_seen_ms=last_seen_ms,
    )
    return TokenHolder(token, owner)


def get_token(connection: apsw.Connection, token_id: str) -> TokenRecord:
    row = connection.execute(f"select {_COLUMNS} from api_tokens t where t.id = ?", (token_id,)).fetchone()
    if row is None:
        raise NotFoundError("There is no such token.")
    return _token(row)


def list_tokens(
    connection: apsw.Connection, request: PageRequest, owner_id: str | None = None
) -> Page[TokenRecord]:
    """Tokens of one owner, or of all when `owner_id` is None."""
    where = "t.name like ?1 escape '\\' and (?2 is null or t.owner_id = ?2)"
    bindings = (like_pattern(request.search), owner_id)
    total = connection.execute(f"select count(*) from api_tokens t where {where}", bindings).get
    rows = connection.execute(
        f"select {_COLUMNS} from api_tokens t where {where} "
        f"order by {order_by(request.sort, _SORTS, 't.created_ms desc, t.rowid desc')} limit ?3 offset ?4",
        (*bindings, request.page_size, request.offset),
    )
    return Page(int(total), [_token(row) for row in rows])


def delete_token(connection: apsw.Connection, token_id: str, *, by: Author, now_ms: int) -> None:
    """Revoke. Raises NotFoundError."""
    token = get_token(connection, token_id)
    connection.execute("delete from api_tokens where id = ?", (token_id,))
    note(connection, by, now_ms, Action.DELETE, _subject(token), before=_fields(token))


def delete_tokens_of(connection: apsw.Connection, owner_id: str, *, by: Author, now_ms: int) -> None:
    """Revoke all tokens of an account."""
    rows: list[Any] = connection.execute(
        "select id from api_tokens where owner_id = ? order by rowid", (owner_id,)
    ).fetchall()
    for (token_id,) in rows:
        delete_token(connection, token_id, by=by, now_ms=now_ms)


def _subject(token: TokenRecord) -> Subject:
    return Subject(SubjectType.TOKEN, token.id, token.name)


def _fields(token: TokenRecord) -> Fields:
    return {
        "name": token.name,
        "scope": token.scope.value,
        "ownerId": token.owner_id,
        "expiresAtMs": token.expires_ms,
        "metricPrefix": token.metric_prefix or None,
        "maxSeries": token.max_series,
        "relabel": json.loads(token.relabel) if token.relabel else None,
    }


def _token(row: tuple[Any, ...]) -> TokenRecord:
    (
        token_id, name, scope, owner_id, created_ms, expires_ms, last_used_ms, metric_prefix, max_series, relabel,
    ) = row  # fmt: skip
    return TokenRecord(
        id=token_id,
        name=name,
        scope=Scope(scope),
        owner_id=owner_id,
        created_ms=created_ms,
        expires_ms=expires_ms,
        last_used_ms=last_used_ms,
        metric_prefix=metric_prefix,
        max_series=max_series,
        relabel=relabel,
    )
