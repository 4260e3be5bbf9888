//! What the evaluation looks like.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::layout::EvaluationLayout;
use super::state::EvaluationView;
use super::{pair_view, roc_chart, table};
use crate::engine::RequestKind;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::no_dataset::no_dataset;

impl EvaluationView {
    /// Draws it over all of `area`.
    pub(crate) fn render(&self, context: &Context, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        let Some(dataset) = context.dataset() else {
            return no_dataset(canvas, area, context);
        };
        let mut problems: Vec<String> = self.report.problems.clone();
        if let Some(first) = self.report.rows.first() {
            problems.extend(first.setup.notes.iter().cloned());
        }
        let rows = self.report.rows.len();
        let cell_size = context.capabilities.cell_size;
        let layout = EvaluationLayout::new(area, cell_size, rows, problems.len());
        canvas.line(layout.heading, self.heading(canvas));
        if rows == 0 {
            let state = if context.is_pending(RequestKind::Verify) {
                "judging the first encoder …".to_string()
            } else {
                let again = context.tab_key(Action::Redraw);
                format!("nothing could be judged; {again} tries again")
            };
            canvas.text(layout.table, state, theme.quiet);
        } else {
            table::draw(canvas, layout.table, self);
            roc_chart::draw(canvas, layout.chart, self);
            pair_view::draw(canvas, &layout, self, dataset);
        }
        let width = usize::from(area.width);
        let lines = problems
            .iter()
            .map(|problem| Line::styled(text::truncate(problem, width), theme.bad));
        canvas.lines(layout.problems, lines);
    }

    /// `telling people apart · 3 encoders to go · pairs.txt: 6,000 pairs · 9,164 queries of 5,749 people`.
    fn heading(&self, canvas: &Canvas) -> Line<'static> {
        let theme = canvas.theme;
        let mut words = String::new();
        if self.report.waiting > 0 {
            let waiting = text::pluralize(self.report.waiting, "encoder");
            words += &format!(" · {waiting} to go");
        }
        if let Some(row) = self.report.rows.first() {
            let setup = &row.setup;
            words += &format!(
                " · {}: {} · {} of {} people",
                setup.protocol,
                text::pluralize(setup.pairs, "pair"),
                match row.queries {
                    1 => "1 query".to_string(),
                    queries => format!("{} queries", text::with_thousands(queries)),
                },
                text::with_thousands(setup.people),
            );
        }
        Line::from(vec![
            Span::styled("telling people apart", theme.accent),
            Span::styled(words, theme.quiet),
        ])
    }

    /// What the chosen row's encoder was fitted to, and whom it has seen.
    pub(crate) fn status(&self) -> String {
        let Some(row) = self.row() else {
            return String::new();
        };
        let people = text::with_thousands(row.setup.people);
        let seen = match row.seen {
            None => "unknown whom it has seen".to_string(),
            Some(0) => "has seen none of the judged people".to_string(),
            Some(seen) => {
                let seen = text::with_thousands(seen);
                if row.names_used {
                    format!("† {seen} of {people} people were trained on by name")
                } else {
                    format!("has seen {seen} of {people} people, without names")
                }
            }
        };
        format!("{} {seen} · fitted to {}", row.label, row.fitted_on)
    }
}
