//! Events become JSON once; frames are put together from it.

use std::{fmt::Write as _, sync::Arc};

use bytes::Bytes;
use protocol::{
    events::{Event, EventBody},
    frames::{Cursor, ServerFrame},
    ids::StreamId,
    limits::SERVER_FRAME_BYTES_MAX,
};
use tokio_tungstenite::tungstenite::{
    Utf8Bytes,
    protocol::frame::{
        FrameHeader,
        coding::{Data, OpCode},
    },
};

use super::ring::Entry;
use crate::{
    domain::{fact::Fact, masked},
    store::events::StoredEvent,
};

/// What WebSocket puts before a server's message, at most.
const FRAME_HEADER_BYTES_MAX: usize = 10;

/// Encodes an event, once for all readers.
pub fn entry(stored: &StoredEvent, told: Option<&Event>) -> Entry {
    Entry {
        seq: stored.seq,
        hash: stored.hash,
        thread: stored.thread.map(|(thread, audience, _now)| (thread, audience)),
        private_to: stored.fact.as_ref().and_then(Fact::private_to),
        whole: stored.fact.as_ref().is_some_and(Fact::is_whole),
        merged_into: match stored.fact {
            Some(Fact::ThreadMerged { into }) => Some(into),
            _ => None,
        },
        note: stored.fact.as_ref().and_then(Fact::note),
        unsaid: match stored.fact {
            Some(Fact::NoteDeleted { note_id, .. }) => Some(note_id),
            _ => None,
        },
        json: told.map(event).unwrap_or_default().into_boxed_str(),
        masked: told.and_then(masked).map(String::into_boxed_str),
    }
}

/// Encodes an event for readers who see no addresses of customers; `None` where it has none.
fn masked(told: &Event) -> Option<String> {
    let mut told = told.clone();
    match &mut told.body {
        EventBody::ThreadCreated(it) => masked::contact(&mut it.thread.contact),
        EventBody::ThreadView(it) => masked::contact(&mut it.contact),
        EventBody::ContactChanged(it) => masked::contact(&mut it.contact),
        _ => return None,
    }
    Some(event(&told))
}

/// Takes the words out of an event about a note.
pub(super) fn unsaid(json: &str) -> Box<str> {
    let Ok(mut told) = serde_json::from_str::<Event>(json) else { return Box::default() };
    match &mut told.body {
        EventBody::NoteAdded(it) => {
            it.note.text.clear();
            it.note.mentions.clear();
        }
        EventBody::NoteEdited(it) => {
            it.text.clear();
            it.mentions.clear();
        }
        _ => {}
    }
    event(&told).into_boxed_str()
}

/// Encodes an event.
pub fn event(event: &Event) -> String {
    serde_json::to_string(event).expect("an event is JSON")
}

/// Encodes any other frame.
pub fn frame(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame).expect("a frame is JSON").into()
}

/// Puts a batch together from events that are JSON already: `ServerFrame::Events`, to the letter.
pub fn batch(
    stream: StreamId,
    prev: u64,
    to: u64,
    cursor: &Cursor,
    events: impl Iterator<Item = impl AsRef<str>>,
) -> Utf8Bytes {
    let mut out = String::with_capacity(1024);
    let _infallible = write!(
        out,
        r#"{{"type":"events","stream":"{stream}","prev":{prev},"to":{to},"cursor":"{}","events":["#,
        cursor.0
    );
    for (i, event) in events.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(event.as_ref());
    }
    out.push_str("]}");
    out.into()
}

/// Returns as many events as fit into one frame, at least one.
pub fn fitting(entries: &[Arc<Entry>]) -> &[Arc<Entry>] {
    let mut bytes = 0;
    let count = entries
        .iter()
        .take_while(|entry| {
            bytes += entry.json.len() + 1;
            bytes <= SERVER_FRAME_BYTES_MAX
        })
        .count()
        .max(1);
    entries.get(..count).unwrap_or(entries)
}

/// Makes a text message as WebSocket sends it (RFC 6455, section 5.2). A server's is not masked, so
/// it is the same for every client.
pub fn message(text: &Utf8Bytes) -> Bytes {
    let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut out = Vec::with_capacity(text.len() + FRAME_HEADER_BYTES_MAX);
    header.format(length, &mut out).expect("a vector takes everything");
    out.extend_from_slice(text.as_bytes());
    out.into()
}

#[cfg(test)]
mod tests {
    use protocol::frames::EventsFrame;

    use super::*;

    #[test]
    fn a_batch_reads_as_the_frame_that_it_is() {
        let events: Vec<Event> =
            serde_json::from_str(include_str!("../../../protocol/golden/v1/events.json")).unwrap();
        let json: Vec<String> = events.iter().map(event).collect();
        let cursor = Cursor("7.41.00.1".to_owned());
        let text = batch(StreamId::ORG, 41, 60, &cursor, json.iter().map(String::as_str));
        let read: ServerFrame = serde_json::from_str(&text).unwrap();
        let want = EventsFrame { stream: StreamId::ORG, prev: 41, to: 60, cursor, events };
        assert_eq!(read, ServerFrame::Events(want));
    }
}
