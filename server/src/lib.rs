//! The floors of the server; a floor imports downwards only.

pub mod channels;
