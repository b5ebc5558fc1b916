"""The part of the contract about alerts. See schemas.py."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from metricbox.alerts.silences import WEEKDAYS, compile_matchers, parse_time_of_day
from metricbox.alerts.templates import MAX_TEMPLATE_CHARS, find_template_fault
from metricbox.web.fields import DurationText, Name, Named, QueryText, Shown, TimeInput, ZoneName
from metricbox.web.models import AnswerModel, RequestModel

ConditionName = Literal["gt", "gte", "lt", "lte", "eq", "ne"]
SeverityName = Literal["info", "warning", "critical"]
NoDataName = Literal["ok", "keep", "alert"]
StateName = Literal["ok", "pending", "firing"]
EventStatus = Literal["firing", "resolved"]
DeliveryState = Literal["queued", "delivered", "given_up", "dropped"]
ChannelType = Literal["webhook", "email", "slack", "teams", "ntfy", "alertmanager", "apprise"]

LabelName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]*$"),
]
RuleLabels = Annotated[
    dict[LabelName, Annotated[str, StringConstraints(max_length=1024)]], Field(max_length=32)
]


def _check_template(text: str) -> str:
    fault = find_template_fault(text)
    if fault:
        raise ValueError(fault)
    return text


_MUST_BE_TEMPLATE = "must be a template, such as {{labels.host}} is at {{value}}"
Template = Annotated[
    str,
    StringConstraints(max_length=MAX_TEMPLATE_CHARS),
    AfterValidator(_check_template),
    Shown(_MUST_BE_TEMPLATE),
]


# As a panel's, see dashboard_schemas.py.
UnitKey = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)]

ChannelIds = Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(max_length=50)]


class Notification(RequestModel):
    """Whom a rule tells, and how."""

    channels: ChannelIds = Field(default_factory=list, description="Ids of channels.")
    repeat_interval: DurationText | None = Field(None, description="Told again after so long; 4h when null.")
    message: Template | None = Field(
        None,
        description="Template with {{labels.NAME}}, {{value}}, {{threshold}}, {{rule}}; null is the usual words.",
    )


class AlertRuleCreate(RequestModel):
    """A new rule, or one that is tried on history."""

    name: Name
    query: QueryText = Field(
        description="A metric name or PromQL; each series of its answer has a state of its own."
    )
    condition: ConditionName
    threshold: float
    duration: DurationText | None = Field(
        None, description="The condition must hold so long; at once when null."
    )
    severity: SeverityName = Field("warning", description="warning unless named.")
    enabled: bool = Field(True, description="True unless named.")
    notification: Notification | None = None
    keep_firing_for: DurationText | None = Field(None, description="It must not hold for so long to be over.")
    no_data: NoDataName | None = Field(
        None,
        description="What absence means: ok (when null) ends it, keep changes nothing, alert is as if it held.",
    )
    labels: RuleLabels | None = Field(None, description="Added to those of the series.")
    recovery_threshold: float | None = Field(
        None, description="While it fires this one counts, so that a value at the edge does not flap."
    )
    evaluation_delay: DurationText | None = Field(
        None, description="Looks at data up to so long ago, for sources that are late."
    )
    unit: UnitKey | None = Field(
        None,
        description="Of its values, in messages and on pages: a unit key such as bytes or ratio, or any suffix.",
    )


class AlertRuleUpdate(RequestModel):
    """Changes the named fields only."""

    version: int | None = Field(
        None,
        ge=1,
        description="The version that the change was made on; an older one answers 409. Any when null.",
    )
    name: Named[Name] = None
    query: Named[QueryText] = None
    condition: Named[ConditionName] = None
    threshold: Named[float] = None
    duration: DurationText | None = Field(None, description="Null is at once.")
    severity: Named[SeverityName] = None
    enabled: Named[bool] = None
    notification: Notification | None = Field(None, description="Replaces all of it; null tells nobody.")
    keep_firing_for: DurationText | None = None
    no_data: NoDataName | None = None
    labels: RuleLabels | None = None
    recovery_threshold: float | None = None
    evaluation_delay: DurationText | None = None
    unit: UnitKey | None = None


class AlertCounts(AnswerModel):
    """Series of a rule by state; those that are fine are not counted."""

    pending: int
    firing: int


class AlertRule(AnswerModel):
    """A query, a condition and a threshold over every series that the query returns."""

    id: str
    name: str
    query: str
    condition: ConditionName
    threshold: float
    duration: str = Field(description="A duration; 0s is at once.")
    severity: SeverityName
    enabled: bool
    notification: Notification
    keep_firing_for: str
    no_data: NoDataName
    labels: dict[str, str]
    recovery_threshold: float | None = None
    evaluation_delay: str
    unit: str = Field(
        description="A unit key such as bytes or ratio, or any suffix; empty when none was named."
    )
    owner_id: str | None = None
    version: int
    created_at: str = Field(description="ISO 8601, UTC.")
    updated_at: str = Field(description="ISO 8601, UTC.")
    state: StateName = Field(description="The worst of its series, as of the last evaluation.")
    counts: AlertCounts
    error: str | None = Field(None, description="What its query fails of, now.")
    evaluated_at: str | None = Field(None, description="ISO 8601, UTC; null before the first time.")


class RuleImport(RequestModel):
    """A file of Prometheus's alerting rules."""

    file: str = Field(min_length=1, description="The YAML as text, at most 1 MiB.")
    channels: ChannelIds | None = Field(None, description="Whom the rules tell; nobody when null.")
    enabled: bool = Field(True, description="True unless named.")


class RuleImportFault(AnswerModel):
    """Something of a file that was not taken over as it was."""

    rule: str | None = Field(None, description="Name of the rule; null when it is a group.")
    field: str
    message: str


class RuleImportMeta(AnswerModel):
    """What an import left out or changed."""

    report: list[RuleImportFault] = Field(description="Empty when all was taken over; the first 2,000.")


class LibraryRule(AnswerModel):
    """A rule that is offered, about what the built-in agent and metricbox itself store."""

    id: str
    name: str
    description: str
    query: str
    condition: ConditionName
    threshold: float
    duration: str = Field(description="A duration; 0s is at once.")
    severity: SeverityName
    no_data: NoDataName
    unit: str
    rule_id: str | None = Field(None, description="The rule with this query, once there is one.")
    has_data: bool = Field(description="Whether what it looks at is stored here.")


class LibraryWish(RequestModel):
    """Which of the offered rules to make."""

    ids: Annotated[list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=50)]
    channels: ChannelIds | None = Field(None, description="Whom the rules tell; nobody when null.")


class SeriesState(AnswerModel):
    """One series of a rule."""

    labels: dict[str, str]
    value: float | None = None
    state: StateName
    since: str | None = Field(None, description="ISO 8601, UTC, of pending and firing.")
    fires_at: str | None = Field(None, description="When a pending one fires if it goes on; ISO 8601, UTC.")


class Evaluation(AnswerModel):
    """A rule as of now."""

    at: str = Field(description="ISO 8601, UTC.")
    series: list[SeriesState] = Field(description="Those whose condition holds first; the first 1,000.")
    series_total: int
    warnings: list[str]


class PreviewRequest(RequestModel):
    """A rule over stored history."""

    rule: AlertRuleCreate
    from_: TimeInput = Field(alias="from", description="At most 30 days before `to`.")
    to: TimeInput


class Spell(AnswerModel):
    """A time at which one series would have fired."""

    labels: dict[str, str]
    from_: str = Field(alias="from", description="ISO 8601, UTC.")
    to: str | None = Field(None, description="Null when it would still fire at the end.")
    peak: float | None = Field(None, description="The worst value.")


class Preview(AnswerModel):
    """When a rule would have fired."""

    spells: list[Spell] = Field(description="By series, then time; the first 5,000.")
    series_total: int
    series_fired: int = Field(description="Series with at least one spell.")
    spells_total: int
    table: str = Field(description="metrics_raw, metrics_1min or metrics_1hour.")
    step_ms: int = Field(description="Distance of the values that it was tried on.")
    truncated: bool = Field(description="Whether series or spells were left out.")
    warnings: list[str]


class AlertEvent(AnswerModel):
    """A time of firing."""

    id: str
    rule_id: str
    rule_name: str = Field(description="At that time.")
    severity: SeverityName
    labels: dict[str, str]
    kind: Literal["condition", "no_data", "error"] = Field(description="What it is about.")
    status: EventStatus
    value: float | None = Field(None, description="The last one known.")
    peak: float | None = Field(None, description="The worst one.")
    unit: str = Field(description="Of the value, as its rule had it when it fired.")
    silenced: bool = Field(description="Whether a silence kept a message back.")
    triggered_at: str = Field(description="ISO 8601, UTC.")
    resolved_at: str | None = Field(None, description="ISO 8601, UTC; null while it fires.")
    acknowledged_by: str | None = None
    acknowledged_at: str | None = Field(None, description="ISO 8601, UTC.")
    comment: str


class PendingAlert(AnswerModel):
    """A series whose condition holds, but not for long enough yet."""

    rule_id: str
    rule_name: str
    severity: SeverityName
    labels: dict[str, str]
    kind: Literal["condition", "no_data", "error"] = Field(description="What it is about.")
    value: float | None = None
    since: str = Field(description="ISO 8601, UTC.")
    fires_at: str = Field(description="When it fires if it goes on; ISO 8601, UTC.")


class Acknowledgement(RequestModel):
    """Says that somebody has seen an alert."""

    comment: str | None = Field(None, max_length=2_000)


class SilenceMatcher(RequestModel):
    """A condition on a label of an alert; alertname and severity are labels, too."""

    name: LabelName
    op: Literal["=", "!=", "=~", "!~"]
    value: str = Field(max_length=1024)


def _read_weekday(value: Any) -> Any:
    """mon, Monday, or 1: what calendars call it."""
    if isinstance(value, str):
        return value.strip().lower()[:3]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 7:
        return WEEKDAYS[(value - 1) % 7]
    return value


def _check_time_of_day(text: str) -> str:
    parse_time_of_day(text)
    return text


TimeOfDay = Annotated[
    str,
    AfterValidator(_check_time_of_day),
    Shown("must be a time of day, like 22:00", r"^[0-2][0-9]:[0-5][0-9]$"),
]
Weekday = Annotated[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], BeforeValidator(_read_weekday)]


class Recurrence(RequestModel):
    """Open from one time of day to another, on the days on which it begins."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay = Field(description="Earlier than from is on the next day.")
    timezone: Annotated[ZoneName, StringConstraints(min_length=1)]


def _check_matchers(value: list[SilenceMatcher]) -> list[SilenceMatcher]:
    compile_matchers([one.model_dump() for one in value])
    if all(one.op in {"!=", "!~"} or (one.op == "=" and not one.value) for one in value):
        raise ValueError("must have one that names something to mute; these would mute nearly everything")
    return value


Matchers = Annotated[
    list[SilenceMatcher], Field(min_length=1, max_length=32), AfterValidator(_check_matchers)
]


class SilenceCreate(RequestModel):
    """Mutes alerts: they fire unheard."""

    matchers: Matchers
    starts_at: TimeInput | None = Field(None, description="Now when null.")
    ends_at: TimeInput | None = Field(None, description="Until somebody ends it when null.")
    recurrence: Recurrence | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class SilenceUpdate(RequestModel):
    """Changes the named fields only."""

    matchers: Named[Matchers] = None
    starts_at: Named[TimeInput] = None
    ends_at: TimeInput | None = Field(None, description="Null is until somebody ends it.")
    recurrence: Recurrence | None = None
    reason: Named[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]] = (
        None
    )


class SilenceTrial(RequestModel):
    """Conditions of a silence that is not made yet."""

    matchers: Matchers


class SilenceReach(AnswerModel):
    """What conditions of a silence fit, now."""

    firing: int = Field(description="Alerts that fire.")
    pending: int = Field(description="Series that are about to fire.")
    series: int = Field(description="Series that rules watch, whether they fire or not.")
    rules: int = Field(description="Rules that watch them.")
    complete: bool = Field(description="False when some rules were left out: too many, slow, or failing.")


class Silence(AnswerModel):
    """A silence."""

    id: str
    matchers: list[SilenceMatcher]
    starts_at: str = Field(description="ISO 8601, UTC.")
    ends_at: str | None = Field(None, description="ISO 8601, UTC; null until somebody ends it.")
    recurrence: Recurrence | None = None
    reason: str
    created_by: str = Field(description="E-mail of the account at that time.")
    created_at: str = Field(description="ISO 8601, UTC.")
    active: bool = Field(description="Whether it mutes now.")
    muted: int = Field(description="Alerts that fire unheard because of it, now.")


class Channel(AnswerModel):
    """Where messages go. Secrets among the settings are ***."""

    id: str
    name: str
    type: ChannelType
    settings: dict[str, Any]
    enabled: bool
    created_at: str = Field(description="ISO 8601, UTC.")
    updated_at: str = Field(description="ISO 8601, UTC.")


class ChannelName(AnswerModel):
    """A channel as those see it who may choose it and not change it."""

    id: str
    name: str
    type: ChannelType
    enabled: bool


class ChannelCreate(RequestModel):
    """A new channel. What its settings are depends on the type."""

    name: Name
    type: ChannelType
    settings: dict[str, Any]
    enabled: bool = Field(True, description="True unless named.")


class ChannelUpdate(RequestModel):
    """Changes the named fields only. A secret that comes as *** stays what it was."""

    name: Named[Name] = None
    type: Named[ChannelType] = None
    settings: Named[dict[str, Any]] = None
    enabled: Named[bool] = None


class ChannelTest(AnswerModel):
    """What a receiver said of a test message."""

    delivered: bool
    answer: str


class DeliveryAttempt(AnswerModel):
    """One try."""

    at: str = Field(description="ISO 8601, UTC.")
    delivered: bool
    answer: str


class Delivery(AnswerModel):
    """A message to one channel, from its decision to its end."""

    id: str
    channel_id: str
    channel_name: str = Field(description="At that time.")
    rule_id: str
    rule_name: str
    status: EventStatus = Field(description="What it tells.")
    state: DeliveryState
    event_ids: list[str]
    title: str
    attempts: list[DeliveryAttempt]
    answer: str = Field(description="The last one, or why there was none.")
    created_at: str = Field(description="When it was decided; ISO 8601, UTC.")
    next_attempt_at: str | None = Field(None, description="ISO 8601, UTC, while it is queued.")
    finished_at: str | None = Field(None, description="ISO 8601, UTC.")
