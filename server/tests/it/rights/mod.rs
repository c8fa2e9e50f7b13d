//! Who may see and do what: the whole matrix, changes under live connections, and administration.

mod doors;
mod live;
mod matrix;
mod permissions;
pub(crate) mod stage;
