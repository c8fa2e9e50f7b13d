//! Feeds, cursors, and who does what: what turns committed events into frames.

pub mod connections;
pub mod drafts;
pub mod encode;
pub mod feed;
pub mod feeds;
pub mod hub;
pub mod line;
mod live;
pub mod pages;
pub mod presence;
pub mod reader;
pub mod resume;
pub mod ring;
pub mod signals;
