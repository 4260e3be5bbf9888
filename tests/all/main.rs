//! The one integration binary: candle links slowly, so every scenario lives here.

mod commands;
mod engine;
mod gradients;
mod made_faces;
mod models;
mod pca;
mod sample;
mod search;
mod training;
