-- Sessions that can be told apart by their owner, and tokens that are good for some metrics or so many series.

alter table sessions add column id text not null default '';
alter table sessions add column source text not null default ''; -- address that signed in
alter table sessions add column user_agent text not null default '';

-- Random UUIDs for the sessions of before.
update sessions set id = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'
    || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))
);

create unique index sessions_by_id on sessions (id);

alter table api_tokens add column metric_prefix text not null default ''; -- of the names of its samples
alter table api_tokens add column max_series integer; -- null is the setting's cap
