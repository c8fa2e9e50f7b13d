-- Canned replies: texts that agents begin a reply with.

create table canned_replies (
    id             uuid primary key,
    inbox_id       uuid references inboxes (id),
    agent_id       uuid references agents (id),
    title          text not null,
    short_code     text not null,
    folder         text not null,
    languages      text[] not null,
    kinds          text[] not null,
    version        bigint not null,
    content_id     uuid not null references contents (id),
    usable_version bigint,
    usable_id      uuid references contents (id),
    authors        uuid[] not null,
    created_at     timestamptz not null,
    changed_at     timestamptz not null,
    uses           bigint not null default 0,
    last_used_at   timestamptz,
    constraint canned_replies_scope check ((inbox_id is null) <> (agent_id is null)),
    constraint canned_replies_usable check ((usable_version is null) = (usable_id is null))
);
comment on table canned_replies is
    'Texts that agents begin a reply with: an inbox shares them, or they are one agent''s own. The texts are '
    'contents, JSON by language: those of the newest version, and of the newest one that may be used. authors '
    'are those who have written what is not approved yet.';
create unique index canned_replies_of_inbox on canned_replies (inbox_id, lower(short_code))
    where inbox_id is not null;
create unique index canned_replies_of_agent on canned_replies (agent_id, lower(short_code))
    where agent_id is not null;

create table canned_rules (
    inbox_id uuid primary key references inboxes (id),
    approval boolean not null,
    language text
);
comment on table canned_rules is
    'How an inbox takes canned replies: whether shared ones are to be approved, and the language that is '
    'taken first. No row: they are not, and none is.';
