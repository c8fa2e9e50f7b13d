//! The writing half of a socket. Two may write to it: the connection's own task, and, while that one
//! waits and owes its client nothing, the tasks of the feeds that it follows. So a frame that is the
//! same for a thousand connections costs a `send` each, and wakes none of them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use parking_lot::{Mutex, MutexGuard};
use tokio::{io::AsyncWrite, net::tcp::OwnedWriteHalf};

/// The writing half of a connection's socket.
pub struct Line(Mutex<Writing>);

struct Writing {
    half: OwnedWriteHalf,
    /// Whether feeds may write: the connection has written all that it has pulled, and waits.
    open: bool,
    /// Whether the connection's own bytes end in the middle of a frame.
    torn: bool,
    /// The end of a frame that a feed has begun. It goes before all else.
    rest: Bytes,
    /// How many bytes the peer's side has taken.
    taken: u64,
}

/// A line that a feed may write to, held for one frame.
pub(super) struct Turn<'a>(MutexGuard<'a, Writing>);

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It is with the peer's side.
    All,
    /// It is on its way: the connection's task has to write the rest.
    Begun,
    /// Nothing of it.
    Nothing,
}

impl Line {
    /// Makes a closed one.
    pub fn new(half: OwnedWriteHalf) -> Self {
        Self(Mutex::new(Writing { half, open: false, torn: false, rest: Bytes::new(), taken: 0 }))
    }

    /// Lets feeds write. The connection has written all that it has pulled, and waits from here on.
    pub fn open(&self) {
        self.0.lock().open = true;
    }

    /// Keeps feeds from writing: the connection is about to write, or to look where it is. Says
    /// whether one has left the end of a frame to be flushed.
    pub fn close(&self) -> bool {
        let mut writing = self.0.lock();
        writing.open = false;
        writing.rest.has_remaining()
    }

    /// Returns how many bytes the peer's side has taken, so that one who takes none can be told from
    /// a slow line.
    pub fn taken(&self) -> u64 {
        self.0.lock().taken
    }

    /// Writes for the connection, which gives all that it has whenever it writes.
    pub fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut writing = self.0.lock();
        ready!(writing.poll_rest(cx))?;
        let count = ready!(Pin::new(&mut writing.half).poll_write(cx, bytes))?;
        writing.torn = count < bytes.len();
        writing.count(count);
        Poll::Ready(Ok(count))
    }

    /// Writes what a feed has left.
    pub fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.lock().poll_rest(cx)
    }

    /// Ends the writing half.
    pub fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.lock().half).poll_shutdown(cx)
    }

    /// Takes the line for a feed's frame; `None` while it is the connection's own.
    pub(super) fn turn(&self) -> Option<Turn<'_>> {
        let writing = self.0.lock();
        let free = writing.open && !writing.torn && !writing.rest.has_remaining();
        free.then_some(Turn(writing))
    }
}

impl Writing {
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.rest.has_remaining() {
            let count = ready!(Pin::new(&mut self.half).poll_write(cx, &self.rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.rest.advance(count);
            self.count(count);
        }
        // Not a part of what every client shares for longer than it has to be.
        self.rest = Bytes::new();
        Poll::Ready(Ok(()))
    }

    fn count(&mut self, count: usize) {
        self.taken += u64::try_from(count).unwrap_or(0);
    }
}

impl Turn<'_> {
    /// Writes a whole frame as far as there is room. An error is for the connection to find.
    pub(super) fn write(&mut self, frame: &Bytes) -> Written {
        let writing = &mut *self.0;
        let Ok(count) = writing.half.try_write(frame) else { return Written::Nothing };
        writing.count(count);
        if count == 0 {
            return Written::Nothing;
        }
        writing.rest = frame.slice(count..);
        if writing.rest.is_empty() { Written::All } else { Written::Begun }
    }
}
