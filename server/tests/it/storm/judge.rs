//! What is promised of the storm, looked at afterwards from both ends: what came to customers, and what the
//! record says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    providers::{By, Providers},
    senders::Sent,
};
use crate::harness::database::Database;

/// What was found.
#[derive(Default)]
pub(super) struct Judged {
    /// How many came to their customers.
    pub(super) handed_over: usize,
    /// How many were said to be unknown at some time.
    unknown: usize,
    /// How many are, in the end: they have come, or not.
    never_known: usize,
    /// How many of these have not come.
    never_known_and_lost: usize,
    /// How many came twice and were said to be unknown before.
    doubled: usize,
    faults: Vec<String>,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handed_over, unknown, never_known, never_known_and_lost, doubled, faults } =
            self;
        write!(
            f,
            "{handed_over} came; {unknown} were unknown at some time, {never_known} to the end (of which \
             {never_known_and_lost} have not come); {doubled} came twice, announced; {} breaches",
            faults.len()
        )
    }
}

impl Judged {
    pub(super) fn is_good(&self) {
        assert!(self.faults.is_empty(), "{:#?}", &self.faults[..self.faults.len().min(20)]);
        assert!(self.unknown > 0, "nothing went wrong: this shows nothing");
    }
}

/// Judges.
pub(super) async fn judge(
    database: &Database,
    providers: &Providers,
    sent: &BTreeMap<String, Sent>,
) -> Judged {
    let (states, unknown) = record(database).await;
    let mut judged = Judged { unknown: unknown.len(), ..Judged::default() };
    let mut came: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: BTreeMap<String, u32> = BTreeMap::new();
    for (by, to, text) in providers.received() {
        let Some(it) = sent.get(&text) else {
            judged.faults.push(format!("nobody has sent `{text}`"));
            continue;
        };
        if (it.by, &it.to) != (by, &to) {
            judged.faults.push(format!("`{text}` went to {to} by {by:?}"));
        }
        let times = came.entry(text.clone()).or_default();
        *times += 1;
        // A double may come at any time; the first of each is what has an order.
        if *times == 1 && last.insert(to, it.place).is_some_and(|before| before > it.place) {
            judged.faults.push(format!("`{text}` came after a later one"));
        }
    }
    judged.handed_over = came.len();
    for (text, it) in sent {
        let times = came.get(text).copied().unwrap_or_default();
        let (state, error) = &states[&it.id.to_string()];
        let announced = unknown.contains(&it.id.to_string());
        let given_up = state == "failed" && error.as_deref() == Some("outcome_unknown");
        judged.never_known += usize::from(given_up);
        match times {
            0 if given_up && announced && it.by == By::Whatsapp => judged.never_known_and_lost += 1,
            0 => judged.faults.push(format!("`{text}` is lost: {state}, {error:?}")),
            1 if given_up && (!announced || it.by != By::Whatsapp) => {
                judged.faults.push(format!("`{text}` came and is {state}, {error:?}"));
            }
            1 if !given_up && !["sent", "delivered"].contains(&&**state) => {
                judged.faults.push(format!("`{text}` came and is {state}, {error:?}"));
            }
            1 => {}
            _ if announced && it.by != By::Rcs => judged.doubled += 1,
            _ => judged.faults.push(format!("`{text}` came {times} times, by {:?}", it.by)),
        }
    }
    judged
}

type States = BTreeMap<String, (String, Option<String>)>;

/// Returns how each message stands, and which were said to be unknown at some time.
async fn record(database: &Database) -> (States, BTreeSet<String>) {
    let mut connection = database.connect().await;
    let rows: Vec<(uuid::Uuid, String, Option<String>)> =
        sqlx::query_as("select message_id, state, error from deliveries")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let name = |id: uuid::Uuid| protocol::ids::MessageId::from(id).to_string();
    let states = rows.into_iter().map(|(id, state, error)| (name(id), (state, error))).collect();
    let unknown: Vec<String> = sqlx::query_scalar(
        "select distinct data->>'message_id' from events
         where kind = 'message.delivery_changed' and data->>'state' = 'unknown'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    (states, unknown.into_iter().collect())
}
