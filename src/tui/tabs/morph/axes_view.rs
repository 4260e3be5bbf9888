//! What the sliders of the codes' axes look like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::axes::{AxisSliders, REACH};
use super::ends::{a_name, endpoints};
use super::finished::selected_origin;
use super::layout::AxesLayout;
use super::origin_view;
use super::state::MorphTab;
use super::strip::draw_real;
use super::view_words::{signed_deviations, waiting};
use crate::tui::action::Action;
use crate::tui::areas::{row_below, row_of};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::{Target, Track};
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::slider::{slider, track_area};

/// Draws the sliders, the face beside them, and where there is room the way along an axis.
pub(super) fn render(tab: &MorphTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let axes = &tab.axes;
    let layout = AxesLayout::new(area, context);
    let from = match endpoints(context).zip(context.dataset()) {
        Some(([a, _], dataset)) if axes.is_from_a => a_name(context, dataset, a),
        _ => "the mean face".to_string(),
    };
    let model = context.current_decoder();
    let model = model.map_or(String::new(), |info| format!(" · {}", info.label));
    let count = axes.count();
    let heading = Line::from(vec![
        Span::styled("axes  ", theme.quiet),
        Span::styled(from, theme.strong),
        Span::styled(
            format!(" along {count} axes of its codes{model}"),
            theme.quiet,
        ),
    ]);
    canvas.line(row_of(area, 0), heading);
    for axis in 0..count.min(layout.sliders.height.into()) {
        let row = row_of(layout.sliders, axis as u16);
        canvas.zone(row, Use::Click(Action::Click(Target::Axis(axis))));
        canvas.zone(slider_track(row), Use::Slide(Track::Axis(axis)));
        canvas.line(row, slider_line(theme, axes, axis, row.width));
    }
    let Some(made) = &axes.made else {
        return canvas.text(layout.large, waiting(context), theme.quiet);
    };
    let Some((face, way)) = made.frames.split_first() else {
        return;
    };
    canvas.picture(layout.large, &Picture::pixels(&face.pixels));
    let beside = layout.beside(origin_view::LEAST_WIDTH);
    let origin = selected_origin(tab, context);
    origin_view::draw(canvas, beside, context, &origin, None);
    if way.len() != layout.way_steps() {
        return;
    }
    let mut title = format!("the way along axis {}", axes.axis() + 1);
    if layout.real(0).is_some() {
        title += ", and the real faces that are nearest";
    }
    canvas.text(layout.way_title, title, theme.quiet);
    for (step, frame) in way.iter().enumerate() {
        let place = layout.way(step);
        canvas.picture(place, &Picture::pixels(&frame.pixels));
        let at = REACH * (2.0 * step as f32 / (way.len() - 1) as f32 - 1.0);
        let width = usize::from(place.width);
        let label = format!("{:^width$}", signed_deviations(at));
        canvas.text(row_below(place), label, theme.quiet);
        let row = frame.nearest.row;
        if let Some((place, dataset)) = layout.real(step).zip(context.dataset())
            && row < dataset.pictures.len()
        {
            draw_real(canvas, place, dataset, row);
        }
    }
}

/// The labels of a slider's ends, and the columns before the slider and behind it.
const ENDS: (&str, &str) = ("-3", "3");
const BEFORE: u16 = 4;
const BEHIND: u16 = 14;

/// Where the track of a row's slider is.
fn slider_track(row: Rect) -> Rect {
    let slider = Rect {
        x: row.x + BEFORE,
        width: row.width.saturating_sub(BEFORE + BEHIND),
        ..row
    };
    track_area(slider, ENDS.0, ENDS.1)
}

/// `▸ 3 ◂ -3 ────●──── 3 ▸ +1.5  12 %`.
fn slider_line(theme: &Theme, axes: &AxisSliders, axis: usize, width: u16) -> Line<'static> {
    let is_chosen = axis == axes.axis();
    let value = axes.values.get(axis).copied().unwrap_or(0.0);
    let shares = axes.made.as_ref().map(|made| &made.axis_shares);
    let share = shares.and_then(|shares| shares.get(axis));
    let share = share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0));
    let style = if is_chosen {
        theme.selected
    } else {
        theme.text
    };
    let mut spans = vec![
        Span::styled(
            format!("{}{:>2}", if is_chosen { "▸" } else { " " }, axis + 1),
            style,
        ),
        Span::raw(" "),
    ];
    let at = f64::from(value / REACH).midpoint(1.0);
    let width = width.saturating_sub(BEFORE + BEHIND);
    spans.extend(slider(theme, at, ENDS.0, ENDS.1, width).spans);
    spans.push(Span::styled(
        format!("{:>6}", signed_value(value)),
        theme.accent,
    ));
    spans.push(Span::styled(format!("{share:>8}"), theme.quiet));
    Line::from(spans)
}

/// `+1.25`, `0`.
fn signed_value(value: f32) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let sign = if value < 0.0 { '−' } else { '+' };
    format!("{sign}{:.2}", value.abs())
}
