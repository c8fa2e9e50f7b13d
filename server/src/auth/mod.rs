//! Who is this: passwords, session tokens, origins, and the limit on trying them.

pub mod limit;
pub mod link;
pub mod oidc;
pub mod origin;
pub mod password;
pub mod session;
pub mod token;
