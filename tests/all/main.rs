//! The one integration binary: candle links slowly, so every scenario lives here.

mod sample;
mod search;
