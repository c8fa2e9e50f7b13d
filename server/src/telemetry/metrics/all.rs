//! Every series, in one list. Its comment is its help text.

use std::sync::{LazyLock, atomic::AtomicU64};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, info::Info},
    registry::Registry,
};
use protocol::{close::CloseCode, kinds::COMMAND_KINDS};

use super::{
    kinds::{self, CounterBy, Histogram, HistogramBy},
    process::Process,
};

/// What begins each name that is ours.
const PREFIX: &str = "tandem";

/// Where the peer left before it was told to.
pub const GONE: &str = "gone";

/// The kinds of channels, as on the wire.
const CHANNELS: [&str; 4] = ["sms", "whatsapp", "rcs", "sandbox"];

/// The series and the list of them.
static ALL: LazyLock<(Metrics, Registry)> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Process));
    let ours = registry.sub_registry_with_prefix(PREFIX);
    ours.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let metrics = Metrics::listed_in(ours);
    (metrics, registry)
});

/// Returns this process's series.
pub fn metrics() -> &'static Metrics {
    &ALL.0
}

/// Returns the list of all series.
pub(super) fn registry() -> &'static Registry {
    &ALL.1
}

/// Makes a struct of series, and its constructor that lists each one under its field's name.
macro_rules! series {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ty = $make:expr,)+) => {
        /// All series of this process.
        #[derive(Debug)]
        pub struct Metrics {
            $($(#[doc = $help])+ pub $name: $kind,)+
        }

        impl Metrics {
            /// Makes all series and lists them.
            pub(super) fn listed_in(registry: &mut Registry) -> Self {
                let all = Self { $($name: $make,)+ };
                $(kinds::list(registry, stringify!($name), concat!($($help),+), all.$name.clone());)+
                all
            }
        }
    };
}

series! {
    // Connections.

    /// Sockets that are open and signed in.
    connections_open: Gauge = Gauge::default(),
    /// Sockets that were signed in.
    connections_opened: Counter = Counter::default(),
    /// Sockets that ended, by the close code's name; `gone` where the peer left first.
    connections_closed: CounterBy<1> = CounterBy::new(["code"])
        .from_zero(CloseCode::ALL.map(|code| [code.name()]).into_iter().chain([[GONE]])),
    /// Handshakes that were refused, by reason.
    handshakes_refused: CounterBy<1> = CounterBy::new(["reason"]).from_zero(
        ["draining", "overloaded", "not_websocket", "token_in_address", "subprotocol", "origin",
            "cookie_without_origin", "bad_key"].map(|reason| [reason]),
    ),
    /// HTTP requests, by the class of their status.
    http_requests: CounterBy<1> = CounterBy::new(["status"])
        .from_zero(["1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| [class])),
    /// Time from a request's head to its response's head.
    http_request_duration_seconds: Histogram = Histogram::seconds(),

    // Events and their delivery.

    /// Events that this node has committed.
    events_appended: Counter = Counter::default(),
    /// Frames of events that were put into sockets' buffers.
    event_frames_delivered: Counter = Counter::default(),
    /// Events in these frames.
    events_delivered: Counter = Counter::default(),
    /// Frames of signals that were put into sockets' buffers.
    signal_frames_delivered: Counter = Counter::default(),
    /// Flushes of sockets.
    flushes: Counter = Counter::default(),
    /// Messages that went out with these flushes; messages per flush is the quotient.
    messages_flushed: Counter = Counter::default(),
    /// Pages of events that readers behind the ring had read from Postgres.
    resume_pages_read: Counter = Counter::default(),
    /// Resets told to clients, by reason.
    resets: CounterBy<1> = CounterBy::new(["reason"]).from_zero(
        ["bad_cursor", "epoch", "diverged", "below_floor", "too_far", "rights"].map(|it| [it]),
    ),
    /// Streams that this node serves.
    feeds_open: Gauge = Gauge::default(),
    /// Bytes of events that these streams' rings hold.
    feed_rings_bytes: Gauge = Gauge::default(),

    // Commands.

    /// Commands of agents, by kind and outcome: `ok` or the error code.
    commands: CounterBy<2> = CounterBy::new(["kind", "outcome"])
        .from_zero(COMMAND_KINDS.map(|kind| [kind, "ok"])),
    /// Time from a command's frame to its answer.
    command_duration_seconds: HistogramBy = HistogramBy::new("kind", COMMAND_KINDS),
    /// Replies that were refused because somebody else had answered.
    collisions_prevented: Counter = Counter::default(),
    /// What became of reply locks.
    lock_outcomes: CounterBy<1> = CounterBy::new(["outcome"]).from_zero(
        ["taken", "renewed", "locked", "stale", "taken_over", "released", "requested"]
            .map(|it| [it]),
    ),
    /// Commands that shared a transaction, for each one that was committed.
    commands_per_commit: Histogram = Histogram::counts(),
    /// Transactions that were run again because they had lost a race or their commit was in doubt.
    transactions_repeated: Counter = Counter::default(),

    // Channels.

    /// Customers' messages that were stored, by kind of channel.
    inbound_messages: CounterBy<1> = CounterBy::new(["channel"]).from_zero(CHANNELS.map(|it| [it])),
    /// Customers' messages that the provider had told before.
    inbound_repeated: CounterBy<1> = CounterBy::new(["channel"]).from_zero(CHANNELS.map(|it| [it])),
    /// Webhooks that were refused, by reason.
    webhooks_refused: CounterBy<1> = CounterBy::new(["reason"])
        .from_zero(["unknown", "forged", "unreadable", "not_stored"].map(|it| [it])),
    /// Attempts to hand a message to its provider, by result.
    deliveries: CounterBy<1> = CounterBy::new(["result"]).from_zero(
        ["accepted", "rejected", "later", "credentials", "unknown"].map(|it| [it]),
    ),
    /// Time that such an attempt took, look-ups included.
    delivery_duration_seconds: Histogram = Histogram::seconds(),
    /// Outbound messages that wait for their provider, on all nodes together.
    deliveries_waiting: Gauge = Gauge::default(),
    /// How long the first of these has waited.
    deliveries_oldest_seconds: Gauge<f64, AtomicU64> = Gauge::default(),
    /// Channels over which nothing goes out, whoever paused them.
    channels_paused: Gauge = Gauge::default(),
    /// Channels that paused themselves because their provider refused them.
    channel_pauses: Counter = Counter::default(),
    /// Messages that went another way because the first one did not reach anybody.
    deliveries_rerouted: Counter = Counter::default(),

    // Files.

    /// Files of messages: fetched from a provider or refused, uploaded by an agent, handed to a provider,
    /// swept because nobody knew them any more.
    files: CounterBy<1> = CounterBy::new(["what"])
        .from_zero(["fetched", "refused", "uploaded", "sent", "swept"].map(|it| [it])),
    /// Bytes of files, by where they came from: `provider` or `agent`.
    file_bytes: CounterBy<1> =
        CounterBy::new(["from"]).from_zero(["provider", "agent"].map(|it| [it])),

    // Postgres.

    /// Time that Postgres took: `begin` has the wait for a connection, `page_read` is a page of events.
    postgres_duration_seconds: HistogramBy =
        HistogramBy::new("operation", ["begin", "commit", "page_read", "head_poll"]),
    /// Failures of Postgres, by what they mean for the caller.
    postgres_failures: CounterBy<1> = CounterBy::new(["meaning"]).from_zero(
        ["unavailable", "try_again", "commit_unknown", "other"].map(|it| [it]),
    ),
    /// Connections to Postgres in the pool.
    postgres_connections_open: Gauge = Gauge::default(),
    /// Those of them that are in use.
    postgres_connections_busy: Gauge = Gauge::default(),

    // The bus between nodes.

    /// Whether the bus is up: 1 or 0.
    bus_up: Gauge = Gauge::default(),
    /// How often the bus was connected to anew.
    bus_reconnects: Counter = Counter::default(),
    /// Channels that this node is subscribed to.
    bus_channels_subscribed: Gauge = Gauge::default(),
    /// Messages that were published.
    bus_published: Counter = Counter::default(),
    /// Messages of other nodes that were received.
    bus_received: Counter = Counter::default(),
    /// Messages that were dropped because the queue to the bus was full.
    bus_dropped: Counter = Counter::default(),
    /// Messages of other nodes that never came.
    bus_lost: Counter = Counter::default(),
    /// Messages of other nodes that came twice.
    bus_duplicated: Counter = Counter::default(),
    /// Messages of other nodes that came late, after a younger one.
    bus_reordered: Counter = Counter::default(),
    /// Time from publishing to receiving, by the two nodes' clocks.
    bus_lag_seconds: Histogram = Histogram::seconds(),
    /// Time from handing a message to the bus to Redis' answer.
    bus_publish_duration_seconds: Histogram = Histogram::seconds(),
    /// Streams that the head poll found further on than any hint had said.
    hints_missed: Counter = Counter::default(),

    // Presence.

    /// Nodes that this node hears, itself included.
    presence_nodes: Gauge = Gauge::default(),
    /// Full states of other nodes that this node asked for.
    presence_full_states_asked: Counter = Counter::default(),
    /// Full states that this node sent to others.
    presence_full_states_sent: Counter = Counter::default(),

    // Timers.

    /// Timers that this node fired.
    timers_fired: Counter = Counter::default(),
    /// How late they were.
    timer_late_seconds: Histogram = Histogram::seconds(),
}

#[cfg(test)]
mod tests {
    use protocol::{frames::ResetReason, views::ChannelKind};

    use super::{
        super::{kinds::word, page::page},
        *,
    };

    #[test]
    fn the_page_has_names_units_and_helps() {
        metrics().collisions_prevented.inc();
        metrics().commands.inc(["reply.send", "collision"]);
        metrics()
            .postgres_duration_seconds
            .of("commit")
            .observe(std::time::Duration::from_millis(3));
        let page = page();
        let has = |line: &str| assert!(page.lines().any(|it| it == line), "{line}\n{page}");
        has(
            "# HELP tandem_collisions_prevented Replies that were refused because somebody else had answered.",
        );
        has("# TYPE tandem_collisions_prevented counter");
        has("tandem_commands_total{kind=\"reply.send\",outcome=\"collision\"} 1");
        has("tandem_commands_total{kind=\"note.add\",outcome=\"ok\"} 0");
        has("# UNIT tandem_postgres_duration_seconds seconds");
        has("tandem_postgres_duration_seconds_bucket{le=\"0.0025\",operation=\"commit\"} 0");
        has("tandem_connections_closed_total{code=\"slow\"} 0");
        has("tandem_build_info{version=\"0.1.0\"} 1");
        assert!(page.contains("process_resident_memory_bytes "), "{page}");
        assert!(page.ends_with("# EOF\n"));
    }

    /// Series that begin at zero have the words of the wire, and no others.
    #[test]
    fn labels_are_words_of_the_protocol() {
        let page = page();
        let has = |line: String| assert!(page.contains(&line), "{line}");
        for kind in
            [ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Rcs, ChannelKind::Sandbox]
        {
            has(format!("tandem_inbound_messages_total{{channel=\"{}\"}}", word(kind)));
        }
        for reason in [
            ResetReason::BadCursor,
            ResetReason::Epoch,
            ResetReason::Diverged,
            ResetReason::BelowFloor,
            ResetReason::TooFar,
            ResetReason::Rights,
        ] {
            has(format!("tandem_resets_total{{reason=\"{}\"}}", word(reason)));
        }
    }
}
