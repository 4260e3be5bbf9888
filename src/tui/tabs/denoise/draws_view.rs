//! The comparison with draws below it: faces that may be behind the damage.

use ratatui::layout::Rect;

use super::comparison::{Version, centred, versions};
use super::draws_layout::DrawsLayout;
use super::state::DenoiseTab;
use crate::engine::{Damage, Denoised, Drawn, ModelInfo, RequestKind};
use crate::tui::areas::{body_area, row_of, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// The rows of the tab above the pictures.
pub(super) const HEADING_ROWS: u16 = 2;
/// Below this height the words are left out.
const ROOM_FOR_WORDS: u16 = 16;
/// Methods that work without learning: of noise, and of other damage.
const CLASSICAL: (usize, usize) = (3, 1);

/// Why the blurred answer has the better figure.
const WORDS: &str = "The one answer is about the mean of all faces that fit: least error, blurred \
                     where they differ. A draw is one such face: sharp, about 3 dB lower in PSNR.";
/// More words from this width on. The mean of all that fits has the least squared error, and a draw
/// from the same distribution twice that.
const WIDE: u16 = 150;
const MORE_WORDS: &str = " It is as far from the mean as the true face is, which doubles the squared \
                          error.";

/// How many draws the screen has room for.
pub(super) fn draw_count(tab: &DenoiseTab, context: &Context) -> usize {
    let area = without_top(body_area(context.size), HEADING_ROWS);
    layout(area, tab, context).draws()
}

/// The layout does not depend on what has been answered, so that nothing moves and draws are not
/// asked for anew.
fn layout(area: Rect, tab: &DenoiseTab, context: &Context) -> DrawsLayout {
    let classical = match (tab.classical, tab.sliders.damage()) {
        (false, _) => 0,
        (true, Damage::Noise(_)) => CLASSICAL.0,
        (true, _) => CLASSICAL.1,
    };
    // Clean, damaged and PCA-256 are always there.
    let versions = 3 + tab.shown_models(context).len() + classical;
    let height = area.height.saturating_sub(words(area).len() as u16);
    let cell_size = context.capabilities.cell_size;
    DrawsLayout::new(Rect { height, ..area }, versions, cell_size)
}

fn words(area: Rect) -> Vec<String> {
    if area.height < ROOM_FOR_WORDS {
        return Vec::new();
    }
    let more = if area.width < WIDE { "" } else { MORE_WORDS };
    text::wrap(&[WORDS, more].concat(), area.width.into())
}

/// Draws what came last of the comparison and of the draws by `model`.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    tab: &DenoiseTab,
    context: &Context,
    (result, model): (&Denoised, &ModelInfo),
) {
    let theme = canvas.theme;
    let layout = layout(area, tab, context);
    for (column, version) in versions(canvas, tab, result).iter().enumerate() {
        if let Some(place) = layout.version(column) {
            draw_version(canvas, place, version);
        }
    }
    let words = words(area);
    let below = Rect {
        y: area.bottom().saturating_sub(words.len() as u16),
        height: words.len() as u16,
        ..area
    };
    for (line, row) in words.into_iter().zip(0..) {
        canvas.text(row_of(below, row), line, theme.quiet);
    }
    let heading = layout.heading();
    match &tab.drawn {
        Some(drawn) => {
            canvas.text(heading, heading_words(drawn), theme.quiet);
            draw_draws(canvas, &layout, drawn);
        }
        None if context.is_pending(RequestKind::Draw) => {
            let waiting = format!("waiting for {} …", model.label);
            canvas.text(heading, waiting, theme.quiet);
        }
        None => canvas.text(heading, "there are no draws", theme.quiet),
    }
}

fn heading_words(drawn: &Drawn) -> String {
    let count = drawn.faces.len();
    match &drawn.results {
        Some(_) => format!(
            "mean of {count} draws by {}, and the draws: faces that fit",
            drawn.model
        ),
        None => format!(
            "{} draws {}: pass {} of {}",
            drawn.model,
            text::pluralize(count, "face"),
            drawn.passes.0,
            drawn.passes.1
        ),
    }
}

fn draw_version(canvas: &mut Canvas, place: Rect, version: &Version) {
    let theme = canvas.theme;
    let label = text::truncate(version.label, place.width.into());
    centred(canvas, row_of(place, 0), label, version.label_style);
    let picture = Rect {
        y: place.y + 1,
        height: place.height - 2,
        ..place
    };
    canvas.picture(picture, &version.picture);
    let figure = row_of(place, place.height - 1);
    match version.comparison {
        Some(comparison) => {
            let psnr = text::decibels(comparison.quality.psnr_db);
            centred(canvas, figure, psnr, version.psnr_style);
        }
        None => centred(canvas, figure, "PSNR", theme.quiet),
    }
}

/// The draws' mean once they are done, and the draws.
fn draw_draws(canvas: &mut Canvas, layout: &DrawsLayout, drawn: &Drawn) {
    let theme = canvas.theme;
    let split = |place: Rect| {
        let picture = Rect {
            height: place.height - 1,
            ..place
        };
        (picture, row_of(place, place.height - 1))
    };
    if let Some((results, place)) = drawn.results.as_ref().zip(layout.draw(0)) {
        let (picture, figure) = split(place);
        canvas.picture(picture, &Picture::pixels(&results.mean.pixels));
        let psnr = text::decibels(results.mean.quality.psnr_db);
        let with_name = format!("mean {psnr}");
        let fits = with_name.chars().count() <= usize::from(figure.width);
        let words = if fits { with_name } else { psnr };
        centred(canvas, figure, words, theme.strong);
    }
    for (index, face) in drawn.faces.iter().take(layout.draws()).enumerate() {
        let Some(place) = layout.draw(index + 1) else {
            break;
        };
        let (picture, figure) = split(place);
        canvas.picture(picture, &Picture::pixels(face));
        let draw = drawn.results.as_ref();
        if let Some(draw) = draw.and_then(|results| results.draws.get(index)) {
            let psnr = text::decibels(draw.quality.psnr_db);
            centred(canvas, figure, psnr, theme.text);
        }
    }
}
