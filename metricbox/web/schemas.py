"""The contract as pydantic models: requests are checked by them, answers are tested against them, and the browser's
types are generated from them (`make generate`).

camelCase outside, snake_case inside. A request refuses fields that it does not know. Times in answers are ISO 8601
UTC texts, or integer milliseconds where the field ends in `Ms` or is a column.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
)

from metricbox.web.alert_schemas import Acknowledgement as Acknowledgement
from metricbox.web.alert_schemas import AlertCounts as AlertCounts
from metricbox.web.alert_schemas import AlertEvent as AlertEvent
from metricbox.web.alert_schemas import AlertRule as AlertRule
from metricbox.web.alert_schemas import AlertRuleCreate as AlertRuleCreate
from metricbox.web.alert_schemas import AlertRuleUpdate as AlertRuleUpdate
from metricbox.web.alert_schemas import Channel as Channel
from metricbox.web.alert_schemas import ChannelCreate as ChannelCreate
from metricbox.web.alert_schemas import ChannelName as ChannelName
from metricbox.web.alert_schemas import ChannelTest as ChannelTest
from metricbox.web.alert_schemas import ChannelUpdate as ChannelUpdate
from metricbox.web.alert_schemas import Delivery as Delivery
from metricbox.web.alert_schemas import DeliveryAttempt as DeliveryAttempt
from metricbox.web.alert_schemas import Evaluation as Evaluation
from metricbox.web.alert_schemas import LibraryRule as LibraryRule
from metricbox.web.alert_schemas import LibraryWish as LibraryWish
from metricbox.web.alert_schemas import Notification as Notification
from metricbox.web.alert_schemas import PendingAlert as PendingAlert
from metricbox.web.alert_schemas import Preview as Preview
from metricbox.web.alert_schemas import PreviewRequest as PreviewRequest
from metricbox.web.alert_schemas import Recurrence as Recurrence
from metricbox.web.alert_schemas import SeriesState as SeriesState
from metricbox.web.alert_schemas import Silence as Silence
from metricbox.web.alert_schemas import SilenceCreate as SilenceCreate
from metricbox.web.alert_schemas import SilenceMatcher as SilenceMatcher
from metricbox.web.alert_schemas import SilenceReach as SilenceReach
from metricbox.web.alert_schemas import SilenceUpdate as SilenceUpdate
from metricbox.web.alert_schemas import Spell as Spell
from metricbox.web.dashboard_schemas import TYPES_WITHOUT_QUERY as TYPES_WITHOUT_QUERY
from metricbox.web.dashboard_schemas import Dashboard as Dashboard
from metricbox.web.dashboard_schemas import DashboardContent as DashboardContent
from metricbox.web.dashboard_schemas import DashboardCreate as DashboardCreate
from metricbox.web.dashboard_schemas import DashboardFile as DashboardFile
from metricbox.web.dashboard_schemas import DashboardHistoryEntry as DashboardHistoryEntry
from metricbox.web.dashboard_schemas import DashboardUpdate as DashboardUpdate
from metricbox.web.dashboard_schemas import DashboardVersion as DashboardVersion
from metricbox.web.dashboard_schemas import ImportFault as ImportFault
from metricbox.web.dashboard_schemas import ImportMeta as ImportMeta
from metricbox.web.dashboard_schemas import LayoutItem as LayoutItem
from metricbox.web.dashboard_schemas import LibraryCopy as LibraryCopy
from metricbox.web.dashboard_schemas import LibraryDashboard as LibraryDashboard
from metricbox.web.dashboard_schemas import Panel as Panel
from metricbox.web.dashboard_schemas import PanelCreate as PanelCreate
from metricbox.web.dashboard_schemas import PanelLink as PanelLink
from metricbox.web.dashboard_schemas import PanelOptions as PanelOptions
from metricbox.web.dashboard_schemas import PanelQuery as PanelQuery
from metricbox.web.dashboard_schemas import PanelQueryShown as PanelQueryShown
from metricbox.web.dashboard_schemas import PanelSaved as PanelSaved
from metricbox.web.dashboard_schemas import PanelUpdate as PanelUpdate
from metricbox.web.dashboard_schemas import Position as Position
from metricbox.web.dashboard_schemas import Threshold as Threshold
from metricbox.web.dashboard_schemas import TimeRange as TimeRange
from metricbox.web.dashboard_schemas import ValueText as ValueText
from metricbox.web.fields import (
    AuditAction,
    AuditResource,
    Email,
    MetricPrefix,
    Name,
    Named,
    NewPassword,
    RoleName,
    ScopeName,
    TimeInput,
    ZoneName,
)
from metricbox.web.host_schemas import Host as Host
from metricbox.web.host_schemas import HostTrends as HostTrends
from metricbox.web.models import AnswerModel as AnswerModel
from metricbox.web.models import RequestModel as RequestModel
from metricbox.web.query_schemas import BatchAnswer as BatchAnswer
from metricbox.web.query_schemas import IngestFault as IngestFault
from metricbox.web.query_schemas import IngestResult as IngestResult
from metricbox.web.query_schemas import MetricBatch as MetricBatch
from metricbox.web.query_schemas import MetricBranch as MetricBranch
from metricbox.web.query_schemas import MetricChange as MetricChange
from metricbox.web.query_schemas import MetricDefinition as MetricDefinition
from metricbox.web.query_schemas import MetricPoint as MetricPoint
from metricbox.web.query_schemas import PanelMeta as PanelMeta
from metricbox.web.query_schemas import PanelResult as PanelResult
from metricbox.web.query_schemas import QueryBatch as QueryBatch
from metricbox.web.query_schemas import QueryMeta as QueryMeta
from metricbox.web.query_schemas import QueryParams as QueryParams
from metricbox.web.query_schemas import QueryResult as QueryResult
from metricbox.web.query_schemas import QuerySeries as QuerySeries
from metricbox.web.query_schemas import SqlMeta as SqlMeta
from metricbox.web.query_schemas import SqlRequest as SqlRequest
from metricbox.web.query_schemas import SqlResult as SqlResult
from metricbox.web.scrape_schemas import ScrapeProblem as ScrapeProblem
from metricbox.web.scrape_schemas import ScrapeTarget as ScrapeTarget
from metricbox.web.status_schemas import DiskStatus as DiskStatus
from metricbox.web.status_schemas import IngestSource as IngestSource
from metricbox.web.status_schemas import JobStatus as JobStatus
from metricbox.web.status_schemas import QueueStatus as QueueStatus
from metricbox.web.status_schemas import Refusals as Refusals
from metricbox.web.status_schemas import Retention as Retention
from metricbox.web.status_schemas import RetentionChange as RetentionChange
from metricbox.web.status_schemas import RetentionPreview as RetentionPreview
from metricbox.web.status_schemas import Status as Status
from metricbox.web.status_schemas import TierPreview as TierPreview
from metricbox.web.status_schemas import TierStatus as TierStatus
from metricbox.web.variable_schemas import Variable as Variable
from metricbox.web.variable_schemas import VariableChoices as VariableChoices
from metricbox.web.variable_schemas import VariableMatcher as VariableMatcher
from metricbox.web.variable_schemas import VariableOptions as VariableOptions
from metricbox.web.variable_schemas import VariablePreview as VariablePreview
from metricbox.web.variable_schemas import VariableQuery as VariableQuery
from metricbox.web.variable_schemas import VariableShown as VariableShown

MAX_TOKEN_SERIES = 100_000_000

# ---- errors


class ErrorDetail(AnswerModel):
    """What is wrong with one field."""

    field: str = Field(description="Path in the request, such as query.start or metrics[3].name.")
    message: str = Field(description="What is wrong, as the end of a sentence that begins with the field.")
    position: int | None = Field(
        None,
        description="Where in the text of the field, in characters from 0; absent where that is not known.",
    )


class ErrorBody(AnswerModel):
    """Every failure has this shape."""

    error: str = Field(description="A sentence for a person.")
    code: str = Field(description="A word for a program, such as VALIDATION_ERROR.")
    details: list[ErrorDetail] | None = Field(None, description="Absent when there is nothing to add.")


# ---- accounts


class User(AnswerModel):
    """A person who may sign in."""

    id: str
    email: str
    role: RoleName
    disabled: bool = Field(description="A disabled account cannot sign in, and its tokens do not work.")
    created_at: str = Field(description="ISO 8601, UTC.")
    last_seen_at: str | None = Field(None, description="ISO 8601, UTC; null before the first sign-in.")


class AccountMeta(AnswerModel):
    """What the caller's account may do beyond its role."""

    may_explore: bool = Field(description="Whether it may run queries of its own, and see names of metrics.")


class UserCreate(RequestModel):
    """A new account."""

    email: Email
    password: NewPassword = Field(description="At least 8 characters.")
    role: RoleName = Field("viewer", description="viewer unless named.")


class UserUpdate(RequestModel):
    """Changes the named fields only. A new password, and disabling, end the account's sessions."""

    email: Named[Email] = None
    password: Named[NewPassword] = Field(None, description="At least 8 characters.")
    role: Named[RoleName] = None
    disabled: Named[bool] = None


class SetupState(AnswerModel):
    """Whether a first account is still to be made."""

    needed: bool = Field(description="True until an account exists.")
    code_required: bool = Field(description="Whether this caller must send the one-time set-up code.")
    signed_in: bool = Field(description="Whether the caller has a session that still holds.")
    agent: bool = Field(
        description="Whether the built-in agent watches this host; false once an account exists."
    )


class SetupRequest(RequestModel):
    """The first account, an admin."""

    email: Email
    password: NewPassword = Field(description="At least 8 characters.")
    code: str | None = Field(
        None, max_length=64, description="One-time code that the server printed at start."
    )


class LoginRequest(RequestModel):
    """Signing in."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class PasswordChange(RequestModel):
    """A new password for the own account; ends its other sessions."""

    current_password: str = Field(max_length=1024)
    new_password: NewPassword = Field(description="At least 8 characters.")


class Session(AnswerModel):
    """A browser that is signed in."""

    id: str
    created_at: str = Field(description="When it signed in; ISO 8601, UTC.")
    last_seen_at: str = Field(description="ISO 8601, UTC, exact to a minute.")
    source: str = Field(description="Address that signed in.")
    user_agent: str = Field(description="As the browser calls itself.")
    current: bool = Field(description="Whether it is the one that asks.")


class Preferences(RequestModel):
    """What follows an account from browser to browser. PUT changes the named fields only; null takes one back."""

    theme: Literal["system", "dark", "light"] | None = None
    timezone: ZoneName | None = Field(None, description="IANA name; null is the browser's.")
    starred: Annotated[list[str], Field(max_length=1000)] | None = Field(
        None, description="Ids of dashboards."
    )
    last_used: Annotated[dict[str, str], Field(max_length=1000)] | None = Field(
        None, description="Dashboard id -> when it was last opened, ISO 8601."
    )


class RelabelRuleBody(RequestModel):
    """A relabel rule as Prometheus has them: sources are joined, matched, and fill in the target."""

    action: Annotated[str, Field(max_length=20)] = Field(
        "replace",
        description="replace, keep, drop, keepequal, dropequal, labelmap, labeldrop, labelkeep, hashmod, lowercase "
        "or uppercase.",
    )
    source_labels: Annotated[list[Annotated[str, Field(max_length=256)]], Field(max_length=50)] | None = (
        Field(None, description="The name of a metric is the label __name__.")
    )
    separator: Annotated[str, Field(max_length=20)] | None = Field(None, description="; when null.")
    regex: Annotated[str, Field(max_length=10_000)] | None = Field(
        None, description="RE2, of the whole text; (.*) when null."
    )
    target_label: Annotated[str, Field(max_length=256)] | None = None
    replacement: Annotated[str, Field(max_length=2000)] | None = Field(None, description="$1 when null.")
    modulus: int | None = Field(None, ge=1, le=2**31)


class RelabelRuleShown(AnswerModel):
    """A relabel rule; what was not given is not there."""

    action: str = "replace"
    source_labels: list[str] | None = None
    separator: str | None = None
    regex: str | None = None
    target_label: str | None = None
    replacement: str | None = None
    modulus: int | None = None


class ApiToken(AnswerModel):
    """A token as listed, without its secret."""

    id: str
    name: str
    scope: ScopeName
    owner_id: str
    created_at: str = Field(description="ISO 8601, UTC.")
    expires_at: str | None = Field(None, description="ISO 8601, UTC; null never expires.")
    last_used_at: str | None = Field(None, description="ISO 8601, UTC, exact to a minute.")
    metric_prefix: str | None = Field(
        None, description="Metrics whose name does not begin so are refused; null takes all."
    )
    max_series: int | None = Field(
        None, description="Most series that it may make; null is the setting max_series_per_token."
    )
    relabel: list[RelabelRuleShown] | None = Field(
        None, description="Rules that change or drop the series sent with it; null is none."
    )


class ApiTokenCreated(ApiToken):
    """The only answer that carries the secret."""

    secret: str = Field(description="Begins with mbx_; cannot be shown again.")


class ApiTokenCreate(RequestModel):
    """A new token of the own account."""

    name: Name
    scope: ScopeName
    expires_at: TimeInput | None = Field(None, description="A moment to come; null never expires.")
    metric_prefix: MetricPrefix | None = Field(
        None, description="With scope ingest: metrics whose name does not begin so are refused."
    )
    max_series: int | None = Field(
        None,
        ge=1,
        le=MAX_TOKEN_SERIES,
        description="With scope ingest: most series that it may make. Null, and over it for all but admins, is "
        "the setting max_series_per_token.",
    )
    relabel: Annotated[list[RelabelRuleBody], Field(max_length=50)] | None = Field(
        None,
        description="With scope ingest: rules that change or drop the series sent with it, in order, before the prefix "
        "and the caps count.",
    )


# ---- audit


class AuditEntry(AnswerModel):
    """Who changed what, when, from where."""

    id: str
    at: str = Field(description="ISO 8601, UTC.")
    author_id: str | None = Field(None, description="Account; null when it was none.")
    author: str = Field(description="E-mail of the account at that time; empty when it was none.")
    via: Literal["session", "token", "nobody", "command", "settings"] = Field(
        description="By what the author was let in: command is the command line, settings the server's start."
    )
    token_id: str | None = Field(None, description="Token that was used.")
    source: str = Field(description="Address of the caller; empty on the machine itself.")
    action: AuditAction
    resource_type: AuditResource
    resource_id: str
    resource_name: str = Field(description="At that time.")
    before: dict[str, Any] | None = Field(
        None, description="Fields that changed, as they were; null for what is new. Secrets are ***."
    )
    after: dict[str, Any] | None = Field(
        None, description="The same as they became; null for what is gone. Very long ones are left out."
    )
