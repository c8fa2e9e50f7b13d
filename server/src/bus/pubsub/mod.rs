//! The bus over Redis (or Valkey) pub/sub.
//!
//! Plain pub/sub, not the sharded kind: one node of Redis carries a hundred thousand messages a
//! second, a message is a hint of 150 bytes, and a cluster forwards plain ones by itself. Every node
//! of Redis then carries all messages, so its limit is that of one machine. Redis forgets a message
//! as soon as it is sent, and cuts a subscriber that does not keep up; both are healed from Postgres.

pub mod connect;
mod publisher;
mod subscriber;
