//! A result as one page that needs nothing else.

use super::result::RunResult;

/// Returns the page.
pub fn page(_result: &RunResult) -> String {
    String::new()
}
