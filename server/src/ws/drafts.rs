//! Drafts that a connection has open: opening, changing, and telling what others have changed.

use std::{num::NonZeroU32, sync::Arc};

use protocol::{
    drafts::{
        DraftBytes, DraftChanged, DraftClose, DraftClosed, DraftCursor, DraftCursors, DraftOpen,
        DraftOpened, DraftPerson, DraftSaved, DraftUpdate,
    },
    errors::{ErrorBody, ErrorCode, ErrorDetails},
    frames::{ErrorFrame, ServerFrame},
    ids::ThreadId,
    limits::{DRAFT_CLIENTS_MAX, DRAFT_FRAMES_PER_SECOND, DRAFT_UPDATE_BYTES_MAX, DRAFTS_OPEN_MAX},
};

use super::{
    connection::{Connection, End, Working},
    handle::{Worked, wait},
    limit::{Admitted, FrameLimit},
};
use crate::{
    commands::{
        draft::{Change, Saved},
        error::{CommandError, log_failure, store_body, store_code},
    },
    realtime::encode,
    store::drafts::{self, Place, Read},
};

/// The drafts of a connection; few have any.
pub(super) struct Open {
    drafts: Vec<OpenDraft>,
    limit: FrameLimit,
}

/// A draft that is open, and how far its client was told of it.
struct OpenDraft {
    thread: ThreadId,
    client: u32,
    epoch: u32,
    n: u64,
    version: u64,
    people_version: u64,
}

impl Open {
    fn new() -> Self {
        let per_second = NonZeroU32::new(DRAFT_FRAMES_PER_SECOND).unwrap_or(NonZeroU32::MIN);
        Self { drafts: Vec::new(), limit: FrameLimit::new(per_second) }
    }

    /// Returns the threads whose drafts are open.
    pub(super) fn threads(&self) -> impl Iterator<Item = ThreadId> {
        self.drafts.iter().map(|draft| draft.thread)
    }
}

impl OpenDraft {
    fn took(&mut self, read: &Read) {
        self.epoch = read.view.epoch;
        self.n = read.view.n;
        self.version = read.place.version;
    }
}

fn no_thread() -> ErrorBody {
    let details = ErrorDetails { field: Some("thread_id".to_owned()), ..ErrorDetails::default() };
    ErrorBody::new(ErrorCode::NotFound, "there is no such thread").with(details)
}

fn invalid(message: &'static str) -> ErrorBody {
    let details = ErrorDetails { field: Some("thread_id".to_owned()), ..ErrorDetails::default() };
    ErrorBody::new(ErrorCode::Invalid, message).with(details)
}

impl Connection {
    fn sees_draft(&self, place: Place) -> bool {
        !place.merged && self.who.visibility.sees(place.inbox_id, place.owner)
    }

    fn draft(&mut self, thread: ThreadId) -> Option<&mut OpenDraft> {
        self.drafts.as_mut()?.drafts.iter_mut().find(|draft| draft.thread == thread)
    }

    pub(super) async fn open_draft(&mut self, it: &DraftOpen) -> Result<(), End> {
        let DraftOpen { id, thread_id, client } = *it;
        let count = self.drafts.as_ref().map_or(0, |open| open.drafts.len());
        if count >= DRAFTS_OPEN_MAX && self.draft(thread_id).is_none() {
            let message = format!("a connection has {DRAFTS_OPEN_MAX} drafts open at most");
            let error = ErrorBody::new(ErrorCode::TooManySubscriptions, message);
            return self.error(Some(id), error).await;
        }
        let read = match drafts::after(&self.state.store, thread_id, (0, 0)).await {
            Ok(read) => read.filter(|read| self.sees_draft(read.place)),
            Err(error) => return self.error(Some(id), store_body(store_code(&error))).await,
        };
        let Some(read) = read else { return self.error(Some(id), no_thread()).await };
        let agent_id = self.who.agent.id;
        let person = DraftPerson { connection_id: self.id, agent_id, client, cursor: None };
        let here = (person, Arc::clone(&self.wake));
        match self.state.hub.drafts.open(thread_id, read.place, here).await {
            Ok(true) => {}
            Ok(false) => {
                let message = format!("{DRAFT_CLIENTS_MAX} have this draft open already");
                let error = ErrorBody::new(ErrorCode::TooManySubscriptions, message);
                return self.error(Some(id), error).await;
            }
            Err(error) => return self.error(Some(id), store_body(store_code(&error))).await,
        }
        let open = self.drafts.get_or_insert_with(|| Box::new(Open::new()));
        open.drafts.retain(|draft| draft.thread != thread_id);
        open.drafts.push(OpenDraft {
            thread: thread_id,
            client,
            epoch: read.view.epoch,
            n: read.view.n,
            version: read.place.version,
            people_version: 0,
        });
        let updates = read.updates.into_iter().map(|update| DraftBytes(update.bytes)).collect();
        let frame = DraftOpened { id, draft: read.view, updates };
        self.send(&ServerFrame::DraftOpened(frame)).await
    }

    pub(super) async fn close_draft(&mut self, it: &DraftClose) -> Result<(), End> {
        self.forget_draft(it.thread_id);
        let frame = DraftClosed { id: Some(it.id), thread_id: it.thread_id };
        self.send(&ServerFrame::DraftClosed(frame)).await
    }

    fn forget_draft(&mut self, thread: ThreadId) {
        self.state.hub.drafts.close(thread, self.id);
        if let Some(open) = &mut self.drafts {
            open.drafts.retain(|draft| draft.thread != thread);
        }
    }

    /// Counts what is sent to drafts.
    fn admit_to_draft(&mut self) -> Result<(), ErrorBody> {
        let Some(open) = &mut self.drafts else { return Ok(()) };
        match open.limit.admit() {
            Admitted::Yes => Ok(()),
            Admitted::Later(time) => Err(wait(time)),
            Admitted::Enough => Err(wait(std::time::Duration::from_secs(1))),
        }
    }

    pub(super) async fn move_caret(&mut self, it: DraftCursor) -> Result<(), End> {
        if self.draft(it.thread_id).is_none() {
            return self.error(None, invalid("must be a thread whose draft is open here")).await;
        }
        if let Err(error) = self.admit_to_draft() {
            return self.error(None, error).await;
        }
        self.state.hub.drafts.move_caret(it.thread_id, self.id, it.cursor);
        Ok(())
    }

    /// Begins to change a draft.
    pub(super) async fn change_draft(&mut self, it: DraftUpdate) -> Result<Option<Working>, End> {
        let DraftUpdate { id, thread_id, epoch, update } = it;
        let Some(client) = self.draft(thread_id).map(|draft| draft.client) else {
            let error = invalid("must be a thread whose draft is open here");
            return self.error(Some(id), error).await.map(|()| None);
        };
        let (bytes, max) = (update.0.len(), DRAFT_UPDATE_BYTES_MAX);
        if bytes > max {
            let field = Some("update".to_owned());
            let max = u32::try_from(max).ok();
            let details = ErrorDetails { field, max, ..ErrorDetails::default() };
            let error = ErrorBody::new(ErrorCode::TooLong, "the update has too many bytes");
            return self.error(Some(id), error.with(details)).await.map(|()| None);
        }
        if let Err(error) = self.admit_to_draft() {
            return self.error(Some(id), error).await.map(|()| None);
        }
        let Some(look) = self.state.hub.drafts.look(thread_id) else {
            return self.error(Some(id), no_thread()).await.map(|()| None);
        };
        let (who, inbox) = (Arc::clone(&self.who.visibility), look.place.inbox_id);
        let change = Change { who, thread: thread_id, inbox, epoch, client, update: update.0 };
        let road = self.state.road.clone();
        Ok(Some(Box::pin(async move {
            let result = road.change_draft(change).await;
            if let Err(error) = &result {
                log_failure(error);
            }
            Worked::Answer(answer(id, thread_id, result))
        })))
    }

    /// Writes what has happened to the drafts that are open here; returns how many bytes.
    pub(super) async fn pull_drafts(&mut self) -> Result<usize, End> {
        let threads: Vec<ThreadId> = match &self.drafts {
            Some(open) => open.threads().collect(),
            None => return Ok(0),
        };
        let mut bytes = 0;
        for thread in threads {
            for frame in self.draft_news(thread).await {
                let frame = encode::frame(&frame);
                bytes += frame.len();
                self.socket.feed(frame).await?;
            }
        }
        Ok(bytes)
    }

    async fn draft_news(&mut self, thread: ThreadId) -> Vec<ServerFrame> {
        let mut frames = Vec::new();
        let Some(look) = self.state.hub.drafts.look(thread) else { return frames };
        let Some(draft) = self.draft(thread) else { return frames };
        let (at, own) = ((draft.epoch, draft.n), draft.client);
        let (grown, moved) =
            (draft.version < look.place.version, draft.people_version != look.people_version);
        let gone = ServerFrame::DraftClosed(DraftClosed { id: None, thread_id: thread });
        if !self.sees_draft(look.place) {
            self.forget_draft(thread);
            return vec![gone];
        }
        if grown {
            match drafts::after(&self.state.store, thread, at).await {
                Ok(Some(read)) if self.sees_draft(read.place) => {
                    if let Some(draft) = self.draft(thread) {
                        draft.took(&read);
                    }
                    let others = read.updates.into_iter();
                    let others = others.filter(|update| update.client != Some(own));
                    let updates = others.map(|update| DraftBytes(update.bytes)).collect();
                    frames.push(ServerFrame::Draft(DraftChanged { draft: read.view, updates }));
                }
                Ok(_unseen) => {
                    self.forget_draft(thread);
                    return vec![gone];
                }
                // The poll wakes this connection again.
                Err(error) => tracing::warn!(error = %error, "a draft could not be read"),
            }
        }
        if moved {
            if let Some(draft) = self.draft(thread) {
                draft.people_version = look.people_version;
            }
            let cursors = self.state.hub.drafts.people(thread, self.id);
            frames.push(ServerFrame::DraftCursors(DraftCursors { thread_id: thread, cursors }));
        }
        frames
    }
}

fn answer(id: u32, thread_id: ThreadId, result: Result<Saved, CommandError>) -> ServerFrame {
    match result {
        Ok(Saved { epoch, n }) => ServerFrame::DraftSaved(DraftSaved { id, thread_id, epoch, n }),
        Err(error) => ServerFrame::Error(ErrorFrame { id: Some(id), error: error.body() }),
    }
}
