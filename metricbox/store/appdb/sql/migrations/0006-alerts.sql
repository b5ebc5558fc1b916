-- Alert rules, what they watch, what happened, and the messages about it.

create table alert_rules (
    id text primary key,
    name text not null,
    content text not null, -- JSON: everything that decides, see store/appdb/alert_rules.py
    is_enabled integer not null,
    version integer not null,
    owner_id text references users (id) on delete set null,
    created_ms integer not null,
    updated_ms integer not null
) strict;

-- Series that are not ok, and those whose silence a rule has to notice.
create table alert_states (
    rule_id text not null references alert_rules (id) on delete cascade,
    series_key text not null, -- JSON of the labels in order; `error` for the rule itself
    state text not null,      -- ok, pending, firing
    since_ms integer not null,
    clear_since_ms integer,   -- firing, but the condition is not met any more
    seen_ms integer not null, -- when the query last returned it
    value real,               -- the last one; null when there was none
    peak real,                -- the worst one since it fires
    event_id text,
    sent_ms integer,          -- when the last message about it was queued
    primary key (rule_id, series_key)
) strict, without rowid;

create table alert_events (
    event_no integer primary key,
    id text not null unique,
    rule_id text not null,
    rule_name text not null,
    severity text not null,
    labels text not null, -- JSON
    kind text not null,   -- condition, no_data, error
    status text not null, -- firing, resolved
    value real,
    peak real,            -- the worst value while it fired
    is_silenced integer not null default 0,
    triggered_ms integer not null,
    resolved_ms integer,
    acknowledged_by text,
    acknowledged_ms integer,
    comment text not null default ''
) strict;

create index alert_events_by_time on alert_events (triggered_ms);
create index alert_events_by_rule on alert_events (rule_id, triggered_ms);
create index alert_events_open on alert_events (status) where status = 'firing';

create table alert_channels (
    id text primary key,
    name text not null,
    type text not null,
    settings text not null, -- JSON with secrets: never in answers, logs or the audit trail
    is_enabled integer not null,
    created_ms integer not null,
    updated_ms integer not null
) strict;

-- The outbox and the ledger in one: a message is decided here, in the transaction of the change it tells of.
create table alert_deliveries (
    delivery_no integer primary key,
    id text not null unique,
    channel_id text not null,
    channel_name text not null,
    rule_id text not null,
    status text not null,  -- what it tells: firing, resolved
    state text not null,   -- queued, delivered, given_up, dropped
    payload text not null, -- JSON: the message as it was when it was decided
    event_ids text not null, -- JSON list
    attempts integer not null default 0,
    answer text not null default '',
    created_ms integer not null,
    due_ms integer not null,
    finished_ms integer
) strict;

create index alert_deliveries_queued on alert_deliveries (channel_id, delivery_no) where state = 'queued';
create index alert_deliveries_by_time on alert_deliveries (created_ms);

create table alert_attempts (
    attempt_no integer primary key,
    delivery_id text not null references alert_deliveries (id) on delete cascade,
    at_ms integer not null,
    is_delivered integer not null,
    answer text not null
) strict;

create index alert_attempts_by_delivery on alert_attempts (delivery_id);

create table alert_silences (
    id text primary key,
    matchers text not null,   -- JSON
    starts_ms integer not null,
    ends_ms integer,          -- null until somebody ends it
    recurrence text,          -- JSON
    reason text not null,
    created_by text not null,
    created_ms integer not null
) strict;
