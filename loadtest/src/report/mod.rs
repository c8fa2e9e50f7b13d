//! What came of a run: as JSON, in words, as a page, beside another one.

pub(crate) mod chart;
pub mod compare;
pub mod html;
pub mod result;
pub(crate) mod sections;
pub(crate) mod style;
pub mod words;
