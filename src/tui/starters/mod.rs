//! The presets to begin with: what would make a tab better on this data set, how long each takes
//! here, and a key for each.

pub(crate) mod action;
pub(crate) mod advice;
pub(crate) mod keys;
mod list;
pub(crate) mod page;
mod state;
mod update;
pub(crate) mod view;

pub(crate) use state::Starters;
