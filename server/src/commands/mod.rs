//! All writes. A command is authorised, does its work in one transaction, and never commits itself:
//! `road` does that, and tells the news afterwards.

pub mod account;
mod admin;
pub mod assign;
pub mod attachment;
pub mod attention;
mod availability;
pub mod channel;
mod contact;
pub mod context;
pub mod error;
mod fallback;
pub mod fire;
pub mod inbound;
pub mod inbox;
mod job;
mod lanes;
pub mod left_lock;
pub mod lock;
pub mod note;
mod observe;
pub mod open;
pub mod pause;
pub mod reply;
pub mod report;
pub mod road;
pub mod session;
pub mod setup;
pub mod status;
pub mod templates;
mod together;
pub mod upload;
mod way;
