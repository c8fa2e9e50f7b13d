//! A server that stands ready with its connections, so that rounds can go from one to the next.

use crate::{
    args::Settings,
    fleet::{Fleet, Opening},
    load::{Dialect, Room},
    process::{self, Process},
    tandem::{Inbox, Node, Tandem},
};

/// A server with its connections.
pub(crate) struct Stand {
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// The server.
    pub(crate) process: Process,
    /// All connections to it.
    pub(crate) fleet: Fleet,
    /// The rooms, each with its receivers.
    pub(crate) rooms: Vec<Room>,
    /// How one more receiver of the first room is opened.
    pub(crate) opening: Opening,
}

/// A server that is not Tandem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A loop of `send`.
    Floor,
    /// Bare axum with a read buffer of this many KiB.
    Axum(u32),
    /// `ws` on Node.
    NodeWs,
    /// Socket.IO on Node.
    SocketIo,
}

impl Peer {
    /// Returns its name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "send() loop",
            Self::Axum(128) => "bare axum, 128 KiB buffer",
            Self::Axum(_) => "bare axum, 4 KiB buffer",
            Self::NodeWs => "Node ws",
            Self::SocketIo => "Socket.IO",
        }
    }

    /// Starts it and connects so many to each room; texts are `bytes` long on the wire.
    pub(crate) fn stand(
        self,
        settings: &Settings,
        rooms: &[usize],
        bytes: usize,
    ) -> anyhow::Result<Stand> {
        let own = process::own_path()?;
        let script = |name: &str| format!("{}/{name}.mjs", settings.peers.display());
        let (ws, socketio) = (script("ws"), script("socketio"));
        let buffer = match self {
            Self::Axum(kib) => (kib * 1024).to_string(),
            _ => String::new(),
        };
        let command: Vec<&str> = match self {
            Self::Floor => vec![&own, "peer", "floor"],
            Self::Axum(_) => vec![&own, "peer", "axum", "--read-buffer", &buffer],
            Self::NodeWs => vec!["node", &ws],
            Self::SocketIo => vec!["node", &socketio],
        };
        let process = Process::start(&settings.server_core, &command, "listening")?;
        let io = self == Self::SocketIo;
        let echo: Option<(&[u8], &[u8])> = io.then_some((b"2", b"3"));
        let mut fleet = Fleet::new()?.echoing(echo);
        let mut stood = Vec::new();
        for (number, receivers) in rooms.iter().enumerate() {
            let opening = |what| if io { socket_io(what) } else { raw(what, number) };
            fleet.open(process.address, &opening("sub"), *receivers)?;
            let publishers = fleet.open(process.address, &opening("pub"), 1)?;
            let dialect = if io { Dialect::SocketIo(bytes) } else { Dialect::Raw(bytes) };
            stood.push(Room { dialect, publishers, receivers: u64::try_from(*receivers)? });
        }
        let opening = if io { socket_io("sub") } else { raw("sub", 0) };
        Ok(Stand { name: self.name(), process, fleet, rooms: stood, opening })
    }
}

fn raw(what: &str, room: usize) -> Opening {
    Opening { path: "/ws", subprotocol: None, steps: vec![(Some(format!("{what} {room}")), "ok")] }
}

fn socket_io(what: &str) -> Opening {
    let mut steps = vec![(None, "0{"), (Some("40".to_owned()), "40{")];
    if what == "sub" {
        steps.push((Some(r#"420["sub"]"#.to_owned()), "430["));
    }
    Opening { path: "/socket.io/?EIO=4&transport=websocket", subprotocol: None, steps }
}

/// Starts Tandem and connects so many to each of as many inboxes. It works on one command of a
/// connection at a time, so that who wants several in flight wants as many `publishers`.
pub(crate) fn tandem(
    settings: &Settings,
    tandem: &Tandem,
    rooms: &[usize],
    publishers: usize,
) -> anyhow::Result<Stand> {
    let node = tandem.start(&settings.server_core, None)?;
    let postgres = settings.postgres();
    let inboxes = node.inboxes(&postgres, &tandem.database_url, rooms.len() - 1)?;
    let mut fleet = Fleet::new()?;
    let mut stood = Vec::new();
    for (inbox, receivers) in inboxes.iter().zip(rooms) {
        stood.push(room(&mut fleet, &node, inbox, (*receivers, publishers))?);
    }
    let first: Vec<&Inbox> = inboxes.iter().take(1).collect();
    let opening = node.opening(&first);
    Ok(Stand { name: "Tandem", process: node.process, fleet, rooms: stood, opening })
}

fn room(
    fleet: &mut Fleet,
    node: &Node,
    inbox: &Inbox,
    (receivers, publishers): (usize, usize),
) -> anyhow::Result<Room> {
    let threads = node.threads(inbox, publishers)?;
    fleet.open(node.address(), &node.opening(&[inbox]), receivers)?;
    let publishers = fleet.open(node.address(), &node.opening(&[]), publishers)?;
    Ok(Room { dialect: Dialect::Tandem(threads), publishers, receivers: u64::try_from(receivers)? })
}
