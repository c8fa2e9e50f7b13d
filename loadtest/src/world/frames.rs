//! Frames from the server, read without copying; frames that many desks get are read once.

use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
};

use serde::Deserialize;
use serde_json::value::RawValue;

/// Frames in the cache. Desks get the same frame within milliseconds.
const KEPT: usize = 256;

/// Any frame: the fields that matter here, of all types together.
#[derive(Debug, Deserialize)]
pub(crate) struct Incoming<'a> {
    pub(crate) r#type: &'a str,
    pub(crate) id: Option<u32>,
    pub(crate) stream: Option<&'a str>,
    pub(crate) prev: Option<u64>,
    pub(crate) to: Option<u64>,
    pub(crate) head: Option<u64>,
    /// A place in `subscribed`, a time elsewhere.
    #[serde(borrow)]
    pub(crate) at: Option<&'a RawValue>,
    pub(crate) cursor: Option<&'a str>,
    pub(crate) full: Option<bool>,
    pub(crate) reason: Option<&'a str>,
    #[serde(borrow)]
    pub(crate) events: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(crate) threads: Option<Vec<ShownFrame<'a>>>,
    #[serde(borrow)]
    pub(crate) outcome: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<Refusal<'a>>,
}

/// Why a request was refused.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal<'a> {
    pub(crate) code: &'a str,
    #[serde(borrow)]
    pub(crate) message: Cow<'a, str>,
    #[serde(default)]
    pub(crate) retryable: bool,
    pub(crate) details: Option<RefusalDetails>,
}

/// See [`Refusal::details`].
#[derive(Debug, Deserialize)]
pub(crate) struct RefusalDetails {
    pub(crate) retry_after_ms: Option<u64>,
}

/// An event, without what is in it.
#[derive(Debug, Deserialize)]
pub(crate) struct EventHead<'a> {
    pub(crate) seq: u64,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    /// Empty where it is about the inbox itself.
    #[serde(default)]
    pub(crate) thread_id: &'a str,
    pub(crate) kind: &'a str,
    #[serde(borrow)]
    pub(crate) data: &'a RawValue,
}

/// What is in an event: the fields that matter here, of all kinds together.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct EventData<'a> {
    #[serde(borrow)]
    pub(crate) message: Option<MessageData<'a>>,
    #[serde(borrow)]
    pub(crate) note: Option<NoteData<'a>>,
    #[serde(borrow)]
    pub(crate) thread: Option<ThreadData<'a>>,
    pub(crate) agent_id: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    pub(crate) message_id: Option<&'a str>,
    pub(crate) delivery: Option<DeliveryData<'a>>,
}

/// A message.
#[derive(Debug, Deserialize)]
pub(crate) struct MessageData<'a> {
    pub(crate) id: &'a str,
    #[serde(borrow)]
    pub(crate) text: Cow<'a, str>,
    pub(crate) reply_no: Option<u32>,
    pub(crate) key: Option<&'a str>,
}

/// A note.
#[derive(Debug, Deserialize)]
pub(crate) struct NoteData<'a> {
    pub(crate) key: &'a str,
}

/// A delivery.
#[derive(Debug, Deserialize)]
pub(crate) struct DeliveryData<'a> {
    pub(crate) state: &'a str,
}

/// A thread.
#[derive(Debug, Deserialize)]
pub(crate) struct ThreadData<'a> {
    #[serde(borrow)]
    pub(crate) contact: ContactData<'a>,
}

/// A contact.
#[derive(Debug, Deserialize)]
pub(crate) struct ContactData<'a> {
    #[serde(borrow)]
    pub(crate) addresses: Vec<AddressData<'a>>,
}

/// An address.
#[derive(Debug, Deserialize)]
pub(crate) struct AddressData<'a> {
    #[serde(borrow)]
    pub(crate) value: Cow<'a, str>,
}

/// Who views and types, as it comes.
#[derive(Debug, Deserialize)]
pub(crate) struct ShownFrame<'a> {
    pub(crate) thread_id: &'a str,
    #[serde(borrow)]
    pub(crate) viewing: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) typing: Vec<&'a str>,
    #[serde(borrow, default)]
    pub(crate) stale: Vec<&'a str>,
}

/// Who views and types, as it is kept: numbers of agents.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) thread: u32,
    pub(crate) viewing: Vec<u32>,
    pub(crate) typing: Vec<u32>,
}

/// A frame of events, as it is kept.
#[derive(Debug)]
pub(crate) struct EventsFrame {
    pub(crate) stream: u32,
    pub(crate) prev: u64,
    pub(crate) to: u64,
    pub(crate) cursor: Rc<str>,
    /// Places, and the texts of customers among them (their numbers).
    pub(crate) events: Vec<(u64, Option<u32>)>,
}

/// A frame of signals, as it is kept.
#[derive(Debug)]
pub(crate) struct SignalsFrame {
    pub(crate) stream: u32,
    pub(crate) full: bool,
    pub(crate) threads: Vec<Rc<Shown>>,
}

/// A frame that many desks get.
#[derive(Debug, Clone)]
pub(crate) enum Common {
    Events(Rc<EventsFrame>),
    Signals(Rc<SignalsFrame>),
}

/// The last frames that came, by their text.
#[derive(Debug, Default)]
pub(crate) struct FrameCache {
    frames: HashMap<u64, (Box<str>, Common)>,
    order: VecDeque<u64>,
}

impl FrameCache {
    /// Returns a frame with exactly this text.
    pub(crate) fn get(&self, hash: u64, text: &str) -> Option<Common> {
        let (kept, frame) = self.frames.get(&hash)?;
        (**kept == *text).then(|| frame.clone())
    }

    /// Keeps a frame.
    pub(crate) fn keep(&mut self, hash: u64, text: &str, frame: Common) {
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.frames.remove(&oldest);
        }
        self.order.push_back(hash);
        self.frames.insert(hash, (text.into(), frame));
    }
}

/// Hashes a text.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Reads the digits of an id.
pub(crate) fn digits(id: &str) -> Option<u128> {
    let (_prefix, digits) = id.split_once('_')?;
    u128::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_of_the_protocol_can_be_read() {
        let golden = include_str!("../../../protocol/golden/v1/server_frames.json");
        let frames: Vec<&RawValue> = serde_json::from_str(golden).unwrap();
        for frame in frames {
            let read: Incoming<'_> = serde_json::from_str(frame.get()).unwrap();
            for event in read.events.unwrap_or_default() {
                let head: EventHead<'_> = serde_json::from_str(event.get()).unwrap();
                let _data: EventData<'_> = serde_json::from_str(head.data.get()).unwrap();
                let of_inbox = ["channel.", "tag.", "canned."];
                let of_inbox = of_inbox.iter().any(|subject| head.kind.starts_with(subject));
                assert!(digits(head.thread_id).is_some() || of_inbox, "{}", head.kind);
            }
        }
    }

    #[test]
    fn every_event_of_the_protocol_can_be_read() {
        let golden = include_str!("../../../protocol/golden/v1/events.json");
        let events: Vec<&RawValue> = serde_json::from_str(golden).unwrap();
        for event in events {
            let head: EventHead<'_> = serde_json::from_str(event.get()).unwrap();
            let _data: EventData<'_> = serde_json::from_str(head.data.get()).unwrap();
        }
    }

    #[test]
    fn the_cache_forgets_the_oldest() {
        let mut cache = FrameCache::default();
        let frame =
            Common::Signals(Rc::new(SignalsFrame { stream: 0, full: true, threads: Vec::new() }));
        for n in 0..=KEPT {
            let text = n.to_string();
            cache.keep(hash(&text), &text, frame.clone());
        }
        assert!(cache.get(hash("0"), "0").is_none());
        assert!(cache.get(hash("1"), "1").is_some());
        assert!(cache.get(hash("1"), "2").is_none(), "a hash alone is not enough");
    }
}
