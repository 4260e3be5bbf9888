//! Pictures as characters of two colours: half blocks, quadrants, sextants, octants.

mod choose;
#[cfg(test)]
mod figures;
mod pen;
mod resample;
mod shape;
mod tables;
mod truecolour;

pub use shape::Mosaic;
pub(super) use truecolour::render_truecolour;
