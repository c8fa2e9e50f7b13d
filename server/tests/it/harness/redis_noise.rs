//! What goes wrong between a node and its Redis, message by message: losing, doubling and reordering
//! of what is published and of what subscribers are pushed. Everything else passes untouched, so
//! that the client's library sees a healthy connection.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc, task::JoinSet};

use super::{
    dice::Dice,
    proxy::{Filter, Proxy, Upstream},
};

/// A channel that nobody subscribes to: what is published to it is lost, and Redis still answers.
const NOWHERE: &str = "nowhere";
/// Commands on the side that wait to be written.
const ASIDE_MAX: usize = 1_024;

/// How many of a thousand messages have which fate.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Noise {
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
    pub(crate) reordered: usize,
}

impl Noise {
    /// One in ten each.
    pub(crate) const TEN_PERCENT: Self = Self { lost: 100, doubled: 100, reordered: 100 };
    /// Nothing arrives.
    pub(crate) const DEAF: Self = Self { lost: 1_000, doubled: 0, reordered: 0 };
}

/// What came of the messages so far.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) passed: AtomicUsize,
    pub(crate) lost: AtomicUsize,
    pub(crate) doubled: AtomicUsize,
    pub(crate) reordered: AtomicUsize,
}

impl Fates {
    /// Returns lost, doubled and reordered.
    pub(crate) fn bad(&self) -> [usize; 3] {
        [&self.lost, &self.doubled, &self.reordered].map(|it| it.load(Ordering::Relaxed))
    }
}

/// What all connections of one noisy proxy share.
struct Shared {
    noise: Mutex<Noise>,
    dice: Mutex<Dice>,
    fates: Fates,
    /// Writes commands to Redis beside the client's connection.
    aside: mpsc::Sender<Vec<u8>>,
}

/// A proxy in front of Redis.
pub(crate) struct NoisyRedis {
    pub(crate) proxy: Proxy,
    shared: Arc<Shared>,
    _aside: JoinSet<()>,
}

impl NoisyRedis {
    /// Starts one that is quiet.
    pub(crate) async fn start(redis: SocketAddr, seed: u64) -> Self {
        let (aside, mut commands) = mpsc::channel::<Vec<u8>>(ASIDE_MAX);
        let mut writing = JoinSet::new();
        writing.spawn(async move {
            let mut line: Option<TcpStream> = None;
            while let Some(command) = commands.recv().await {
                if line.is_none() {
                    line = TcpStream::connect(redis).await.ok();
                }
                if let Some(stream) = line.as_mut() {
                    let mut answers = [0; 4096];
                    // Answers are thrown away, so that Redis never waits for us.
                    while matches!(stream.try_read(&mut answers), Ok(count) if count > 0) {}
                    if stream.write_all(&command).await.is_err() {
                        line = None;
                    }
                }
            }
        });
        let shared = Arc::new(Shared {
            noise: Mutex::default(),
            dice: Mutex::new(Dice::new(seed)),
            fates: Fates::default(),
            aside,
        });
        let ours = Arc::clone(&shared);
        let filters = move || -> (Box<dyn Filter>, Box<dyn Filter>) {
            let inwards = Published { shared: Arc::clone(&ours), rest: Vec::new(), held: None };
            let outwards = Pushed { shared: Arc::clone(&ours), rest: Vec::new(), held: None };
            (Box::new(inwards), Box::new(outwards))
        };
        let proxy = Proxy::start_with(Upstream::Tcp(redis), Arc::new(filters)).await;
        Self { proxy, shared, _aside: writing }
    }

    /// Returns the address for a node.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}/", self.proxy.address())
    }

    /// Makes it so noisy from now on.
    pub(crate) fn set(&self, noise: Noise) {
        *self.shared.noise.lock() = noise;
    }

    /// Returns what came of the messages.
    pub(crate) fn fates(&self) -> &Fates {
        &self.shared.fates
    }
}

/// What happens to one message.
enum Fate {
    Pass,
    Lose,
    Double,
    Hold,
}

impl Shared {
    fn throw(&self, may_hold: bool) -> Fate {
        let noise = *self.noise.lock();
        let case = self.dice.lock().below(1_000);
        let (fate, count) = if case < noise.lost {
            (Fate::Lose, &self.fates.lost)
        } else if case < noise.lost + noise.doubled {
            (Fate::Double, &self.fates.doubled)
        } else if case < noise.lost + noise.doubled + noise.reordered && may_hold {
            (Fate::Hold, &self.fates.reordered)
        } else {
            (Fate::Pass, &self.fates.passed)
        };
        count.fetch_add(1, Ordering::Relaxed);
        fate
    }
}

/// From the node to Redis: `PUBLISH`.
struct Published {
    shared: Arc<Shared>,
    rest: Vec<u8>,
    held: Option<Vec<u8>>,
}

impl Filter for Published {
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.rest.extend_from_slice(bytes);
        let mut out = Vec::with_capacity(bytes.len());
        while let Some(value) = take_value(&mut self.rest) {
            let words = words(&value);
            let published = words.first().is_some_and(|it| it.eq_ignore_ascii_case(b"publish"));
            let ([_publish, _channel, payload], true) = (&words[..], published) else {
                out.extend_from_slice(&value);
                continue;
            };
            // Every command is answered once, so a lost one goes nowhere instead of not at all.
            match self.shared.throw(self.held.is_none()) {
                Fate::Pass => out.extend_from_slice(&value),
                Fate::Lose => out.extend_from_slice(&publish(NOWHERE.as_bytes(), payload)),
                Fate::Double => {
                    out.extend_from_slice(&value);
                    let _full = self.shared.aside.try_send(value.clone());
                }
                Fate::Hold => {
                    out.extend_from_slice(&publish(NOWHERE.as_bytes(), payload));
                    self.held = Some(value);
                    continue;
                }
            }
            if let Some(held) = self.held.take() {
                let _full = self.shared.aside.try_send(held);
            }
        }
        out
    }
}

/// From Redis to the node: messages of its subscriptions.
struct Pushed {
    shared: Arc<Shared>,
    rest: Vec<u8>,
    held: Option<Vec<u8>>,
}

impl Filter for Pushed {
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.rest.extend_from_slice(bytes);
        let mut out = Vec::with_capacity(bytes.len());
        while let Some(value) = take_value(&mut self.rest) {
            if words(&value).first() != Some(&&b"message"[..]) {
                out.extend_from_slice(&value);
                continue;
            }
            match self.shared.throw(self.held.is_none()) {
                Fate::Pass => out.extend_from_slice(&value),
                Fate::Lose => {}
                Fate::Double => {
                    out.extend_from_slice(&value);
                    out.extend_from_slice(&value);
                }
                Fate::Hold => {
                    self.held = Some(value);
                    continue;
                }
            }
            if let Some(held) = self.held.take() {
                out.extend_from_slice(&held);
            }
        }
        out
    }
}

fn publish(channel: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut value = b"*3\r\n".to_vec();
    for word in [b"PUBLISH", channel, payload] {
        value.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        value.extend_from_slice(word);
        value.extend_from_slice(b"\r\n");
    }
    value
}

/// Takes the first whole value of RESP2 or RESP3, if it is all there.
fn take_value(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = value_length(bytes)?;
    Some(bytes.drain(..length).collect())
}

/// Returns how long the first value is, if it is all there.
fn value_length(bytes: &[u8]) -> Option<usize> {
    let line = line_length(bytes)?;
    let count = || -> Option<i64> { std::str::from_utf8(&bytes[1..line - 2]).ok()?.parse().ok() };
    match bytes[0] {
        // Texts with their length: -1 is null.
        b'$' | b'!' | b'=' => {
            let text = usize::try_from(count()?).map_or(0, |length| length + 2);
            (bytes.len() >= line + text).then_some(line + text)
        }
        kind @ (b'*' | b'~' | b'>' | b'%' | b'|') => {
            let pairs = if matches!(kind, b'%' | b'|') { 2 } else { 1 };
            // Attributes stand before the value that they are about.
            let more = usize::from(kind == b'|');
            let values = usize::try_from(count()?).unwrap_or(0) * pairs + more;
            let mut length = line;
            for _value in 0..values {
                length += value_length(&bytes[length..])?;
            }
            Some(length)
        }
        _ => Some(line),
    }
}

fn line_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n").map(|at| at + 2)
}

/// Returns the texts of an array or a push.
fn words(value: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    if !matches!(value.first(), Some(b'*' | b'>')) {
        return words;
    }
    let Some(mut at) = line_length(value) else { return words };
    while at < value.len() && value[at] == b'$' {
        let (Some(line), Some(length)) = (line_length(&value[at..]), value_length(&value[at..]))
        else {
            break;
        };
        words.push(&value[at + line..(at + length - 2).max(at + line)]);
        at += length;
    }
    words
}
