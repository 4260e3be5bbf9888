//! What Search looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::{SearchLayout, layout};
use crate::dataset::Dataset;
use crate::engine::{PictureRef, SearchResults};
use crate::number_format;
use crate::search::{IndexKind, Metric};
use crate::tui::action::Topic;
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::text;
use crate::tui::views::canvas::Canvas;
use crate::tui::views::no_dataset::no_dataset;

/// What the prompt asks for.
const PROMPT: &str = "picture file: ";

/// Draws Search.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let Some(dataset) = app.dataset() else {
        return no_dataset(canvas, area, app);
    };
    let found = app.search.results.as_ref();
    let places = layout(app, found.map_or(0, |found| found.hits.len()));
    draw_heading(canvas, places.heading, app);
    draw_history(canvas, places.history, app, dataset);
    if let Some(found) = found {
        draw_query(canvas, &places, app, dataset, found);
        draw_neighbours(canvas, &places, app, dataset, found);
    } else {
        let words = if super::query(app).is_none() {
            "no face is chosen: 1 shows the people, s searches one"
        } else if app.is_waiting(Topic::Search) {
            "computing the codes …"
        } else {
            "nothing was found; ^L tries again"
        };
        canvas.text(places.grid, words, theme.quiet);
    }
}

/// `nearest under PCA-32 · whitened codes · cosine · every code`, or the path
/// being typed.
fn draw_heading(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let search = &app.search;
    if search.path.is_open() {
        return canvas.line(
            area,
            Line::from(vec![
                Span::styled(PROMPT, theme.quiet),
                Span::styled(
                    search
                        .path
                        .display_line(usize::from(area.width).saturating_sub(PROMPT.len())),
                    theme.accent,
                ),
            ]),
        );
    }
    let model = app.current_model().map_or("…", |card| card.label.as_str());
    let metric = match search.metric {
        Metric::L2 => "Euclidean",
        Metric::Cosine => "cosine",
    };
    let codes = if search.whiten {
        "whitened codes"
    } else {
        "plain codes"
    };
    let index = match search.index {
        IndexKind::Brute => "every code compared",
        IndexKind::Lsh => "by hashing",
    };
    canvas.line(
        area,
        Line::from(vec![
            Span::styled("nearest under ", theme.quiet),
            Span::styled(model.to_string(), theme.accent),
            Span::styled(format!(" · {codes} · {metric} · {index}"), theme.quiet),
        ]),
    );
}

fn source_name(dataset: &Dataset, source: &PictureRef) -> String {
    match source {
        PictureRef::Index(face) if *face < dataset.pictures.len() => dataset.face_name(*face),
        PictureRef::Index(_) => String::new(),
        PictureRef::File(path) => path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
    }
}

/// `trail  George W Bush 17 › Tom Ridge 3 › here`, its end when it is long.
fn draw_history(canvas: &mut Canvas, area: Rect, app: &App, dataset: &Dataset) {
    let theme = canvas.theme;
    if let Some(choices) = app.search.path.candidates_line(theme, area.width.into()) {
        return canvas.line(area, choices);
    }
    if app.search.history.is_empty() {
        return;
    }
    let mut words = "here".to_string();
    for source in app.search.history.iter().rev() {
        let longer = format!("{} › {words}", source_name(dataset, source));
        if longer.width() + 9 > usize::from(area.width) {
            words = format!("… › {words}");
            break;
        }
        words = longer;
    }
    canvas.line(
        area,
        Line::from(vec![
            Span::styled("trail  ", theme.quiet),
            Span::styled(words, theme.text),
        ]),
    );
}

/// The query with its name, hits of the same person, and how distances spread.
fn draw_query(
    canvas: &mut Canvas,
    places: &SearchLayout,
    app: &App,
    dataset: &Dataset,
    found: &SearchResults,
) {
    let theme = canvas.theme;
    let Some(source) = super::query(app) else {
        return;
    };
    let name = source_name(dataset, &source);
    match &source {
        PictureRef::Index(face) if *face < dataset.pictures.len() => canvas.picture(
            places.query,
            &Picture::thumbnail(dataset.path(*face), text::initials(&name)),
        ),
        _ => canvas.picture(places.query, &Picture::pixels(&found.query)),
    }
    let width = usize::from(places.details.width);
    let mut lines = vec![Line::styled(text::truncate(&name, width), theme.strong)];
    if let PictureRef::Index(face) = source {
        let person = dataset.pictures.get(face).map(|picture| picture.person);
        let others = person.map_or(0, |person| dataset.people[person].pictures.len() - 1);
        let same = found.same_person.iter().filter(|same| **same).count();
        let style = if same > 0 { theme.good } else { theme.quiet };
        lines.push(if others == 0 {
            Line::styled("alone in the data set", theme.quiet)
        } else {
            Line::styled(
                format!("same person {same} of {}", found.hits.len().min(others)),
                style,
            )
        });
    }
    let used = lines.len() as u16;
    canvas.lines(places.details, lines);
    let below = Rect {
        y: places.details.y + used + 1,
        height: places.details.height.saturating_sub(used + 1),
        ..places.details
    };
    draw_histogram(canvas, below, found);
}

/// How the query's distances to all rows spread; bins that hold hits are in
/// the accent colour.
fn draw_histogram(canvas: &mut Canvas, area: Rect, found: &SearchResults) {
    const MARKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let theme = canvas.theme;
    let bins = found.histogram.counts.len();
    if area.height < 3 || bins == 0 {
        return;
    }
    let (low, high) = (found.histogram.low, found.histogram.high);
    let columns = usize::from(area.width).min(bins);
    let merged: Vec<u32> = (0..columns)
        .map(|column| {
            let bounds = column * bins / columns..(column + 1) * bins / columns;
            found.histogram.counts[bounds].iter().sum()
        })
        .collect();
    let most = merged.iter().copied().max().unwrap_or(1).max(1);
    let farthest = found.hits.last().map_or(low, |hit| hit.distance);
    let share = (farthest - low) / (high - low).max(f32::MIN_POSITIVE);
    let hit_columns = (share * columns as f32).floor().max(0.0) as usize;
    let rows = (area.height - 1).min(5);
    for row in 0..rows {
        let spans: Vec<Span> = merged
            .iter()
            .enumerate()
            .map(|(column, count)| {
                let eighths = (u64::from(*count) * u64::from(rows) * 8).div_ceil(u64::from(most));
                let above = u64::from(rows - 1 - row) * 8;
                let level = eighths.saturating_sub(above).min(8) as usize;
                let style = if column <= hit_columns {
                    theme.accent
                } else {
                    theme.quiet
                };
                Span::styled(MARKS[level].to_string(), style)
            })
            .collect();
        let line = Rect {
            y: area.y + row,
            height: 1,
            ..area
        };
        canvas.line(line, Line::from(spans));
    }
    let ends = number_format::distance(low);
    let right = number_format::distance(high);
    let gap = columns.saturating_sub(ends.width() + right.width());
    let axis = Rect {
        y: area.y + rows,
        height: 1,
        ..area
    };
    canvas.text(
        axis,
        format!("{ends}{}{right}", " ".repeat(gap)),
        theme.quiet,
    );
}

fn draw_neighbours(
    canvas: &mut Canvas,
    places: &SearchLayout,
    app: &App,
    dataset: &Dataset,
    found: &SearchResults,
) {
    let theme = canvas.theme;
    let (rows, width) = places.picture;
    let pitch = places.pitch;
    if found.hits.is_empty() {
        let words = match dataset.pictures.len() {
            0 | 1 => "there is no other picture in the data set",
            _ => "no code is at a finite distance",
        };
        canvas.text(
            Rect {
                height: 1,
                ..places.grid
            },
            words.to_string(),
            theme.quiet,
        );
    }
    // The cursor's row is always among those shown.
    let first = (app.search.cursor / places.columns).saturating_sub(places.rows - 1);
    let shown = found.hits.iter().enumerate().skip(first * places.columns);
    for (rank, hit) in shown.take(places.rows * places.columns) {
        if hit.row >= dataset.pictures.len() {
            continue;
        }
        let row = (rank / places.columns - first) as u16;
        let column = (rank % places.columns) as u16;
        let place = Rect::new(
            places.grid.x + column * pitch,
            places.grid.y + row * (rows + super::layout::CAPTION_ROWS + 1),
            width,
            rows,
        );
        let name = dataset.face_name(hit.row);
        canvas.picture(
            place,
            &Picture::thumbnail(dataset.path(hit.row), text::initials(&name)),
        );
        let caption = Rect {
            y: place.bottom(),
            width: pitch - 1,
            height: 1,
            ..place
        };
        let is_chosen = rank == app.search.cursor;
        let style = if is_chosen {
            theme.selected
        } else {
            theme.quiet
        };
        canvas.text(
            caption,
            format!("{:>2}  {:<8.3}", rank + 1, hit.distance),
            style,
        );
        let same = found.same_person.get(rank).copied().unwrap_or(false);
        let (mark, style) = match (same, is_chosen) {
            (true, _) => ("✓ ", theme.good),
            (false, true) => ("", theme.strong),
            (false, false) => ("", theme.text),
        };
        let below = Rect {
            y: caption.y + 1,
            ..caption
        };
        canvas.text(
            below,
            format!(
                "{mark}{}",
                text::truncate(&name, usize::from(pitch - 1) - mark.width())
            ),
            style,
        );
    }
}
