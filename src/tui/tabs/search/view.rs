//! What Search looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::histogram;
use super::layout::SearchLayout;
use super::state::SearchTab;
use crate::dataset::Dataset;
use crate::engine::{PictureRef, RequestKind, SearchResults};
use crate::search::{CodeForm, Hit, IndexKind, Metric};
use crate::tui::areas::{row_below, row_of, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

/// What the prompt asks for.
const PROMPT: &str = "picture file: ";

/// Draws Search.
pub(super) fn render(tab: &SearchTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    let Some(dataset) = context.dataset() else {
        return no_dataset(canvas, area, context);
    };
    let cell_size = context.capabilities.cell_size;
    let layout = SearchLayout::new(context.size, cell_size, tab.count());
    draw_heading(canvas, layout.heading, tab, context);
    draw_history(canvas, layout.history, tab, dataset);
    let query = tab.query(context);
    match &tab.results {
        Some(results) => {
            if let Some(query) = &query {
                draw_query(canvas, &layout, dataset, query, results);
            }
            draw_neighbours(canvas, &layout, tab, dataset, results);
        }
        None => {
            let state = if query.is_none() {
                "no face is selected: 1 shows the people, s searches one"
            } else if context.is_pending(RequestKind::Search) {
                "computing the codes …"
            } else {
                "no results; ^L tries again"
            };
            canvas.text(layout.grid, state, theme.quiet);
        }
    }
}

/// `nearest under PCA-32 · whitened codes · cosine · exact search`, or the path
/// being typed.
fn draw_heading(canvas: &mut Canvas, area: Rect, tab: &SearchTab, context: &Context) {
    let theme = canvas.theme;
    if tab.path.is_open() {
        let room = usize::from(area.width).saturating_sub(PROMPT.len());
        return canvas.line(
            area,
            Line::from(vec![
                Span::styled(PROMPT, theme.quiet),
                Span::styled(tab.path.display_line(room), theme.accent),
            ]),
        );
    }
    let model = context
        .current_model()
        .map_or("…", |info| info.label.as_str());
    let metric = match tab.options.metric {
        Metric::L2 => "Euclidean",
        Metric::Cosine => "cosine",
    };
    let wanted = if tab.options.whiten {
        CodeForm::Whitened
    } else {
        CodeForm::Plain
    };
    let form = tab.results.as_ref().map_or(&wanted, |found| &found.form);
    let codes = form.name();
    let index = match tab.options.index {
        IndexKind::Brute => "exact search",
        IndexKind::Lsh => "hashing",
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

fn query_name(dataset: &Dataset, query: &PictureRef) -> String {
    match query {
        PictureRef::Index(face) if *face < dataset.pictures.len() => dataset.face_name(*face),
        PictureRef::Index(_) => String::new(),
        PictureRef::File(path) => path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
    }
}

/// `trail  George W Bush 17 › Tom Ridge 3 › here`, the latest queries if there is
/// no room for all; while a path is typed, what it can be completed to.
fn draw_history(canvas: &mut Canvas, area: Rect, tab: &SearchTab, dataset: &Dataset) {
    let theme = canvas.theme;
    if let Some(candidates) = tab.path.candidates_line(theme, area.width.into()) {
        return canvas.line(area, candidates);
    }
    if tab.history.is_empty() {
        return;
    }
    let mut trail = "here".to_string();
    for query in tab.history.iter().rev() {
        let longer = format!("{} › {trail}", query_name(dataset, query));
        if longer.width() + 9 > usize::from(area.width) {
            trail = format!("… › {trail}");
            break;
        }
        trail = longer;
    }
    canvas.line(
        area,
        Line::from(vec![
            Span::styled("trail  ", theme.quiet),
            Span::styled(trail, theme.text),
        ]),
    );
}

/// The query with its name, the number of neighbours of the same person, and how
/// distances spread.
fn draw_query(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    dataset: &Dataset,
    query: &PictureRef,
    results: &SearchResults,
) {
    let theme = canvas.theme;
    let name = query_name(dataset, query);
    let picture = match query {
        PictureRef::Index(face) if *face < dataset.pictures.len() => {
            Picture::thumbnail(dataset.path(*face), text::initials(&name))
        }
        _ => Picture::pixels(&results.query),
    };
    canvas.picture(layout.query, &picture);
    let width = usize::from(layout.details.width);
    let mut lines = vec![Line::styled(text::truncate(&name, width), theme.strong)];
    if let PictureRef::Index(face) = query {
        let person = dataset.pictures.get(*face).map(|picture| picture.person);
        let others = person.map_or(0, |person| dataset.people[person].pictures.len() - 1);
        let same = results.same_person.iter().filter(|same| **same).count();
        let style = if same > 0 { theme.good } else { theme.quiet };
        lines.push(if others == 0 {
            Line::styled("the only picture of this person", theme.quiet)
        } else {
            let possible = results.hits.len().min(others);
            Line::styled(format!("same person {same} of {possible}"), style)
        });
    }
    let used = lines.len() as u16;
    canvas.lines(layout.details, lines);
    histogram::draw(canvas, without_top(layout.details, used + 1), results);
}

fn draw_neighbours(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    dataset: &Dataset,
    results: &SearchResults,
) {
    if results.hits.is_empty() {
        let reason = match dataset.pictures.len() {
            0 | 1 => "there is no other picture in the data set",
            _ => "no code is at a finite distance",
        };
        let style = canvas.theme.quiet;
        canvas.text(layout.grid, reason, style);
    }
    // The cursor's row is always among those shown.
    let first_row = (tab.cursor / layout.columns).saturating_sub(layout.rows - 1);
    let first = first_row * layout.columns;
    let shown = results.hits.iter().enumerate().skip(first);
    for (rank, hit) in shown.take(layout.rows * layout.columns) {
        if hit.row >= dataset.pictures.len() {
            continue;
        }
        let row = rank / layout.columns - first_row;
        let place = layout.neighbour(row, rank % layout.columns);
        let name = dataset.face_name(hit.row);
        let thumbnail = Picture::thumbnail(dataset.path(hit.row), text::initials(&name));
        canvas.picture(place, &thumbnail);
        let caption = Rect {
            width: layout.pitch - 1,
            ..row_below(place)
        };
        let is_same = results.same_person.get(rank).copied().unwrap_or(false);
        draw_caption(
            canvas,
            caption,
            (rank, hit),
            &name,
            is_same,
            rank == tab.cursor,
        );
    }
}

/// Rank and distance, and the name in the row below; a hit of the query's own
/// person is ticked.
fn draw_caption(
    canvas: &mut Canvas,
    area: Rect,
    (rank, hit): (usize, &Hit),
    name: &str,
    is_same_person: bool,
    is_selected: bool,
) {
    let theme = canvas.theme;
    let style = if is_selected {
        theme.selected
    } else {
        theme.quiet
    };
    let rank_and_distance = format!("{:>2}  {:<8.3}", rank + 1, hit.distance);
    canvas.text(area, rank_and_distance, style);
    let (mark, style) = match (is_same_person, is_selected) {
        (true, _) => ("✓ ", theme.good),
        (false, true) => ("", theme.strong),
        (false, false) => ("", theme.text),
    };
    let name = text::truncate(name, usize::from(area.width) - mark.width());
    canvas.text(row_of(area, 1), format!("{mark}{name}"), style);
}
