//! The page that Prometheus reads.

use prometheus_client::encoding::text;

use super::all;

/// The page's type: OpenMetrics 1.0, which is what Prometheus asks for first.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns all series as text.
pub fn page() -> String {
    let mut page = String::new();
    text::encode(&mut page, all::registry()).expect("a text takes whatever is written");
    page
}
