//! What sockets work with: cheap handles.

use std::sync::Arc;

use crate::{
    auth::origin::Origins,
    clock::Clock,
    commands::road::Road,
    realtime::hub::Hub,
    shutdown::Shutdown,
    store::pool::Store,
};

/// What sockets work with.
#[derive(Clone)]
pub struct WsState {
    /// The database.
    pub store: Store,
    /// All writes.
    pub road: Road,
    /// Feeds, presence, connections.
    pub hub: Hub,
    /// Whose pages may connect.
    pub origins: Arc<Origins>,
    /// The time.
    pub clock: Clock,
    /// Every socket's task is tracked.
    pub shutdown: Shutdown,
    /// Most events that a resume sends.
    pub resume_events_max: u64,
}
