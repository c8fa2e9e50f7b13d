//! One connection, one task: it pulls what is behind its cursors, answers requests in order, and
//! owns no queue of events.

use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use protocol::{
    close::CloseCode,
    errors::ErrorBody,
    frames::{Draining, ErrorFrame, Heartbeat, Hello, ServerFrame},
    ids::{ConnectionId, StreamId, ThreadId},
    limits::{HEARTBEAT_GRACE_MS, HEARTBEAT_MS, HELLO_TIMEOUT_MS},
};
use tokio::{sync::Notify, time::MissedTickBehavior};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::{Instrument, field};
use uuid::Uuid;

use super::{
    drafts, handle,
    idle::Idle,
    leave,
    limit::{Admitted, FrameLimit},
    open::Open,
    socket::{Incoming, Socket, WriteError},
    state::WsState,
};
use crate::{
    auth::session::SignedIn,
    jitter::jitter,
    realtime::{connections::Ears, encode, reader::Reader},
    telemetry::{
        metrics::all::{GONE, metrics},
        request_id::RequestId,
    },
};

/// A request that is being worked on. One at a time, so that a client's requests keep their order.
pub(super) type Working = Pin<Box<dyn Future<Output = handle::Worked> + Send>>;

/// A connection with an agent behind it.
pub(super) struct Connection {
    pub(super) state: WsState,
    pub(super) id: ConnectionId,
    pub(super) who: SignedIn,
    pub(super) wake: Arc<Notify>,
    pub(super) readers: BTreeMap<StreamId, Box<Reader>>,
    /// The locks that this connection renewed last, and until when.
    pub(super) locks: HashMap<ThreadId, DateTime<Utc>>,
    /// Whether the agents are watched, and the version of what was told of them.
    pub(super) watching: Option<Watch>,
    /// The drafts that are open.
    pub(super) drafts: Option<Box<drafts::Open>>,
    /// Runs out when this connection goes, once the node drains.
    drain: Option<Pin<Box<tokio::time::Sleep>>>,
    pub(super) socket: Socket,
    working: Option<Working>,
    limit: FrameLimit,
    heard: Instant,
    pub(super) idle: Idle,
    _open: Open,
}

/// Watches the agents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    /// The version that was told last.
    pub(super) seen: Option<u64>,
}

/// What a connection was woken for.
enum Turn {
    /// There may be more to read from the feeds.
    Pull,
    /// A request is done.
    Worked(Box<handle::Worked>),
    /// Something came from the client.
    Heard(Incoming),
    /// A frame for this agent only.
    Notice(Arc<ServerFrame>),
    /// It is time to look whether the client is there.
    Beat,
    /// The node drains; whether this connection's time is over.
    Drain(bool),
}

/// Why a connection ends.
pub(super) enum End {
    /// The peer is gone.
    Gone,
    /// It is closed, with a code.
    Close(CloseCode),
}

impl From<WriteError> for End {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Gone => Self::Gone,
            WriteError::Slow => Self::Close(CloseCode::Slow),
        }
    }
}

/// Runs a connection from its first frame to its last.
pub fn run(
    state: WsState,
    socket: Socket,
    token: Option<String>,
    request_id: Option<RequestId>,
) -> impl Future<Output = ()> + Send {
    let id = ConnectionId::from(Uuid::now_v7());
    // An info's and not an error's as others are: it is memory for as long as the connection lasts.
    let span = tracing::info_span!(
        "connection",
        connection.id = %id,
        request.id = request_id.map(field::display),
    );
    // What is needed once is boxed, here and below: it would be kept for as long as the connection
    // lives, and is several times what a quiet one needs.
    let opening = Box::pin(Connection::open(state, socket, token, id));
    async {
        let Some((mut connection, ears, hello)) = opening.await else { return };
        let end = match Box::pin(connection.greet(hello)).await {
            Ok(()) => connection.serve(ears).await,
            Err(end) => end,
        };
        Box::pin(connection.leave(end)).await;
    }
    .instrument(span)
}

impl Connection {
    /// Hears who it is; `None` where the connection has ended.
    async fn open(
        state: WsState,
        mut socket: Socket,
        token: Option<String>,
        id: ConnectionId,
    ) -> Option<(Box<Self>, Ears, Hello)> {
        let limit = Duration::from_millis(HELLO_TIMEOUT_MS);
        let greeted =
            tokio::time::timeout(limit, handle::hello(&state, &mut socket, token, id)).await;
        let greeted = greeted.unwrap_or(Err(End::Close(CloseCode::HelloTimeout)));
        let (who, hello) = match greeted {
            Ok(greeted) => greeted,
            Err(End::Gone) => {
                metrics().connections_closed.inc([GONE]);
                return None;
            }
            Err(End::Close(code)) => {
                tracing::info!(code = code.name(), "connection refused");
                metrics().connections_closed.inc([code.name()]);
                socket.close(code, jitter()).await;
                return None;
            }
        };
        let rights = (who.agent.id, who.visibility.rights_version);
        let ears = state.hub.connections.add(id, rights, who.session_id);
        // Whether an agent is there is about the person, not about what works in its name.
        if who.scopes.is_none() {
            state.hub.presence.join(id, who.agent.id);
        }
        tracing::info!(agent.id = %who.agent.id, "connected");
        let limit = FrameLimit::new(state.frames_per_second);
        let heard = state.clock.instant();
        let connection = Self {
            state,
            id,
            who,
            wake: Arc::new(Notify::new()),
            readers: BTreeMap::new(),
            locks: HashMap::new(),
            watching: None,
            drafts: None,
            drain: None,
            socket,
            working: None,
            limit,
            heard,
            idle: Idle::new(heard),
            _open: Open::new(),
        };
        Some((Box::new(connection), ears, hello))
    }

    async fn serve(&mut self, ears: Ears) -> End {
        let shutdown = self.state.shutdown.clone();
        // Whatever the connection is at, a write that does not get on included.
        let end = tokio::select! {
            biased;
            code = ears.close() => End::Close(code),
            () = shutdown.cancelled() => End::Close(CloseCode::Draining),
            end = self.run(&ears) => end,
        };
        // The next frame is the last.
        self.socket.line().close();
        end
    }

    async fn run(&mut self, ears: &Ears) -> End {
        let mut beat = tokio::time::interval(Duration::from_millis(HEARTBEAT_GRACE_MS / 4));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beaten = self.state.clock.instant();
        loop {
            let more = match self.pull().await {
                Ok(more) => more,
                Err(end) => return end,
            };
            if !more {
                // From here to the next turn the feeds write what is new.
                self.socket.line().open();
            }
            let turn = tokio::select! {
                () = std::future::ready(()), if more => Turn::Pull,
                () = self.wake.notified(), if !more => Turn::Pull,
                worked = working(&mut self.working) => Turn::Worked(Box::new(worked)),
                incoming = self.socket.next(), if self.working.is_none() => Turn::Heard(incoming),
                notice = ears.notice() => Turn::Notice(notice),
                _ = beat.tick() => Turn::Beat,
                over = leave::draining(&self.state.shutdown, &mut self.drain) => Turn::Drain(over),
            };
            if self.socket.line().close()
                && let Err(slow_or_gone) = self.socket.flush().await
            {
                return slow_or_gone.into();
            }
            let done = match turn {
                Turn::Pull => Ok(()),
                // Rarer, and larger than all else that an idle connection keeps: not inline.
                turn => Box::pin(self.take(turn, &mut beaten)).await,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn take(&mut self, turn: Turn, beaten: &mut Instant) -> Result<(), End> {
        match turn {
            Turn::Pull => Ok(()),
            Turn::Worked(worked) => self.finish(*worked).await,
            Turn::Heard(incoming) => {
                self.heard = self.state.clock.instant();
                self.incoming(incoming).await
            }
            Turn::Notice(notice) => self.send(&notice).await,
            Turn::Beat => self.beat(beaten).await,
            Turn::Drain(over) => self.drain(over).await,
        }
    }

    /// Tells the client when this connection goes, and ends it then.
    async fn drain(&mut self, over: bool) -> Result<(), End> {
        if over {
            return Err(End::Close(CloseCode::Draining));
        }
        let slot = self.state.hub.connections.drain_slot();
        self.drain = Some(Box::pin(tokio::time::sleep(slot)));
        let retry_after_ms = u32::try_from(slot.as_millis()).unwrap_or(u32::MAX);
        self.send(&ServerFrame::Draining(Draining { retry_after_ms })).await
    }

    async fn incoming(&mut self, incoming: Incoming) -> Result<(), End> {
        let text = match incoming {
            Incoming::Gone => return Err(End::Gone),
            Incoming::Violation(code) => return Err(End::Close(code)),
            Incoming::Alive => {
                self.admit()?;
                return Ok(());
            }
            Incoming::Text(text) => text,
        };
        if let Some(wait) = self.admit()? {
            return self.refuse(&text, wait).await;
        }
        self.working = handle::begin(self, &text).await?;
        Ok(())
    }

    /// Counts a frame against the limit; says how long to wait where there were too many.
    fn admit(&mut self) -> Result<Option<Duration>, End> {
        match self.limit.admit() {
            Admitted::Yes => Ok(None),
            Admitted::Later(wait) => Ok(Some(wait)),
            Admitted::Enough => Err(End::Close(CloseCode::RateLimited)),
        }
    }

    /// Counts the parts of a frame that was counted as one of them; says why they are too many.
    pub(super) fn admit_parts(&mut self, parts: usize) -> Result<Option<ErrorBody>, End> {
        let more = u32::try_from(parts).unwrap_or(u32::MAX).saturating_sub(1);
        let Some(more) = NonZeroU32::new(more) else { return Ok(None) };
        if more >= self.limit.burst() {
            return Ok(Some(handle::too_many_parts(self.limit.burst())));
        }
        match self.limit.admit_all(more) {
            Admitted::Yes => Ok(None),
            Admitted::Later(time) => Ok(Some(handle::wait(time))),
            Admitted::Enough => Err(End::Close(CloseCode::RateLimited)),
        }
    }

    async fn refuse(&mut self, text: &Utf8Bytes, wait: Duration) -> Result<(), End> {
        let frame = handle::rate_limited(text, wait);
        self.send(&frame).await
    }

    async fn finish(&mut self, worked: handle::Worked) -> Result<(), End> {
        self.working = None;
        let frame = handle::finish(self, worked);
        self.send(&frame).await
    }

    /// Writes one frame.
    pub(super) async fn send(&mut self, frame: &ServerFrame) -> Result<(), End> {
        self.socket.feed(encode::frame(frame)).await?;
        self.socket.flush().await?;
        Ok(())
    }

    /// Writes a refusal.
    pub(super) async fn error(&mut self, id: Option<u32>, error: ErrorBody) -> Result<(), End> {
        self.send(&ServerFrame::Error(ErrorFrame { id, error })).await
    }

    /// Sends a heartbeat when it is time, and ends a connection that does not answer it.
    async fn beat(&mut self, beaten: &mut Instant) -> Result<(), End> {
        if self.state.clock.now() >= self.who.expires_at {
            return Err(End::Close(CloseCode::SessionRevoked));
        }
        self.idle.check(&self.state, &self.who).await?;
        let now = self.state.clock.instant();
        let every = Duration::from_millis(HEARTBEAT_MS);
        let grace = Duration::from_millis(HEARTBEAT_GRACE_MS);
        // A beat early: it is looked at every `grace / 4`, and must not last longer than promised.
        if now.saturating_duration_since(self.heard) >= every + grace * 3 / 4 {
            return Err(End::Close(CloseCode::Silent));
        }
        if now.saturating_duration_since(*beaten) >= every {
            *beaten = now;
            let at = self.state.clock.now();
            let frame = encode::frame(&ServerFrame::Heartbeat(Heartbeat { at }));
            self.socket.feed(frame).await?;
            self.socket.ping().await?;
            self.socket.flush().await?;
        }
        Ok(())
    }

    async fn leave(self: Box<Self>, end: End) {
        let Self { state, id, who, socket, locks, readers, drafts, .. } = *self;
        for thread in drafts.iter().flat_map(|open| open.threads()) {
            state.hub.drafts.close(thread, id);
        }
        drop(readers);
        state.hub.connections.remove(id);
        let silent = matches!(end, End::Close(CloseCode::Silent));
        state.hub.presence.leave(id, silent, state.clock.instant());
        leave::release(&state, who.agent.id, locks);
        match end {
            End::Gone => {
                tracing::info!("disconnected");
                metrics().connections_closed.inc([GONE]);
            }
            End::Close(code) => {
                metrics().connections_closed.inc([code.name()]);
                tracing::info!(code = code.name(), "closed");
                socket.close(code, jitter()).await;
            }
        }
    }
}

/// Waits for the request that is being worked on; for ever where there is none.
async fn working(slot: &mut Option<Working>) -> handle::Worked {
    match slot {
        Some(working) => working.await,
        None => std::future::pending().await,
    }
}
