//! How well codes tell people apart, by the published protocols: verification of pairs (one person
//! or two?) with a threshold that is chosen on other pairs, the ROC curve, and retrieval (who else
//! is this?). Pure functions of codes.
//!
//! The protocols are those of Huang, Ramesh, Berg and Learned-Miller, "Labeled Faces in the Wild",
//! technical report 07-49, 2007.

mod cross_validation;
mod figures;
mod hardest;
mod retrieval;
mod roc;
mod scored;
mod threshold;

pub(crate) use figures::{JudgedPictures, VerificationFigures, judge};
pub use hardest::{HardPair, HardestPairs};
pub(crate) use retrieval::RECALL_AT;
