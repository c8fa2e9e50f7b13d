//! Files that customers send: fetched, kept, shown to who may see them, and nothing else with them.

mod again;
mod reach;
mod shown;
mod stage;
