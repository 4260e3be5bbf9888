//! What is written at a neighbour's picture.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::layout::CaptionPlace;
use super::names::short_name;
use super::results::RankChange;
use crate::number_format;
use crate::search::Hit;
use crate::tui::areas::row_of;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// `0.312`, `12.34`.
pub(super) fn distance(value: f32) -> String {
    let text = number_format::fit_width(value.into(), 3, 6);
    text.trim().to_string()
}

/// A neighbour as it is described.
pub(super) struct Caption<'a> {
    /// From 0.
    pub(super) rank: usize,
    /// Which picture, and how far.
    pub(super) hit: &'a Hit,
    /// The face's name.
    pub(super) name: &'a str,
    /// Whether it shows the query's person.
    pub(super) is_same_person: bool,
    /// Whether it is marked for a search of the mean.
    pub(super) is_tagged: bool,
    /// Whether the cursor is there.
    pub(super) is_selected: bool,
    /// How its rank differs from that in the first row.
    pub(super) change: Option<RankChange>,
}

impl Caption<'_> {
    /// `12  0.312 ↑4`, and below it the name; a hit of the query's own person is ticked.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, place: CaptionPlace) {
        let theme = canvas.theme;
        let style = if self.is_selected {
            theme.selected
        } else {
            theme.quiet
        };
        let width = usize::from(area.width);
        let rank = text::with_thousands(self.rank + 1);
        let mut label = format!("{rank:>2} {}", distance(self.hit.distance));
        let change = self.change.map(|change| {
            let style = match change {
                RankChange::Up(_) | RankChange::New => theme.good,
                RankChange::Down(_) => theme.bad,
                RankChange::Same => theme.quiet,
            };
            Span::styled(change.label(), style)
        });
        let beside_it = place == CaptionPlace::Below;
        if let Some(change) = &change
            && beside_it
            && label.width() + 1 + change.width() > width
        {
            // The change of rank says more than the distance.
            label = format!("{rank:>2}");
        }
        let mut first = vec![Span::styled(text::truncate(&label, width), style)];
        if beside_it {
            first.extend(change.clone().map(|change| {
                let gap = width.saturating_sub(label.width() + change.width()).min(1);
                Span::styled(
                    format!("{}{}", " ".repeat(gap), change.content),
                    change.style,
                )
            }));
        }
        canvas.line(area, Line::from(first));
        let (mark, style) = match (self.is_same_person, self.is_selected) {
            (true, _) => ("✓ ", theme.good),
            (false, true) => ("", theme.strong),
            (false, false) => ("", theme.text),
        };
        let tag = if self.is_tagged { "• " } else { "" };
        let name = short_name(self.name, width.saturating_sub(mark.width() + tag.width()));
        canvas.text(row_of(area, 1), format!("{mark}{tag}{name}"), style);
        if let (Some(change), false) = (change, beside_it) {
            canvas.line(row_of(area, 2), Line::from(change));
        }
    }
}
