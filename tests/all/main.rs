//! The one integration binary: candle links slowly, so every scenario lives here.

mod commands;
mod engine;
mod sample;
mod search;
