//! Samples of what providers send, played through the real server by webhook: what each becomes, that
//! all of them again and in any order change nothing, and what bad ones do.

mod bad;
mod consistent;
mod peers;
mod replay;
mod sample;
mod state;
mod table;
mod world;
