-- Channels that are paused, administrators, and claims that say no more than what was claimed.

alter table agents drop constraint agents_role;
alter table agents add constraint agents_role check (role in ('agent', 'supervisor', 'admin'));

alter table channels add column paused_at timestamptz;
alter table channels add column pause_reason text;
alter table channels add column pause_code text;
alter table channels add constraint channels_pause check (
    (paused_at is null) = (pause_reason is null)
    and pause_reason in ('by_hand', 'credentials')
    and (pause_code is null or pause_reason = 'credentials'));
comment on column channels.paused_at is
    'Since when nothing goes out over this channel. What is to go out waits; what comes in is taken.';
comment on column channels.pause_code is 'Paused because the provider refused our credentials: its code.';

-- As before, but for paused channels; what providers need to know is read after it.
drop function claim_deliveries(bigint, interval);
create function claim_deliveries(p_limit bigint, p_hold interval) returns table (
    message_id uuid, attempts integer, first_attempt_at timestamptz, in_doubt boolean
)
language plpgsql as $$
#variable_conflict use_column
declare
    now timestamptz := tandem_now();
    due record;
begin
    for due in
        select d.message_id, d.in_doubt from deliveries d
        join channels h on h.id = d.channel_id
        where d.state in ('queued', 'sending', 'unknown')
            and d.next_at <= now
            and (d.claimed_until is null or d.claimed_until <= now)
            and h.paused_at is null
            and not exists (
                select from deliveries o
                where o.thread_id = d.thread_id and o.reply_no < d.reply_no
                    and o.state in ('queued', 'sending', 'unknown')
            )
        order by d.next_at
        limit p_limit
        for update of d skip locked
    loop
        return query
            update deliveries d
                set claimed_until = now + p_hold, attempts = d.attempts + 1,
                    first_attempt_at = coalesce(d.first_attempt_at, now), in_doubt = true
                where d.message_id = due.message_id
                returning d.message_id, d.attempts, d.first_attempt_at, due.in_doubt;
    end loop;
end
$$;
