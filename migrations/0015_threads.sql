-- What a team does with threads: priorities, tags, statuses as an inbox wants them, and episodes.

alter table threads
    add column priority text not null default 'normal',
    add constraint threads_priority check (priority in ('low', 'normal', 'high', 'urgent'));

create table tags (
    id         uuid primary key,
    inbox_id   uuid not null references inboxes (id),
    name       text not null,
    color      text not null,
    created_at timestamptz not null
);
comment on table tags is
    'What the threads of an inbox can be tagged with. color is a word of the protocol''s palette.';
create unique index tags_name on tags (inbox_id, lower(name));

create table thread_tags (
    thread_id uuid not null references threads (id),
    tag_id    uuid not null references tags (id),
    primary key (thread_id, tag_id)
);
comment on table thread_tags is 'Which tags are on which thread.';
create index thread_tags_by_tag on thread_tags (tag_id);

alter table inboxes
    add column transitions   json not null default '{}',
    add column after_reply   text not null default 'open',
    add column after_message text not null default 'open',
    add constraint inboxes_after_reply check (after_reply in ('open', 'pending')),
    add constraint inboxes_after_message check (after_message in ('open', 'new'));
comment on column inboxes.transitions is
    'Which statuses agents may set, by the one before; where one is left out, any.';

-- As before, with the teams, and what commands about statuses and priorities need to know.
drop function hold_threads(uuid[]);
create function hold_threads(p_ids uuid[]) returns table (
    id uuid, inbox_id uuid, mode text, contact_id uuid, channel_id uuid, address_id uuid, status text,
    until timestamptz, assignee_id uuid, team_id uuid, reply_no integer, lease_agent_id uuid,
    lease_token bigint, lease_expires_at timestamptz, now timestamptz, channel_kind text,
    refused boolean, merged_into uuid, root_assignee_id uuid, root_team_id uuid, priority text,
    transitions json, after_reply text, after_message text
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
                t.until, t.assignee_id, t.team_id, t.reply_no, l.agent_id, l.token, l.expires_at,
                tandem_now(), h.kind, exists (
                    select from opt_outs o
                    where o.channel_id = t.channel_id and o.address_id = t.address_id
                        and o.about <> 'marketing'
                ), t.merged_into, r.assignee_id, r.team_id, t.priority, i.transitions,
                i.after_reply, i.after_message
            from threads t
            join inboxes i on i.id = t.inbox_id
            join channels h on h.id = t.channel_id
            left join threads r on r.id = t.merged_into
            left join thread_locks l on l.thread_id = t.id
            where t.id = wanted;
    end loop;
end
$$;

create table episodes (
    thread_id       uuid not null references threads (id),
    number          integer not null,
    opened_seq      bigint not null,
    opened_at       timestamptz not null,
    first_reply_seq bigint,
    first_reply_at  timestamptz,
    closed_seq      bigint,
    closed_at       timestamptz,
    primary key (thread_id, number)
);
comment on table episodes is
    'One opening-to-closing of a thread each, by places in the inbox''s stream. What it took to reply and to close belongs to them. Kept by a trigger on events, because only there have events their places.';

create function note_episode(
    p_thread uuid, p_kind text, p_seq bigint, p_at timestamptz, p_data json
) returns void
language plpgsql as $$
begin
    if p_kind = 'message.sent' then
        -- What takes no turn is no answer.
        if p_data->>'reply_no' is not null then
            update episodes set first_reply_seq = p_seq, first_reply_at = p_at
                where thread_id = p_thread and closed_seq is null and first_reply_seq is null;
        end if;
    elsif p_kind = 'thread.created' or p_data->>'from' = 'closed' then
        insert into episodes (thread_id, number, opened_seq, opened_at)
            select p_thread, coalesce(max(number), 0) + 1, p_seq, p_at
            from episodes where thread_id = p_thread;
    elsif p_data->>'to' = 'closed' then
        update episodes set closed_seq = p_seq, closed_at = p_at
            where thread_id = p_thread and closed_seq is null;
    end if;
end
$$;

create function note_episode_of_event() returns trigger
language plpgsql as $$
begin
    perform note_episode(new.thread_id, new.kind, new.seq, new.at, new.data);
    return null;
end
$$;

create trigger events_episodes after insert on events for each row
    when (new.kind in ('thread.created', 'message.sent', 'thread.status_changed'))
    execute function note_episode_of_event();

-- Those there were.
do $$
declare
    e record;
begin
    for e in
        select thread_id, kind, seq, at, data from events
        where kind in ('thread.created', 'message.sent', 'thread.status_changed')
        order by stream_id, seq
    loop
        perform note_episode(e.thread_id, e.kind, e.seq, e.at, e.data);
    end loop;
end
$$;
