//! What Browse looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::BrowseAction;
use super::details;
use super::layout::BrowseLayout;
use super::people_sheet;
use super::state::{BrowseTab, SortOrder};
use crate::dataset::Dataset;
use crate::tui::action::Action;
use crate::tui::areas::{row_below, row_of};
use crate::tui::context::Context;
use crate::tui::endpoint::Endpoint;
use crate::tui::images::Picture;
use crate::tui::pointer::Use;
use crate::tui::pointer::target::Target;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

/// Draws Browse.
pub(super) fn render(tab: &BrowseTab, context: &Context, canvas: &mut Canvas, area: Rect) {
    let Some(dataset) = context.dataset() else {
        return no_dataset(canvas, area, context);
    };
    let layout = BrowseLayout::new(context.size, context.capabilities.cell_size);
    draw_heading(canvas, &layout, tab);
    draw_people(canvas, &layout, tab, dataset);
    if let Some(selected) = tab.selected_picture(dataset) {
        let name = dataset.people[dataset.pictures[selected].person].name();
        let large = Picture::file(dataset.path(selected), text::initials(&name));
        canvas.picture(layout.large, &large);
        details::draw(canvas, layout.details, tab, context, dataset, selected);
        draw_grid(canvas, &layout, tab, context, dataset);
    } else {
        let reason = if dataset.pictures.is_empty() {
            "this data set has no pictures".to_string()
        } else {
            format!("no name contains “{}”", tab.filter.text())
        };
        let style = canvas.theme.quiet;
        canvas.text(layout.list, reason, style);
    }
}

fn draw_heading(canvas: &mut Canvas, layout: &BrowseLayout, tab: &BrowseTab) {
    let theme = canvas.theme;
    let order = match tab.sort_order {
        SortOrder::Count => "people by count ▾",
        SortOrder::Name => "people by name ▾",
    };
    let mut spans = vec![Span::styled(order, theme.quiet)];
    let filter = &tab.filter;
    if filter.is_open() || !filter.text().is_empty() {
        let cursor = if filter.is_open() { "▏" } else { "" };
        let room = usize::from(layout.heading.width).saturating_sub(order.width() + 2);
        let typed = text::truncate(&format!("/{}{cursor}", filter.text()), room);
        spans.push(Span::styled(format!("  {typed}"), theme.accent));
    }
    canvas.line(layout.heading, Line::from(spans));
}

/// A row for each person: the name, the count, and a bar of the count.
fn draw_people(canvas: &mut Canvas, layout: &BrowseLayout, tab: &BrowseTab, dataset: &Dataset) {
    let theme = canvas.theme;
    let rows = layout.list_rows();
    let width = usize::from(layout.list.width);
    let count = |person: usize| dataset.people[person].pictures.len();
    let max_count = tab.people.iter().map(|&p| count(p)).max().unwrap_or(1);
    let count_width = text::with_thousands(max_count).len();
    // Bars that are all equally long would say nothing.
    let differ = tab.people.iter().any(|&person| count(person) != max_count);
    let bar_width = if width >= 34 && differ { width / 4 } else { 0 };
    let name_width = width.saturating_sub(count_width + bar_width + 4);
    let first = scroll_start(tab.selected, tab.people.len(), rows);
    let shown = tab.people.iter().enumerate().skip(first).take(rows);
    let lines: Vec<Line> = shown
        .map(|(index, &person)| {
            let count = count(person);
            let name = text::truncate(&dataset.people[person].name(), name_width);
            let pad = " ".repeat(name_width - name.width());
            let count_text = text::with_thousands(count);
            let label = format!(" {name}{pad} {count_text:>count_width$} ");
            let style = match (index == tab.selected, tab.in_pictures) {
                (true, false) => theme.selected,
                (true, true) => theme.unfocused,
                _ => theme.text,
            };
            let bar = text::bar(count as f64 / max_count as f64, bar_width);
            Line::from(vec![
                Span::styled(label, style),
                Span::styled(format!(" {bar}"), theme.quiet),
            ])
        })
        .collect();
    let (previous, next) = (BrowseAction::PreviousPerson, BrowseAction::NextPerson);
    let wheel = Use::Wheel(Some(Action::Browse(previous)), Some(Action::Browse(next)));
    canvas.zone(layout.list, wheel);
    for (index, offset) in (first..tab.people.len().min(first + rows)).zip(0..) {
        let target = Target::Person(index);
        canvas.zone(
            row_of(layout.list, offset),
            Use::Click(Action::Click(target)),
        );
    }
    canvas.lines(layout.list, lines);
}

/// The first row shown, so that the selected one is about in the middle.
fn scroll_start(selected: usize, count: usize, rows: usize) -> usize {
    selected
        .saturating_sub(rows / 2)
        .min(count.saturating_sub(rows))
}

/// The person's pictures with their numbers.
fn draw_grid(
    canvas: &mut Canvas,
    layout: &BrowseLayout,
    tab: &BrowseTab,
    context: &Context,
    dataset: &Dataset,
) {
    let Some(person) = tab.person() else {
        return;
    };
    let theme = canvas.theme;
    let person = &dataset.people[person];
    let initials = text::initials(&person.name());
    let (columns, rows) = (layout.columns(), layout.grid_rows());
    let (width, height) = layout.thumbnail;
    let selected = tab.picture;
    let all_rows = person.pictures.len().div_ceil(columns);
    let first = scroll_start(selected / columns, all_rows, rows) * columns;
    let to = |index: usize| Action::Click(Target::Picture(index));
    let up = selected.checked_sub(columns).map(to);
    let down = (selected + columns < person.pictures.len()).then(|| to(selected + columns));
    canvas.zone(layout.grid, Use::Wheel(up, down));
    for index in first..(first + columns * rows).min(person.pictures.len()) {
        let picture = person.pictures.start + index;
        let (row, column) = ((index - first) / columns, (index - first) % columns);
        let area = Rect::new(
            layout.grid.x + column as u16 * (width + 1),
            layout.grid.y + row as u16 * (height + 1),
            width,
            height,
        );
        let thumbnail = Picture::thumbnail(dataset.path(picture), initials.as_str());
        canvas.picture(area, &thumbnail);
        let with_caption = Rect {
            height: height + 1,
            ..area
        };
        canvas.zone(
            with_caption,
            Use::Click(Action::Click(Target::Picture(index))),
        );
        let style = match (index == selected, tab.in_pictures) {
            (true, true) => theme.selected,
            (true, false) => theme.unfocused,
            _ => theme.quiet,
        };
        let label = caption(context, dataset, picture);
        let label = format!("{label:^0$}", usize::from(width));
        canvas.text(row_below(area), label, style);
    }
    people_sheet::draw(canvas, layout, tab, dataset, all_rows.min(rows));
}

/// `17`, `17 A` for an end of a morph, `17 •` for a marked picture.
fn caption(context: &Context, dataset: &Dataset, picture: usize) -> String {
    let mut caption = dataset.pictures[picture].number.to_string();
    for (endpoint, face) in Endpoint::ALL.into_iter().zip(context.marks) {
        if face == Some(picture) {
            caption += &format!(" {}", endpoint.letter());
        }
    }
    if context.tagged.contains(&picture) {
        caption += " •";
    }
    caption
}
