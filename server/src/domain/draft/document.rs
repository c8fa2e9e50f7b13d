//! A draft's document: changes are applied to a copy made for it, and a panic of the library stays there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use protocol::{ids::AttachmentId, limits::DRAFT_UNITS_MAX};
use sha2::{Digest, Sha256};
use yrs::{
    Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, TextRef, Transact, Update,
    block::ClientID, updates::decoder::Decode,
};

use super::wire;

/// Where the text is in the document.
pub const TEXT: &str = "text";
/// Where the files are: their ids, one a line.
pub const FILES: &str = "files";

/// A document that is larger is made anew out of its text: what was deleted weighs, too.
const FRESH_FROM_BYTES: usize = 128 * 1024;
/// Longest list of files: more than any channel takes.
const FILES_UNITS_MAX: usize = 1_000;
/// Who writes what the server writes.
const SERVER: u32 = 1;

/// What a draft says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// The text.
    pub text: String,
    /// The files that go with it, one a line.
    files: String,
}

/// What came of a change.
#[derive(Debug)]
pub enum Applied {
    /// The document had it already.
    Known,
    /// The document is another one now.
    Changed(Box<Changed>),
}

/// What came of a change that was one.
#[derive(Debug)]
pub struct Changed {
    /// What the draft says now.
    pub content: Content,
    /// The change, as the library writes it.
    pub update: Vec<u8>,
    /// The whole document.
    pub whole: Vec<u8>,
    /// The document made anew, where it has become too large.
    pub fresh: Option<Vec<u8>>,
}

/// Why a change is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUpdate {
    /// Not an update.
    #[error("must be an update of Yjs, version 1, in base64")]
    Unreadable,
    /// Something else than text.
    #[error("must hold nothing but text in `text` and ids of files in `files`")]
    NotText,
    /// Written by somebody else.
    #[error("must hold nothing that another client has written than `draft_open` named")]
    AnothersClient,
    /// What comes before it is not there.
    #[error("must follow on what the server has: open the draft again")]
    Missing,
    /// Postgres takes no NUL, and nobody can see one.
    #[error("must not bring U+0000 into the draft")]
    Nul,
    /// Over the limit.
    #[error("the draft would be too long: {DRAFT_UNITS_MAX} UTF-16 units are allowed")]
    TooLong,
}

/// A stored document that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored draft cannot be read")]
pub struct Broken;

impl Content {
    /// Says whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.files.trim().is_empty()
    }

    /// Returns the files, or nothing where a line is not an id.
    pub fn files(&self) -> Option<Vec<AttachmentId>> {
        self.files.split_whitespace().map(|id| id.parse().ok()).collect()
    }

    /// Returns the name of exactly this text with these files. The salt keeps short texts from being
    /// guessed.
    pub fn digest(&self, salt: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(salt);
        for part in [&self.text, &self.files] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }
}

/// A copy of a document, to try things on.
struct Copy {
    doc: Doc,
    text: TextRef,
    files: TextRef,
}

impl Copy {
    fn of(stored: &[Vec<u8>]) -> Result<Self, yrs::error::Error> {
        let doc = Doc::with_options(Options {
            client_id: ClientID::new(SERVER.into()),
            // As in a browser. The default counts bytes.
            offset_kind: OffsetKind::Utf16,
            ..Options::default()
        });
        // Before any transaction: the places are looked up under a lock of their own.
        let (text, files) = (doc.get_or_insert_text(TEXT), doc.get_or_insert_text(FILES));
        for update in stored {
            let update = Update::decode_v1(update)?;
            doc.transact_mut().apply_update(update)?;
        }
        Ok(Self { doc, text, files })
    }

    fn content(&self) -> Content {
        let txn = self.doc.transact();
        Content { text: self.text.get_string(&txn), files: self.files.get_string(&txn) }
    }
}

/// Runs something of the library; a panic in it is no more than a failure.
fn contained<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Returns what a stored document says.
pub fn read(stored: &[Vec<u8>]) -> Result<Content, Broken> {
    let content = contained(|| Copy::of(stored).map(|copy| copy.content()));
    content.and_then(Result::ok).ok_or(Broken)
}

/// Applies a client's change to a copy of a stored document.
pub fn apply(stored: &[Vec<u8>], update: &[u8], client: u32) -> Result<Applied, BadUpdate> {
    wire::check(update, client)?;
    contained(|| tried(stored, update)).unwrap_or(Err(BadUpdate::Unreadable))
}

fn tried(stored: &[Vec<u8>], update: &[u8]) -> Result<Applied, BadUpdate> {
    let unreadable = |_error| BadUpdate::Unreadable;
    let copy = Copy::of(stored).map_err(unreadable)?;
    let before = copy.doc.transact().snapshot();
    let parsed = Update::decode_v1(update).map_err(|_bad| BadUpdate::Unreadable)?;
    let mut txn = copy.doc.transact_mut();
    txn.apply_update(parsed).map_err(|_bad| BadUpdate::Unreadable)?;
    // What the library has made of it, and no more.
    let update = txn.encode_update_v1();
    drop(txn);
    let txn = copy.doc.transact();
    if txn.has_missing_updates() {
        return Err(BadUpdate::Missing);
    }
    if txn.snapshot() == before {
        return Ok(Applied::Known);
    }
    let whole = txn.encode_state_as_update_v1(&StateVector::default());
    drop(txn);
    let content = copy.content();
    let units = |text: &str| text.encode_utf16().count();
    if units(&content.text) > DRAFT_UNITS_MAX || units(&content.files) > FILES_UNITS_MAX {
        return Err(BadUpdate::TooLong);
    }
    if content.text.contains('\0') {
        return Err(BadUpdate::Nul);
    }
    // A change can name places that no editor makes, and what it does then depends on how the document
    // is cut: whoever reads it from here, or put together, has to see the same.
    let mut again = stored.to_vec();
    again.push(update.clone());
    for other in [again, vec![whole.clone()]] {
        if Copy::of(&other).map_err(unreadable)?.content() != content {
            return Err(BadUpdate::Unreadable);
        }
    }
    let fresh = (whole.len() > FRESH_FROM_BYTES).then(|| fresh(&content)).transpose();
    let fresh = fresh.map_err(unreadable)?;
    Ok(Applied::Changed(Box::new(Changed { content, update, whole, fresh })))
}

/// Makes a document that says this and remembers nothing.
fn fresh(content: &Content) -> Result<Vec<u8>, yrs::error::Error> {
    let copy = Copy::of(&[])?;
    let mut txn = copy.doc.transact_mut();
    copy.text.insert(&mut txn, 0, &content.text);
    copy.files.insert(&mut txn, 0, &content.files);
    drop(txn);
    Ok(copy.doc.transact().encode_state_as_update_v1(&StateVector::default()))
}
