-- Accounts at providers that administrators set up, their secrets, what inboxes answer by themselves,
-- and what went wrong with webhooks.

create table accounts (
    id         uuid primary key,
    provider   text not null,
    name       text not null,
    settings   json not null,
    version    bigint not null default 1,
    created_at timestamptz not null,
    constraint accounts_name unique (name)
);
comment on table accounts is
    'Accounts at providers. version grows with every change, secrets included: nodes keep what they have made of an account under it. settings is a flat object of texts, none of them secret.';

create table account_secrets (
    id         uuid primary key,
    account_id uuid not null references accounts (id),
    name       text not null,
    sealed     bytea not null,
    created_at timestamptz not null,
    retires_at timestamptz
);
comment on table account_secrets is
    'Secrets of accounts, sealed with a key that is not in the database; account and name are sealed along. The one without retires_at is in use; others still verify webhooks until then.';
create unique index account_secrets_in_use on account_secrets (account_id, name)
    where retires_at is null;

alter table channels add column account_id uuid references accounts (id);
comment on column channels.account_id is
    'The account that it belongs to; null where the provider comes from the settings of the server.';

alter table inboxes add column auto_reply text;
comment on column inboxes.auto_reply is
    'What the first message of an episode is answered by itself; null for nothing.';

create table channel_webhooks (
    channel_id uuid primary key references channels (id),
    taken_at   timestamptz not null
);
comment on table channel_webhooks is
    'When a webhook of a channel was taken last, give or take ten seconds.';

create table webhook_troubles (
    channel_id uuid not null references channels (id),
    kind       text not null,
    count      bigint not null,
    first_at   timestamptz not null,
    last_at    timestamptz not null,
    url        text,
    keys       json not null,
    hint       text,
    primary key (channel_id, kind),
    constraint webhook_troubles_kind check (kind in ('wrong_signature', 'unreadable'))
);
comment on table webhook_troubles is
    'Webhooks that were refused, counted; the rest is of the last one. keys has the names of the secrets that were tried and their last characters, never a secret.';
