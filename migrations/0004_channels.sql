-- One customer over several channels: addresses apart from channels, forms of messages, what
-- customers do besides writing, what they want to get.

update contact_addresses set scope = 'sandbox' where kind = 'sandbox';
update contact_addresses set kind = 'phone';
alter table contact_addresses add constraint contact_addresses_kind
    check (kind in ('phone', 'whatsapp_user', 'whatsapp_name', 'sender_id'));
comment on column contact_addresses.scope is
    'Within what the value means one person: empty for the whole world, `sandbox`, or our own number for a short code.';

alter table contacts add column profile_name_id uuid references contents (id);
comment on column contacts.name_id is 'The name that an agent wrote.';
comment on column contacts.profile_name_id is
    'The name that the customer has at a provider. It never replaces what an agent wrote.';

alter table channels add column external_id text;
alter table channels add constraint channels_external_id unique (provider, external_id);
comment on column channels.external_id is
    'What the provider calls this address in its webhooks, where that is not the address itself.';

alter table messages add column form text not null default 'text';
alter table messages add constraint messages_form check (form in (
    'text', 'media', 'location', 'contact_card', 'choice', 'order', 'system', 'unsupported'));
alter table messages add column answers_id uuid references messages (id);
comment on column messages.answers_id is 'The message that this one answers, where the customer picked one.';

create table provider_items (
    channel_id  uuid not null references channels (id),
    provider_id text not null,
    at          timestamptz not null,
    primary key (channel_id, provider_id)
);
comment on table provider_items is
    'Reactions, changes and other things that are no messages but have ids at their provider: each is taken once.';

create table unknown_items (
    id         uuid primary key,
    channel_id uuid not null references channels (id),
    what       text not null,
    raw        text not null,
    at         timestamptz not null
);
comment on table unknown_items is 'What providers told that this version has no words for, as it came.';
create index unknown_items_by_age on unknown_items (at);

create table opt_outs (
    channel_id uuid not null references channels (id),
    address_id uuid not null references contact_addresses (id),
    about      text not null,
    since      timestamptz not null,
    primary key (channel_id, address_id, about),
    constraint opt_outs_about check (about in ('everything', 'all_but_essential', 'marketing'))
);
comment on table opt_outs is
    'What customers do not want to get from us. Only they lift it.';

create table templates (
    channel_id uuid not null references channels (id),
    name       text not null,
    language   text not null,
    state      text not null,
    reason     text,
    at         timestamptz not null,
    primary key (channel_id, name, language)
);
comment on table templates is 'Templates of messages at providers that want them approved, and how each stands.';

-- What became of the messages of a page.
create index events_by_message on events (thread_id, (data->>'message_id'))
    where kind in ('message.edited', 'message.revoked', 'message.reacted');
