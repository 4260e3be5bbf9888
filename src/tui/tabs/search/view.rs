//! What Search looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::caption::{Caption, distance};
use super::encoder_list;
use super::heading;
use super::histogram;
use super::layout::SearchLayout;
use super::names::query_name;
use super::results::{JUDGED, ShownResults};
use super::selected_hit;
use super::state::SearchTab;
use super::status::measure_name;
use super::update::layout;
use crate::dataset::Dataset;
use crate::engine::{ModelRef, PictureRef, Query, RequestKind};
use crate::tui::action::Action;
use crate::tui::areas::without_top;
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::tab_id::TabId;
use crate::tui::tabs::browse::action::BrowseAction;
use crate::tui::tabs::browse::keys as browse_keys;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

/// Draws Search.
pub(super) fn render(tab: &SearchTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let Some(dataset) = context.dataset() else {
        return no_dataset(canvas, area, context);
    };
    let layout = layout(tab, context);
    heading::draw(canvas, &layout, tab, context, dataset);
    heading::draw_history(canvas, layout.history, tab, dataset);
    let query = tab.query(context);
    if let Some((query, shown)) = query.as_ref().zip(tab.results.as_ref()) {
        draw_query(canvas, &layout, tab, context, query, shown);
    }
    if let Some(cursor) = tab.encoder_list {
        return encoder_list::draw(canvas, layout.grid, tab, context, cursor);
    }
    match &tab.results {
        Some(shown) => {
            let first = first_block(tab, &layout);
            for block in 0..layout.blocks {
                draw_block(canvas, &layout, tab, context, (block, first + block), shown);
            }
            draw_pending(canvas, &layout, tab, context, first, shown);
        }
        None => {
            let is_listing = context.is_pending(RequestKind::ListModels);
            let again = context.tab_key(Action::Redraw);
            let state = if context.models.is_empty() && !is_listing {
                "there is no encoder: PCA is fitted to at least two pictures".to_string()
            } else if query.is_none() {
                let people = context.tab_key(Action::ShowTab(TabId::Browse));
                let search = Action::Browse(BrowseAction::Search);
                let search = context.key(browse_keys::MAIN, search);
                format!("no face is selected: {people} shows the people, {search} searches one")
            } else if context.is_pending(RequestKind::Search) {
                "computing the codes …".to_string()
            } else {
                format!("no results; {again} tries again")
            };
            let style = canvas.theme.quiet;
            canvas.text(layout.grid, state, style);
        }
    }
}

/// The first encoder in view, so that the cursor's is.
fn first_block(tab: &SearchTab, layout: &SearchLayout) -> usize {
    (tab.cursor.encoder + 1).saturating_sub(layout.blocks)
}

/// The query with its name, the number of neighbours of the same person, and how
/// distances spread.
fn draw_query(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    context: &Context,
    query: &Query,
    shown: &ShownResults,
) {
    let theme = canvas.theme;
    let Some((row, dataset)) = shown.row(tab.cursor.encoder).zip(context.dataset()) else {
        return;
    };
    let name = query_name(dataset, query);
    if let Some(chooser) = &tab.crop {
        canvas.picture(layout.query, &Picture::pixels(&chooser.pixels));
        let lines = chooser.facts();
        let lines = lines.into_iter().map(|line| Line::styled(line, theme.text));
        return canvas.lines(layout.details, lines);
    }
    let picture = match query.pictures.first() {
        Some(PictureRef::Index(face)) if *face < dataset.pictures.len() => {
            Picture::thumbnail(dataset.path(*face), text::initials(&name))
        }
        _ => Picture::pixels(&row.query),
    };
    canvas.picture(layout.query, &picture);
    let width = usize::from(layout.details.width);
    let mut lines: Vec<Line> = text::wrap(&name, width)
        .into_iter()
        .take(3)
        .map(|line| Line::styled(line, theme.strong))
        .collect();
    if dataset.people.len() == 1 {
        lines.push(Line::styled(
            text::truncate("the only person", width),
            theme.quiet,
        ));
    } else if shown.person().is_some() {
        lines.push(match shown.same_person(dataset, tab.cursor.encoder) {
            None => Line::styled(text::truncate("the only picture", width), theme.quiet),
            Some((same, possible)) => {
                let style = if same > 0 { theme.good } else { theme.quiet };
                Line::styled(format!("✓ {same} of {possible}"), style)
            }
        });
        if shown.others() > JUDGED {
            let all = text::with_thousands(shown.others());
            lines.push(Line::styled(format!("of {all} others"), theme.quiet));
        }
    }
    if let (Some((low, high)), Some(hit)) = (row.usual, row.hits.first())
        && hit.distance > high
        && tab.filter.is_empty()
    {
        let usual = format!("{}–{}", distance(low), distance(high));
        for line in text::wrap(&format!("no face is near: usual is {usual}"), width) {
            lines.push(Line::styled(line, theme.bad));
        }
    }
    let used = lines.len() as u16;
    canvas.lines(layout.details, lines);
    let page = layout.cells.page();
    let last = tab.cursor.rank / page * page + page - 1;
    let mut rest = without_top(layout.details, used + 1);
    let selected = row.hits.get(tab.cursor.rank);
    if let Some((place, hit)) = selected_hit::place(layout.details, context).zip(selected) {
        let width = layout.details.width;
        selected_hit::draw(canvas, (place, width), dataset, (tab.cursor.rank, hit));
        rest.height = place.y.saturating_sub(rest.y + 1);
    }
    histogram::draw(canvas, rest, row, last);
}

/// The headings of the encoders that have not answered yet.
fn draw_pending(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    context: &Context,
    first: usize,
    shown: &ShownResults,
) {
    if !layout.has_headings || shown.found.pending == 0 {
        return;
    }
    let theme = canvas.theme;
    let has_answered = |model: &ModelRef| {
        let rows = shown.found.rows.iter().map(|row| &row.encoder);
        let failed = shown.found.failed.iter().map(|(failed, _)| failed);
        rows.chain(failed).any(|answered| answered == model)
    };
    let encoders = tab.encoders(context).into_iter();
    let pending = encoders.filter(|info| !has_answered(&info.reference));
    for (block, info) in (shown.rows().saturating_sub(first)..layout.blocks).zip(pending) {
        let label = Span::styled(info.label.clone(), theme.accent);
        let note = Span::styled(" · computing the codes …", theme.quiet);
        canvas.line(layout.block_heading(block), Line::from(vec![label, note]));
    }
}

/// The neighbours in one encoder's codes: its place in view, and among all.
fn draw_block(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    context: &Context,
    (block, encoder): (usize, usize),
    shown: &ShownResults,
) {
    let Some((row, dataset)) = shown.row(encoder).zip(context.dataset()) else {
        return;
    };
    if layout.has_headings {
        draw_block_heading(canvas, layout, tab, dataset, (block, encoder), shown);
    }
    if row.hits.is_empty() {
        let (_, area) = layout.neighbour(block, 0);
        let area = Rect {
            x: layout.grid.x,
            width: layout.grid.width,
            ..area
        };
        let reason = match (dataset.pictures.len(), tab.filter.is_empty()) {
            (0 | 1, _) => "there is no other picture in the data set",
            (_, false) if row.candidates == 0 => "no picture passes the filter",
            _ => "no code is at a finite distance",
        };
        let style = canvas.theme.quiet;
        return canvas.text(area, reason, style);
    }
    let page = layout.cells.page();
    let first = tab.cursor.rank / page * page;
    let hits = row.hits.iter().enumerate().skip(first).take(page);
    for (rank, hit) in hits.filter(|(_, hit)| hit.row < dataset.pictures.len()) {
        let (picture, area) = layout.neighbour(block, rank - first);
        let name = dataset.face_name(hit.row);
        let thumbnail = Picture::thumbnail(dataset.path(hit.row), text::initials(&name));
        canvas.picture(picture, &thumbnail);
        let click = Use::Click(Action::Click(Target::Neighbour { encoder, rank }));
        canvas.zone(picture.union(area), click);
        let caption = Caption {
            rank,
            hit,
            name: &name,
            is_same_person: shown.is_same_person(dataset, hit.row),
            is_tagged: context.tagged.contains(&hit.row),
            is_selected: encoder == tab.cursor.encoder && rank == tab.cursor.rank,
            change: shown.rank_change(encoder, hit.row, rank),
        };
        caption.draw(canvas, area, layout.cells.caption);
    }
}

/// `descriptor · cosine of whitened codes · same person 8 of 10`.
fn draw_block_heading(
    canvas: &mut Canvas,
    layout: &SearchLayout,
    tab: &SearchTab,
    dataset: &Dataset,
    (block, encoder): (usize, usize),
    shown: &ShownResults,
) {
    let theme = canvas.theme;
    let Some(row) = shown.row(encoder) else {
        return;
    };
    let mut spans = vec![
        Span::styled(row.label.clone(), theme.accent),
        Span::styled(format!(" · {}", measure_name(tab, row)), theme.quiet),
    ];
    if let Some((same, possible)) = shown.same_person(dataset, encoder) {
        let style = if same > 0 { theme.good } else { theme.quiet };
        spans.push(Span::styled(" · ", theme.quiet));
        spans.push(Span::styled(
            format!("same person {same} of {possible}"),
            style,
        ));
    }
    if encoder == 0 && layout.grid.width >= 70 {
        spans.push(Span::styled(" · ↑↓ against this row", theme.quiet));
    }
    canvas.line(layout.block_heading(block), Line::from(spans));
}
