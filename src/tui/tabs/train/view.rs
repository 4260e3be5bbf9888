//! What Train looks like.

use ratatui::layout::Rect;

use super::layout::TrainLayout;
use super::state::{Panel, TrainTab};
use super::{
    chart, code_size_chart, details, form_view, held_out_table, run_list, settings_diff,
    small_charts,
};
use crate::number_format;
use crate::tui::areas::without_top;
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::run_monitor::PreviewStrip;
use crate::tui::widgets::canvas::Canvas;

/// The widest picture: xterm shows none of more than 1,000 pixels, unless its settings say so.
const MOST_PIXELS: u32 = 1_000;

/// Draws Train with its form or its runs. Without runs the presets to begin with are in their place.
pub(super) fn render(tab: &TrainTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    if let Some(form) = &tab.form {
        return form_view::draw(canvas, area, (form, context), &tab.first_faces);
    }
    if let Some(log) = &tab.log {
        return log.draw(canvas, area);
    }
    let layout = tab.layout(context);
    run_list::draw(canvas, layout.list, tab, context);
    match tab.panel {
        Panel::Chart => chart::draw(canvas, layout.chart, tab, context),
        Panel::SettingsDiff => {
            let style = canvas.theme.quiet;
            canvas.text(layout.chart, "settings that differ", style);
            settings_diff::draw(canvas, without_top(layout.chart, 1), tab, context);
        }
        Panel::CodeSize => code_size_chart::draw(canvas, layout.chart, tab, context),
    }
    small_charts::draw(canvas, &layout.small_charts, tab);
    match (layout.details, layout.below_list(tab.rows.len())) {
        (Some(place), below) => {
            details::draw(canvas, place, tab);
            if let Some(below) = below {
                held_out_table::draw(canvas, below, tab);
            }
        }
        (None, Some(below)) => details::draw(canvas, below, tab),
        (None, None) => {}
    }
    if let Some((id, strip)) = &tab.preview
        && layout.preview.height > 0
        && Some(id) == tab.selected.as_ref()
    {
        draw_preview(canvas, &layout, context, strip);
    }
    if let Some(prompt) = &tab.prompt {
        prompt.draw(canvas, area, context);
    }
}

/// Rows of faces with labels, and below them which faces these are.
fn draw_preview(
    canvas: &mut Canvas,
    layout: &TrainLayout,
    context: &Context,
    strip: &PreviewStrip,
) {
    let theme = canvas.theme;
    let mut rows = vec![("clean", &strip.clean)];
    rows.extend(strip.noisy.as_ref().map(|noisy| ("noisy", noisy)));
    rows.push(("rebuilt", &strip.reconstructed));
    let count = rows.len() as u16;
    let (cell_width, _) = context.capabilities.cell_size;
    for (index, (label, pixels)) in (0..).zip(rows) {
        canvas.text(layout.strip_label(index), label, theme.quiet);
        let place = layout.strip(index, strip.faces);
        if u32::from(place.width) * u32::from(cell_width) <= MOST_PIXELS {
            canvas.picture(place, &Picture::pixels(&pixels.whole));
            continue;
        }
        for (face, pixels) in (0..strip.faces).zip(&pixels.faces) {
            canvas.picture(layout.strip_face(index, face), &Picture::pixels(pixels));
        }
    }
    let split = if strip.held_out {
        "held-out"
    } else {
        "training"
    };
    let step = number_format::count(strip.step);
    let caption = if strip.worst {
        format!(
            "the {} {split} faces with the largest errors, as of step {step}",
            strip.faces
        )
    } else {
        format!("the same {} {split} faces, as of step {step}", strip.faces)
    };
    canvas.text(layout.caption(count), caption, theme.quiet);
}
