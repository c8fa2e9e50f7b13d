-- Commands that share a transaction: their threads are locked in one statement, their events appended
-- as sets.

-- Locks threads in one order, and says how each one is under its lock. The leases are read by a statement
-- of its own, which sees what those have committed that the first one has waited for.
create function hold_threads(p_ids uuid[]) returns table (
    id uuid, inbox_id uuid, mode text, contact_id uuid, channel_id uuid, address_id uuid, status text,
    until timestamptz, assignee_id uuid, reply_no integer, lease_agent_id uuid, lease_token bigint,
    lease_expires_at timestamptz, now timestamptz
)
language plpgsql as $$
#variable_conflict use_column
begin
    perform from threads t where t.id = any (p_ids) order by t.id for update;
    return query
        select t.id, t.inbox_id, i.mode, t.contact_id, t.channel_id, t.address_id, t.status, t.until,
            t.assignee_id, t.reply_no, l.agent_id, l.token, l.expires_at, clock.now
        from threads t
        join inboxes i on i.id = t.inbox_id
        left join thread_locks l on l.thread_id = t.id
        cross join (select tandem_now() as now) as clock
        where t.id = any (p_ids);
end
$$;

-- As before; only the chain is a loop, because each hash follows on the one before it.
create or replace function append_events(
    p_stream uuid, p_kind text[], p_v smallint[], p_at timestamptz, p_actor_kind text[],
    p_actor_id uuid[], p_thread_id uuid[], p_assignee_before uuid[], p_assignee_after uuid[],
    p_data text[], p_content_id uuid[], p_header bytea[], p_digest bytea[]
) returns bigint
language plpgsql as $$
declare
    n      int := cardinality(p_kind);
    before bigint;
    chain  bytea;
    hashes bytea[];
begin
    select head, last_hash into strict before, chain
        from streams where id = p_stream for no key update;
    for i in 1..n loop
        chain := sha256(chain || int8send(before + i) || p_header[i] || p_digest[i]);
        hashes[i] := chain;
    end loop;
    insert into events
        select p_stream, before + e.i, e.kind, e.v, p_at, e.actor_kind, e.actor_id, e.thread_id,
            e.assignee_before, e.assignee_after, e.data::json, e.content_id, e.hash
        from unnest(p_kind, p_v, p_actor_kind, p_actor_id, p_thread_id, p_assignee_before,
            p_assignee_after, p_data, p_content_id, hashes) with ordinality
            as e (kind, v, actor_kind, actor_id, thread_id, assignee_before, assignee_after, data,
                content_id, hash, i);
    update threads t
        set last_seq = said.last, inbound_seq = coalesce(said.inbound, inbound_seq)
        from (
            select e.thread_id, before + max(e.i) as last,
                before + max(e.i) filter (where e.kind = 'message.received') as inbound
            from unnest(p_thread_id, p_kind) with ordinality as e (thread_id, kind, i)
            where e.kind in ('message.received', 'message.sent', 'note.added')
            group by e.thread_id
        ) as said
        where t.id = said.thread_id;
    update streams set head = before + n, last_hash = chain where id = p_stream;
    return before + 1;
end
$$;
