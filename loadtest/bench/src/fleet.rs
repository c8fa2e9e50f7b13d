//! Many sockets in one thread: opened in step, read until nothing is left, every frame handed on.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::wire::{self, Frame};

/// Handshakes that are under way at a time.
const OPENING_MAX: usize = 64;
/// How long a step of a handshake may take.
const OPENING_TIMEOUT: Duration = Duration::from_secs(20);
/// One loopback address has 28,000 ports; the sockets are spread over several.
const SOURCES: u8 = 4;

/// How a connection becomes what it is.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    /// The path of the handshake.
    pub(crate) path: &'static str,
    /// The subprotocol to ask for.
    pub(crate) subprotocol: Option<&'static str>,
    /// What to say, and what the answer begins with or has in it. Other frames are passed over.
    pub(crate) steps: Vec<(Option<String>, &'static str)>,
}

enum Stage {
    Upgrading,
    Step(usize),
    Live,
}

struct Conn {
    stream: TcpStream,
    stage: Stage,
    opening: usize,
    /// The part of a frame whose rest is to come.
    rest: Vec<u8>,
    /// What the kernel did not take at once.
    unsent: Vec<u8>,
}

/// Sockets.
pub(crate) struct Fleet {
    poll: Poll,
    ready: Events,
    conns: Vec<Conn>,
    openings: Vec<Opening>,
    buffer: Vec<u8>,
    begun: Instant,
    live: usize,
    /// A text that is a heartbeat, and its answer.
    echo: Option<(&'static [u8], &'static [u8])>,
}

impl Fleet {
    /// Makes one without sockets.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            ready: Events::with_capacity(1024),
            conns: Vec::new(),
            openings: Vec::new(),
            buffer: vec![0; 256 * 1024],
            begun: Instant::now(),
            live: 0,
            echo: None,
        })
    }

    /// Answers this text with that one, by itself.
    pub(crate) fn echoing(mut self, echo: Option<(&'static [u8], &'static [u8])>) -> Self {
        self.echo = echo;
        self
    }

    /// Returns the time, as it stands in marks.
    pub(crate) fn nanos(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Opens so many connections, and returns when all are live: the numbers that they have.
    pub(crate) fn open(
        &mut self,
        address: SocketAddr,
        opening: &Opening,
        count: usize,
    ) -> anyhow::Result<Vec<usize>> {
        self.openings.push(opening.clone());
        let first = self.conns.len();
        let wanted = first + count;
        let mut heard = Instant::now();
        while self.live < wanted {
            while self.conns.len() < wanted && self.conns.len() - self.live < OPENING_MAX {
                self.connect(address)?;
            }
            let before = self.live;
            self.turn(Duration::from_millis(100), |_conn, _text, _now| Ok(()))?;
            if self.live > before {
                heard = Instant::now();
            }
            ensure!(heard.elapsed() < OPENING_TIMEOUT, "{address} does not answer");
        }
        Ok((first..wanted).collect())
    }

    fn connect(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        use socket2::{Domain, Protocol, Socket, Type};
        let number = self.conns.len();
        let source = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % usize::from(SOURCES))?);
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        socket.connect(&address.into()).with_context(|| format!("cannot connect to {address}"))?;
        socket.set_tcp_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket.into());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(number), interest)?;
        let opening = self.openings.len() - 1;
        let (rest, unsent) = (Vec::new(), Vec::new());
        self.conns.push(Conn { stream, stage: Stage::Upgrading, opening, rest, unsent });
        let Opening { path, subprotocol, .. } = self.opening(number)?;
        let offer = subprotocol.map(|it| format!("Sec-WebSocket-Protocol: {it}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
            offer.unwrap_or_default()
        );
        self.write(number, request.as_bytes())
    }

    fn opening(&self, conn: usize) -> anyhow::Result<&Opening> {
        let conn = self.conns.get(conn).context("no such connection")?;
        self.openings.get(conn.opening).context("no such opening")
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, conn: usize, text: &str) -> anyhow::Result<()> {
        let mut frame = Vec::with_capacity(text.len() + 14);
        wire::put_text(&mut frame, text.as_bytes());
        self.write(conn, &frame)
    }

    fn write(&mut self, conn: usize, bytes: &[u8]) -> anyhow::Result<()> {
        let conn = self.conns.get_mut(conn).context("no such connection")?;
        conn.unsent.extend_from_slice(bytes);
        conn.flush()
    }

    /// Reads what there is, waiting at most this long for it, and calls for each text on a live
    /// connection: which connection, the text, and the time. Says whether anything was ready.
    pub(crate) fn turn(
        &mut self,
        wait: Duration,
        mut each: impl FnMut(usize, &[u8], u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        let mut ready = std::mem::replace(&mut self.ready, Events::with_capacity(0));
        let mut buffer = std::mem::take(&mut self.buffer);
        match self.poll.poll(&mut ready, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => other?,
        }
        for event in &ready {
            let Token(number) = event.token();
            if event.is_writable() {
                self.conns.get_mut(number).context("no such connection")?.flush()?;
            }
            if event.is_readable() {
                self.read(number, &mut buffer, &mut each)?;
            }
        }
        let any = !ready.is_empty();
        self.ready = ready;
        self.buffer = buffer;
        Ok(any)
    }

    fn read(
        &mut self,
        number: usize,
        buffer: &mut [u8],
        each: &mut impl FnMut(usize, &[u8], u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            let conn = self.conns.get_mut(number).context("no such connection")?;
            let count = match conn.stream.read(buffer) {
                Ok(0) => bail!("the server closed connection {number}"),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("a connection broke"),
            };
            let now = self.nanos();
            let conn = self.conns.get_mut(number).context("no such connection")?;
            let mut rest = std::mem::take(&mut conn.rest);
            let got = buffer.get(..count).unwrap_or_default();
            let used = if rest.is_empty() {
                let used = self.take(number, got, now, each)?;
                rest.extend_from_slice(got.get(used..).unwrap_or_default());
                0
            } else {
                rest.extend_from_slice(got);
                self.take(number, &rest, now, each)?
            };
            rest.drain(..used);
            self.conns.get_mut(number).context("no such connection")?.rest = rest;
            // Less than was asked for: nothing is left, and what comes is told anew.
            if count < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Takes whole frames off these bytes; returns how many bytes those were.
    fn take(
        &mut self,
        number: usize,
        bytes: &[u8],
        now: u64,
        each: &mut impl FnMut(usize, &[u8], u64) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut used = 0;
        loop {
            let conn = self.conns.get_mut(number).context("no such connection")?;
            let left = bytes.get(used..).unwrap_or_default();
            if let Stage::Upgrading = conn.stage {
                let Some(end) = memchr::memmem::find(left, b"\r\n\r\n") else { return Ok(used) };
                let head = String::from_utf8_lossy(left.get(..end).unwrap_or_default());
                ensure!(head.starts_with("HTTP/1.1 101"), "the handshake was refused: {head}");
                used += end + 4;
                self.begin_step(number, 0)?;
                continue;
            }
            let Some((frame, length)) = wire::frame(left)? else { return Ok(used) };
            used += length;
            match (frame, &conn.stage) {
                (Frame::Pong, _) => {}
                (Frame::Ping(payload), _) => {
                    let mut pong = Vec::new();
                    wire::put_pong(&mut pong, payload);
                    self.write(number, &pong)?;
                }
                (Frame::Close(why), _) => {
                    let why = String::from_utf8_lossy(why.get(2..).unwrap_or_default());
                    bail!("the server closed connection {number}: {why}");
                }
                (Frame::Text(text), Stage::Live) => match self.echo {
                    Some((beat, answer)) if beat == text => {
                        let mut frame = Vec::new();
                        wire::put_text(&mut frame, answer);
                        self.write(number, &frame)?;
                    }
                    _ => each(number, text, now)?,
                },
                (Frame::Text(text), Stage::Step(step)) => {
                    let step = *step;
                    self.step(number, step, text)?;
                }
                (Frame::Text(_), Stage::Upgrading) => bail!("a frame before the handshake's end"),
            }
        }
    }

    fn step(&mut self, number: usize, step: usize, text: &[u8]) -> anyhow::Result<()> {
        let refused = memchr::memmem::find(text, b"\"type\":\"error\"").is_some();
        ensure!(!refused, "refused: {}", String::from_utf8_lossy(text));
        let wanted = self.opening(number)?.steps.get(step).map(|(_say, wanted)| *wanted);
        let wanted = wanted.unwrap_or_default();
        if memchr::memmem::find(text, wanted.as_bytes()).is_some() {
            self.begin_step(number, step + 1)?;
        }
        Ok(())
    }

    fn begin_step(&mut self, number: usize, step: usize) -> anyhow::Result<()> {
        let steps = &self.opening(number)?.steps;
        let (stage, say) = match steps.get(step) {
            Some((say, _wanted)) => (Stage::Step(step), say.clone()),
            None => (Stage::Live, None),
        };
        if let Stage::Live = stage {
            self.live += 1;
        }
        self.conns.get_mut(number).context("no such connection")?.stage = stage;
        match say {
            Some(say) => self.send(number, &say),
            None => Ok(()),
        }
    }

    /// Reads and answers heartbeats until there is nothing to read. Servers close a connection that
    /// has not breathed for half a minute.
    pub(crate) fn breathe(&mut self) -> anyhow::Result<()> {
        while self.turn(Duration::ZERO, |_conn, _text, _now| Ok(()))? {}
        Ok(())
    }

    /// Breathes for this long.
    pub(crate) fn rest(&mut self, length: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + length;
        while Instant::now() < end {
            self.turn(Duration::from_millis(20), |_conn, _text, _now| Ok(()))?;
        }
        Ok(())
    }
}

impl Conn {
    fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("a connection broke"),
            }
        }
        self.unsent.shrink_to_fit();
        Ok(())
    }
}
