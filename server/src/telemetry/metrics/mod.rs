//! What the server counts and times, for `GET /metrics`. One set of series a process: callers write
//! `metrics().collisions_prevented.inc()`, and `all` lists every series that there is.

pub mod all;
pub mod kinds;
pub mod page;
pub mod process;
