//! The floor: no server at all, but a loop of `send` over the sockets. What was read in one go from
//! the publisher goes out in one call for each receiver.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
};

use anyhow::{Context, ensure};

use crate::{figures::say, wire};

/// What every key `dGhlIHNhbXBsZSBub25jZQ==` is answered with (RFC 6455, section 1.3).
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: \
    Upgrade\r\nSec-WebSocket-Accept: s3pPLBMxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Takes receivers until a publisher comes, then sends on what that one says.
pub(crate) fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    say(&format!("listening {}", listener.local_addr()?.port()));
    let mut receivers = Vec::new();
    loop {
        let (stream, _peer) = listener.accept()?;
        stream.set_nodelay(true)?;
        let (mut stream, what) = greet(stream)?;
        let mut answer = Vec::new();
        wire::put_server_text(&mut answer, b"ok");
        stream.write_all(&answer)?;
        if what.starts_with(b"sub") {
            receivers.push(stream);
        } else {
            return publish(stream, &mut receivers);
        }
    }
}

fn greet(stream: TcpStream) -> anyhow::Result<(TcpStream, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        ensure!(reader.read_line(&mut line)? > 0, "gone in the middle of a handshake");
    }
    reader.get_mut().write_all(ACCEPTED)?;
    let (text, _length) = wire::client_text(reader.fill_buf()?).context("no first text")?;
    Ok((reader.into_inner(), text))
}

fn publish(mut publisher: TcpStream, receivers: &mut [TcpStream]) -> anyhow::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    let (mut unread, mut out) = (Vec::new(), Vec::new());
    loop {
        let count = publisher.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        unread.extend_from_slice(buffer.get(..count).unwrap_or_default());
        out.clear();
        while let Some((text, length)) = wire::client_text(&unread) {
            wire::put_server_text(&mut out, &text);
            unread.drain(..length);
        }
        for receiver in &mut *receivers {
            receiver.write_all(&out)?;
        }
    }
}
