-- Notes that mention people and change, and what agents are told of.

create table note_versions (
    note_id    uuid not null references notes (id),
    version    integer not null,
    agent_id   uuid not null references agents (id),
    content_id uuid not null references contents (id),
    mentions   json not null default '[]',
    created_at timestamptz not null,
    primary key (note_id, version)
);
comment on table note_versions is
    'All that notes have said: an edit is a new version. mentions are ids and places in the text.';
insert into note_versions (note_id, version, agent_id, content_id, created_at)
    select id, 1, agent_id, content_id, created_at from notes;

alter table notes
    add column version    integer not null default 1,
    add column deleted_by uuid references agents (id),
    add column deleted_at timestamptz,
    add constraint notes_deleted_whole check ((deleted_by is null) = (deleted_at is null));
comment on column notes.content_id is 'Of the newest version.';

create table thread_mutes (
    agent_id  uuid not null references agents (id),
    thread_id uuid not null references threads (id),
    primary key (agent_id, thread_id)
);
comment on table thread_mutes is
    'Threads that an agent hears of only where it is mentioned itself.';

create table notifications (
    id           uuid primary key,
    n            bigint generated always as identity,
    agent_id     uuid not null references agents (id),
    thread_id    uuid not null references threads (id),
    reason       text not null,
    actor_kind   text not null,
    actor_id     uuid,
    note_id      uuid references notes (id),
    team_id      uuid,
    content_id   uuid references contents (id),
    created_at   timestamptz not null,
    read_at      timestamptz,
    mail_tries   integer not null default 0,
    mail_next_at timestamptz,
    mailed_at    timestamptz,
    constraint notifications_n unique (n),
    constraint notifications_reason check (reason in ('mentioned', 'team_mentioned', 'assigned',
        'message', 'review_requested', 'review_approved', 'changes_requested'))
);
comment on table notifications is
    'What agents are told of, each made in the transaction of what it is about. n is the order of lists; content_id the message''s text, a note''s is found by the note. mailed_at says that no mail goes, or none any more.';
-- A note tells everybody once, however often it is edited.
create unique index notifications_by_note on notifications (agent_id, note_id)
    where note_id is not null;
-- Of what a customer writes is told once, until that is read.
create unique index notifications_by_message on notifications (agent_id, thread_id)
    where reason = 'message' and read_at is null;
create index notifications_by_agent on notifications (agent_id, n desc);
create index notifications_unread on notifications (agent_id, thread_id) where read_at is null;
-- What there may be mail of.
create index notifications_unmailed on notifications (agent_id, created_at)
    where read_at is null and mailed_at is null;
