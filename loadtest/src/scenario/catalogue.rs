//! The scenarios that come with the tool.

/// Names and files, as `list` shows them.
pub(crate) const ALL: [(&str, &str); 7] = [
    ("desk-day", include_str!("../../scenarios/desk-day.toml")),
    ("hot-inbox", include_str!("../../scenarios/hot-inbox.toml")),
    ("reconnect-storm", include_str!("../../scenarios/reconnect-storm.toml")),
    ("slow-readers", include_str!("../../scenarios/slow-readers.toml")),
    ("lock-contention", include_str!("../../scenarios/lock-contention.toml")),
    ("presence-churn", include_str!("../../scenarios/presence-churn.toml")),
    ("inbound-burst", include_str!("../../scenarios/inbound-burst.toml")),
];
