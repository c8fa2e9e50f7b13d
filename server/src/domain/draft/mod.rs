//! Drafts: a text that several write at once. The document is one of Yjs; here is all that knows it.

pub mod document;
pub mod review;
mod wire;

#[cfg(test)]
mod hostile;
