//! Who is this: passwords, session tokens, and the limit on trying them.

pub mod limit;
pub mod password;
pub mod session;
pub mod token;
