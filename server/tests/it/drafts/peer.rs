//! An agent's editor: a socket, and a document of Yjs as a browser has it.

use protocol::{
    commands::{Command, Outcome},
    drafts::{
        DraftBytes, DraftClosed, DraftCursor, DraftOpen, DraftPerson, DraftUpdate, DraftView,
    },
    errors::ErrorBody,
    frames::{ClientFrame, ServerFrame},
    ids::ThreadId,
};
use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, Text, TextRef, Transact, Update, block::ClientID,
    updates::decoder::Decode,
};

use crate::harness::{api::Api, dice::Dice, socket::Socket};

/// An open draft.
pub(crate) struct Peer {
    pub(crate) socket: Socket,
    pub(crate) thread: ThreadId,
    pub(crate) client: u32,
    doc: Doc,
    text: TextRef,
    files: TextRef,
    /// The draft as the server has told it last.
    pub(crate) view: DraftView,
    /// Who else has it open.
    pub(crate) people: Vec<DraftPerson>,
    /// Whether the thread is out of sight.
    pub(crate) gone: bool,
    /// Requests whose answers have not come.
    unanswered: Vec<u32>,
    /// Refusals so far.
    pub(crate) refused: Vec<ErrorBody>,
    next_id: u32,
}

fn document(client: u32) -> (Doc, TextRef, TextRef) {
    let doc = Doc::with_options(Options {
        client_id: ClientID::new(client.into()),
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    });
    let (text, files) = (doc.get_or_insert_text("text"), doc.get_or_insert_text("files"));
    (doc, text, files)
}

impl Peer {
    /// Opens a thread's draft over a connection of its own.
    pub(crate) async fn open(api: &Api, thread: ThreadId, client: u32) -> Self {
        let mut socket = Socket::open(&api.url, &api.token).await;
        socket.subscribe(api.stream(), None).await;
        Self::over(socket, thread, client).await
    }

    /// Opens a thread's draft over a connection.
    pub(crate) async fn over(mut socket: Socket, thread: ThreadId, client: u32) -> Self {
        let (view, updates) = opened(&mut socket, thread, client).await;
        let (doc, text, files) = document(client);
        let peer = Self {
            socket,
            thread,
            client,
            doc,
            text,
            files,
            view,
            people: Vec::new(),
            gone: false,
            unanswered: Vec::new(),
            refused: Vec::new(),
            next_id: 10_000,
        };
        peer.apply(&updates);
        peer
    }

    /// Loses its connection without a word and comes back, to any node, with what it has not sent.
    pub(crate) async fn reconnect(&mut self, url: &str, token: &str) {
        self.socket = Socket::open(url, token).await;
        let (view, updates) = opened(&mut self.socket, self.thread, self.client).await;
        self.unanswered.clear();
        let same = view.epoch == self.view.epoch;
        self.view = view;
        if !same {
            (self.doc, self.text, self.files) = document(self.client);
            self.apply(&updates);
            return;
        }
        let (theirs, _text, _files) = document(1);
        for update in &updates {
            let update = Update::decode_v1(&update.0).expect("the server's own");
            theirs.transact_mut().apply_update(update).expect("the server's own");
        }
        self.apply(&updates);
        let known = theirs.transact().state_vector();
        let missing = self.doc.transact().encode_diff_v1(&known);
        self.send(missing).await;
    }

    fn apply(&self, updates: &[DraftBytes]) {
        for update in updates {
            let update = Update::decode_v1(&update.0).expect("an update of the server");
            self.doc.transact_mut().apply_update(update).expect("an update of the server");
        }
    }

    /// Returns what it shows.
    pub(crate) fn shown(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// Returns how many UTF-16 units it shows.
    pub(crate) fn units(&self) -> u32 {
        self.text.len(&self.doc.transact())
    }

    /// Types at a place, and sends it without waiting.
    pub(crate) async fn type_at(&mut self, at: u32, text: &str) {
        let update = {
            let mut txn = self.doc.transact_mut();
            self.text.insert(&mut txn, at, text);
            txn.encode_update_v1()
        };
        self.send(update).await;
    }

    /// Deletes at a place, likewise.
    pub(crate) async fn delete(&mut self, at: u32, units: u32) {
        let update = {
            let mut txn = self.doc.transact_mut();
            self.text.remove_range(&mut txn, at, units);
            txn.encode_update_v1()
        };
        self.send(update).await;
    }

    /// Types without sending, as while there is no connection.
    pub(crate) fn type_offline(&self, at: u32, text: &str) {
        self.text.insert(&mut self.doc.transact_mut(), at, text);
    }

    /// Adds a file.
    pub(crate) async fn add_file(&mut self, id: &str) {
        let update = {
            let mut txn = self.doc.transact_mut();
            self.files.insert(&mut txn, 0, &format!("{id}\n"));
            txn.encode_update_v1()
        };
        self.send(update).await;
    }

    /// Sends a change.
    pub(crate) async fn send(&mut self, update: Vec<u8>) {
        self.next_id += 1;
        let (id, epoch) = (self.next_id, self.view.epoch);
        self.unanswered.push(id);
        let update = DraftUpdate { id, thread_id: self.thread, epoch, update: DraftBytes(update) };
        self.socket.send(&ClientFrame::DraftUpdate(update)).await;
    }

    /// Says where its caret is.
    pub(crate) async fn caret(&mut self, cursor: &str) {
        let cursor = serde_json::from_value(cursor.into()).unwrap();
        let frame = DraftCursor { thread_id: self.thread, cursor };
        self.socket.send(&ClientFrame::DraftCursor(frame)).await;
    }

    /// Types and deletes in a thousand places, in one change: nothing of it can be put together.
    pub(crate) async fn scramble(&mut self, dice: &mut Dice) {
        let update = {
            let mut txn = self.doc.transact_mut();
            for _change in 0..1_000 {
                let units = self.text.len(&txn);
                let mut place = || u32::try_from(dice.below(units as usize + 1)).unwrap();
                self.text.insert(&mut txn, place(), "x");
                if units > 200 {
                    let at = place().min(units - 1);
                    self.text.remove_range(&mut txn, at, 1);
                }
            }
            txn.encode_update_v1()
        };
        self.send(update).await;
    }

    /// Runs a command on its socket.
    pub(crate) async fn command(
        &mut self,
        key: &str,
        command: Command,
    ) -> Result<Outcome, ErrorBody> {
        let id = self.socket.begin(key, command).await;
        loop {
            match self.step().await {
                ServerFrame::Ok(it) if it.id == id => return Ok(it.outcome),
                ServerFrame::Error(it) if it.id == Some(id) => return Err(it.error),
                _ => {}
            }
        }
    }

    /// Reads one frame and does what it says.
    pub(crate) async fn step(&mut self) -> ServerFrame {
        let frame = self.socket.next().await;
        match &frame {
            ServerFrame::Draft(it) if it.draft.thread_id == self.thread => {
                if it.draft.epoch != self.view.epoch {
                    (self.doc, self.text, self.files) = document(self.client);
                }
                self.view = it.draft.clone();
                self.apply(&it.updates);
            }
            ServerFrame::DraftSaved(it) => self.unanswered.retain(|id| *id != it.id),
            ServerFrame::DraftCursors(it) => self.people.clone_from(&it.cursors),
            ServerFrame::DraftClosed(DraftClosed { thread_id, .. }) => {
                assert_eq!(*thread_id, self.thread);
                self.gone = true;
            }
            ServerFrame::Error(it) if it.id.is_none_or(|id| id > 10_000) => {
                if let Some(id) = it.id {
                    self.unanswered.retain(|known| *known != id);
                }
                self.refused.push(it.error.clone());
            }
            _ => {}
        }
        frame
    }

    /// Reads until something is so.
    pub(crate) async fn until(&mut self, what: &str, check: impl Fn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
        while !check(self) {
            let step = tokio::time::timeout_at(deadline, self.step()).await;
            step.unwrap_or_else(|_late| {
                panic!("still not so: {what}; it shows {:?}", self.shown())
            });
        }
    }

    /// Reads until all that it sent is stored.
    pub(crate) async fn saved(&mut self) {
        self.until("all is stored", |peer| peer.unanswered.is_empty()).await;
    }

    /// Reads until it shows a text.
    pub(crate) async fn shows(&mut self, text: &str) {
        self.until(&format!("it shows {text:?}"), |peer| peer.shown() == text).await;
    }
}

async fn opened(
    socket: &mut Socket,
    thread_id: ThreadId,
    client: u32,
) -> (DraftView, Vec<DraftBytes>) {
    socket.send(&ClientFrame::DraftOpen(DraftOpen { id: 4, thread_id, client })).await;
    socket
        .until(|frame| match frame {
            ServerFrame::DraftOpened(it) => Some((it.draft.clone(), it.updates.clone())),
            ServerFrame::Error(error) if error.id == Some(4) => panic!("{error:?}"),
            _ => None,
        })
        .await
}
