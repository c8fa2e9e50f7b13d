-- Files that agents send: uploaded first, then named by a reply.

-- A row is there before its bytes, so that nothing is left behind that nobody knows.
create table uploads (
    id         uuid primary key,
    inbox_id   uuid not null references inboxes (id),
    agent_id   uuid not null references agents (id),
    blob       text not null,
    reserved   bigint not null,
    mime_type  text,
    bytes      bigint,
    name_id    uuid references contents (id),
    thumbnail  text,
    created_at timestamptz not null,
    constraint uploads_whole check ((mime_type is null) = (bytes is null))
);
comment on table uploads is
    'Files that agents have uploaded and no reply has named yet; a day later they are forgotten. What a reply names becomes an attachment of the same id.';
comment on column uploads.reserved is 'How many bytes it may have, while it is not whole.';
comment on column uploads.mime_type is 'What its bytes are; null until all of them are there.';
create index uploads_by_agent on uploads (agent_id);
create index uploads_by_age on uploads (created_at);

-- Checked at commit: messages are stored last.
alter table attachments alter constraint attachments_message_id_fkey deferrable initially deferred;
-- Which blobs are known.
create index attachments_by_blob on attachments (blob) where blob is not null;
create index attachments_by_thumbnail on attachments (thumbnail) where thumbnail is not null;

create table link_keys (
    one boolean primary key default true check (one),
    key bytea not null
);
comment on table link_keys is
    'What links are signed with by which providers fetch the files of replies: the same for all nodes.';
insert into link_keys (key)
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

create table chores (
    name    text primary key,
    done_at timestamptz not null
);
comment on table chores is 'When something that one node does for all was done last.';
