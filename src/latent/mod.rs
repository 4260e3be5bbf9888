//! Work in code space: the codes of a data set, interpolation between codes, and variations that
//! follow the codes' own distribution.

mod array;
mod array_file;
mod axes;
mod codes;
mod coding;
mod statistics;

pub use array::{Array, Plain};
pub use array_file::{ArrayFile, ArrayWriter, Key};
pub(crate) use axes::{MOST_AXES, PrincipalAxes};
pub(crate) use codes::square;
pub use codes::{Codes, morph};
pub use coding::batch_size_for;
pub use coding::{decode_all, encode_all, encode_one, reconstruct};
pub(crate) use statistics::{CodeStatistics, deviations_at};
