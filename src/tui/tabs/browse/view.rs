//! What Browse looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::{BrowseLayout, layout};
use super::{SortOrder, selected_picture};
use crate::dataset::Dataset;
use crate::number_format;
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::views::canvas::{Canvas, square_columns};
use crate::tui::views::no_dataset::no_dataset;

/// Attributes shown: the strongest so many.
const MAX_ATTRIBUTES: usize = 4;

/// Draws Browse.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let Some(dataset) = app.dataset() else {
        return no_dataset(canvas, area, app);
    };
    let places = layout(app);
    draw_heading(canvas, &places, app);
    draw_people(canvas, &places, app, dataset);
    if let Some(chosen) = selected_picture(app) {
        let name = dataset.people[dataset.pictures[chosen].person].name();
        let large = Picture::file(dataset.path(chosen), text::initials(&name));
        canvas.picture(places.large, &large);
        draw_details(canvas, &places, app, dataset, chosen);
        draw_grid(canvas, &places, app, dataset);
    } else {
        let words = if dataset.pictures.is_empty() {
            "this data set has no pictures".to_string()
        } else {
            format!("nobody's name contains “{}”", app.browse.filter.text())
        };
        let style = canvas.theme.quiet;
        canvas.text(places.list, words, style);
    }
}

fn draw_heading(canvas: &mut Canvas, places: &BrowseLayout, app: &App) {
    let theme = canvas.theme;
    let order = match app.browse.sort_order {
        SortOrder::Count => "people by count ▾",
        SortOrder::Name => "people by name ▾",
    };
    let mut spans = vec![Span::styled(order, theme.quiet)];
    let filter = &app.browse.filter;
    if filter.is_open() || !filter.text().is_empty() {
        let cursor = if filter.is_open() { "▏" } else { "" };
        let room = usize::from(places.heading.width).saturating_sub(order.width() + 2);
        spans.push(Span::styled(
            format!(
                "  {}",
                text::truncate(&format!("/{}{cursor}", filter.text()), room)
            ),
            theme.accent,
        ));
    }
    canvas.line(places.heading, Line::from(spans));
}

/// Rows of people: the name, the count, and a bar of the count.
fn draw_people(canvas: &mut Canvas, places: &BrowseLayout, app: &App, dataset: &Dataset) {
    let theme = canvas.theme;
    let rows = places.list_rows();
    let width = usize::from(places.list.width);
    let most = app
        .browse
        .people
        .iter()
        .map(|&person| dataset.people[person].pictures.len())
        .max()
        .unwrap_or(1);
    let count_width = text::with_thousands(most).len();
    // Bars compare: where everybody has as many there is nothing to compare.
    let differ = app
        .browse
        .people
        .iter()
        .any(|&person| dataset.people[person].pictures.len() != most);
    let bar_width = if width >= 34 && differ { width / 4 } else { 0 };
    let name_width = width.saturating_sub(count_width + bar_width + 4);
    let first = scroll_start(app.browse.selected, app.browse.people.len(), rows);
    let shown = app.browse.people.iter().enumerate().skip(first).take(rows);
    let lines: Vec<Line> = shown
        .map(|(place, &person)| {
            let person = &dataset.people[person];
            let count = person.pictures.len();
            let name = text::truncate(&person.name(), name_width);
            let pad = " ".repeat(name_width - name.width());
            let label = format!(
                " {name}{pad} {:>count_width$} ",
                text::with_thousands(count)
            );
            let style = match (place == app.browse.selected, app.browse.in_pictures) {
                (true, false) => theme.selected,
                (true, true) => theme.unfocused,
                _ => theme.text,
            };
            let bar = text::bar(count as f64 / most as f64, bar_width);
            Line::from(vec![
                Span::styled(label, style),
                Span::styled(format!(" {bar}"), theme.quiet),
            ])
        })
        .collect();
    canvas.lines(places.list, lines);
}

/// The first row shown so that the chosen one stays about in the middle.
fn scroll_start(at: usize, count: usize, rows: usize) -> usize {
    at.saturating_sub(rows / 2).min(count.saturating_sub(rows))
}

fn draw_details(
    canvas: &mut Canvas,
    places: &BrowseLayout,
    app: &App,
    dataset: &Dataset,
    chosen: usize,
) {
    if places.details.width == 0 {
        return;
    }
    let theme = canvas.theme;
    let width = usize::from(places.details.width);
    let entry = &dataset.pictures[chosen];
    let person = &dataset.people[entry.person];
    let mut lines = vec![Line::styled(
        text::truncate(&dataset.face_name(chosen), width),
        theme.strong,
    )];
    let mut place = format!(
        "picture {} of {}",
        chosen - person.pictures.start + 1,
        text::with_thousands(person.pictures.len())
    );
    if let Some(split) = dataset.official_split(chosen) {
        place += &format!(" · {split}");
    }
    lines.push(Line::styled(text::truncate(&place, width), theme.text));
    lines.push(Line::styled(
        text::truncate(&entry.file, width),
        theme.quiet,
    ));
    for (mark, face) in ["A", "B"].iter().zip(app.marks) {
        if face == Some(chosen) {
            lines.push(Line::styled(
                format!("marked {mark} for morphing"),
                theme.accent,
            ));
        }
    }
    let attributes = strongest_attributes(dataset, chosen);
    if !attributes.is_empty() {
        lines.push(Line::default());
        for line in join_wrapped(&attributes, width) {
            lines.push(Line::styled(line, theme.text));
        }
    }
    let facts = app
        .browse
        .details
        .as_ref()
        .filter(|facts| facts.picture == chosen);
    if let Some(facts) = facts {
        lines.push(Line::default());
        let error = format!("mse {}", number_format::error(facts.mse.into()));
        lines.extend(labelled_value(
            theme,
            &format!("rebuilt by {}", facts.model),
            &error,
            width,
        ));
        if let Some(hit) = &facts.nearest
            && hit.row < dataset.pictures.len()
        {
            let name = dataset.face_name(hit.row);
            let distance = format!("nearest, {} away", number_format::distance(hit.distance));
            lines.extend(labelled_value(theme, &distance, &name, width));
        }
    } else if app.model.is_some() {
        lines.push(Line::default());
        lines.push(Line::styled("rebuilding …", theme.quiet));
    }
    let used = lines.len() as u16;
    canvas.lines(places.details, lines);
    // The rebuilt face below the words, and the nearest one beside it.
    let rows = places.details.height.saturating_sub(used + 2).min(8);
    let columns = square_columns(rows, app.graphics.cell_size);
    let Some(facts) = facts else {
        return;
    };
    if rows < 4 || columns > places.details.width {
        return;
    }
    let top = places.details.bottom() - rows - 1;
    let rebuilt = Rect::new(places.details.x, top, columns, rows);
    let below = |place: Rect| Rect {
        y: place.bottom(),
        height: 1,
        ..place
    };
    canvas.picture(rebuilt, &Picture::pixels(&facts.pixels));
    canvas.text(below(rebuilt), "rebuilt", theme.quiet);
    let nearest = Rect {
        x: rebuilt.right() + 1,
        ..rebuilt
    };
    if let Some(hit) = &facts.nearest
        && hit.row < dataset.pictures.len()
        && nearest.right() <= places.details.right()
    {
        canvas.picture(nearest, &Picture::thumbnail(dataset.path(hit.row), ""));
        canvas.text(below(nearest), "nearest", theme.quiet);
    }
}

/// What something is and its value, in one line, or in two where one is too short.
fn labelled_value(theme: &Theme, what: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    let what_span = Span::styled(text::truncate(what, width), theme.quiet);
    let value_span = Span::styled(text::truncate(value, width), theme.text);
    if what.width() + 2 + value.width() <= width {
        vec![Line::from(vec![what_span, Span::raw("  "), value_span])]
    } else {
        vec![Line::from(what_span), Line::from(value_span)]
    }
}

/// The attributes farthest from zero: `smiling 1.2`.
fn strongest_attributes(dataset: &Dataset, chosen: usize) -> Vec<String> {
    let Some(values) = dataset.attributes(chosen) else {
        return Vec::new();
    };
    let mut named: Vec<(&String, f32)> = dataset
        .attribute_names()
        .iter()
        .zip(values.iter().copied())
        .filter(|(_, value)| value.is_finite())
        .collect();
    named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    named
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|(name, value)| format!("{} {}", name.to_lowercase(), text::signed(value, 1)))
        .collect()
}

/// Entries joined by ` · `, as many a line as fit.
fn join_wrapped(entries: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + entry.width() <= width => {
                line.push_str(" · ");
                line.push_str(entry);
            }
            _ => lines.push(text::truncate(entry, width)),
        }
    }
    lines
}

/// The person's pictures with their numbers.
fn draw_grid(canvas: &mut Canvas, places: &BrowseLayout, app: &App, dataset: &Dataset) {
    let Some(person) = app.browse.person() else {
        return;
    };
    let theme = canvas.theme;
    let person = &dataset.people[person];
    let initials = text::initials(&person.name());
    let (columns, rows) = (places.columns(), places.grid_rows());
    let (width, height) = places.thumb;
    let chosen = app.browse.picture;
    let all_rows = person.pictures.len().div_ceil(columns);
    let first = scroll_start(chosen / columns, all_rows, rows) * columns;
    for place in first..(first + columns * rows).min(person.pictures.len()) {
        let index = person.pictures.start + place;
        let (row, column) = ((place - first) / columns, (place - first) % columns);
        let area = Rect::new(
            places.grid.x + column as u16 * (width + 1),
            places.grid.y + row as u16 * (height + 1),
            width,
            height,
        );
        canvas.picture(
            area,
            &Picture::thumbnail(dataset.path(index), initials.as_str()),
        );
        let style = match (place == chosen, app.browse.in_pictures) {
            (true, true) => theme.selected,
            (true, false) => theme.unfocused,
            _ => theme.quiet,
        };
        let below = Rect {
            y: area.bottom(),
            height: 1,
            ..area
        };
        let label = caption(app, dataset, index);
        canvas.text(below, format!("{label:^0$}", usize::from(width)), style);
    }
}

/// `17`, or `17 A` for a marked one.
fn caption(app: &App, dataset: &Dataset, index: usize) -> String {
    let mut caption = dataset.pictures[index].number.to_string();
    for (mark, face) in ["A", "B"].iter().zip(app.marks) {
        if face == Some(index) {
            caption += &format!(" {mark}");
        }
    }
    caption
}
