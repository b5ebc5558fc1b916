-- Accounts and everything that signs a caller in. Times are integer milliseconds UTC.
-- Rowid tables on purpose: the update hook that empties the sign-in cache does not see WITHOUT ROWID tables.

create table users (
    id text primary key not null,
    email text not null,
    email_key text not null unique, -- the e-mail folded for comparison
    role text not null check (role in ('viewer', 'editor', 'admin')),
    is_disabled integer not null default 0 check (is_disabled in (0, 1)),
    password_hash text not null,
    created_ms integer not null,
    last_seen_ms integer
) strict;

create table sessions (
    secret_hash blob primary key not null, -- SHA-256 of the cookie's value
    user_id text not null references users (id) on delete cascade,
    created_ms integer not null,
    last_seen_ms integer not null
) strict;

create index sessions_by_user on sessions (user_id);

create table api_tokens (
    id text primary key not null,
    name text not null,
    scope text not null check (scope in ('ingest', 'read', 'admin')),
    owner_id text not null references users (id) on delete cascade,
    secret_hash blob not null unique, -- SHA-256 of the secret
    created_ms integer not null,
    expires_ms integer,
    last_used_ms integer
) strict;

create index api_tokens_by_owner on api_tokens (owner_id);

create table preferences (
    user_id text primary key not null references users (id) on delete cascade,
    content text not null -- a JSON object
) strict;
