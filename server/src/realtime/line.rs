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

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpSocket, TcpStream},
        task::JoinHandle,
    };

    use super::*;

    const FRAME_BYTES: usize = 60_000;

    /// A line, and its peer, who takes little while it does not read.
    async fn line() -> (Line, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let peer = TcpSocket::new_v4().expect("a socket");
        peer.set_recv_buffer_size(4096).expect("a size");
        let peer = peer.connect(listener.local_addr().expect("bound")).await.expect("listening");
        let (stream, _address) = listener.accept().await.expect("it has connected");
        let (_reading, writing) = stream.into_split();
        (Line::new(writing), peer)
    }

    fn frame(letter: u8) -> Bytes {
        vec![letter; FRAME_BYTES].into()
    }

    #[expect(clippy::disallowed_methods, reason = "tests have no shutdown")]
    fn spawn(reading: impl Future<Output = Vec<u8>> + Send + 'static) -> JoinHandle<Vec<u8>> {
        tokio::spawn(reading)
    }

    async fn all(mut peer: TcpStream) -> Vec<u8> {
        let mut read = Vec::new();
        let reading = peer.read_to_end(&mut read);
        let done = tokio::time::timeout(Duration::from_secs(20), reading).await;
        done.expect("an end").expect("no error");
        read
    }

    #[tokio::test]
    async fn what_a_feed_has_begun_goes_before_what_the_connection_writes() {
        let (line, peer) = line().await;
        assert!(line.turn().is_none(), "it is the connection's at first");
        line.open();
        let mut frames = 1;
        while line.turn().expect("it is free").write(&frame(b'f')) == Written::All {
            frames += 1;
        }
        assert!(line.turn().is_none(), "a frame is unfinished");
        assert!(line.close(), "there is something to flush");
        let reading = spawn(all(peer));
        let count = poll_fn(|cx| line.poll_write(cx, b"own")).await.expect("room");
        assert_eq!(count, 3);
        assert!(!line.close(), "nothing is left");
        assert!(line.turn().is_none(), "it is closed");
        line.open();
        assert_eq!(line.turn().expect("it is free").write(&frame(b'g')), Written::All);
        let taken = line.taken();
        drop(line);
        let want = [vec![b'f'; frames * FRAME_BYTES], b"own".to_vec(), frame(b'g').to_vec()];
        let read = reading.await.expect("it has read");
        assert!(read == want.concat(), "{} bytes", read.len());
        assert_eq!(taken, u64::try_from(read.len()).expect("few"));
    }

    #[tokio::test]
    async fn no_feed_writes_into_a_frame_of_the_connection() {
        let (line, peer) = line().await;
        let own = vec![b'o'; 200 * FRAME_BYTES];
        let mut written = poll_fn(|cx| line.poll_write(cx, &own)).await.expect("room");
        assert!(written < own.len(), "more than there is room for");
        line.open();
        assert!(line.turn().is_none(), "the connection's frame is unfinished");
        let reading = spawn(all(peer));
        while written < own.len() {
            let rest = own.get(written..).unwrap_or_default();
            written += poll_fn(|cx| line.poll_write(cx, rest)).await.expect("room");
        }
        assert_ne!(line.turn().expect("it is free").write(&frame(b'f')), Written::Nothing);
        line.close();
        poll_fn(|cx| line.poll_flush(cx)).await.expect("room");
        drop(line);
        let read = reading.await.expect("it has read");
        assert!(read == [own, frame(b'f').to_vec()].concat(), "{} bytes", read.len());
    }
}
