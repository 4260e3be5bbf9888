//! The whole screen without a terminal: keys in, pictures of it out. With it the
//! pictures of the documentation are made, and checked.

mod session;
mod shot;
mod untimed;

pub use session::Headless;
pub use shot::{Shot, gif};
