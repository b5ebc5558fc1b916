-- The unit that the rule of an event had when it fired: events outlive their rules. Rules have theirs in their content.

alter table alert_events add column unit text not null default '';
