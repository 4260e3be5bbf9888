//! Whether the selected face was made or remembered, in words.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::finished::selected_origin;
use super::layout::SheetLayout;
use super::origins::MadeFaceOrigin;
use super::state::MorphTab;
use crate::dataset::Dataset;
use crate::engine::{Resemblance, Verdict};
use crate::tui::areas::{square_columns, square_rows, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;

/// Columns from which words are written beside a picture rather than elsewhere.
pub(super) const LEAST_WIDTH: u16 = 18;
/// Rows from which the real face is shown below the words.
const LEAST_PICTURE_ROWS: u16 = 5;

/// What is said while the answer is awaited.
const WAITING: &str = "made or remembered? comparing with the real faces …";

/// The verdict as a line: `as new as a face not seen`.
pub(super) fn words(theme: &Theme, origin: &MadeFaceOrigin) -> Option<(String, Style)> {
    Some(match origin {
        MadeFaceOrigin::NotAsked => return None,
        MadeFaceOrigin::Awaited => (WAITING.to_string(), theme.quiet),
        MadeFaceOrigin::Answered(Ok(like)) => (verdict(like), style(theme, like.verdict)),
        MadeFaceOrigin::Answered(Err(problem)) => {
            let words = format!("made or remembered is not known: {problem}");
            (words, theme.quiet)
        }
    })
}

fn style(theme: &Theme, verdict: Verdict) -> Style {
    match verdict {
        Verdict::New => theme.good,
        Verdict::Near => theme.warning,
        Verdict::Copy => theme.bad,
    }
}

fn verdict(like: &Resemblance) -> String {
    match like.verdict {
        Verdict::New if !like.is_held_against_unseen => "as new as another real face".to_string(),
        _ => like.words.clone(),
    }
}

/// What is known of a new face beside its verdict.
fn likest(like: &Resemblance, dataset: &Dataset) -> String {
    let name = if like.face < dataset.pictures.len() {
        dataset.face_name(like.face)
    } else {
        String::new()
    };
    let whose = if like.is_held_against_unseen {
        "unseen faces"
    } else {
        "other faces"
    };
    format!(
        "most like {name} ({}), closer than {:.0} % of {whose}",
        like.space,
        (like.closer_than * 100.0).floor()
    )
}

/// Draws the verdict, what the face resembles, and below that the real face, unless it is the one
/// that is shown beside.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    context: &Context,
    origin: &MadeFaceOrigin,
    shown_beside: Option<usize>,
) {
    let theme = canvas.theme;
    let Some((dataset, (words, style))) = context.dataset().zip(self::words(theme, origin)) else {
        return;
    };
    let width = usize::from(area.width);
    let mut lines: Vec<Line> = text::wrap(&words, width)
        .into_iter()
        .map(|line| Line::styled(line, style))
        .collect();
    let MadeFaceOrigin::Answered(Ok(like)) = origin else {
        return canvas.lines(area, lines);
    };
    if like.verdict == Verdict::New {
        let more = text::wrap(&likest(like, dataset), width).into_iter();
        lines.extend(more.map(|line| Line::styled(line, theme.quiet)));
    }
    let used = lines.len() as u16;
    canvas.lines(area, lines);
    let rest = without_top(area, used + 1);
    let is_beside = shown_beside == Some(like.face);
    if is_beside || rest.height < LEAST_PICTURE_ROWS || like.face >= dataset.pictures.len() {
        return;
    }
    let cell_size = context.capabilities.cell_size;
    let rows = square_rows(rest.width, rest.height, cell_size);
    let place = Rect {
        width: square_columns(rows, cell_size),
        height: rows,
        ..rest
    };
    let initials = text::initials(&dataset.face_name(like.face));
    canvas.picture(
        place,
        &Picture::thumbnail(dataset.path(like.face), initials),
    );
}

/// Draws the verdict on the selected face of a sheet: below it where it is shown large, else in
/// a line after what else is said of it.
pub(super) fn draw_sheet_origin(
    canvas: &mut Canvas,
    (layout, line): (&SheetLayout, Rect),
    tab: &MorphTab,
    context: &Context,
    caption: String,
) {
    let origin = selected_origin(tab, context);
    if let Some(below) = layout.below_large() {
        return draw(canvas, below, context, &origin, None);
    }
    let theme = canvas.theme;
    let mut spans = vec![Span::styled(caption, theme.quiet)];
    if let Some((words, style)) = words(theme, &origin) {
        spans.extend([Span::styled(" · ", theme.quiet), Span::styled(words, style)]);
    }
    canvas.line(line, Line::from(spans));
}
