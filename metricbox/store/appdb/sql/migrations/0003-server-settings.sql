-- Settings that are changed while the server runs, over those of its start. Values are texts as in the settings file.
create table server_settings (
    name text primary key not null,
    value text not null
) strict;
