//! Codes in a `PostgreSQL` database with the extension `vector`, so that several people search one
//! store: <https://github.com/pgvector/pgvector>.
//!
//! Two tables hold everything: `lfw_tui_sets` describes sets of codes, one for each data set, model
//! and measure, and `lfw_tui_codes` has their codes, each set with an HNSW index of its own. Sets
//! are only added and removed as a whole, and never changed.

mod address;
mod copy;
mod failure;
mod index_build;
mod pg_index;
mod schema;
mod set;
mod store;
mod tls;
mod upload;
mod variables;

pub use address::Address;
pub use pg_index::PgIndex;
pub use set::{NewSet, SetKey, StoredName, StoredSet};
pub use store::Store;
pub use upload::{Uploaded, upload};
pub use variables::PASSWORD_VARIABLE;
