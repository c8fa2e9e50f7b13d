//! Real processes on bad lines: what fails and what dies must cost nobody an event, a reply or a
//! connection more than it has to.

mod oracle;
mod postgres;
mod proxy;
mod random;
