//! The screen: the only part that names a terminal.
//!
//! A key event becomes an [`Action`](action::Action) by the [keymap] of what has the
//! focus. [`App::update`](app::App::update), which does no input or output, changes
//! the state and gives [`Effect`](effect::Effect)s, which the [event loop](run)
//! performs. `App` is the [tabs](tabs::Tabs) and the [`Context`](context::Context)
//! that they share; the [screen] is drawn from `&App`. Responses of the engine,
//! encoded pictures and news of runs come back through channels. Nothing is drawn
//! that has not changed, and nothing waits: pictures are decoded and encoded by
//! worker threads, models run on the engine's threads, training in other processes.

pub mod action;
pub mod all_keymaps;
pub mod app;
mod areas;
pub mod colours;
pub mod context;
pub mod crop_chooser;
pub mod data_sets;
pub mod effect;
pub(crate) mod endpoint;
mod event_loop;
pub mod headless;
pub mod images;
pub(crate) mod input;
pub(crate) mod keymap;
mod line;
mod made_face;
pub mod motion;
pub mod notification;
mod opened_picture;
pub mod path_lookup;
pub mod pointer;
pub mod popup;
pub(crate) mod probe;
mod recording;
pub mod replay;
mod requests;
pub mod run_monitor;
pub mod run_news;
pub mod screen;
mod signals;
pub(crate) mod starters;
pub mod tab_id;
pub mod tabs;
mod task_progress;
mod terminal;
mod terminal_io;
mod terminal_out;
mod text;
pub mod theme;
mod type_ahead;
pub(crate) mod widgets;

pub(crate) use event_loop::run;
