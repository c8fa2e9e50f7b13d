-- How fast channels send, and what becomes of messages that a phone never got: rates that all nodes keep
-- together, calling back, another way, and phones of the sandbox that misbehave.

alter table channels add column rate double precision;
alter table channels add constraint channels_rate check (rate > 0);
comment on column channels.rate is
    'Messages a second, where it is not what the provider''s adapter has for such channels.';
alter table channels add column free_at timestamptz;
comment on column channels.free_at is
    'When the next message may go out over it: each one moves it on. All nodes share it, so a rate holds however many they are. Of a channel that was paused by itself, when the next one is let through to see whether it goes again.';

create table pair_paces (
    channel_id uuid not null references channels (id),
    address_id uuid not null references contact_addresses (id),
    free_at    timestamptz not null,
    primary key (channel_id, address_id)
);
comment on table pair_paces is
    'When the next message may go to one customer over one channel, where the provider counts that.';

alter table deliveries add column recall boolean not null default false;
comment on column deliveries.recall is
    'There was no word of it in its time: it is called back, and then it may go another way.';
create index deliveries_to_recall on deliveries (next_at) where recall and state = 'sent';

-- What is due is looked for by channel: a slow one holds up no other.
drop index deliveries_due;
create index deliveries_due on deliveries (channel_id, next_at)
    where state in ('queued', 'sending', 'unknown');

alter table sandbox_messages add column shown boolean not null default true;
comment on column sandbox_messages.shown is 'Whether the phone has got it: one that is switched off has not.';

create table sandbox_phones (
    channel_id uuid not null references channels (id),
    phone      text not null,
    plays      text not null,
    primary key (channel_id, phone),
    constraint sandbox_phones_plays check (plays in (
        'slow', 'off', 'busy', 'no_answer', 'opted_out', 'unreachable', 'content', 'window',
        'credentials'))
);
comment on table sandbox_phones is 'What phones of the sandbox play instead of taking what is sent to them.';

-- As before, by channel: as many as this node can hand over, as the channel's rate allows, and none for a
-- customer who has to wait. `p_every_us` is null where a channel has no rate. Whoever finds that another node
-- is just claiming for a channel leaves it alone.
drop function claim_deliveries(bigint, interval);
create function claim_deliveries(
    p_channel uuid[], p_room integer[], p_every_us bigint[], p_burst integer[],
    p_pair_every_us bigint[], p_pair_burst integer[], p_hold interval
) returns table (
    message_id uuid, attempts integer, first_attempt_at timestamptz, in_doubt boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
    now     timestamptz := tandem_now();
    channel record;
    due     record;
    room    integer;
    taken   integer;
    every   interval;
    arrival timestamptz;
    pair    interval;
    soonest timestamptz;
begin
    for i in 1..cardinality(p_channel) loop
        room := p_room[i];
        every := make_interval(secs => p_every_us[i] / 1000000.0);
        pair := make_interval(secs => p_pair_every_us[i] / 1000000.0);
        soonest := now - pair * (p_pair_burst[i] - 1);
        select h.free_at, h.paused_at, h.pause_reason into channel
            from channels h where h.id = p_channel[i];
        if every is not null or channel.paused_at is not null then
            select h.free_at, h.paused_at, h.pause_reason into channel
                from channels h where h.id = p_channel[i] for no key update skip locked;
            continue when not found;
        end if;
        if channel.paused_at is not null then
            -- One is let through: it may be mended by now.
            continue when channel.pause_reason <> 'credentials' or channel.free_at > now;
            room := least(room, 1);
        elsif every is not null then
            -- The generic cell rate algorithm.
            arrival := greatest(channel.free_at, now - every * (p_burst[i] - 1));
            continue when arrival > now;
            room := least(room,
                1 + floor(extract(epoch from now - arrival) / extract(epoch from every))::integer);
        end if;
        taken := 0;
        for due in
            select d.message_id, d.in_doubt, m.address_id from deliveries d
            join messages m on m.id = d.message_id
            where d.channel_id = p_channel[i]
                and d.state in ('queued', 'sending', 'unknown')
                and d.next_at <= now
                and (d.claimed_until is null or d.claimed_until <= now)
                and not exists (
                    select from deliveries o
                    where o.thread_id = d.thread_id and o.reply_no < d.reply_no
                        and o.state in ('queued', 'sending', 'unknown')
                )
                and (pair is null or not exists (
                    select from pair_paces p
                    where p.channel_id = d.channel_id and p.address_id = m.address_id
                        and p.free_at > now
                ))
            order by d.next_at
            limit room
            for update of d skip locked
        loop
            taken := taken + 1;
            if pair is not null then
                insert into pair_paces as p (channel_id, address_id, free_at)
                    values (p_channel[i], due.address_id, soonest + pair)
                    on conflict (channel_id, address_id) do update
                        set free_at = greatest(p.free_at, soonest) + pair;
            end if;
            return query
                update deliveries d
                    set claimed_until = now + p_hold, attempts = d.attempts + 1,
                        first_attempt_at = coalesce(d.first_attempt_at, now), in_doubt = true
                    where d.message_id = due.message_id
                    returning d.message_id, d.attempts, d.first_attempt_at, due.in_doubt;
        end loop;
        if taken > 0 and channel.paused_at is not null then
            -- The longer it lasts, the rarer.
            update channels h set free_at = now + greatest('1 minute'::interval,
                    least('15 minutes'::interval, now - channel.paused_at))
                where h.id = p_channel[i];
        elsif taken > 0 and every is not null then
            update channels h set free_at = arrival + every * taken where h.id = p_channel[i];
        end if;
    end loop;
end
$$;

-- As before, with the channels that the message was written for and goes by now, and its error.
drop function hold_deliveries(uuid[]);
create function hold_deliveries(p_messages uuid[]) returns table (
    message_id uuid, thread_id uuid, inbox_id uuid, assignee_id uuid, state text, error text,
    channel_id uuid, written_for uuid
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
        select d.message_id, d.thread_id, t.inbox_id, t.assignee_id, d.state, d.error,
                d.channel_id, m.channel_id, t.merged_into
            into message_id, thread_id, inbox_id, assignee_id, state, error, channel_id,
                written_for, root
            from deliveries d
            join threads t on t.id = d.thread_id
            join messages m on m.id = d.message_id
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
