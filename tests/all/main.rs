//! The one integration binary: candle links slowly, so every scenario lives here.

mod archives;
mod bad_input;
mod cli;
mod commands;
mod doctor;
mod documents;
mod engine;
mod faces;
mod fetch;
mod gallery;
mod gradients;
mod import;
mod kernels;
mod kill;
mod layers;
mod made_faces;
mod models;
mod pca;
mod pty;
mod resume;
mod runs;
mod sample;
mod search;
mod tiny;
mod training;
mod tui;
