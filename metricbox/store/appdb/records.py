"""What the application database hands out: frozen records, roles and scopes, and pages of lists. No I/O.

Times are integer milliseconds UTC; ids are UUID texts.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

Record = TypeVar("Record")


class Role(StrEnum):
    """What an account may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        return self.rank >= other.rank


class Scope(StrEnum):
    """What an API token is good for."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class PageRequest(NamedTuple):
    """Which part of a list is wanted. `sort` is one of the keys that the repository names, `-` in front turns it."""

    page: int = 1
    page_size: int = 50
    search: str = ""
    sort: str = ""

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    total: int
    rows: Sequence[Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    id: str
    email: str
    role: Role
    is_disabled: bool
    created_ms: int
    last_seen_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session joined with its account, as needed to let a request in."""

    id: str
    user: UserRecord
    created_ms: int
    last_seen_ms: int
    source: str
    """Address that signed in."""
    user_agent: str
    """As the browser calls itself, cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    id: str
    name: str
    scope: Scope
    owner_id: str
    created_ms: int
    expires_ms: int | None
    last_used_ms: int | None
    metric_prefix: str = ""
    """Names of samples sent with it must begin so."""
    max_series: int | None = None
    """Cap on the series that it may make; None is the setting's, 0 is none."""
    relabel: str = ""
    """Rules for the series sent with it, as JSON; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRecord:
    id: str
    dashboard_id: str
    title: str
    type: str
    query: str | Sequence[Mapping[str, Any]] | None
    """None for a panel that shows no numbers."""
    options: Mapping[str, Any]
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardRecord:
    id: str
    name: str
    description: str
    owner_id: str
    is_public: bool
    variables: Sequence[Any]
    refresh_interval: str
    time_from: str
    time_to: str
    version: int
    created_ms: int
    updated_ms: int
    panels: Sequence[PanelRecord]
    """In reading order: by y, then x."""


def make_id() -> str:
    return str(uuid.uuid4())
