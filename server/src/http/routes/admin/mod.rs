//! Settings, for administrators: `/api/v1/admin`.

pub mod accounts;
pub mod channels;
pub mod inboxes;
pub mod people;
pub mod rights;
pub mod sessions;
