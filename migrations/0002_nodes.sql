-- Many nodes: chosen availability, putting threads off, timers.

alter table agents add column availability text
    constraint agents_availability check (availability in ('online', 'away', 'busy', 'offline'));
comment on column agents.availability is
    'What the agent has chosen; null where it follows from its connections.';

alter table threads add column until timestamptz
    constraint threads_until_pending check (until is null or status = 'pending');
comment on column threads.until is 'When a pending thread opens again by itself.';

create table timers (
    kind          text not null,
    subject_id    uuid not null,
    due_at        timestamptz not null,
    attempts      integer not null default 0,
    claimed_until timestamptz,
    primary key (kind, subject_id)
);
comment on table timers is
    'What is due at an instant, by the database''s clock. A claim only spares other nodes the work: the row goes in the transaction that does it, so each timer fires once.';
create index timers_due on timers (due_at);
