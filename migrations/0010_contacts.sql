-- Contacts that people merge, and take apart again. `merged_into` always names the root itself, never
-- a contact or a thread that is merged in its turn.

comment on column contacts.merged_into is
    'The contact that this one is taken for since an agent merged them. It keeps its addresses and names.';
comment on column threads.merged_into is
    'The thread that this one is a part of, in the same inbox. It keeps its messages; what happens to them is told of the other one. Of all threads of one customer in an inbox exactly one is not merged.';
create index contacts_by_merge on contacts (merged_into) where merged_into is not null;
create index threads_by_merge on threads (merged_into) where merged_into is not null;

-- What was said from and to an address, in whatever thread: windows count from it, and a look-up at a
-- provider leaves out what is known.
create index messages_by_address on messages (address_id, channel_id);

-- What became of a message is told of the thread that its own was a part of at the time.
drop index events_by_message;
create index events_of_message on events ((data->>'message_id'))
    where kind in ('message.edited', 'message.revoked', 'message.reacted');

-- All contacts that are one customer: the root and those that are merged into it.
create function same_customer(p_contact uuid) returns table (id uuid, root_id uuid)
language sql stable rows 1 as $$
    select m.id, r.id
    from contacts c
    join contacts r on r.id = coalesce(c.merged_into, c.id)
    cross join lateral (
        select r.id
        union all
        select o.id from contacts o where o.merged_into = r.id
    ) as m
    where c.id = p_contact
$$;

-- As before, with the thread that it is merged into, and who owns that one.
drop function hold_threads(uuid[]);
create function hold_threads(p_ids uuid[]) returns table (
    id uuid, inbox_id uuid, mode text, contact_id uuid, channel_id uuid, address_id uuid, status text,
    until timestamptz, assignee_id uuid, reply_no integer, lease_agent_id uuid, lease_token bigint,
    lease_expires_at timestamptz, now timestamptz, channel_kind text, refused boolean,
    merged_into uuid, root_assignee_id uuid
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
                ), t.merged_into, r.assignee_id
            from threads t
            join inboxes i on i.id = t.inbox_id
            join channels h on h.id = t.channel_id
            left join threads r on r.id = t.merged_into
            left join thread_locks l on l.thread_id = t.id
            where t.id = wanted;
    end loop;
end
$$;

-- As before; where a thread is merged into another one, that one is locked, too, and is what the news
-- is told of.
create or replace function hold_deliveries(p_messages uuid[]) returns table (
    message_id uuid, thread_id uuid, inbox_id uuid, assignee_id uuid, state text
)
language plpgsql as $$
#variable_conflict use_column
declare
    wanted uuid;
    root   uuid;
begin
    for wanted in
        select d.message_id from deliveries d
        where d.message_id = any (p_messages)
        order by d.thread_id, d.reply_no
    loop
        select d.message_id, d.thread_id, t.inbox_id, t.assignee_id, d.state, t.merged_into
            into message_id, thread_id, inbox_id, assignee_id, state, root
            from deliveries d
            join threads t on t.id = d.thread_id
            where d.message_id = wanted
            for update of t, d;
        if root is not null then
            select t.id, t.assignee_id into thread_id, assignee_id
                from threads t where t.id = root for update;
        end if;
        return next;
    end loop;
end
$$;
