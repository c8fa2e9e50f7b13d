//! A connection's bytes: what it reads, and the line that it shares with the feeds.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, tcp::OwnedReadHalf},
};

use crate::realtime::line::Line;

/// A connection's side of its socket.
pub struct Stream {
    half: OwnedReadHalf,
    line: Arc<Line>,
}

impl Stream {
    /// Takes over a socket.
    pub fn new(socket: TcpStream) -> (Self, Arc<Line>) {
        let (reading, writing) = socket.into_split();
        let line = Arc::new(Line::new(writing));
        (Self { half: reading, line: Arc::clone(&line) }, line)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.half).poll_read(cx, buf));
        // What came may have an answer: after a close frame there must not be another frame.
        self.line.close();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.poll_shutdown(cx)
    }
}
