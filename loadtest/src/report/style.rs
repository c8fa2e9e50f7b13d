//! The look of a report.
