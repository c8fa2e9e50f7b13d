//! The name of one HTTP request: in its log lines, in its answer, and where a proxy has set it, in the
//! proxy's log, too.

use std::{fmt, sync::Arc};

use uuid::Uuid;

/// The header that carries it, in both directions.
pub const HEADER: &str = "x-request-id";

/// Enough for every format in use.
const LENGTH_MAX: usize = 64;

/// A request's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Makes a new one.
    pub fn new() -> Self {
        Self(format!("req_{}", Uuid::now_v7().simple()).into())
    }

    /// Takes the one that came with the request, or makes one where there is none that a log line
    /// can hold: 1 to 64 of `A-Z a-z 0-9 - _ .`.
    pub fn taken(given: Option<&str>) -> Self {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let fits = |id: &&str| (1..=LENGTH_MAX).contains(&id.len()) && id.bytes().all(allowed);
        given.filter(fits).map_or_else(Self::new, |id| Self(id.into()))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_if_it_fits_into_a_log_line() {
        for good in ["a", "4bf92f35-77b3.4da6_A", &"x".repeat(64)] {
            assert_eq!(RequestId::taken(Some(good)).as_str(), good);
        }
        for bad in ["", "a b", "a\"b", "ä", "a\nb", &"x".repeat(65)] {
            assert!(RequestId::taken(Some(bad)).as_str().starts_with("req_"), "{bad}");
        }
        assert_ne!(RequestId::taken(None), RequestId::taken(None));
    }
}
