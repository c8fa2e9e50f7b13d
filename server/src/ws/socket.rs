//! A WebSocket with our bounds: what may come in, how much may wait to go out, who is too slow.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::{close::CloseCode, limits::CLIENT_FRAME_BYTES_MAX};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message, Utf8Bytes,
        protocol::{Role, WebSocketConfig},
    },
};

use super::{close, stream::Stream};
use crate::{realtime::line::Line, telemetry::metrics::all::metrics};

/// A peer that takes not one byte for this long is too slow.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a close frame may take to go out, and its answer to come back.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Allocated for every connection, and cleared each time that one looks whether there is something to
/// read; most frames of clients are shorter, and a longer one makes it grow. (Tungstenite's default
/// of 128 KiB costs ten times the memory of all the rest of a connection.)
const READ_BUFFER_BYTES: usize = 1024;
/// Frames are gathered up to this size before they are written; a flush writes what is there.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Far above what is ever fed before a flush; without it the buffer has no bound at all.
const WRITE_BUFFER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A WebSocket of the server's side.
pub struct Socket {
    inner: WebSocketStream<Stream>,
    line: Arc<Line>,
    /// Messages that the next flush writes.
    fed: u32,
}

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    /// A text frame.
    Text(Utf8Bytes),
    /// A sign of life: ping or pong.
    Alive,
    /// The peer has closed, or is gone.
    Gone,
    /// The peer has broken a rule.
    Violation(CloseCode),
}

/// Why nothing more can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteError {
    /// The peer is gone.
    Gone,
    /// The peer takes nothing.
    Slow,
}

impl Socket {
    /// Takes over an upgraded connection.
    pub async fn new(upgraded: Upgraded) -> Self {
        let mut config = WebSocketConfig::default();
        config.read_buffer_size = READ_BUFFER_BYTES;
        config.write_buffer_size = WRITE_BUFFER_BYTES;
        config.max_write_buffer_size = WRITE_BUFFER_BYTES_MAX;
        config.max_message_size = Some(CLIENT_FRAME_BYTES_MAX);
        config.max_frame_size = Some(CLIENT_FRAME_BYTES_MAX);
        let Parts { io, read_buf, .. } = upgraded
            .downcast::<TokioIo<TcpStream>>()
            .expect("requests come over TCP, and so did this one");
        let (stream, line) = Stream::new(io.into_inner());
        // Copied, as it is next to nothing and would keep hyper's buffer.
        let (early, role) = (read_buf.to_vec(), Role::Server);
        drop(read_buf);
        let inner = WebSocketStream::from_partially_read(stream, early, role, Some(config)).await;
        Self { inner, line, fed: 0 }
    }

    /// Returns the writing half, which feeds may use while it is open.
    pub fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// Waits for what comes in. Safe to drop and call again.
    pub async fn next(&mut self) -> Incoming {
        match self.inner.next().await {
            Some(Ok(Message::Text(text))) => Incoming::Text(text),
            Some(Ok(Message::Binary(_))) => Incoming::Violation(CloseCode::Unsupported),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Incoming::Alive,
            Some(Ok(Message::Close(_))) => {
                // Its answer is in the buffer already (RFC 6455, section 5.5.1).
                let _too_slow = tokio::time::timeout(CLOSE_TIMEOUT, self.inner.flush()).await;
                Incoming::Gone
            }
            None => Incoming::Gone,
            Some(Err(error)) => close::of_error(&error).map_or(Incoming::Gone, Incoming::Violation),
        }
    }

    /// Puts a frame into the write buffer.
    pub async fn feed(&mut self, text: Utf8Bytes) -> Result<(), WriteError> {
        let message = Message::Text(text);
        self.fed += 1;
        let feeding = self.inner.feed(message);
        Self::with_progress(&self.line, feeding).await
    }

    /// Asks the peer for a sign of life that browsers give by themselves.
    pub async fn ping(&mut self) -> Result<(), WriteError> {
        self.fed += 1;
        let feeding = self.inner.feed(Message::Ping(bytes::Bytes::new()));
        Self::with_progress(&self.line, feeding).await
    }

    /// Writes what was fed.
    pub async fn flush(&mut self) -> Result<(), WriteError> {
        metrics().flushes.inc();
        metrics().messages_flushed.inc_by(std::mem::take(&mut self.fed).into());
        let flushing = self.inner.flush();
        Self::with_progress(&self.line, flushing).await
    }

    /// Waits for a write as long as the peer takes anything at all.
    async fn with_progress<E>(
        line: &Line,
        write: impl Future<Output = Result<(), E>>,
    ) -> Result<(), WriteError> {
        tokio::pin!(write);
        // Nearly always there is room, and no timer is needed.
        let first = poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await;
        if let Poll::Ready(done) = first {
            return done.map_err(|_gone| WriteError::Gone);
        }
        let mut before = line.taken();
        loop {
            match tokio::time::timeout(PROGRESS_TIMEOUT, write.as_mut()).await {
                Ok(done) => return done.map_err(|_gone| WriteError::Gone),
                Err(_elapsed) => {
                    let now = line.taken();
                    if now == before {
                        return Err(WriteError::Slow);
                    }
                    before = now;
                }
            }
        }
    }

    /// Says goodbye with a code, and waits a little for the peer to do the same, so that it reads
    /// the code before the connection is gone.
    pub async fn close(mut self, code: CloseCode, spread: f64) {
        let closing = async {
            let frame = close::frame(code, spread);
            if self.inner.close(Some(frame)).await.is_err() {
                return;
            }
            while let Some(Ok(_ignored)) = self.inner.next().await {}
            // After a violation there may be more to come. Bytes that nobody has read make the
            // kernel end a connection with a reset, which overtakes the code.
            let stream = self.inner.get_mut();
            let mut rest = vec![0; READ_BUFFER_BYTES];
            if stream.shutdown().await.is_ok() {
                while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
            }
        };
        let _too_slow = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
    }
}
