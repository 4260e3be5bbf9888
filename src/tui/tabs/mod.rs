//! The five tabs, one folder each: `mod.rs` has its state, keys and what it
//! does about actions and answers; `view.rs` what it looks like.
//!
//! Each has `KEYS` (its table), `State`, `mode` (what keys mean), `update` (an
//! action of the user), `wants` (what it needs from the engine, asked when it
//! differs from what was asked before), `answer`, `opened` (another data set),
//! `status` (its own status line) and `render`.

pub mod browse;
pub mod denoise;
pub mod morph;
pub mod path_input;
pub mod search;
pub mod text_input;
pub mod train;
