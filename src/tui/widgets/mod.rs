//! Parts that tabs are drawn and edited with.

pub(crate) mod candidates;
pub(crate) mod canvas;
pub(crate) mod chart;
pub(crate) mod network;
pub(crate) mod no_dataset;
pub(crate) mod path_input;
pub(crate) mod slider;
pub(crate) mod text_input;
pub(crate) mod word_input;
