//! Google RCS for Business: reads its signed webhooks, and sends through its API.
//!
//! - `account`: both ways together; `maker`: what it is made of.
//! - `signature`: did Google send this?
//! - `body`: what is in the request, and which part of it is signed.
//! - `told`: what it says, in the form that all providers have.
//!   A message's content: `content`; fields that may be anything: `fields`.
//! - `client`: the calls that we make; `calls`: what each looks like.
//! - `token`: the access tokens for them; `service_account`: the key that they are asked for with.

pub mod account;
pub mod body;
pub mod calls;
pub mod client;
mod content;
mod fields;
pub mod maker;
pub mod service_account;
pub mod signature;
pub mod token;
pub mod told;

#[cfg(test)]
mod mutations;
