-- Dashboards and their panels. A dashboard's layout is not stored: it is the positions of its panels.

create table dashboards (
    id text primary key not null,
    name text not null,
    description text not null,
    owner_id text not null references users (id), -- no cascade: dashboards outlive their owner, see users.delete_user
    is_public integer not null check (is_public in (0, 1)),
    variables text not null, -- a JSON array
    refresh_interval text not null,
    time_from text not null,
    time_to text not null,
    version integer not null,
    created_ms integer not null,
    updated_ms integer not null
) strict;

create index dashboards_by_owner on dashboards (owner_id);

create table panels (
    id text primary key not null,
    dashboard_id text not null references dashboards (id) on delete cascade,
    title text not null,
    type text not null,
    query text not null, -- JSON: a text or an array of queries
    options text not null, -- a JSON object
    x integer not null,
    y integer not null,
    w integer not null,
    h integer not null
) strict;

create index panels_by_dashboard on panels (dashboard_id);
