//! All reads. Each takes the asker's visibility, and answers from one instant of the database.

pub mod attachments;
pub mod canned;
pub mod drafts;
pub mod error;
pub mod inboxes;
pub mod notes;
pub mod notifications;
pub mod sessions;
pub mod settings;
pub mod tags;
pub mod templates;
pub mod threads;
