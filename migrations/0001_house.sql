-- The house: time, streams and events, content, agents and sessions, inboxes, contacts, threads.

-- Time --------------------------------------------------------------------------------------------

create table clock_offset (
    one boolean primary key default true check (one),
    ms  bigint not null default 0
);
comment on table clock_offset is 'How far tests have moved the clock; 0 in production.';
insert into clock_offset default values;

-- Every instant in SQL comes from here. `clock_timestamp`, because a transaction may have waited
-- for a lock for longer than a lease lasts.
create function tandem_now() returns timestamptz
language sql volatile as $$
    select clock_timestamp() + make_interval(secs => (select ms from clock_offset) / 1000.0)
$$;

-- Content -----------------------------------------------------------------------------------------

create table contents (
    id         uuid primary key,
    contact_id uuid,
    key_id     uuid,
    salt       bytea,
    digest     bytea not null,
    bytes      bytea,
    constraint contents_erased_whole check ((salt is null) = (bytes is null))
);
comment on table contents is
    'Personal content, apart from facts. Erasing drops bytes and salt and keeps the digest, so that hash chains still verify. key_id null is clear text.';
create index contents_by_contact on contents (contact_id);

-- Streams and events ------------------------------------------------------------------------------

create table streams (
    id         uuid primary key,
    epoch      uuid not null,
    head       bigint not null default 0,
    floor      bigint not null default 0,
    floor_hash bytea not null,
    last_hash  bytea not null,
    constraint streams_floor_below_head check (floor between 0 and head)
);
comment on table streams is
    'One totally ordered log each: every inbox (same id), and the organisation (the nil id). Events at or below floor are no longer kept; floor_hash is what the first kept one follows on.';

-- Begins a stream. What the first event's hash follows on names the stream and its epoch.
create function create_stream(p_id uuid) returns void
language sql as $$
    insert into streams (id, epoch, floor_hash, last_hash)
    select p_id, epoch, genesis, genesis
    from (select gen_random_uuid() as epoch) as fresh,
        lateral (select sha256(uuid_send(p_id) || uuid_send(epoch)) as genesis) as first
$$;
select create_stream('00000000-0000-0000-0000-000000000000');

create table events (
    stream_id       uuid not null references streams (id),
    seq             bigint not null,
    kind            text not null,
    v               smallint not null,
    at              timestamptz not null,
    actor_kind      text not null,
    actor_id        uuid,
    thread_id       uuid,
    assignee_before uuid,
    assignee_after  uuid,
    data            json not null,
    content_id      uuid references contents (id),
    hash            bytea not null,
    primary key (stream_id, seq)
);
comment on table events is
    'Facts. hash = sha256(previous hash, seq, header, digest of the content); data is kept letter by letter (json, not jsonb), because it is hashed.';
-- A thread's timeline pages by this.
create index events_by_thread on events (thread_id, seq) where thread_id is not null;

-- Gives the events of one transaction their numbers, last before commit: the stream's row lock makes
-- commit order equal seq order, so readers never meet a hole that fills in later. Arrays, because
-- the events of one transaction go in one round trip.
create function append_events(
    p_stream uuid, p_kind text[], p_v smallint[], p_at timestamptz, p_actor_kind text[],
    p_actor_id uuid[], p_thread_id uuid[], p_assignee_before uuid[], p_assignee_after uuid[],
    p_data text[], p_content_id uuid[], p_header bytea[], p_digest bytea[]
) returns bigint
language plpgsql as $$
declare
    n     int := cardinality(p_kind);
    first bigint;
    chain bytea;
begin
    update streams set head = head + n where id = p_stream
        returning head - n + 1, last_hash into strict first, chain;
    for i in 1..n loop
        chain := sha256(chain || int8send(first + i - 1) || p_header[i] || p_digest[i]);
        insert into events values (
            p_stream, first + i - 1, p_kind[i], p_v[i], p_at, p_actor_kind[i], p_actor_id[i],
            p_thread_id[i], p_assignee_before[i], p_assignee_after[i], p_data[i]::json,
            p_content_id[i], chain
        );
        if p_kind[i] in ('message.received', 'message.sent', 'note.added') then
            update threads set
                last_seq = first + i - 1,
                inbound_seq = case when p_kind[i] = 'message.received'
                    then first + i - 1 else inbound_seq end
            where id = p_thread_id[i];
        end if;
    end loop;
    update streams set last_hash = chain where id = p_stream;
    return first;
end
$$;

create table idempotency (
    actor_id   uuid not null,
    key        text not null,
    digest     bytea not null,
    outcome    json,
    created_at timestamptz not null,
    primary key (actor_id, key)
);
comment on table idempotency is
    'What came of a command, by actor and key, kept for 24 hours. Holds ids, never content.';
create index idempotency_by_age on idempotency (created_at);

-- People ------------------------------------------------------------------------------------------

create table agents (
    id             uuid primary key,
    email          text not null,
    name           text not null,
    role           text not null,
    password_hash  text not null,
    disabled       boolean not null default false,
    rights_version bigint not null default 1,
    created_at     timestamptz not null,
    constraint agents_role check (role in ('agent', 'supervisor')),
    constraint agents_email_lower check (email = lower(email))
);
comment on table agents is
    'People. rights_version grows whenever what one may see changes, and is a part of every cursor.';
create unique index agents_email on agents (email);

create table sessions (
    id         uuid primary key,
    agent_id   uuid not null references agents (id),
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);
comment on table sessions is 'Sign-ins. The token itself is not kept, only its SHA-256.';
create unique index sessions_token on sessions (token_hash);
create index sessions_by_agent on sessions (agent_id);

-- Inboxes -----------------------------------------------------------------------------------------

create table inboxes (
    id         uuid primary key references streams (id),
    name       text not null,
    mode       text not null,
    created_at timestamptz not null,
    constraint inboxes_mode check (mode in ('team', 'exclusive'))
);
comment on table inboxes is 'Shared spaces. The id is also that of the inbox''s stream.';

create table inbox_members (
    inbox_id uuid not null references inboxes (id),
    agent_id uuid not null references agents (id),
    scope    text not null,
    primary key (agent_id, inbox_id),
    constraint inbox_members_scope check (scope in ('all', 'assigned'))
);
comment on table inbox_members is 'Who works in which inbox, and which of its threads they may see.';
create index inbox_members_by_inbox on inbox_members (inbox_id);

create table channels (
    id         uuid primary key,
    inbox_id   uuid not null references inboxes (id),
    kind       text not null,
    provider   text not null,
    address    text not null,
    created_at timestamptz not null,
    constraint channels_kind check (kind in ('sms', 'whatsapp', 'rcs', 'sandbox')),
    constraint channels_address unique (provider, kind, address)
);
comment on table channels is 'One address of a kind at a provider each.';
create index channels_by_inbox on channels (inbox_id);

-- Contacts and threads ----------------------------------------------------------------------------

create table contacts (
    id          uuid primary key,
    name_id     uuid references contents (id),
    merged_into uuid references contacts (id),
    created_at  timestamptz not null
);
comment on table contacts is 'Customers: mergeable sets of addresses. The name is content.';

create table contact_addresses (
    id         uuid primary key,
    contact_id uuid not null references contacts (id),
    kind       text not null,
    scope      text not null,
    value      text not null,
    created_at timestamptz not null,
    constraint contact_addresses_unique unique (kind, scope, value)
);
comment on table contact_addresses is
    'Ways to reach a contact. scope is empty where the value means the same everywhere, such as a phone number.';
create index contact_addresses_by_contact on contact_addresses (contact_id);

create table threads (
    id          uuid primary key,
    inbox_id    uuid not null references inboxes (id),
    contact_id  uuid not null references contacts (id),
    channel_id  uuid not null references channels (id),
    address_id  uuid not null references contact_addresses (id),
    status      text not null,
    assignee_id uuid references agents (id),
    reply_no    integer not null default 0,
    episode     integer not null default 1,
    last_seq    bigint not null default 0,
    inbound_seq bigint not null default 0,
    merged_into uuid references threads (id),
    created_at  timestamptz not null,
    constraint threads_one_per_contact unique (inbox_id, contact_id),
    constraint threads_status check (status in ('new', 'open', 'pending', 'escalated', 'closed'))
);
comment on table threads is
    'All that is said between an inbox and a contact. last_seq and inbound_seq are places in the inbox''s stream, set by append_events; channel and address are the ones that the customer used last.';
-- The list, newest activity first.
create index threads_by_activity on threads (inbox_id, last_seq desc);
-- "Mine", and what an agent sees whose scope is 'assigned'.
create index threads_by_assignee on threads (assignee_id, inbox_id, last_seq desc);

create table thread_locks (
    thread_id     uuid primary key references threads (id),
    inbox_id      uuid not null references inboxes (id),
    agent_id      uuid not null references agents (id),
    token         bigint not null,
    taken_at      timestamptz not null,
    expires_at    timestamptz not null
);
comment on table thread_locks is
    'The lease to reply. A row stays when its lease is over, because the token must never repeat.';
create index thread_locks_by_inbox on thread_locks (inbox_id, expires_at);

create table read_marks (
    agent_id  uuid not null references agents (id),
    thread_id uuid not null references threads (id),
    seq       bigint not null,
    opened_at timestamptz not null,
    primary key (agent_id, thread_id)
);
comment on table read_marks is 'How far each agent has read each thread, and when it was put on record last.';

create table messages (
    id          uuid primary key,
    thread_id   uuid not null references threads (id),
    channel_id  uuid not null references channels (id),
    address_id  uuid not null references contact_addresses (id),
    direction   text not null,
    content_id  uuid not null references contents (id),
    reply_no    integer,
    provider_id text,
    created_at  timestamptz not null,
    constraint messages_direction check (direction in ('in', 'out')),
    constraint messages_provider_id unique (channel_id, provider_id)
);
comment on table messages is
    'What was said to or by customers. (channel, provider id) is unique, so a repeated webhook stores nothing.';
-- The replies that a colliding sender has not seen.
create index messages_by_reply on messages (thread_id, reply_no) where reply_no is not null;

create table notes (
    id         uuid primary key,
    thread_id  uuid not null references threads (id),
    agent_id   uuid not null references agents (id),
    content_id uuid not null references contents (id),
    created_at timestamptz not null
);
comment on table notes is
    'Private notes. Apart from messages, so that nothing that sends can reach them.';
create index notes_by_thread on notes (thread_id);

create table deliveries (
    message_id       uuid primary key references messages (id),
    thread_id        uuid not null references threads (id),
    reply_no         integer not null,
    channel_id       uuid not null references channels (id),
    state            text not null,
    error            text,
    attempts         integer not null default 0,
    first_attempt_at timestamptz,
    next_at          timestamptz not null,
    claimed_until    timestamptz,
    created_at       timestamptz not null,
    constraint deliveries_state
        check (state in ('queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'read'))
);
comment on table deliveries is
    'The lives of outbound messages at their providers. Queued ones are claimed with skip locked, in order within a thread.';
create index deliveries_due on deliveries (next_at) where state in ('queued', 'sending', 'unknown');
create index deliveries_open_by_thread on deliveries (thread_id, reply_no)
    where state in ('queued', 'sending', 'unknown');

create table sandbox_messages (
    channel_id uuid not null references channels (id),
    phone      text not null,
    id         text not null,
    mine       boolean not null,
    text       text not null,
    at         timestamptz not null,
    n          bigint generated always as identity,
    primary key (channel_id, phone, id)
);
comment on table sandbox_messages is
    'What the phones of the sandbox show. This is the far side: it stands for the customers'' own phones.';
create index sandbox_messages_in_order on sandbox_messages (channel_id, phone, n);
