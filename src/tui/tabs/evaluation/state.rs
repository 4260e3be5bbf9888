//! What the evaluation knows, and how that changes.

use std::sync::Arc;

use super::action::EvaluationAction;
use crate::engine::{
    EncoderRef, EncoderRow, HardPair, ModelInfo, ModelRef, Request, RequestKind, VerificationReport,
};
use crate::models::ModelKind;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::Direction;

/// Sizes of PCA that are judged; larger ones take long and are no better.
const PCA_SIZES: [u32; 2] = [32, 128];

/// The evaluation's state.
#[derive(Debug, Default)]
pub(crate) struct EvaluationView {
    /// Whether it is shown over Search.
    pub(crate) is_open: bool,
    /// What has been judged so far.
    pub(super) report: VerificationReport,
    /// The row under the cursor, from 0.
    pub(super) cursor: usize,
    /// The pair that is shown, from 0: the hardest.
    pub(super) pair: usize,
    /// Whether strangers' pairs are shown, or one person's.
    pub(super) shows_strangers: bool,
    /// Counts up to judge all anew.
    stamp: u64,
}

impl EvaluationView {
    /// What it needs from the engine while it is shown.
    pub(crate) fn requests(&self, context: &Context) -> Option<Request> {
        let encoders = encoders(&context.models);
        (self.is_open && !context.models.is_empty()).then_some(Request::Verify {
            encoders,
            stamp: self.stamp,
        })
    }

    /// Whether an action is about it: all are while it is shown.
    pub(crate) fn takes(&self, action: Action) -> bool {
        self.is_open || matches!(action, Action::Evaluation(_))
    }

    /// Handles an action while it is shown. The picture to search, where one was chosen.
    pub(crate) fn update(&mut self, context: &mut Context, action: Action) -> Option<usize> {
        let last = self.report.rows.len().saturating_sub(1);
        match action {
            Action::Evaluation(EvaluationAction::Open) => self.is_open = true,
            Action::Evaluation(EvaluationAction::Close) | Action::Back | Action::Cancel => {
                self.close(context);
            }
            Action::Evaluation(EvaluationAction::Again) => {
                self.stamp += 1;
                self.report = VerificationReport::default();
                self.select(0);
            }
            Action::Evaluation(EvaluationAction::ToggleKind) => {
                self.shows_strangers = !self.shows_strangers;
                self.pair = 0;
            }
            Action::Evaluation(EvaluationAction::OpenPair) => {
                let first = self.shown_pair()?.first;
                self.close(context);
                return Some(first);
            }
            Action::Move(Direction::Up) => self.select(self.cursor.saturating_sub(1)),
            Action::Move(Direction::Down) => self.select((self.cursor + 1).min(last)),
            Action::First => self.select(0),
            Action::Last => self.select(last),
            Action::Move(Direction::Left) => self.pair = self.pair.saturating_sub(1),
            Action::Move(Direction::Right) => {
                let last = self.pairs().len().saturating_sub(1);
                self.pair = (self.pair + 1).min(last);
            }
            _ => {}
        }
        None
    }

    /// Shows what has been judged.
    pub(crate) fn show(&mut self, report: VerificationReport) {
        let selected = self.row().cloned();
        self.report = report;
        // The cursor stays on its encoder when rows come before it.
        let is_selected = |row: &&Arc<EncoderRow>| {
            selected.as_ref().is_some_and(|old| {
                (&old.label, &old.id, old.metric, old.whiten)
                    == (&row.label, &row.id, row.metric, row.whiten)
            })
        };
        let rows = &self.report.rows;
        let place = rows.iter().position(|row| is_selected(&row));
        self.cursor = place
            .unwrap_or(self.cursor)
            .min(rows.len().saturating_sub(1));
    }

    fn close(&mut self, context: &mut Context) {
        self.is_open = false;
        context.cancel(RequestKind::Verify);
    }

    /// Selects a row; the pair shown is its hardest.
    fn select(&mut self, row: usize) {
        if row != self.cursor {
            self.cursor = row;
            self.pair = 0;
        }
    }

    /// The row under the cursor.
    pub(super) fn row(&self) -> Option<&Arc<EncoderRow>> {
        self.report.rows.get(self.cursor)
    }

    /// The hardest pairs of the row under the cursor, of the kind that is shown.
    pub(super) fn pairs(&self) -> &[HardPair] {
        match self.row() {
            Some(row) if self.shows_strangers => &row.hardest.strangers,
            Some(row) => &row.hardest.same,
            None => &[],
        }
    }

    /// The pair that is shown.
    pub(super) fn shown_pair(&self) -> Option<HardPair> {
        self.pairs().get(self.pair).copied()
    }
}

/// Models and runs in the order of the list, PCA of two sizes, and last the pictures themselves,
/// which take longest.
fn encoders(models: &[ModelInfo]) -> Vec<EncoderRef> {
    let is_judged = |info: &&ModelInfo| match &info.reference {
        ModelRef::Pca { code_size, .. } => {
            info.kind != ModelKind::Pca || PCA_SIZES.contains(code_size)
        }
        _ => true,
    };
    let mut judged: Vec<&ModelInfo> = models.iter().filter(is_judged).collect();
    if judged.is_empty() {
        // A small data set has small PCA only.
        judged.extend(models.first());
    }
    let references = judged.into_iter().map(|info| info.reference.clone());
    let pixels = std::iter::once(EncoderRef::Pixels);
    references.map(EncoderRef::Model).chain(pixels).collect()
}
