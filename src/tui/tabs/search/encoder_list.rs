//! The list from which encoders are chosen.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::state::SearchTab;
use crate::dataset::Noise;
use crate::display::padded;
use crate::engine::ModelInfo;
use crate::tui::action::Action;
use crate::tui::areas::row_of;
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// Draws the list; the cursor's line is in view.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    tab: &SearchTab,
    context: &Context,
    cursor: usize,
) {
    let theme = canvas.theme;
    let shown = tab.encoders(context);
    let heading = "encoders: each has its own row of neighbours";
    canvas.text(area, heading, theme.quiet);
    let room = usize::from(area.height).saturating_sub(1);
    let first = (cursor + 1).saturating_sub(room);
    let list = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    for (row, index) in (first..context.models.len()).take(room).enumerate() {
        let click = Use::Click(Action::Click(Target::Model(index)));
        canvas.focused_zone(row_of(list, row as u16), click);
    }
    let lines = context
        .models
        .iter()
        .enumerate()
        .skip(first)
        .map(|(index, info)| {
            let is_shown = shown.iter().any(|one| one.reference == info.reference);
            let mark = if is_shown { "✓" } else { " " };
            let style = if index == cursor {
                theme.selected
            } else {
                theme.text
            };
            let label = padded(&text::truncate(&info.label, 22), 22);
            let room = usize::from(area.width).saturating_sub(28);
            Line::from(vec![
                Span::styled(format!(" {mark} {label} "), style),
                Span::styled(
                    format!(" {}", text::truncate(&facts(info), room)),
                    theme.quiet,
                ),
            ])
        });
    canvas.lines(list, lines);
}

/// `pca · code 32 · 32 × 32 seed · lfw`.
fn facts(info: &ModelInfo) -> String {
    let objective = match info.objective {
        Noise::None => String::new(),
        noise => format!(" · denoises {noise}"),
    };
    format!(
        "{} · code {}{objective} · {} × {} {} · {}",
        info.kind,
        info.code_size,
        info.faces.size,
        info.faces.size,
        info.faces.preprocess,
        info.data
    )
}
