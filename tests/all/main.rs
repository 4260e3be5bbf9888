//! The one integration binary: candle links slowly, so every scenario lives here.

mod cli;
mod commands;
mod doctor;
mod documents;
mod engine;
mod gradients;
mod layers;
mod made_faces;
mod models;
mod pca;
mod sample;
mod search;
mod training;
