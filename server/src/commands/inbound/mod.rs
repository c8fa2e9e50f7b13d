//! What providers tell: each thing is a command of its own, taken once however often it is told.
//!
//! - `told`: the way in, and which command a thing is.
//! - `message`, `echo`: what customers wrote, and what the business wrote past us.
//! - `said`: what customers do with messages.
//! - `consent`: what they want to get.
//! - `auto_reply`: what the first message of an episode is answered by itself.

mod auto_reply;
mod consent;
mod echo;
mod message;
mod said;
mod told;
