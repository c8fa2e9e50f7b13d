//! What is stored, without ids, times of ours and places in logs: two servers that were told the same
//! have the same.

use std::collections::BTreeMap;

use crate::harness::database::Database;

/// Says each message, contact, refusal, template and kept thing in a line; sorted, and the equal counted.
const STATE: &str = "
    with contact as (
        select c.id, coalesce(c.merged_into, c.id) as root from contacts c
    ), named as (
        select r.root, string_agg(a.kind || ':' || a.scope || ':' || a.value, ' '
            order by a.kind, a.scope, a.value) as addresses
        from contact r join contact_addresses a on a.contact_id = r.id group by r.root
    ), changed as (
        select distinct on (e.kind, e.data->>'message_id') e.kind,
            (e.data->>'message_id') as message, convert_from(n.bytes, 'UTF8') as text
        from events e left join contents n on n.id = e.content_id
        where e.kind in ('message.edited', 'message.revoked', 'message.reacted')
        order by e.kind, e.data->>'message_id', e.seq desc
    )
    select concat_ws(' ', h.kind, h.address,
            case m.direction when 'in' then 'from' else 'to' end, a.value, m.form,
            to_json(convert_from(n.bytes, 'UTF8')),
            '@' || extract(epoch from m.written_at)::numeric(15, 3),
            'answering ' || (select provider_id from messages w where w.id = m.answers_id),
            (select string_agg(coalesce(f.source, f.mime_type), ' ' order by f.position)
                from attachments f where f.message_id = m.id),
            'marked ' || (select text from changed c
                where c.kind = 'message.reacted' and c.message like '%' || replace(m.id::text, '-', '')),
            'changed to ' || (select to_json(text)::text from changed c
                where c.kind = 'message.edited' and c.message like '%' || replace(m.id::text, '-', '')),
            (select 'taken back' from changed c
                where c.kind = 'message.revoked' and c.message like '%' || replace(m.id::text, '-', '')),
            d.state, d.error)
    from messages m
    join channels h on h.id = m.channel_id
    join contact_addresses a on a.id = m.address_id
    join contents n on n.id = m.content_id
    left join deliveries d on d.message_id = m.id
    union all
    select concat_ws(' ', 'contact', addresses, to_json(convert_from(n.bytes, 'UTF8')),
        (select string_agg(t.status, ' ' order by t.status) from threads t
            join contact on contact.id = t.contact_id
            where contact.root = named.root and t.merged_into is null))
    from named
    join contacts c on c.id = named.root
    left join contents n on n.id = c.profile_name_id
    union all
    select concat_ws(' ', 'refuses', o.about, 'on', h.kind, h.address, a.value)
    from opt_outs o
    join channels h on h.id = o.channel_id
    join contact_addresses a on a.id = o.address_id
    union all
    select concat_ws(' ', 'template', name, language, state, reason) from templates
    union all
    select concat_ws(' ', 'kept', what) from unknown_items
    union all
    select concat_ws(' ', 'waits for', about, kind, text) from early_items
";

/// The lines, and how often each is there.
pub(super) type State = BTreeMap<String, usize>;

pub(super) async fn of(database: &Database) -> State {
    let mut db = database.connect().await;
    let lines: Vec<String> = sqlx::query_scalar(STATE).fetch_all(&mut db).await.unwrap();
    let mut state = State::new();
    for line in lines {
        *state.entry(line).or_default() += 1;
    }
    state
}

/// Returns the lines of `after` that `before` has not, or not so often.
pub(super) fn news(before: &State, after: &State) -> Vec<String> {
    let more = |(line, count): (&String, &usize)| {
        let more = count.saturating_sub(before.get(line).copied().unwrap_or_default());
        std::iter::repeat_n(line.clone(), more)
    };
    after.iter().flat_map(more).collect()
}
