//! The server's own Postgres, for when `DATABASE_URL` is not set.
//!
//! It lives in the data folder, is reached over a unix socket there and nowhere else, and ends with
//! the server however that ends: a guard process, which is Postgres' parent, reads a pipe whose
//! other end only the server holds, and stops Postgres when the pipe closes.
//!
//! ```text
//! tandem serve --pipe--> tandem postgres-guard --parent of--> postgres -D <data>/postgres
//! ```
//!
//! The folder has `postgres` (the cluster), `run` (the socket), `postgres.log`, and `lock`, which
//! keeps a second server out.

pub mod cluster;
pub mod error;
pub mod folder;
pub mod guard;
pub mod handle;
pub mod locate;
