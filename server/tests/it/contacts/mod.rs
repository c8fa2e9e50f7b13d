//! Contacts are mergeable sets of addresses: what they are called, who is the same one, and who hears
//! of it.
//!
//! - `naming`: names.
//! - `merging`: one customer out of two, and two again.
//! - `hearing`: who is told.
//! - `at_once`: merges while customers write.
//! - `numbers`: one customer under whatever number, as others read it, too.

mod at_once;
mod hearing;
mod merging;
mod naming;
mod numbers;

use protocol::{
    commands::Command,
    contacts::{MergeContact, RenameContact, UnmergeContact},
    events::EventBody,
    ids::{ContactId, ThreadId},
    text::ContactName,
    views::ThreadView,
};
use serde_json::json;
use server::store::audit;
use sqlx::Executor;

use crate::harness::{
    api::{Api, client},
    server::TestServer,
};

/// Two customers.
const ADA: &str = "+12025550123";
const BOB: &str = "+12025550187";

fn rename(thread_id: ThreadId, name: Option<&str>) -> Command {
    let name = name.map(|name| ContactName::new(name.to_owned()).unwrap());
    Command::RenameContact(RenameContact { thread_id, name })
}

fn merge(thread_id: ThreadId, into: ThreadId) -> Command {
    Command::MergeContact(MergeContact { thread_id, into })
}

fn unmerge(thread_id: ThreadId, contact_id: ContactId) -> Command {
    Command::UnmergeContact(UnmergeContact { thread_id, contact_id })
}

/// Returns what was said in a thread, oldest first.
async fn said(api: &Api, thread: ThreadId) -> Vec<String> {
    let text = |body: EventBody| match body {
        EventBody::MessageReceived(it) | EventBody::MessageSent(it) => Some(it.message.text),
        EventBody::NoteAdded(it) => Some(it.note.text),
        _ => None,
    };
    let events = api.snapshot(thread).await.timeline.events;
    events.into_iter().filter_map(|event| text(event.body)).collect()
}

/// Returns the addresses of a thread's customer.
fn addresses(thread: &ThreadView) -> Vec<&str> {
    thread.contact.addresses.iter().map(|it| it.value.as_str()).collect()
}

/// Returns the threads that a list shows.
async fn listed(api: &Api) -> Vec<ThreadId> {
    api.list().await.threads.into_iter().map(|thread| thread.id).collect()
}

/// Makes a second inbox with a phone of the sandbox, for everybody; returns its channel.
async fn second_inbox(server: &TestServer) {
    let mut connection = server.database.connect().await;
    let made = "
        select create_stream('00000000-0000-7000-8000-000000000002');
        insert into inboxes (id, name, mode, created_at)
            values ('00000000-0000-7000-8000-000000000002', 'Zwei', 'team', now());
        insert into inbox_members (inbox_id, agent_id, scope)
            select '00000000-0000-7000-8000-000000000002', id, 'all' from agents;
        insert into channels (id, inbox_id, kind, provider, address, created_at)
            values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000002',
                'sandbox', 'sandbox', '+12025550999', now());";
    connection.execute(made).await.unwrap();
}

/// Sends a text from a phone to the second inbox.
async fn text_second(api: &Api, from: &str, text: &str) {
    let channel = "chn_00000000000070008000000000000003";
    let url = format!("{}/sandbox/api/channels/{channel}/messages", api.url);
    let body =
        json!({ "from": from, "text": text, "id": uuid::Uuid::now_v7().simple().to_string() });
    assert_eq!(client().post(url).json(&body).send().await.unwrap().status(), 202);
}

/// Lists the second inbox's threads.
async fn listed_second(api: &Api) -> Vec<ThreadView> {
    let inbox = "ibx_00000000000070008000000000000002";
    let page: protocol::http::ThreadPage =
        api.get(&format!("/api/v1/inboxes/{inbox}/threads")).await;
    page.threads
}

/// Checks what holds of all contacts and threads, and of the log.
async fn check(server: &TestServer) {
    let rules = [
        "select count(*) from contacts c join contacts r on r.id = c.merged_into
            where r.merged_into is not null",
        "select count(*) from threads t join threads r on r.id = t.merged_into
            where r.merged_into is not null or r.inbox_id <> t.inbox_id",
        // Exactly one thread of a customer in an inbox stands for itself.
        "select count(*) from (
            select t.inbox_id, coalesce(c.merged_into, c.id) as root,
                count(*) filter (where t.merged_into is null) as whole
            from threads t join contacts c on c.id = t.contact_id group by 1, 2
        ) as customers where whole <> 1",
        // Threads are merged with their customers.
        "select count(*) from threads t
            join threads r on r.id = t.merged_into
            join contacts c on c.id = t.contact_id
            join contacts d on d.id = r.contact_id
            where coalesce(c.merged_into, c.id) <> coalesce(d.merged_into, d.id)",
        // Replies go to the customer's own addresses.
        "select count(*) from threads t
            join contacts c on c.id = t.contact_id
            join contact_addresses a on a.id = t.address_id
            join contacts d on d.id = a.contact_id
            where t.merged_into is null
                and coalesce(c.merged_into, c.id) <> coalesce(d.merged_into, d.id)",
    ];
    for rule in rules {
        assert_eq!(server.database.count(rule).await, 0, "{rule}");
    }
    let verdicts = audit::verify_all(&server.running.store).await.unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.fault.is_none()), "the log holds");
}
