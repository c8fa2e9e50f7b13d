//! Who is there, and who views and types where, over all nodes.
//!
//! Each node owns what its own connections do (`local`) and tells the others (`bus::presence`), who
//! keep it for as long as they hear that node (`remote`). Both meet by thread (`rooms`), which feeds
//! show as signals, and by agent (`roster`), which supervisors watch.

pub mod handle;
pub mod local;
mod remote;
mod rooms;
pub mod roster;
