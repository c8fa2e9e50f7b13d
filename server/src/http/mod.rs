//! HTTP: routes, refusals as problems, the desk's files, and the loop that accepts connections.

pub mod assets;
pub mod error;
pub mod read;
pub mod request;
pub mod router;
pub mod routes;
pub mod serve;
pub mod signed_in;
pub mod state;
