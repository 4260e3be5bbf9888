//! The one integration binary: candle links slowly, so every scenario lives here.

mod engine;
mod sample;
mod search;
