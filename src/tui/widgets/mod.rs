//! Parts that tabs are drawn and edited with.

pub(crate) mod canvas;
pub(crate) mod chart;
pub(crate) mod no_dataset;
pub mod path_input;
pub(crate) mod slider;
pub mod text_input;
