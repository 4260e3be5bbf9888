//! How well encoders tell people apart: a view over Search with a table of encoders, their ROC
//! curves, and the pairs that the chosen one finds hardest.

pub(crate) mod action;
pub(crate) mod keys;
mod layout;
mod pair_view;
mod roc_chart;
mod state;
mod table;
mod view;

pub(crate) use state::EvaluationView;
