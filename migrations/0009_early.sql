-- What customers do to messages may be told before these messages are.

create table early_items (
    channel_id  uuid not null references channels (id),
    about       text not null,
    provider_id text not null,
    kind        text not null,
    text        text,
    at          timestamptz not null,
    primary key (channel_id, provider_id),
    constraint early_items_kind check (kind in ('reacted', 'edited', 'revoked'))
);
comment on table early_items is
    'Reactions, changes and takings back of messages that are not there yet; done once they come. Those of messages that we never get stay as they came.';
create index early_items_by_message on early_items (channel_id, about);
