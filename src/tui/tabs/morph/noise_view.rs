//! What faces from noise look like.

use ratatui::layout::Rect;

use super::heading::draw_slider_heading;
use super::layout::SheetLayout;
use super::noise::NoiseSheet;
use super::origin_view::draw_sheet_origin;
use super::state::MorphTab;
use crate::engine::{NoisePass, RequestKind};
use crate::tui::action::Action;
use crate::tui::areas::row_below;
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::tab_id::TabId;
use crate::tui::tabs::train::action::TrainAction;
use crate::tui::tabs::train::keys as train_keys;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// What to do without a denoiser.
fn no_denoiser(context: &Context) -> [String; 3] {
    let train = context.tab_key(Action::ShowTab(TabId::Train));
    let start = Action::Train(TrainAction::OpenForm);
    let start = context.key(train_keys::MAIN, start);
    [
        "No denoiser was trained yet: faces from noise need a model that removes noise of any level."
            .to_string(),
        String::new(),
        format!(
            "{train} shows the training runs; {start} there starts one: choose the preset faces or \
             denoiser."
        ),
    ]
}

/// Draws the sheet of faces, and the selected one large where there is room.
pub(super) fn render(tab: &MorphTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let sheet = &tab.noise;
    let layout = SheetLayout::new(area, context);
    let Some(denoiser) = sheet.denoiser(context) else {
        let waits = context.models.is_empty() && context.is_pending(RequestKind::ListModels);
        let words = no_denoiser(context);
        let lines = if waits { &[][..] } else { &words };
        let lines = lines
            .iter()
            .flat_map(|line| text::wrap(line, usize::from(area.width)));
        let lines = lines.map(|line| ratatui::text::Line::styled(line, theme.text));
        return canvas.lines(area, lines.collect::<Vec<_>>());
    };
    let label = format!("from noise · {} · seed {}", denoiser.label, tab.seed);
    let (share, value) = match (sheet.shown(), &sheet.drawn) {
        (Some(pass), Some(drawn)) => (
            pass.number as f64 / drawn.expected.max(1) as f64,
            format!("pass {} of {}", pass.number, drawn.expected),
        ),
        _ => (0.0, String::new()),
    };
    let ends = ("noise", "faces");
    draw_slider_heading(canvas, layout.heading, &label, (share, ends), value);
    let Some(pass) = sheet.shown() else {
        let state = if context.is_pending(RequestKind::FromNoise) {
            "loading the denoiser …".to_string()
        } else {
            let again = context.tab_key(Action::Redraw);
            format!("nothing was drawn; {again} tries again")
        };
        return canvas.text(layout.sheet, state, theme.quiet);
    };
    draw_sheet(canvas, &layout, sheet, pass);
    let count = pass.pictures.len().min(layout.count());
    let caption = format!("face {}", sheet.selected(count) + 1);
    let line = row_below(layout.heading);
    draw_sheet_origin(canvas, (&layout, line), tab, context, caption);
}

fn draw_sheet(canvas: &mut Canvas, layout: &SheetLayout, sheet: &NoiseSheet, pass: &NoisePass) {
    let theme = canvas.theme;
    let count = pass.pictures.len().min(layout.count());
    let selected = sheet.selected(count);
    for (index, pixels) in pass.pictures.iter().take(count).enumerate() {
        let place = layout.face(index);
        canvas.picture(place, &Picture::pixels(pixels));
        canvas.zone(place, Use::Click(Action::Click(Target::Frame(index))));
        let style = if index == selected {
            theme.selected
        } else {
            theme.quiet
        };
        let width = usize::from(place.width);
        canvas.text(row_below(place), format!("{:^width$}", index + 1), style);
    }
    let Some(large) = layout.large else {
        return;
    };
    if let Some(pixels) = pass.pictures.get(selected) {
        canvas.picture(large, &Picture::pixels(pixels));
        let caption = format!("face {} · σ {:.3}", selected + 1, pass.sigma);
        canvas.text(row_below(large), caption, theme.quiet);
    }
}

/// The status line.
pub(super) fn status(tab: &MorphTab, context: &Context) -> String {
    let sheet = &tab.noise;
    let (Some(pass), Some(drawn)) = (sheet.shown(), &sheet.drawn) else {
        return String::new();
    };
    let count = pass.pictures.len().min(SheetLayout::of(context).count());
    let mut line = format!(
        "{} by {} · pass {} of {} · σ {:.3} · seed {}",
        text::pluralize(count, "face"),
        drawn.model,
        pass.number,
        drawn.expected,
        pass.sigma,
        drawn.params.seed
    );
    let made = drawn.passes.last().map_or(0, |pass| pass.number);
    if sheet.is_paused {
        line += &format!(" · paused at pass {made}");
    } else if sheet.is_looking_back() && !drawn.is_done {
        line += &format!(" · {made} passes are made");
    }
    line
}
