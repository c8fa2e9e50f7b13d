//! A client of the WebSocket that checks, as it reads, that nothing is lost, doubled or out of order.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::{
    close::CloseReason,
    commands::{Command, Outcome},
    errors::ErrorBody,
    events::{Event, EventBody},
    frames::{
        AgentsFrame, ClientFrame, CommandFrame, Cursor, EventsFrame, Hello, Reset, SUBPROTOCOL,
        ServerFrame, SignalFrame, SignalsFrame, Subscribe, Subscribed, Welcome,
    },
    ids::{AgentId, ConnectionId, StreamId, ThreadId},
    signals::{Activity, AgentPresence, ThreadSignals},
    text::Key,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{ClientRequestBuilder, Message, http::Uri, protocol::frame::CloseFrame},
};

use super::{
    dial::{handshake, narrow_handshake},
    wait::PATIENCE,
};

/// How long a close may take: a slow reader is given up only after what is under way to it.
const PATIENCE_TO_CLOSE: Duration = Duration::from_secs(90);

/// A connected client.
pub(crate) struct Socket {
    inner: WebSocketStream<TcpStream>,
    next_id: u32,
    at: BTreeMap<StreamId, u64>,
    /// The newest cursors, to come back with.
    pub(crate) cursors: BTreeMap<StreamId, Cursor>,
    /// All events so far.
    pub(crate) events: Vec<Event>,
    /// What is true around each thread.
    pub(crate) signals: BTreeMap<ThreadId, ThreadSignals>,
    /// What the colleagues do, where that is watched.
    pub(crate) agents: BTreeMap<AgentId, AgentPresence>,
    /// Answers to pings so far.
    pub(crate) pongs: usize,
    /// Resets so far.
    pub(crate) resets: Vec<Reset>,
    /// What the server calls it.
    pub(crate) connection_id: Option<ConnectionId>,
    /// Every byte that came, where somebody wants to look.
    pub(crate) heard: Option<String>,
    /// Answers that nobody has waited for yet.
    answers: BTreeMap<u32, Result<Outcome, ErrorBody>>,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) code: u16,
    pub(crate) reason: Option<CloseReason>,
}

impl Socket {
    /// Connects and says hello.
    pub(crate) async fn open(url: &str, token: &str) -> Self {
        Self::resume(url, token, BTreeMap::new()).await
    }

    /// Connects and says hello with cursors.
    pub(crate) async fn resume(
        url: &str,
        token: &str,
        cursors: BTreeMap<StreamId, Cursor>,
    ) -> Self {
        let inner = handshake(url, &[]).await.expect("a handshake");
        Self::greet(inner, token, cursors).await
    }

    /// Connects with a buffer that takes few bytes while nobody reads, and says hello.
    pub(crate) async fn narrow(url: &str, token: &str) -> Self {
        let inner = narrow_handshake(url).await;
        Self::greet(inner, token, BTreeMap::new()).await
    }

    async fn greet(
        inner: WebSocketStream<TcpStream>,
        token: &str,
        cursors: BTreeMap<StreamId, Cursor>,
    ) -> Self {
        let mut socket = Self::raw(inner);
        socket.go_on_from(&cursors);
        let hello = Hello { id: 0, token: Some(token.to_owned()), cursors };
        socket.send(&ClientFrame::Hello(hello)).await;
        let welcome: Welcome = socket
            .until(|frame| match frame {
                ServerFrame::Welcome(welcome) => Some(welcome.clone()),
                _ => None,
            })
            .await;
        socket.connection_id = Some(welcome.connection_id);
        socket
    }

    /// Likewise, where the server may be gone or going: `None` if it did not work out.
    pub(crate) async fn try_resume(
        url: &str,
        token: &str,
        cursors: BTreeMap<StreamId, Cursor>,
    ) -> Option<(Self, Welcome)> {
        let address = url.strip_prefix("http://")?;
        let uri: Uri = format!("ws://{address}/ws").parse().ok()?;
        let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let (inner, _response) = tokio_tungstenite::client_async(request, stream).await.ok()?;
        let mut socket = Self::raw(inner);
        socket.go_on_from(&cursors);
        let hello = Hello { id: 0, token: Some(token.to_owned()), cursors };
        if !socket.try_send(&ClientFrame::Hello(hello)).await {
            return None;
        }
        loop {
            if let ServerFrame::Welcome(welcome) = socket.read().await.ok()? {
                return Some((socket, welcome));
            }
        }
    }

    /// Notes where it is, as far as it knows.
    fn go_on_from(&mut self, cursors: &BTreeMap<StreamId, Cursor>) {
        for (stream, cursor) in cursors {
            let seq = cursor.0.split('.').nth(1).and_then(|seq| seq.parse().ok());
            self.at.insert(*stream, seq.unwrap_or_default());
            self.cursors.insert(*stream, cursor.clone());
        }
    }

    /// Returns its place in a stream.
    pub(crate) fn at(&self, stream: StreamId) -> u64 {
        self.at.get(&stream).copied().unwrap_or_default()
    }

    /// Sends a frame; `false` if the connection is gone.
    pub(crate) async fn try_send(&mut self, frame: &ClientFrame) -> bool {
        let text = serde_json::to_string(frame).unwrap();
        self.inner.send(Message::text(text)).await.is_ok()
    }

    /// Takes a connection that has not said hello.
    pub(crate) fn raw(inner: WebSocketStream<TcpStream>) -> Self {
        Self {
            inner,
            next_id: 1,
            at: BTreeMap::new(),
            cursors: BTreeMap::new(),
            events: Vec::new(),
            signals: BTreeMap::new(),
            agents: BTreeMap::new(),
            pongs: 0,
            resets: Vec::new(),
            connection_id: None,
            heard: None,
            answers: BTreeMap::new(),
        }
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.send_text(&serde_json::to_string(frame).unwrap()).await;
    }

    /// Sends any text.
    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Sends any message.
    pub(crate) async fn send_message(&mut self, message: Message) {
        self.inner.send(message).await.expect("the server reads");
    }

    /// Sends bytes that need not be a frame.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.inner.get_mut().write_all(bytes).await.expect("the server reads");
    }

    /// Follows a stream.
    pub(crate) async fn subscribe(
        &mut self,
        stream: StreamId,
        cursor: Option<Cursor>,
    ) -> Subscribed {
        let id = self.id();
        self.send(&ClientFrame::Subscribe(Subscribe { id, stream, cursor })).await;
        self.until(|frame| match frame {
            ServerFrame::Subscribed(it) if it.id == Some(id) => Some(it.clone()),
            ServerFrame::Reset(reset) if reset.id == Some(id) => panic!("{reset:?}"),
            ServerFrame::Error(error) if error.id == Some(id) => panic!("{error:?}"),
            _ => None,
        })
        .await
    }

    /// Sends a command and does not wait; returns the id of the request.
    pub(crate) async fn begin(&mut self, key: &str, command: Command) -> u32 {
        let id = self.id();
        let key = Key::new(key.to_owned()).unwrap();
        self.send(&ClientFrame::Command(CommandFrame { id, key, command })).await;
        id
    }

    /// Waits for the answer to a command.
    pub(crate) async fn answer(&mut self, id: u32) -> Result<Outcome, ErrorBody> {
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return answer;
            }
            self.next().await;
        }
    }

    /// Runs a command.
    pub(crate) async fn command(
        &mut self,
        key: &str,
        command: Command,
    ) -> Result<Outcome, ErrorBody> {
        let id = self.begin(key, command).await;
        self.answer(id).await
    }

    /// Says what the agent does.
    pub(crate) async fn signal(&mut self, thread_id: ThreadId, activity: Activity) {
        self.send(&ClientFrame::Signal(SignalFrame { thread_id, activity })).await;
    }

    /// Reads until a frame is what is looked for.
    pub(crate) async fn until<T>(&mut self, mut find: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await;
            if let Some(found) = find(&frame) {
                return found;
            }
        }
    }

    /// Reads until what is known is as wanted.
    pub(crate) async fn until_known(&mut self, what: &str, check: impl Fn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !check(self) {
            let read = tokio::time::timeout_at(deadline, self.read()).await;
            let read = read.unwrap_or_else(|_elapsed| panic!("still not so: {what}"));
            read.unwrap_or_else(|closed| panic!("closed while waiting: {what}: {closed:?}"));
        }
    }

    /// Reads one frame; panics if there is none for a long time.
    pub(crate) async fn next(&mut self) -> ServerFrame {
        let read = tokio::time::timeout(PATIENCE, self.read()).await.expect("a frame");
        read.unwrap_or_else(|closed| panic!("closed: {closed:?}"))
    }

    /// Reads what comes within a time, and returns how many frames there were.
    pub(crate) async fn drain(&mut self, quiet: Duration) -> usize {
        let mut count = 0;
        while let Ok(read) = tokio::time::timeout(quiet, self.read()).await {
            read.unwrap_or_else(|closed| panic!("closed: {closed:?}"));
            count += 1;
        }
        count
    }

    /// Reads up to so many frames, as long as they come.
    pub(crate) async fn take(&mut self, frames: usize) {
        for _frame in 0..frames {
            let read = tokio::time::timeout(Duration::from_millis(200), self.read()).await;
            match read {
                Ok(read) => drop(read.unwrap_or_else(|closed| panic!("closed: {closed:?}"))),
                Err(_quiet) => return,
            }
        }
    }

    /// Waits until the server closes the connection.
    pub(crate) async fn closed(&mut self) -> Closed {
        let closed = async {
            loop {
                if let Err(closed) = self.read().await {
                    return closed;
                }
            }
        };
        // Altogether: heartbeats would keep it waiting for ever.
        tokio::time::timeout(PATIENCE_TO_CLOSE, closed).await.expect("a close")
    }

    /// Says whether a closed connection ends, and is not torn off.
    pub(crate) async fn ends_in_peace(&mut self) -> bool {
        let mut rest = Vec::new();
        let end = self.inner.get_mut().read_to_end(&mut rest);
        tokio::time::timeout(PATIENCE, end).await.expect("an end").is_ok()
    }

    /// Lets the connection go without a word.
    pub(crate) fn cut(self) -> BTreeMap<StreamId, Cursor> {
        self.cursors
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// Reads one frame, or how the connection ended.
    pub(crate) async fn read(&mut self) -> Result<ServerFrame, Closed> {
        let gone = || Closed { code: 1006, reason: None };
        loop {
            let message = self.inner.next().await.ok_or_else(gone)?;
            match message.map_err(|_broken| gone())? {
                Message::Text(text) => {
                    let frame = serde_json::from_str(&text).expect("a frame of the protocol");
                    if let Some(heard) = &mut self.heard {
                        heard.push_str(&text);
                    }
                    self.note(&frame);
                    return Ok(frame);
                }
                Message::Close(Some(CloseFrame { code, reason })) => {
                    let reason = serde_json::from_str(&reason).ok();
                    return Err(Closed { code: code.into(), reason });
                }
                Message::Close(None) => return Err(gone()),
                Message::Pong(_) => self.pongs += 1,
                _ => {}
            }
        }
    }

    fn note(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Subscribed(it) => {
                self.at.insert(it.stream, it.at);
                self.cursors.insert(it.stream, it.cursor.clone());
            }
            ServerFrame::Events(it) => self.note_events(it),
            ServerFrame::Signals(SignalsFrame { full, threads, .. }) => {
                if *full {
                    self.signals.clear();
                }
                for thread in threads {
                    self.signals.insert(thread.thread_id, thread.clone());
                }
            }
            ServerFrame::Agents(AgentsFrame { full, agents }) => {
                if *full {
                    self.agents.clear();
                }
                self.agents.extend(agents.iter().map(|it| (it.agent_id, it.clone())));
            }
            ServerFrame::Reset(reset) => self.resets.push(reset.clone()),
            ServerFrame::Ok(it) => {
                self.answers.insert(it.id, Ok(it.outcome.clone()));
            }
            ServerFrame::Error(it) => {
                if let Some(id) = it.id {
                    self.answers.insert(id, Err(it.error.clone()));
                }
            }
            _ => {}
        }
    }

    fn note_events(&mut self, it: &EventsFrame) {
        let at = self.at.get_mut(&it.stream).expect("events of a stream that is followed");
        assert_eq!(it.prev, *at, "a frame follows on the one before");
        for event in &it.events {
            assert!(event.seq > *at && event.seq <= it.to, "order within a frame");
            *at = event.seq;
        }
        *at = it.to;
        self.cursors.insert(it.stream, it.cursor.clone());
        for event in &it.events {
            if let (EventBody::ThreadGone(_), Some(thread)) = (&event.body, event.thread_id) {
                self.signals.remove(&thread);
            }
        }
        self.events.extend(it.events.iter().cloned());
    }
}
