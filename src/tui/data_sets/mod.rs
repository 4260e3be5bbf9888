//! The data sets over a tab: which there are, opening, importing, fetching and removing them.
//! What takes time is done by [`jobs`], beside the engine, and goes on while the popup is closed.

pub(crate) mod action;
pub(crate) mod jobs;
pub(crate) mod keys;
mod measuring;
pub mod messages;
mod priority;
mod progress;
mod state;
#[cfg(test)]
mod tests;
mod update;
pub(crate) mod view;

pub use state::DataSets;
pub(crate) use state::Outcome;
