-- Commands that share a transaction: what they are about is locked in one round trip, and what they have
-- to store goes in another. Loops over single rows, because those are planned once, by key, however
-- large the tables have become since.

-- As before, but planned once for a connection and not for each call.
create or replace function tandem_now() returns timestamptz
language plpgsql volatile as $$
begin
    return clock_timestamp() + make_interval(secs => (select ms from clock_offset) / 1000.0);
end
$$;

-- Locks threads in the order given, and says how each one is under its lock. That is read by a statement
-- of its own, which sees what those have committed that the first one has waited for.
create function hold_threads(p_ids uuid[]) returns table (
    id uuid, inbox_id uuid, mode text, contact_id uuid, channel_id uuid, address_id uuid, status text,
    until timestamptz, assignee_id uuid, reply_no integer, lease_agent_id uuid, lease_token bigint,
    lease_expires_at timestamptz, now timestamptz
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
                t.until, t.assignee_id, t.reply_no, l.agent_id, l.token, l.expires_at, tandem_now()
            from threads t
            join inboxes i on i.id = t.inbox_id
            left join thread_locks l on l.thread_id = t.id
            where t.id = wanted;
    end loop;
end
$$;

-- Locks deliveries and their threads, in the threads' order.
create function hold_deliveries(p_messages uuid[]) returns table (
    message_id uuid, thread_id uuid, inbox_id uuid, assignee_id uuid, state text
)
language plpgsql as $$
#variable_conflict use_column
declare
    wanted uuid;
begin
    for wanted in
        select d.message_id from deliveries d
        where d.message_id = any (p_messages)
        order by d.thread_id, d.reply_no
    loop
        return query
            select d.message_id, d.thread_id, t.inbox_id, t.assignee_id, d.state
            from deliveries d
            join threads t on t.id = d.thread_id
            where d.message_id = wanted
            for update of t, d;
    end loop;
end
$$;

-- Stores replies with their texts and deliveries, if it still is their turn; says how many.
create function store_replies(
    p_at timestamptz, p_id uuid[], p_thread_id uuid[], p_contact_id uuid[], p_channel_id uuid[],
    p_address_id uuid[], p_reply_no integer[], p_content_id uuid[], p_salt bytea[],
    p_digest bytea[], p_bytes bytea[]
) returns integer
language plpgsql as $$
declare
    stored integer := 0;
begin
    for i in 1..cardinality(p_id) loop
        update threads set reply_no = p_reply_no[i]
            where id = p_thread_id[i] and reply_no = p_reply_no[i] - 1;
        continue when not found;
        insert into contents (id, contact_id, salt, digest, bytes)
            values (p_content_id[i], p_contact_id[i], p_salt[i], p_digest[i], p_bytes[i]);
        insert into messages
            (id, thread_id, channel_id, address_id, direction, content_id, reply_no, created_at)
            values (p_id[i], p_thread_id[i], p_channel_id[i], p_address_id[i], 'out',
                p_content_id[i], p_reply_no[i], p_at);
        insert into deliveries
            (message_id, thread_id, reply_no, channel_id, state, next_at, created_at)
            values (p_id[i], p_thread_id[i], p_reply_no[i], p_channel_id[i], 'queued', p_at, p_at);
        stored := stored + 1;
    end loop;
    return stored;
end
$$;

-- Stores how far deliveries are; a state that is null stays, and so does a provider's id.
create function store_states(
    p_message_id uuid[], p_state text[], p_error text[], p_provider_id text[]
) returns void
language plpgsql as $$
begin
    for i in 1..cardinality(p_message_id) loop
        if p_provider_id[i] is not null then
            update messages set provider_id = p_provider_id[i]
                where id = p_message_id[i] and provider_id is null;
        end if;
        if p_state[i] is not null then
            update deliveries set state = p_state[i], error = p_error[i]
                where message_id = p_message_id[i];
        end if;
    end loop;
end
$$;

-- Claims deliveries that are due: the oldest open one of each thread.
create function claim_deliveries(p_limit bigint, p_hold interval) returns table (
    message_id uuid, thread_id uuid, channel_id uuid, inbox_id uuid, provider text, "from" text,
    "to" text, bytes bytea, attempts integer, first_attempt_at timestamptz
)
language plpgsql as $$
#variable_conflict use_column
declare
    now    timestamptz := tandem_now();
    wanted uuid;
begin
    for wanted in
        select d.message_id from deliveries d
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
                first_attempt_at = coalesce(d.first_attempt_at, now)
            where d.message_id = wanted;
        return query
            select d.message_id, d.thread_id, d.channel_id, h.inbox_id, h.provider, h.address, a.value,
                c.bytes, d.attempts, d.first_attempt_at
            from deliveries d
            join messages m on m.id = d.message_id
            join contents c on c.id = m.content_id
            join channels h on h.id = d.channel_id
            join contact_addresses a on a.id = m.address_id
            where d.message_id = wanted;
    end loop;
end
$$;
