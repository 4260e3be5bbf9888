//! What Denoise looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::DenoiseAction;
use super::comparison;
use super::draws_view;
use super::psnr_chart;
use super::state::DenoiseTab;
use crate::dataset::Noise;
use crate::display::padded;
use crate::engine::ModelInfo;
use crate::tui::action::Action;
use crate::tui::areas::{row_of, without_top};
use crate::tui::context::Context;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::{Target, Track};
use crate::tui::tab_id::TabId;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;
use crate::tui::widgets::slider::{slider, track_area};

/// What the path of a picture file is asked for with.
const PROMPT: &str = "picture file: ";

/// Draws Denoise.
pub(super) fn render(tab: &DenoiseTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    if context.opened.is_none() {
        return no_dataset(canvas, area, context);
    }
    draw_heading(canvas, area, tab, context);
    let below = without_top(area, draws_view::HEADING_ROWS);
    if let Some(cursor) = tab.picker {
        return draw_picker(canvas, below, tab, context, cursor);
    }
    if tab.show_chart {
        return psnr_chart::draw(canvas, below, tab);
    }
    match &tab.result {
        Some(result) => match tab.drawing_model(context) {
            Some(model) => draws_view::draw(canvas, below, tab, context, (result, model)),
            None => comparison::draw(canvas, below, (tab, context), result),
        },
        None => {
            let style = canvas.theme.quiet;
            let reason = match context.face {
                None => {
                    let key = context.tab_key(Action::ShowTab(TabId::Browse));
                    format!("no face is selected: {key} shows the people")
                }
                Some(_) => "fitting the first model …".to_string(),
            };
            canvas.text(below, reason, style);
        }
    }
}

/// The face, the kind of damage, the slider and its level.
fn draw_heading(canvas: &mut Canvas, area: Rect, tab: &DenoiseTab, context: &Context) {
    let theme = canvas.theme;
    if tab.path.is_open() {
        let width = usize::from(area.width);
        let room = width.saturating_sub(PROMPT.len());
        let typed = Line::from(vec![
            Span::styled(PROMPT, theme.quiet),
            Span::styled(tab.path.display_line(room), theme.accent),
        ]);
        let candidates = tab.path.candidates_line(theme, width);
        return canvas.lines(
            Rect {
                height: draws_view::HEADING_ROWS,
                ..area
            },
            std::iter::once(typed).chain(candidates),
        );
    }
    let sliders = &tab.sliders;
    let name = tab.source_name(context);
    let level = if tab.level_input.is_open() {
        format!("{}▏", tab.level_input.text())
    } else {
        sliders.label()
    };
    let name_width = usize::from(area.width / 4);
    let name = text::truncate(&name, name_width);
    let kind = sliders.kind.title();
    let level_width = level.width().max(8) as u16;
    let left = (name.width().max(name_width) + kind.width() + 4) as u16;
    canvas.line(
        area,
        Line::from(vec![
            Span::styled(padded(&name, name_width) + "  ", theme.strong),
            Span::styled(kind, theme.quiet),
        ]),
    );
    let track = Rect {
        x: area.x + left,
        width: area.width.saturating_sub(left + level_width + 2),
        height: 1,
        ..area
    };
    let (low, high) = sliders.end_labels();
    let slider = slider(theme, sliders.fraction(), low, high, track.width);
    canvas.line(track, slider);
    let (less, more) = (DenoiseAction::MoveSlider(-1), DenoiseAction::MoveSlider(1));
    let wheel = Use::Wheel(Some(Action::Denoise(more)), Some(Action::Denoise(less)));
    canvas.zone(area, wheel);
    canvas.zone(track_area(track, low, high), Use::Slide(Track::Level));
    let right = Rect {
        x: track.right() + 2,
        width: level_width,
        ..track
    };
    canvas.text(right, level, theme.accent);
}

/// The list from which models are chosen.
fn draw_picker(
    canvas: &mut Canvas,
    area: Rect,
    tab: &DenoiseTab,
    context: &Context,
    cursor: usize,
) {
    let theme = canvas.theme;
    let shown = tab.shown_models(context);
    let mut lines = vec![Line::styled("models shown with PCA-256", theme.quiet)];
    for (index, info) in context.decoders().enumerate() {
        let mark = if shown.contains(&info.reference) {
            "✓"
        } else {
            " "
        };
        let style = if index == cursor {
            theme.selected
        } else {
            theme.text
        };
        // What distinguishes models comes first; a narrow screen cuts the rest.
        let room = usize::from(area.width).saturating_sub(31);
        let facts = text::truncate(&model_facts(info), room);
        let label = padded(&text::truncate(&info.label, 24), 24);
        lines.push(Line::from(vec![
            Span::styled(format!(" {mark} {label} "), style),
            Span::styled(format!(" {facts}"), theme.quiet),
        ]));
    }
    let first = (cursor + 2).saturating_sub(usize::from(area.height));
    // The heading is a line, too.
    for line in first.max(1)..lines.len().min(first + usize::from(area.height)) {
        let click = Use::Click(Action::Click(Target::Model(line - 1)));
        canvas.focused_zone(row_of(area, (line - first) as u16), click);
    }
    canvas.lines(area, lines.into_iter().skip(first));
}

/// `code  512 · denoises gaussian:0.1 · 32 × 32 seed · lfw`.
fn model_facts(info: &ModelInfo) -> String {
    let objective = match info.objective {
        Noise::None => "autoencoder".to_string(),
        noise => format!("denoises {noise}"),
    };
    format!(
        "code {:>4} · {objective} · {} × {} {} · {}",
        info.code_size, info.faces.size, info.faces.size, info.faces.preprocess, info.data
    )
}
