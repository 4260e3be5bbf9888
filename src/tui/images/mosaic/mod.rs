//! Pictures as characters of two colours: half blocks, quadrants, sextants, octants.

mod ansi256;
mod choose;
#[cfg(test)]
mod figures;
mod pen;
mod resample;
mod shape;
mod tables;
mod truecolour;

pub(super) use ansi256::render_ansi256;
pub(super) use resample::resample_means;
pub use shape::Mosaic;
pub use truecolour::render_truecolour;
