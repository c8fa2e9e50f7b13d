//! What each frame of a client asks for.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use protocol::{
    bulk::{BulkDone, BulkFrame},
    close::CloseCode,
    commands::{Command, Outcome, ReleaseLock, SendReply, TakeOverLock, ThreadOnly},
    drafts::SendDraft,
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    frames::{
        ClientFrame, CommandFrame, Cursor, ErrorFrame, Hello, OkFrame, Pong, Reset, ServerFrame,
        SignalFrame, Subscribed, Unsubscribed, Unwatched, Watching, Welcome,
    },
    ids::{ConnectionId, InboxId, StreamId},
    limits::{HEARTBEAT_MS, SUBSCRIPTIONS_MAX},
    permissions::Permission,
    read::{self, BadFrame},
    signals::Activity,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    at_desk,
    connection::{Connection, End, Watch, Working},
    socket::{Incoming, Socket},
    state::WsState,
};
use crate::{
    auth::session::{self, SignedIn},
    commands::{
        context::Wish,
        error::{CommandError, store_body, store_code},
    },
    domain::visibility::Missing,
    realtime::{
        encode,
        presence::local::Place,
        resume::{self, Follower, Resumed},
    },
    store::{sessions, threads},
    telemetry::metrics::{all::metrics, kinds::word},
};

/// What came of a request.
pub(super) enum Worked {
    /// Of a command.
    Wish {
        /// The request.
        id: u32,
        /// The command.
        wish: Arc<Wish>,
        /// What came of it.
        result: Result<Outcome, CommandError>,
    },
    /// Of anything else: the answer.
    Answer(ServerFrame),
}

/// Waits for `hello` and finds out who it is.
pub(super) async fn hello(
    state: &WsState,
    socket: &mut Socket,
    token: Option<String>,
    id: ConnectionId,
) -> Result<(SignedIn, Hello), End> {
    let text = loop {
        match socket.next().await {
            Incoming::Text(text) => break text,
            Incoming::Alive => {}
            Incoming::Gone => return Err(End::Gone),
            Incoming::Violation(code) => return Err(End::Close(code)),
        }
    };
    let hello = match read::client_frame(&text) {
        Ok(ClientFrame::Hello(hello)) => hello,
        other => {
            let (id, error) = match other {
                Err(BadFrame { id, error }) => (id, error),
                Ok(_another) => {
                    (None, ErrorBody::new(ErrorCode::Invalid, "the first frame must be `hello`"))
                }
            };
            let frame = encode::frame(&ServerFrame::Error(ErrorFrame { id, error }));
            socket.feed(frame).await?;
            return Err(End::Close(CloseCode::HelloExpected));
        }
    };
    let Some(token) = hello.token.clone().or(token) else {
        return Err(End::Close(CloseCode::Unauthenticated));
    };
    let found = session::authenticate(&state.store, &token, state.idle).await.map_err(|error| {
        tracing::warn!(error = %error, "a session could not be looked up");
        End::Close(CloseCode::Internal)
    })?;
    let who = found.ok_or(End::Close(CloseCode::Unauthenticated))?;
    let welcome = Welcome {
        id: hello.id,
        connection_id: id,
        node_id: state.hub.node_id,
        agent: who.agent.clone(),
        heartbeat_ms: u32::try_from(HEARTBEAT_MS).unwrap_or(u32::MAX),
        at: state.clock.now(),
    };
    socket.feed(encode::frame(&ServerFrame::Welcome(welcome))).await?;
    socket.flush().await?;
    Ok((who, hello))
}

impl Connection {
    /// Follows the streams that `hello` named, each from its cursor.
    pub(super) async fn greet(&mut self, hello: Hello) -> Result<(), End> {
        // From here on it is heard when rights or the session end; what came just before is found here.
        match sessions::rights_version(&self.state.store, self.who.session_id).await {
            Ok(Some(version)) if version == self.who.visibility.rights_version => {}
            Ok(Some(_other)) => return Err(End::Close(CloseCode::Rights)),
            Ok(None) => return Err(End::Close(CloseCode::SessionRevoked)),
            Err(error) => {
                tracing::warn!(error = %error, "a session could not be looked up");
                return Err(End::Close(CloseCode::Internal));
            }
        }
        for (stream, cursor) in hello.cursors {
            self.subscribe(None, stream, Some(&cursor)).await?;
        }
        Ok(())
    }

    async fn subscribe(
        &mut self,
        id: Option<u32>,
        stream: StreamId,
        cursor: Option<&Cursor>,
    ) -> Result<(), End> {
        if self.readers.len() >= SUBSCRIPTIONS_MAX && !self.readers.contains_key(&stream) {
            let message = format!("a connection follows {SUBSCRIPTIONS_MAX} streams at most");
            let error = ErrorBody::new(ErrorCode::TooManySubscriptions, message);
            return self.error(id, error).await;
        }
        let hub = &self.state.hub;
        let follower = Follower {
            wake: Arc::clone(&self.wake),
            line: Arc::clone(self.socket.line()),
            events_max: self.state.resume_events_max,
        };
        let visibility = &self.who.visibility;
        let (pages, feeds) = (&hub.pages, &hub.feeds);
        match resume::resume(pages, feeds, visibility, stream, cursor, follower).await {
            Ok(Resumed::Reader(reader)) => {
                let position = reader.position();
                let frame = ServerFrame::Subscribed(Subscribed {
                    id,
                    stream,
                    at: position.seq,
                    cursor: position.encode(),
                    head: reader.feed().head().max(position.seq),
                });
                self.readers.insert(stream, reader);
                self.send(&frame).await
            }
            Ok(Resumed::Reset(reason)) => {
                self.readers.remove(&stream);
                metrics().resets.inc([word(reason)]);
                self.send(&ServerFrame::Reset(Reset { id, stream, reason })).await
            }
            Ok(Resumed::Overloaded { retry_after_ms }) => {
                if id.is_none() {
                    return Err(End::Close(CloseCode::Overloaded));
                }
                let retry_after_ms = Some(retry_after_ms);
                let details = ErrorDetails { retry_after_ms, ..ErrorDetails::default() };
                let message = "too many clients catch up; come back later";
                let error = ErrorBody::new(ErrorCode::Overloaded, message);
                self.error(id, error.with(details)).await
            }
            Ok(Resumed::NotFound) => {
                // Without an id it was in `hello`, so the stream is named.
                let field = id.is_none().then(|| format!("cursors.{stream}"));
                let details = ErrorDetails { field, ..ErrorDetails::default() };
                let error = ErrorBody::new(ErrorCode::NotFound, "there is no such stream");
                self.error(id, error.with(details)).await
            }
            Err(error) => {
                tracing::warn!(error = %error, "a stream could not be followed");
                self.error(id, store_body(store_code(&error))).await
            }
        }
    }

    async fn signal(&mut self, it: &SignalFrame) -> Result<(), End> {
        let place = match threads::place(&self.state.store, it.thread_id).await {
            Ok(place) => place,
            Err(error) => return self.error(None, store_body(store_code(&error))).await,
        };
        let seen = place.filter(|place| {
            let sees = self.who.visibility.sees(place.inbox_id, place.owner);
            sees && place.merged_into.is_none()
        });
        let Some(place) = seen else {
            let error = ErrorBody::new(ErrorCode::NotFound, "there is no such thread");
            return self.error(None, error).await;
        };
        let place = Place { thread: it.thread_id, inbox: place.inbox_id, owner: place.owner };
        let now = self.state.clock.instant();
        self.state.hub.presence.signal(self.id, place, it.activity, now);
        // The customer is told of those only who can answer.
        let answers = self.who.visibility.may(place.inbox, Permission::SendReplies);
        if it.activity == Activity::Typing && answers {
            self.state.road.agent_types(it.thread_id);
        }
        Ok(())
    }
}

/// Begins what a frame asks for. Commands are worked on while events go on flowing.
pub(super) async fn begin(
    connection: &mut Connection,
    text: &Utf8Bytes,
) -> Result<Option<Working>, End> {
    let frame = match read::client_frame(text) {
        Ok(frame) => frame,
        Err(BadFrame { id, error }) => {
            tracing::info!(code = ?error.code, "a frame was refused");
            connection.error(id, error).await?;
            return Ok(None);
        }
    };
    let visibility = Arc::clone(&connection.who.visibility);
    if at_desk::refuse(connection, &frame).await? {
        return Ok(None);
    }
    match frame {
        ClientFrame::Command(command) => Ok(Some(work(connection, command))),
        ClientFrame::Bulk(bulk) => work_in_bulk(connection, bulk).await,
        ClientFrame::Subscribe(it) => {
            connection.subscribe(Some(it.id), it.stream, it.cursor.as_ref()).await?;
            Ok(None)
        }
        ClientFrame::Unsubscribe(it) => {
            connection.readers.remove(&it.stream);
            let answer = Unsubscribed { id: it.id, stream: it.stream };
            connection.send(&ServerFrame::Unsubscribed(answer)).await?;
            Ok(None)
        }
        ClientFrame::Signal(it) => {
            connection.signal(&it).await?;
            Ok(None)
        }
        ClientFrame::Attention(it) => {
            connection.idle.attend(it.present, connection.state.clock.instant());
            connection.state.hub.presence.attend(connection.id, it.present);
            Ok(None)
        }
        ClientFrame::WatchAgents(it) => {
            let may = |inbox: &InboxId| visibility.may(*inbox, Permission::WatchAgents);
            if !visibility.inboxes.keys().any(may) {
                let error = CommandError::from(Missing(Permission::WatchAgents)).body();
                connection.error(Some(it.id), error).await?;
                return Ok(None);
            }
            let wake = Arc::clone(&connection.wake);
            connection.state.hub.presence.watch(connection.id, wake);
            connection.watching = Some(Watch { seen: None });
            connection.send(&ServerFrame::Watching(Watching { id: it.id })).await?;
            Ok(None)
        }
        ClientFrame::UnwatchAgents(it) => {
            connection.state.hub.presence.unwatch(connection.id);
            connection.watching = None;
            connection.send(&ServerFrame::Unwatched(Unwatched { id: it.id })).await?;
            Ok(None)
        }
        ClientFrame::DraftOpen(it) => connection.open_draft(&it).await.map(|()| None),
        ClientFrame::DraftClose(it) => connection.close_draft(&it).await.map(|()| None),
        ClientFrame::DraftUpdate(it) => connection.change_draft(it).await,
        ClientFrame::DraftCursor(it) => connection.move_caret(it).await.map(|()| None),
        ClientFrame::Ping(it) => {
            connection.send(&ServerFrame::Pong(Pong { id: it.id })).await?;
            Ok(None)
        }
        ClientFrame::Hello(it) => {
            let error = ErrorBody::new(ErrorCode::Invalid, "`hello` was said already");
            connection.error(Some(it.id), error).await?;
            Ok(None)
        }
    }
}

fn work(connection: &Connection, command: CommandFrame) -> Working {
    let road = connection.state.road.clone();
    let visibility = Arc::clone(&connection.who.visibility);
    let connection_id = connection.id;
    Box::pin(async move {
        let CommandFrame { id, key, command } = command;
        let wish = Arc::new(Wish { visibility, key, command });
        let result = road.observe(&wish, Some((connection_id, id))).await;
        Worked::Wish { id, wish, result }
    })
}

/// Begins many commands.
async fn work_in_bulk(
    connection: &mut Connection,
    BulkFrame { id, commands }: BulkFrame,
) -> Result<Option<Working>, End> {
    if let Some(error) = connection.admit_parts(commands.len())? {
        connection.error(Some(id), error).await?;
        return Ok(None);
    }
    let road = connection.state.road.clone();
    let visibility = Arc::clone(&connection.who.visibility);
    let connection_id = connection.id;
    Ok(Some(Box::pin(async move {
        let answers = road.bulk(&visibility, commands, Some((connection_id, id))).await;
        Worked::Answer(ServerFrame::BulkDone(BulkDone { id, answers }))
    })))
}

/// Makes the answer to a command, and notes which locks this connection has.
pub(super) fn finish(connection: &mut Connection, worked: Worked) -> ServerFrame {
    let (id, wish, result) = match worked {
        Worked::Wish { id, wish, result } => (id, wish, result),
        Worked::Answer(answer) => return answer,
    };
    match result {
        Ok(outcome) => {
            note_lock(connection, &wish.command, &outcome);
            ServerFrame::Ok(OkFrame { id, outcome })
        }
        Err(error) => ServerFrame::Error(ErrorFrame { id: Some(id), error: error.body() }),
    }
}

fn note_lock(connection: &mut Connection, command: &Command, outcome: &Outcome) {
    match (command, outcome) {
        (
            Command::AcquireLock(ThreadOnly { thread_id })
            | Command::TakeOverLock(TakeOverLock { thread_id, .. }),
            Outcome::LockHeld(held),
        ) => {
            connection.locks.insert(*thread_id, held.expires_at);
        }
        (
            Command::ReleaseLock(ReleaseLock { thread_id, .. })
            | Command::SendReply(SendReply { thread_id, .. })
            | Command::SendDraft(SendDraft { thread_id, .. }),
            _,
        ) => {
            connection.locks.remove(thread_id);
        }
        _ => {}
    }
}

/// Makes the refusal of a frame that came too fast. Its `id` is read, so that the client knows which.
pub(super) fn rate_limited(text: &str, time: Duration) -> ServerFrame {
    #[derive(serde::Deserialize)]
    struct Id {
        id: Option<u32>,
    }
    let id = serde_json::from_str::<Id>(text).ok().and_then(|it| it.id);
    ServerFrame::Error(ErrorFrame { id, error: wait(time) })
}

/// Makes a refusal of what came too fast.
pub(super) fn wait(time: Duration) -> ErrorBody {
    // Rounded up: too early would be refused again.
    let retry_after_ms = u32::try_from(time.as_millis() + 1).ok();
    let details = ErrorDetails { retry_after_ms, ..ErrorDetails::default() };
    let message = "too many frames; slow down";
    ErrorBody::new(ErrorCode::RateLimited, message).with(details)
}

/// Makes a refusal of more commands than ever come at once on a connection.
pub(super) fn too_many_parts(most: NonZeroU32) -> ErrorBody {
    let details = ErrorDetails { field: Some("commands".to_owned()), ..ErrorDetails::default() };
    let message = format!("`commands`: must be 1 to {most} on a connection");
    ErrorBody::new(ErrorCode::Invalid, message).with(details)
}
