-- Who may see and do what: roles of inboxes, teams, and threads that belong to a team.

alter table agents drop constraint agents_role;
alter table agents add constraint agents_role
    check (role in ('agent', 'supervisor', 'admin', 'reviewer'));

create table roles (
    id          uuid primary key,
    inbox_id    uuid not null references inboxes (id),
    name        text not null,
    permissions text[] not null,
    created_at  timestamptz not null,
    constraint roles_name unique (inbox_id, name)
);
comment on table roles is
    'Roles that an inbox has of its own, beside the built-in ones. permissions are the words of the protocol.';

alter table inbox_members drop constraint inbox_members_scope;
alter table inbox_members add constraint inbox_members_scope
    check (scope in ('all', 'team', 'unassigned', 'assigned'));
alter table inbox_members
    add column role    text,
    add column role_id uuid references roles (id),
    add constraint inbox_members_role check (role in ('agent', 'supervisor', 'admin', 'reviewer')),
    add constraint inbox_members_one_role check (role is null or role_id is null);
comment on column inbox_members.role is
    'The built-in role that the agent has there; where role_id is null, too, it is the agent''s own.';
create index inbox_members_by_role on inbox_members (role_id) where role_id is not null;

create table teams (
    id         uuid primary key,
    name       text not null,
    created_at timestamptz not null,
    constraint teams_name unique (name)
);
comment on table teams is 'Agents who share threads, over all inboxes.';

create table team_members (
    team_id  uuid not null references teams (id),
    agent_id uuid not null references agents (id),
    primary key (agent_id, team_id)
);
comment on table team_members is 'Who is in which team.';
create index team_members_by_team on team_members (team_id);

alter table threads add column team_id uuid references teams (id);
comment on column threads.team_id is 'The team that owns it, with or without one of its agents.';
create index threads_by_team on threads (team_id, inbox_id, last_seq desc) where team_id is not null;

alter table events
    add column team_before uuid,
    add column team_after  uuid;

-- As before, with the teams, which are covered by the hashes that come with the events.
drop function append_events(
    uuid, text[], smallint[], timestamptz, text[], uuid[], uuid[], uuid[], uuid[], text[], uuid[],
    bytea[], bytea[]
);
create function append_events(
    p_stream uuid, p_kind text[], p_v smallint[], p_at timestamptz, p_actor_kind text[],
    p_actor_id uuid[], p_thread_id uuid[], p_assignee_before uuid[], p_assignee_after uuid[],
    p_team_before uuid[], p_team_after uuid[], p_data text[], p_content_id uuid[], p_header bytea[],
    p_digest bytea[]
) returns bigint
language plpgsql as $$
declare
    n     int := cardinality(p_kind);
    first bigint;
    chain bytea;
begin
    update streams set head = head + n where id = p_stream
        returning head - n + 1, last_hash into strict first, chain;
    for i in 1..n loop
        chain := sha256(chain || int8send(first + i - 1) || p_header[i] || p_digest[i]);
        insert into events
            (stream_id, seq, kind, v, at, actor_kind, actor_id, thread_id, assignee_before,
                assignee_after, team_before, team_after, data, content_id, hash)
            values (
                p_stream, first + i - 1, p_kind[i], p_v[i], p_at, p_actor_kind[i], p_actor_id[i],
                p_thread_id[i], p_assignee_before[i], p_assignee_after[i], p_team_before[i],
                p_team_after[i], p_data[i]::json, p_content_id[i], chain
            );
        if p_kind[i] in ('message.received', 'message.sent', 'note.added') then
            update threads set
                last_seq = first + i - 1,
                inbound_seq = case when p_kind[i] = 'message.received'
                    then first + i - 1 else inbound_seq end
            where id = p_thread_id[i];
        end if;
    end loop;
    update streams set last_hash = chain where id = p_stream;
    return first;
end
$$;

-- As before, with the teams. (Threads are held by what 0015 makes.)
drop function hold_deliveries(uuid[]);
create function hold_deliveries(p_messages uuid[]) returns table (
    message_id uuid, thread_id uuid, inbox_id uuid, assignee_id uuid, team_id uuid, state text,
    error text, channel_id uuid, written_for uuid
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
        select d.message_id, d.thread_id, t.inbox_id, t.assignee_id, t.team_id, d.state, d.error,
                d.channel_id, m.channel_id, t.merged_into
            into message_id, thread_id, inbox_id, assignee_id, team_id, state, error, channel_id,
                written_for, root
            from deliveries d
            join threads t on t.id = d.thread_id
            join messages m on m.id = d.message_id
            where d.message_id = wanted
            for update of t, d;
        if root is not null then
            select t.id, t.assignee_id, t.team_id into thread_id, assignee_id, team_id
                from threads t where t.id = root for update;
        end if;
        return next;
    end loop;
end
$$;
