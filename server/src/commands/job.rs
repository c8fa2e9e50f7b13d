//! A command on its way through a transaction that it may share with others.

use std::{pin::Pin, sync::Arc};

use protocol::{
    commands::{Command, Outcome},
    ids::ThreadId,
};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tracing::Instrument;
use uuid::Uuid;

use super::{
    assign, availability, contact,
    context::{About, Ctx, OwnCommand, Pending, Wish},
    draft,
    error::CommandError,
    label, lock, note, notify, open, reply, review, status,
};
use crate::{
    domain::actor::Actor,
    store::{idempotency::Keyed, notifications::Which, transaction::Places},
};

/// What is left of a job when its transaction is over.
pub(super) enum End {
    /// It was done now.
    Kept,
    /// There was nothing to do.
    Nothing,
    /// It had been done before.
    Before(Outcome),
    /// It was refused, or failed.
    Refused(CommandError),
}

/// What [`Job::run`] returns; boxed, so that jobs of all kinds can stand in one line.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<bool, CommandError>> + Send + 'a>>;

/// A command that waits for its turn.
pub(super) trait Job: Send {
    /// Who wants it.
    fn actor(&self) -> Actor;
    /// Its key, where it has one.
    fn key(&self) -> Option<Keyed>;
    /// What it is about; one transaction has one job for each, and has locked it before.
    fn about(&self) -> Option<About>;
    /// Jobs that share a transaction run in this order, so that two transactions do not wait for each
    /// other.
    fn order(&self) -> Uuid;
    /// Does the work; `false` where nothing is to be kept.
    fn run<'a>(&'a mut self, ctx: &'a mut Ctx<'_>) -> Running<'a>;
    /// Learns the places of its events; returns what is recorded under its key.
    fn numbered(&mut self, places: &Places) -> Option<Outcome>;
    /// Answers whoever waits.
    fn end(self: Box<Self>, end: End);
}

/// Where an answer goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, CommandError>>;

/// An agent's wish as a job.
pub(super) struct WishJob {
    wish: Arc<Wish>,
    digest: [u8; 32],
    span: tracing::Span,
    pending: Option<Pending>,
    outcome: Option<Outcome>,
    answer: Answer<Outcome>,
}

impl WishJob {
    pub(super) fn new(wish: Arc<Wish>, answer: Answer<Outcome>) -> Self {
        let request = serde_json::to_vec(&wish.command).expect("a command is JSON");
        let (digest, span) = (Sha256::digest(&request).into(), tracing::Span::current());
        Self { wish, digest, span, pending: None, outcome: None, answer }
    }
}

impl Job for WishJob {
    fn actor(&self) -> Actor {
        self.wish.visibility.actor
    }

    fn key(&self) -> Option<Keyed> {
        let actor = self.actor().id().expect("an agent and a token have ids");
        Some(Keyed { actor, key: self.wish.key.as_str().to_owned(), digest: self.digest })
    }

    fn about(&self) -> Option<About> {
        match &self.wish.command {
            Command::RenameContact(_) | Command::MergeContact(_) | Command::UnmergeContact(_) => {
                Some(About::Customers)
            }
            _ => self.wish.thread().map(About::Thread),
        }
    }

    fn order(&self) -> Uuid {
        self.wish.thread().map_or_else(Uuid::nil, ThreadId::uuid)
    }

    fn run<'a>(&'a mut self, ctx: &'a mut Ctx<'_>) -> Running<'a> {
        let (wish, pending, span) = (&self.wish, &mut self.pending, self.span.clone());
        let running = async move {
            *pending = Some(perform(ctx, wish).await?);
            Ok(true)
        };
        Box::pin(running.instrument(span))
    }

    fn numbered(&mut self, places: &Places) -> Option<Outcome> {
        self.outcome = self.pending.take().map(|pending| pending.outcome(places));
        self.outcome.clone()
    }

    fn end(self: Box<Self>, end: End) {
        let result = match end {
            End::Kept | End::Nothing => Ok(self.outcome.expect("a wish that was done has one")),
            End::Before(outcome) => Ok(outcome),
            End::Refused(error) => Err(error),
        };
        let _gone = self.answer.send(result);
    }
}

async fn perform(ctx: &mut Ctx<'_>, wish: &Wish) -> Result<Pending, CommandError> {
    match &wish.command {
        Command::SendReply(it) => reply::send(ctx, wish, it).await,
        Command::AddNote(it) => note::add(ctx, wish, it).await,
        Command::Assign(it) => assign::assign(ctx, wish, it).await,
        Command::SetStatus(it) => status::set(ctx, wish, it).await,
        Command::OpenThread(it) => open::open(ctx, wish, it).await,
        Command::AcquireLock(it) => lock::acquire(ctx, wish, it.thread_id).await,
        Command::ReleaseLock(it) => lock::release(ctx, wish, it).await,
        Command::RequestLock(it) => lock::request(ctx, wish, it.thread_id).await,
        Command::TakeOverLock(it) => lock::take_over(ctx, wish, it).await,
        Command::RenameContact(it) => contact::rename(ctx, wish, it).await,
        Command::MergeContact(it) => contact::merge(ctx, wish, it).await,
        Command::UnmergeContact(it) => contact::unmerge(ctx, wish, it).await,
        Command::SetAvailability(it) => availability::set(ctx, wish, it).await,
        Command::Prioritise(it) => label::prioritise(ctx, wish, it).await,
        Command::TagThread(it) => label::tag(ctx, wish, it).await,
        Command::UntagThread(it) => label::untag(ctx, wish, it).await,
        Command::MarkUnread(it) => open::mark_unread(ctx, wish, it.thread_id).await,
        Command::RequestReview(it) => review::request(ctx, wish, it).await,
        Command::ApproveDraft(it) => review::approve(ctx, wish, it).await,
        Command::AskChanges(it) => review::ask_changes(ctx, wish, it).await,
        Command::DiscardDraft(it) => draft::discard(ctx, wish, it).await,
        Command::SendDraft(it) => draft::send(ctx, wish, it).await,
        Command::EditNote(it) => note::edit(ctx, wish, it).await,
        Command::DeleteNote(it) => note::delete(ctx, wish, it).await,
        Command::MuteThread(it) => notify::mute(ctx, wish, it).await,
        Command::ReadNotifications(it) => notify::read(ctx, wish, it).await,
        Command::ReadAllNotifications(_) => {
            Ok(Pending::Done(notify::read_which(ctx, wish, Which::All).await?))
        }
    }
}

/// A command of the server itself as a job. It has no key: what it is about is unique.
pub(super) struct OwnJob<C: OwnCommand> {
    command: C,
    actor: Actor,
    span: tracing::Span,
    done: Option<C::Done>,
    answer: Answer<Option<C::Done>>,
}

impl<C: OwnCommand> OwnJob<C> {
    pub(super) fn new(actor: Actor, command: C, answer: Answer<Option<C::Done>>) -> Self {
        Self { command, actor, span: tracing::Span::current(), done: None, answer }
    }
}

impl<C: OwnCommand + Send> Job for OwnJob<C> {
    fn actor(&self) -> Actor {
        self.actor
    }

    fn key(&self) -> Option<Keyed> {
        None
    }

    fn about(&self) -> Option<About> {
        self.command.about()
    }

    fn order(&self) -> Uuid {
        self.command.order()
    }

    fn run<'a>(&'a mut self, ctx: &'a mut Ctx<'_>) -> Running<'a> {
        let (command, done, span) = (&self.command, &mut self.done, self.span.clone());
        let running = async move {
            *done = command.run(ctx).await?;
            Ok(done.is_some())
        };
        Box::pin(running.instrument(span))
    }

    fn numbered(&mut self, _places: &Places) -> Option<Outcome> {
        None
    }

    fn end(self: Box<Self>, end: End) {
        let result = match end {
            End::Kept => Ok(self.done),
            End::Nothing | End::Before(_) => Ok(None),
            End::Refused(error) => Err(error),
        };
        let _gone = self.answer.send(result);
    }
}
