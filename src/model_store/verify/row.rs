//! The figures of one encoder under one metric, with all that they depend on: one line of a table,
//! one object of JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::codes::Coded;
use super::fitted::FittedOn;
use super::judged_set::{JudgedSet, Setup, people_of};
use crate::models::ModelKind;
use crate::search::Metric;
use crate::verification::{HardestPairs, RECALL_AT, VerificationFigures};

/// One encoder under one metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EncoderRow {
    /// `pixels`, `pca-32`, a run's name.
    pub encoder: String,
    /// A run's id.
    pub id: Option<String>,
    /// What the screen calls it.
    #[serde(skip)]
    pub label: String,
    /// Numbers in a code.
    pub code_size: usize,
    /// How codes are compared.
    pub metric: Metric,
    /// Whether they are whitened.
    pub whiten: bool,
    /// What the encoder and the whitening were fitted to.
    pub fitted_on: String,
    /// How many of the judged people the encoder has seen; unknown where its data set is gone.
    pub seen: Option<usize>,
    /// Whether it learned from these people's names, so that the figures are too good where
    /// `seen` is not 0.
    pub names_used: bool,
    /// Accuracy on View 1's test pairs.
    pub view1_accuracy: Option<f64>,
    /// Mean accuracy over the folds of View 2.
    pub view2_accuracy: Option<f64>,
    /// Its standard error.
    pub view2_stderr: Option<f64>,
    /// The area under the curve.
    pub view2_auc: Option<f64>,
    /// The share of one person's pairs that is recognised while one in ten pairs of strangers is
    /// mistaken for one person's.
    pub tpr_at_fpr_0_1: Option<f64>,
    /// The same while one in a hundred is.
    pub tpr_at_fpr_0_01: Option<f64>,
    /// Queries of the retrieval.
    pub queries: usize,
    /// The share of queries whose nearest picture shows the same person.
    pub rank1: Option<f64>,
    /// Mean average precision.
    pub map: Option<f64>,
    /// For each k, the share of queries with a picture of their person among the k nearest.
    pub recall_at: BTreeMap<usize, f64>,
    /// `[false positive rate, true positive rate]`; empty without pairs of both kinds.
    pub roc: Vec<[f64; 2]>,
    /// What it was judged on.
    #[serde(flatten)]
    pub setup: Setup,
    /// The hardest pairs, as rows of the data set.
    #[serde(skip)]
    pub hardest: HardestPairs,
}

impl EncoderRow {
    pub(super) fn new(
        set: &JudgedSet,
        coded: &Coded,
        fitted: &FittedOn,
        (metric, whiten): (Metric, bool),
        figures: VerificationFigures,
    ) -> Self {
        let judged = people_of(&set.judged);
        let is_fitted = coded.kind.is_some() || whiten;
        let (fitted_on, seen) = if is_fitted {
            let seen = fitted.count_seen(&set.dataset, &judged);
            (fitted.words.clone(), seen)
        } else {
            ("nothing".to_string(), Some(0))
        };
        let (view2, roc) = (figures.view2, figures.roc.as_ref());
        let retrieval = figures.retrieval.as_ref();
        Self {
            encoder: coded.name.clone(),
            id: coded.id.clone(),
            label: coded.label.clone(),
            code_size: coded.codes.width,
            metric,
            whiten,
            fitted_on,
            seen,
            names_used: coded.kind.is_some_and(ModelKind::learns_names),
            view1_accuracy: figures.view1,
            view2_accuracy: view2.map(|accuracy| accuracy.mean),
            view2_stderr: view2.map(|accuracy| accuracy.standard_error),
            view2_auc: roc.map(|roc| roc.area),
            tpr_at_fpr_0_1: roc.map(|roc| roc.at_tenth),
            tpr_at_fpr_0_01: roc.map(|roc| roc.at_hundredth),
            queries: retrieval.map_or(0, |found| found.queries),
            rank1: retrieval.map(|found| found.rank1),
            map: retrieval.map(|found| found.mean_average_precision),
            recall_at: retrieval
                .map(|found| RECALL_AT.into_iter().zip(found.recall_at).collect())
                .unwrap_or_default(),
            roc: figures.roc.map(|roc| roc.points).unwrap_or_default(),
            setup: set.setup.clone(),
            hardest: figures.hardest.moved(|at| set.rows[at]),
        }
    }

    /// `L2`, `whitened cosine`.
    pub(crate) fn metric_in_words(&self) -> &'static str {
        match (self.metric, self.whiten) {
            (Metric::L2, false) => "L2",
            (Metric::L2, true) => "whitened L2",
            (Metric::Cosine, false) => "cosine",
            (Metric::Cosine, true) => "whitened cosine",
        }
    }

    /// Whether some of the judged people taught it by name, so that it knows them.
    pub(crate) fn knows_the_judged(&self) -> bool {
        self.names_used && self.seen != Some(0)
    }
}
