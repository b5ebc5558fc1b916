-- What dashboards were, and who changed what. Both are bounded by the code that writes them.

create table dashboard_versions (
    dashboard_id text not null references dashboards (id) on delete cascade,
    version integer not null,
    created_ms integer not null,
    author_id text, -- no reference: an account that is gone has still changed things
    author text not null, -- name of the author at that time
    change text not null, -- in words
    content text not null, -- a JSON object: the dashboard without owner and visibility
    primary key (dashboard_id, version)
) strict;

-- The dashboards of before have the version that they are at.
insert into dashboard_versions (dashboard_id, version, created_ms, author_id, author, change, content)
select
    d.id, d.version, d.updated_ms, null, '', 'kept from before there was a history',
    json_object(
        'name', d.name,
        'description', d.description,
        'variables', json(d.variables),
        'refreshInterval', d.refresh_interval,
        'timeFrom', d.time_from,
        'timeTo', d.time_to,
        'panels', json((
            select json_group_array(json_object(
                'id', p.id, 'title', p.title, 'type', p.type, 'query', json(p.query), 'options', json(p.options),
                'x', p.x, 'y', p.y, 'w', p.w, 'h', p.h
            ))
            from (select * from panels where dashboard_id = d.id order by y, x, rowid) p
        ))
    )
from dashboards d;

create table audit_entries (
    entry_no integer primary key autoincrement, -- never used twice, so that a gap shows what was deleted
    id text unique not null,
    created_ms integer not null,
    author_id text, -- no reference, as above
    author text not null,
    via text not null,
    token_id text,
    source text not null, -- address, empty for none
    action text not null,
    subject_type text not null,
    subject_id text not null,
    subject_name text not null,
    before text, -- a JSON object, null when there was nothing
    after text, -- the same
    is_sign_in integer not null check (is_sign_in in (0, 1)) -- signing in and out, which is bounded by itself
) strict;

create index audit_entries_by_kind on audit_entries (is_sign_in, entry_no);
create index audit_entries_by_subject on audit_entries (subject_type, subject_id);
