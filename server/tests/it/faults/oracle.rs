//! What must be so in the end, whatever happened: every client's log is Postgres' log, what was
//! acknowledged is there, what was refused is not, each turn has one reply, each phone shows each
//! reply once, and the hash chain holds.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use protocol::{
    commands::{Command, Outcome},
    events::{Event, EventBody},
    ids::{AgentId, StreamId, ThreadId},
    views::ActorView,
};
use server::store::{events, pool::Store};
use sqlx::Row;

use crate::harness::{database::Database, roamer::Roamer, wait::eventually};

/// Events read from Postgres at a time.
const PAGE: usize = 500;
/// Longer than a claim that a dead node has left behind.
const CLAIM: Duration = Duration::from_secs(100);

/// What Postgres has in the end.
pub(super) struct Truth {
    pub(super) events: Vec<Event>,
    /// Who alone is told, by event.
    private: Vec<Option<AgentId>>,
}

/// Waits until no delivery is under way. Claims of nodes that died are let run out by the
/// database's clock, so that nobody waits for them.
pub(super) async fn all_delivered(database: &Database) {
    let open = "select count(*) from deliveries where state in ('queued', 'sending', 'unknown')";
    let store = Store::connect(&database.url(), 1).await.unwrap();
    let mut offset = Duration::ZERO;
    let mut looks = 0_u32;
    eventually("every reply is at its phone", async || {
        looks += 1;
        if database.count(open).await == 0 {
            return Some(());
        }
        if looks.is_multiple_of(100) {
            offset += CLAIM;
            store.set_clock_offset(offset.as_millis().try_into().unwrap()).await.unwrap();
        }
        None
    })
    .await;
    store.close().await;
}

impl Truth {
    /// Reads a stream, and sees that it is dense.
    pub(super) async fn read(database: &Database, stream: StreamId) -> Self {
        let store = Store::connect(&database.url(), 1).await.unwrap();
        let (mut events, mut private): (Vec<Event>, _) = (Vec::new(), Vec::new());
        loop {
            let after = events.last().map_or(0, |event| event.seq);
            let page = events::told_after(&store, stream, after, PAGE).await.unwrap();
            if page.is_empty() {
                break;
            }
            for (stored, told) in page {
                events.push(told.expect("an inbox's event"));
                private.push(stored.fact.and_then(|fact| fact.private_to()));
            }
        }
        store.close().await;
        assert!(events.iter().map(|event| event.seq).eq(1..=events.len() as u64), "dense");
        Self { events, private }
    }

    /// Returns the last place.
    pub(super) fn head(&self) -> u64 {
        self.events.len() as u64
    }

    /// Returns how many notes there are.
    pub(super) fn notes(&self) -> usize {
        self.events.iter().filter(|it| matches!(it.body, EventBody::NoteAdded(_))).count()
    }

    /// Compares a client's log: what it may see, all of it, once, in order, with the same content.
    pub(super) fn same_at(&self, client: &Roamer) {
        let seen = client.seen();
        assert!(seen.resets.is_empty(), "{}: {:?}", client.name, seen.resets);
        let start = usize::try_from(seen.start).unwrap();
        let all = self.events.iter().zip(&self.private).skip(start);
        let theirs = all.filter(|(_event, to)| to.is_none_or(|agent| agent == client.agent));
        let wanted: Vec<&Event> = theirs.map(|(event, _to)| event).collect();
        let had: Vec<&Event> = seen.events.iter().map(|(_when, event)| event).collect();
        for (wanted, had) in wanted.iter().zip(&had) {
            assert_eq!(had, wanted, "{}: its log differs from Postgres'", client.name);
        }
        assert_eq!(had.len(), wanted.len(), "{}: its log is shorter or longer", client.name);
    }

    /// Sees that every answer that a client had is true.
    pub(super) fn answers_hold(&self, client: &Roamer) {
        let seen = client.seen();
        for (key, (command, result)) in &seen.outcomes {
            let mut about = Vec::new();
            for event in self.events.iter().filter(|event| by(event, client.agent)) {
                let ours = match &event.body {
                    EventBody::MessageSent(it) => it.message.key.as_ref().is_some_and(|k| k == key),
                    // Texts of notes begin with their command's key.
                    EventBody::NoteAdded(it) => it.note.text.split(' ').next() == Some(key),
                    _ => false,
                };
                if ours {
                    about.push(event);
                }
            }
            let name = &client.name;
            match (command, result) {
                (Command::SendReply(_) | Command::AddNote(_), Err(error)) => {
                    assert!(about.is_empty(), "{name}: {key} was refused ({error:?}) and is there");
                }
                (_, Ok(Outcome::ReplySent(sent))) => {
                    let [event] = about[..] else {
                        panic!("{name}: {key} is {} times", about.len())
                    };
                    let EventBody::MessageSent(it) = &event.body else { panic!("{event:?}") };
                    assert_eq!((event.seq, it.message.id), (sent.seq, sent.message_id), "{key}");
                    assert_eq!(it.message.reply_no, Some(sent.reply_no), "{key}");
                    if let Command::SendReply(it) = command {
                        assert_eq!(
                            it.seen_reply + 1,
                            sent.reply_no,
                            "{name}: {key} saw another turn"
                        );
                    }
                }
                (_, Ok(Outcome::NoteAdded(added))) => {
                    let [event] = about[..] else {
                        panic!("{name}: {key} is {} times", about.len())
                    };
                    assert_eq!(event.seq, added.seq, "{key}");
                }
                (_, Ok(Outcome::Done(done))) => {
                    if let Some(seq) = done.seq {
                        let event = &self.events[usize::try_from(seq).unwrap() - 1];
                        assert!(
                            by(event, client.agent),
                            "{name}: {key} is not at {seq}: {event:?}"
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// Returns the replies of each thread; their numbers are 1, 2, 3, …: one for each turn.
    pub(super) fn one_reply_a_turn(&self) -> BTreeMap<ThreadId, Vec<String>> {
        let mut replies: BTreeMap<ThreadId, Vec<String>> = BTreeMap::new();
        for event in &self.events {
            if let (EventBody::MessageSent(it), Some(thread)) = (&event.body, event.thread_id) {
                let thread = replies.entry(thread).or_default();
                thread.push(it.message.text.clone());
                let number = it.message.reply_no.map(|number| number as usize);
                assert_eq!(number, Some(thread.len()), "two replies for one turn: {event:?}");
            }
        }
        replies
    }

    /// Sees that each phone shows each reply once, in order.
    pub(super) async fn phones_show_each_once(&self, database: &Database) {
        let mut shown: BTreeMap<ThreadId, Vec<String>> = BTreeMap::new();
        let sql = "select t.id, s.text
            from sandbox_messages s
            join contact_addresses a on a.value = s.phone
            join threads t on t.address_id = a.id
            where not s.mine
            order by s.n";
        for row in sqlx::query(sql).fetch_all(&mut database.connect().await).await.unwrap() {
            let thread = ThreadId::from(row.get::<uuid::Uuid, _>(0));
            shown.entry(thread).or_default().push(row.get(1));
        }
        assert_eq!(shown, self.one_reply_a_turn(), "the phones against the log");
    }
}

fn by(event: &Event, agent: AgentId) -> bool {
    matches!(&event.actor, ActorView::Agent { id } if *id == agent)
}

/// Waits until all clients are where a last note is, which everyone may see, and compares all logs.
pub(super) async fn everybody_has_everything(
    database: &Database,
    stream: StreamId,
    clients: &[Roamer],
    last: Command,
) -> Truth {
    clients[0].command("last", last).await.unwrap();
    let truth = Truth::read(database, stream).await;
    for client in clients {
        client.until("it has all there is", |seen| seen.at >= truth.head()).await;
        truth.same_at(client);
        truth.answers_hold(client);
    }
    truth
}

/// Runs `tandem verify` on a database.
pub(super) async fn chain_holds(database: &Database) {
    let done = tokio::process::Command::new(env!("CARGO_BIN_EXE_tandem"))
        .arg("verify")
        .env("DATABASE_URL", database.plain_url())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
}
