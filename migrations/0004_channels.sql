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

alter table messages add column written_at timestamptz;
comment on column messages.written_at is
    'Inbound: when, by the provider''s clock, where it tells. What may be sent later counts from here.';

alter table deliveries add column in_doubt boolean not null default false;
comment on column deliveries.in_doubt is
    'An attempt has begun whose outcome is not known: it may have gone out. Set with every claim, taken back where the provider surely took nothing.';

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

alter table sandbox_messages add column read boolean not null default false;

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

-- As before, with what binds replies over the channel that the customer used last.
drop function hold_threads(uuid[]);
create function hold_threads(p_ids uuid[]) returns table (
    id uuid, inbox_id uuid, mode text, contact_id uuid, channel_id uuid, address_id uuid, status text,
    until timestamptz, assignee_id uuid, reply_no integer, lease_agent_id uuid, lease_token bigint,
    lease_expires_at timestamptz, now timestamptz, channel_kind text, refused boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
    wanted uuid;
begin
    foreach wanted in array p_ids loop
        perform from threads t where t.id = wanted for update;
        return query
            select t.id, t.inbox_id, i.mode, t.contact_id, t.channel_id, t.address_id, t.status,
                t.until, t.assignee_id, t.reply_no, l.agent_id, l.token, l.expires_at, tandem_now(),
                h.kind, exists (
                    select from opt_outs o
                    where o.channel_id = t.channel_id and o.address_id = t.address_id
                        and o.about <> 'marketing'
                )
            from threads t
            join inboxes i on i.id = t.inbox_id
            join channels h on h.id = t.channel_id
            left join thread_locks l on l.thread_id = t.id
            where t.id = wanted;
    end loop;
end
$$;

-- As before, with all that providers need to know of both ends, and whether the customer has refused
-- since.
drop function claim_deliveries(bigint, interval);
create function claim_deliveries(p_limit bigint, p_hold interval) returns table (
    message_id uuid, thread_id uuid, channel_id uuid, inbox_id uuid, channel_kind text, provider text,
    external_id text, "from" text, to_kind text, to_scope text, "to" text, bytes bytea,
    attempts integer, first_attempt_at timestamptz, refused boolean, in_doubt boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
    now   timestamptz := tandem_now();
    due   record;
begin
    for due in
        select d.message_id, d.in_doubt from deliveries d
        where d.state in ('queued', 'sending', 'unknown')
            and d.next_at <= now
            and (d.claimed_until is null or d.claimed_until <= now)
            and not exists (
                select from deliveries o
                where o.thread_id = d.thread_id and o.reply_no < d.reply_no
                    and o.state in ('queued', 'sending', 'unknown')
            )
        order by d.next_at
        limit p_limit
        for update of d skip locked
    loop
        update deliveries d
            set claimed_until = now + p_hold, attempts = d.attempts + 1,
                first_attempt_at = coalesce(d.first_attempt_at, now), in_doubt = true
            where d.message_id = due.message_id;
        return query
            select d.message_id, d.thread_id, d.channel_id, h.inbox_id, h.kind, h.provider,
                h.external_id, h.address, a.kind, a.scope, a.value, c.bytes, d.attempts,
                d.first_attempt_at, exists (
                    select from opt_outs o
                    where o.channel_id = d.channel_id and o.address_id = m.address_id
                        and o.about <> 'marketing'
                ), due.in_doubt
            from deliveries d
            join messages m on m.id = d.message_id
            join contents c on c.id = m.content_id
            join channels h on h.id = d.channel_id
            join contact_addresses a on a.id = m.address_id
            where d.message_id = due.message_id;
    end loop;
end
$$;
