-- Files that come with messages: fetched from the provider, kept apart from the database.

create table attachments (
    id            uuid primary key,
    message_id    uuid not null references messages (id),
    position      integer not null,
    mime_type     text not null,
    name_id       uuid references contents (id),
    bytes         bigint,
    state         text not null,
    error         text,
    blob          text,
    thumbnail     text,
    source_kind   text,
    source        text,
    attempts      integer not null default 0,
    next_at       timestamptz not null,
    claimed_until timestamptz,
    created_at    timestamptz not null,
    constraint attachments_position unique (message_id, position),
    constraint attachments_state check (state in ('waiting', 'stored', 'refused')),
    constraint attachments_source_kind check (source_kind in ('url', 'id')),
    constraint attachments_source_while_waiting check (
        (state = 'waiting') = (source is not null) and (source is null) = (source_kind is null)),
    constraint attachments_blob_once_stored check ((state = 'stored') = (blob is not null))
);
comment on table attachments is
    'Files that came with messages, and how far each one is; the bytes are in the blob store.';
comment on column attachments.mime_type is
    'As the provider declares it; once stored, what the bytes are.';
comment on column attachments.source is
    'Where the file is at the provider, while it waits: whoever has this may have the file.';
create index attachments_due on attachments (next_at) where state = 'waiting';

create table attachment_reads (
    attachment_id uuid not null references attachments (id),
    agent_id      uuid not null references agents (id),
    at            timestamptz not null,
    primary key (attachment_id, agent_id)
);
comment on table attachment_reads is
    'When an agent''s reading of a file last went on record: at most once an hour.';
