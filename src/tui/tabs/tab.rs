//! What every tab can do.

use ratatui::layout::Rect;

use crate::engine::{Request, RequestKind, ResponseBody};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::keymap::Keymap;
use crate::tui::widgets::canvas::Canvas;

/// A tab. What it shares with the others is in the [`Context`].
pub(crate) trait Tab {
    /// The keys of its prompt, form or picker while one is open.
    fn input_keymap(&self) -> Option<Keymap<Action>> {
        None
    }

    /// Whether an action of its keys would do something now; if not, the footer leaves it out.
    fn does_something(&self, _context: &Context, _action: Action) -> bool {
        true
    }

    /// What it needs from the engine. Sent while the tab is in view, each time
    /// it differs from what was sent before.
    fn requests(&self, context: &Context) -> Vec<Request>;

    /// Handles an action of the user.
    fn update(&mut self, context: &mut Context, action: Action);

    /// Handles the response to one of its requests, of this kind.
    fn on_response(&mut self, context: &mut Context, kind: RequestKind, body: ResponseBody);

    /// One of its requests failed. The reason is shown by the app.
    fn on_failure(&mut self, _context: &mut Context) {}

    /// Another data set is open.
    fn on_dataset_opened(&mut self, context: &mut Context);

    /// Its status line.
    fn status(&self, context: &Context) -> String;

    /// Draws it.
    fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect);
}
