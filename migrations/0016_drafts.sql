-- Drafts that agents write together, and which replies have to be approved first.

create table drafts (
    thread_id   uuid primary key references threads (id),
    epoch       integer not null,
    n           bigint not null,
    version     bigint not null,
    salt        bytea not null,
    digest      bytea,
    authors     uuid[] not null,
    review      text not null,
    reviewed_by uuid references agents (id),
    reviewed_at timestamptz,
    comment_id  uuid references contents (id),
    constraint drafts_review check (review in ('writing', 'requested', 'changes_requested', 'approved'))
);
comment on table drafts is
    'The draft of a thread, changed under the thread''s row lock. epoch names its document, n counts the '
    'changes of that, version all that happens to the draft; digest is null where it says nothing.';

create table draft_updates (
    thread_id uuid not null references drafts (thread_id),
    epoch     integer not null,
    n         bigint not null,
    client    bigint,
    bytes     bytea not null,
    primary key (thread_id, epoch, n)
);
comment on table draft_updates is
    'The document of a draft: changes in their order; one without a client has all before it in it. Off the '
    'event log and under no hash: erasing a customer deletes the rows of its threads.';

create table draft_clients (
    thread_id uuid not null references drafts (thread_id),
    client    bigint not null,
    agent_id  uuid not null references agents (id),
    primary key (thread_id, client)
);
comment on table draft_clients is 'Which agent writes a draft under which client id of its document.';

create table review_rules (
    inbox_id uuid primary key references inboxes (id),
    roles    text[] not null,
    channels uuid[] not null,
    keywords text[] not null
);
comment on table review_rules is
    'Which replies of an inbox have to be approved first. No row: none has to.';
