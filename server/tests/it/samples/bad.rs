//! Bad ones.
