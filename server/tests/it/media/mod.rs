//! Files of customers and of agents: fetched or uploaded, kept, shown, sent.

mod again;
mod bucket;
mod reach;
mod sent;
mod shown;
mod stage;
mod uploads;
