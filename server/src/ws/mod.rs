//! The WebSocket: handshake, frames in and out, limits, close codes.

pub mod admission;
mod at_desk;
pub mod close;
pub mod connection;
pub mod drafts;
mod handle;
mod idle;
mod leave;
mod limit;
mod open;
mod pull;
pub mod socket;
pub mod state;
pub mod stream;
pub mod upgrade;
