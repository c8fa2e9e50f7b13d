//! Customers: what they write, and what they get.

pub(crate) mod fake_twilio;
pub(crate) mod phones;
pub(crate) mod signature;
pub(crate) mod writing;
