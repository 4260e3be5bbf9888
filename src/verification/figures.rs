//! All figures of one encoder under one metric.

use super::cross_validation::{MeanAccuracy, cross_validate};
use super::hardest::HardestPairs;
use super::retrieval::{RetrievalFigures, queries, retrieve};
use super::roc::RocCurve;
use super::scored::{ScoredPair, not_finite, score};
use super::threshold::{accuracy, best_threshold};
use crate::dataset::pairs::VerificationPairs;
use crate::error::{Error, Result};
use crate::progress::Watch;
use crate::search::CodeTable;

/// The pictures that codes are judged on, one row each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JudgedPictures {
    /// The person on each.
    pub person: Vec<usize>,
    /// The first row that is the same picture, byte for byte: its own, for most.
    pub copy_of: Vec<usize>,
    /// Pairs of these rows.
    pub pairs: VerificationPairs,
}

impl JudgedPictures {
    /// Whether a picture has another one of its person to find.
    pub(crate) fn has_queries(&self) -> bool {
        !queries(&self.person, &self.copy_of).is_empty()
    }
}

/// How well codes tell people apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VerificationFigures {
    /// Accuracy on View 1's test pairs, with the threshold of its training pairs.
    pub view1: Option<f64>,
    /// Mean accuracy over the folds of View 2.
    pub view2: Option<MeanAccuracy>,
    /// The curve over all pairs of the folds.
    pub roc: Option<RocCurve>,
    /// Retrieval among all pictures.
    pub retrieval: Option<RetrievalFigures>,
    /// The folds' hardest pairs.
    pub hardest: HardestPairs,
}

/// Judges codes, row by row those of `judged`. `stage` names the work in progress reports.
///
/// # Errors
/// When the codes are not finite or all the same; `Cancelled` by the watcher.
pub(crate) fn judge(
    codes: &CodeTable,
    judged: &JudgedPictures,
    stage: &str,
    watch: Watch,
) -> Result<VerificationFigures> {
    check(codes)?;
    let pairs = &judged.pairs;
    let folds = pairs
        .folds
        .iter()
        .map(|fold| score(codes, fold))
        .collect::<Result<Vec<_>>>()?;
    let scored = folds.concat();
    let view1 = match &pairs.development {
        Some(development) => {
            let threshold = best_threshold(score(codes, &development.training)?);
            let test: Vec<ScoredPair> = score(codes, &development.test)?;
            accuracy(&test, threshold).filter(|_| !development.training.is_empty())
        }
        None => None,
    };
    Ok(VerificationFigures {
        view1,
        view2: cross_validate(&folds),
        hardest: HardestPairs::of(&pairs.folds.concat(), &scored),
        roc: RocCurve::of(scored),
        retrieval: retrieve(codes, &judged.person, &judged.copy_of, stage, watch)?,
    })
}

/// Codes that are all equal, or not finite, tell nobody apart.
fn check(codes: &CodeTable) -> Result<()> {
    let rows = || (0..codes.len()).map(|row| codes.row(row));
    if rows().flatten().any(|value| !value.is_finite()) {
        return Err(not_finite());
    }
    let first = codes.row(0);
    if codes.len() > 1 && rows().all(|row| row == first) {
        return Err(Error::invalid(
            "codes",
            "are the same for every picture: they tell nobody apart; train the model again",
        ));
    }
    Ok(())
}
