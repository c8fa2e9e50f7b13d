//! What sockets work with: cheap handles.

use std::{num::NonZeroU32, sync::Arc};

use chrono::TimeDelta;

use super::admission::Admission;
use crate::{
    auth::origin::Origins, clock::Clock, commands::road::Road, realtime::hub::Hub,
    shutdown::Shutdown, store::pool::Store,
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
    /// After how long a session that is not used is over.
    pub idle: Option<TimeDelta>,
    /// Whose pages may connect.
    pub origins: Arc<Origins>,
    /// The time.
    pub clock: Clock,
    /// Every socket's task is tracked.
    pub shutdown: Shutdown,
    /// Most events that a resume sends.
    pub resume_events_max: u64,
    /// How many handshakes at a time.
    pub handshakes: Admission,
    /// Frames a second that a client may send; twice as many in a burst.
    pub frames_per_second: NonZeroU32,
}
