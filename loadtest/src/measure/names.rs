//! The names of what is measured, and what each one means.

/// Something that takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Time {
    Ack,
    Service,
    Deliver,
    DeliverLast,
    Inbound,
    Post,
    Connect,
    Resume,
    Away,
    Signal,
    Lag,
}

/// Names and meanings, in the order of [`Time`].
pub(crate) const TIMES: [(&str, &str); 11] = [
    ("ack", "from the instant a command was due to its answer (also a refusal by the guard)"),
    ("service", "from the instant a command was really sent to its answer"),
    ("deliver", "from the server's stamp on an event to each connected desk"),
    ("deliver_last", "from the server's stamp on an event to the last connected desk"),
    ("inbound", "from the instant a customer's text was due to each connected desk"),
    ("post", "from the instant a customer's text was due to the server's receipt for it"),
    ("connect", "from opening the first connection to being live on every inbox"),
    ("resume", "from opening a later connection to having everything that was missed"),
    ("away", "from losing a connection to being live again, waiting included"),
    ("signal", "from typing to the first colleague who sees it"),
    ("lag", "how late this generator itself was"),
];

/// Counters and their meanings.
pub(crate) const COUNTERS: [(&str, &str); 21] = [
    ("actions", "what was due"),
    ("commands", "commands that agents sent, repetitions left out"),
    ("accepted", "commands that were done"),
    ("refused", "commands that a rule refused, as it should: somebody else was first"),
    ("collisions", "of these: replies to a thread that somebody had answered meanwhile"),
    ("locked", "of these: somebody else held the reply lock"),
    ("errors", "commands that failed for no good reason"),
    ("retries", "commands that were sent again after a lost or a passing answer"),
    ("unanswered", "commands that never got an answer"),
    ("texts", "texts that customers sent"),
    ("text_errors", "texts that the server did not take"),
    ("events", "events delivered, summed over all desks"),
    ("frames", "frames received, summed over all desks"),
    ("connects", "connections that were opened"),
    ("refusals", "connections that were refused"),
    ("lost_connections", "connections that the other side or the network ended"),
    ("resets", "streams that could not go on from where a desk was"),
    ("slow_closes", "desks that were closed because they read too slowly"),
    ("draining", "desks that were told that their node goes away"),
    ("skipped", "actions that could not be: no thread yet, or a desk with too much to do"),
    ("signals", "frames about who views and types, summed over all desks"),
];

/// What a time can be asked for.
pub(crate) const STATS: [&str; 9] =
    ["min", "mean", "p50", "p75", "p90", "p95", "p99", "p999", "max"];

pub(crate) fn is_time(name: &str) -> bool {
    TIMES.iter().any(|it| it.0 == name)
}

pub(crate) fn is_counter(name: &str) -> bool {
    COUNTERS.iter().any(|it| it.0 == name)
}

pub(crate) fn is_stat(name: &str) -> bool {
    STATS.contains(&name) || ["count", "rate", "share"].contains(&name)
}

/// Writes milliseconds as people read them.
pub(crate) fn ms(ms: f64) -> String {
    match ms {
        0.0 => "0".to_owned(),
        ms if ms >= 10_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms >= 1_000.0 => format!("{:.2} s", ms / 1_000.0),
        ms if ms >= 100.0 => format!("{ms:.0} ms"),
        ms if ms >= 10.0 => format!("{ms:.1} ms"),
        ms => format!("{ms:.2} ms"),
    }
}
