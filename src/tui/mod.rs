//! The screen: the only part that names a terminal.
//!
//! An event becomes an [`Action`](action::Action) by the
//! [keymap]; [`App::update`](app::App::update), which does no input or
//! output, answers with [`Effect`](action::Effect)s; the [loop](run) performs
//! them; [views] draw from `&App`. Answers of the engine and encoded pictures
//! come back through channels. Nothing is drawn that has not changed, and
//! nothing waits: decoding and encoding happen on the picture workers' threads,
//! models on the engine's, training in other processes.

pub mod action;
pub mod app;
pub mod colours;
mod event_loop;
pub mod graphics;
pub mod input;
pub mod keymap;
pub mod path_lookup;
pub mod probe;
mod run_control;
pub mod run_monitor;
mod signals;
pub mod tabs;
mod terminal;
mod terminal_io;
pub mod text;
pub mod theme;
mod type_ahead;
pub mod views;

pub use event_loop::run;
