-- Rules that change or drop the series that come with a token.

alter table api_tokens add column relabel text not null default ''; -- a JSON list; empty for none
