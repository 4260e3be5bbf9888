//! Nearest neighbours in code space: exact ([`BruteForce`]) and approximate ([`Lsh`], [`Hnsw`]), under a
//! [`Metric`], with or without [whitening]: a [`Measure`].

pub(crate) mod benchmark;
mod brute_force;
mod code_index;
#[cfg(test)]
mod contract;
mod distance_range;
mod hit;
mod hnsw;
mod index;
mod lsh;
mod measure;
mod metric;
#[cfg(feature = "pgvector")]
pub mod pgvector;
mod quantized;
mod recall;
mod scan_filter;
mod table;
mod top_k;
mod whitening;

pub use brute_force::BruteForce;
pub use code_index::CodeIndex;
pub use distance_range::nearest_distance_range;
pub(crate) use distance_range::sampled_distance_range;
pub use hit::Hit;
pub use hnsw::Hnsw;
pub use index::{Index, IndexKind};
pub use lsh::Lsh;
pub use measure::{CodeForm, Measure};
pub use metric::Metric;
pub use recall::recall;
pub use table::CodeTable;
pub(crate) use whitening::Whitening;
