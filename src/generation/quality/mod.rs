//! Judges made faces against real ones: how far their distribution is from that of people whom
//! the model has not seen, how sharp they are, and whether they were made or remembered.

mod axes;
mod frechet;
mod judge;
mod manifold;
mod nearest;
mod novelty;

mod sharpness;
mod texture;

pub(crate) use judge::{Judge, Quality};
pub use novelty::Verdict;
pub(crate) use novelty::{Novelty, Origin, Space, compared_values};

/// The side to which pictures are reduced, at most, where fine detail does not matter.
const COARSE_SIZE: usize = 32;

/// By how much pictures of this side are reduced to that.
fn coarse_factor(size: usize) -> usize {
    size.div_ceil(COARSE_SIZE)
}
