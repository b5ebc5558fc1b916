"""Turning credentials into callers, and the sessions of browsers. On the event loop; SQLite is asked in its threads.

Ingest passes here with every request, so what was found is kept in memory for a minute and dropped as soon as any
account, session or token changes. When something was last used is collected and written in batches. Rights are
decided in callers.py, never here.
"""

import asyncio
import logging
import secrets
from dataclasses import dataclass

from cachetools import TTLCache
from sanic import Request
from sanic.response import BaseHTTPResponse

from metricbox.clock import Clock
from metricbox.errors import MetricboxError, NotFoundError, UnauthorizedError
from metricbox.store.appdb.audit import Author
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.sessions import create_session, delete_session, find_session, save_activity
from metricbox.store.appdb.tokens import find_token, hash_secret
from metricbox.store.appdb.users import Credentials, get_credentials
from metricbox.web.callers import Caller
from metricbox.web.credentials import SESSION_COOKIE, Credential, is_secure

logger = logging.getLogger(__name__)

# Changes made through this process are seen at once; this bounds those made by anything else.
CACHE_TTL_S = 60
CACHE_SIZE = 10_000
# Wrong credentials have a cache of their own, so that guessing cannot push the good ones out.
REFUSED_CACHE_SIZE = 1_000
REFUSED_TTL_S = 10
ACTIVITY_STEP_MS = 60_000
FLUSH_INTERVAL_S = 30.0


@dataclass(slots=True)
class _Known:
    """A credential that was found good. Its times move with use."""

    caller: Caller
    token_id: str | None
    expires_ms: int | None
    """Fixed end of a token; sessions end by not being used."""
    seen_ms: int
    noted_ms: int = 0


class Authenticator:
    """One for each server; not for use from other threads."""

    def __init__(self, appdb: AppDatabase, clock: Clock, session_lifetime_ms: int) -> None:
        self._appdb = appdb
        self._clock = clock
        self._lifetime_ms = session_lifetime_ms
        # A cookie is sent anew this often, so that its age in the browser follows the session's.
        self._cookie_step_ms = max(ACTIVITY_STEP_MS, session_lifetime_ms // 100)
        self._epoch = appdb.access_epoch
        self._known: TTLCache[bytes, _Known] = TTLCache(CACHE_SIZE, CACHE_TTL_S, timer=clock.monotonic_s)
        self._refused: TTLCache[bytes, None] = TTLCache(
            REFUSED_CACHE_SIZE, REFUSED_TTL_S, timer=clock.monotonic_s
        )
        self._used_sessions: dict[bytes, int] = {}
        self._used_tokens: dict[str, int] = {}
        self._cookie_times: TTLCache[bytes, int] = TTLCache(
            CACHE_SIZE, 10 * self._cookie_step_ms / 1000, timer=clock.monotonic_s
        )

    async def identify(self, credential: Credential) -> Caller | None:
        """The caller behind a credential; None when it is unknown, ended, or its account is disabled."""
        # Sessions and tokens are hashed apart, so that neither can be shown as the other.
        key = hash_secret(credential.secret)
        cache_key = key + (b"s" if credential.is_session else b"t")
        self._drop_outdated()
        known = self._known.get(cache_key)
        if known is None:
            if cache_key in self._refused:
                return None
            epoch = self._epoch
            known = await self._load(key, credential)
            # What was read while somebody's access changed is used once, but not kept.
            if epoch == self._appdb.access_epoch:
                if known is None:
                    self._refused[cache_key] = None
                else:
                    self._known[cache_key] = known
            if known is None:
                return None
        now_ms = self._clock.now_ms()
        if self._has_ended(known, now_ms):
            return None
        known.seen_ms = now_ms
        if now_ms - known.noted_ms >= ACTIVITY_STEP_MS:
            known.noted_ms = now_ms
            if known.token_id is None:
                self._used_sessions[key] = now_ms
            else:
                self._used_tokens[known.token_id] = now_ms
        return known.caller

    @property
    def lifetime_ms(self) -> int:
        """How long a session lasts without being used."""
        return self._lifetime_ms

    async def open_session(
        self, found: Credentials, by: Author, *, user_agent: str = "", replaced: str | None = None
    ) -> str:
        """Sign an account in; the answer is the cookie's value. `replaced` is that of a session to end.

        Raises UnauthorizedError when the account is not what it was when its password was checked: a session must not
        come to be after the change that was to end all of them.
        """
        secret = secrets.token_urlsafe(32)
        now_ms = self._clock.now_ms()

        def sign_in(connection: Connection) -> None:
            _require_unchanged(connection, found)
            if replaced:
                delete_session(connection, hash_secret(replaced), by=by, now_ms=now_ms)
            create_session(
                connection,
                secret_hash=hash_secret(secret),
                user=found.user,
                by=by,
                now_ms=now_ms,
                lifetime_ms=self._lifetime_ms,
                user_agent=user_agent,
            )

        await self._appdb.write(sign_in)
        return secret

    async def close_session(self, secret: str, by: Author) -> None:
        now_ms = self._clock.now_ms()
        await self._appdb.write(
            lambda connection: delete_session(connection, hash_secret(secret), by=by, now_ms=now_ms)
        )

    def set_cookie(self, request: Request, response: BaseHTTPResponse, secret: str) -> None:
        self._cookie_times[hash_secret(secret)] = self._clock.now_ms()
        response.add_cookie(
            SESSION_COOKIE,
            secret,
            path="/",
            max_age=self._lifetime_ms // 1000,
            httponly=True,
            samesite="Lax",
            secure=is_secure(request),
        )

    def renew_cookie(self, request: Request, response: BaseHTTPResponse) -> None:
        """Send the cookie again when the one in the browser has aged; for answers to a known session."""
        secret = request.cookies.get(SESSION_COOKIE)
        if not secret:
            return
        sent_ms = self._cookie_times.get(hash_secret(secret))
        if sent_ms is None or self._clock.now_ms() - sent_ms >= self._cookie_step_ms:
            self.set_cookie(request, response, secret)

    def clear_cookie(self, request: Request, response: BaseHTTPResponse) -> None:
        response.add_cookie(
            SESSION_COOKIE,
            "",
            path="/",
            max_age=0,
            httponly=True,
            samesite="Lax",
            secure=is_secure(request),
        )

    async def save_activity(self) -> None:
        """Write what was collected since the last time."""
        sessions, self._used_sessions = self._used_sessions, {}
        tokens, self._used_tokens = self._used_tokens, {}
        if sessions or tokens:
            await self._appdb.write(
                lambda connection: save_activity(connection, sessions, tokens), is_activity=True
            )

    async def run_saving(self) -> None:
        """Save activity now and then, until cancelled; a failure is logged and the next turn tries again."""
        while True:
            await asyncio.sleep(FLUSH_INTERVAL_S)
            try:
                await self.save_activity()
            except MetricboxError as error:
                logger.warning("times of last use were not saved: %s", error)

    def _drop_outdated(self) -> None:
        epoch = self._appdb.access_epoch
        if epoch != self._epoch:
            self._epoch = epoch
            self._known.clear()
            self._refused.clear()

    def _has_ended(self, known: _Known, now_ms: int) -> bool:
        if known.expires_ms is not None:
            return now_ms >= known.expires_ms
        return known.token_id is None and now_ms - known.seen_ms >= self._lifetime_ms

    async def _load(self, key: bytes, credential: Credential) -> _Known | None:
        if credential.is_session:
            session = await self._appdb.read(lambda connection: find_session(connection, key))
            if session is None or session.user.is_disabled:
                return None
            # What is not written yet counts too: the cache may have been dropped since.
            seen_ms = max(session.last_seen_ms, self._used_sessions.get(key, 0))
            user = session.user
            return _Known(Caller(user.id, user.email, user.role, None), None, None, seen_ms)
        holder = await self._appdb.read(lambda connection: find_token(connection, key))
        if holder is None or holder.owner.is_disabled:
            return None
        token, owner = holder
        caller = Caller(
            owner.id,
            owner.email,
            owner.role,
            token.scope,
            token_id=token.id,
            metric_prefix=token.metric_prefix,
            max_series=token.max_series,
            relabel=token.relabel,
        )
        return _Known(caller, token.id, token.expires_ms, self._clock.now_ms())


def _require_unchanged(connection: Connection, found: Credentials) -> None:
    try:
        now = get_credentials(connection, found.user.id)
    except NotFoundError:
        now = None
    if now is None or now.user.is_disabled or now.password_hash != found.password_hash:
        raise UnauthorizedError("The account was changed in the meantime. Sign in again.")
