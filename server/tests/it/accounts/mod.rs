//! Accounts at providers, inboxes and channels that administrators set up.

mod auto_reply;
mod doctor;
mod doors;
mod rotation;
mod sealed;
mod send;
mod stage;
mod troubles;
