//! Encoders judged by the published protocols, one after the other.

use super::outcome::Outcome;
use crate::engine::cache::{DatasetCache, Unavailable};
use crate::engine::protocol::{ResponseBody, VerificationReport};
use crate::model_store::verify::EncoderRef;

/// Answers [`Request::Verify`](crate::engine::Request::Verify) with what is known, and names the
/// next encoder to judge.
pub(super) fn verify(cache: &DatasetCache, encoders: &[EncoderRef], stamp: u64) -> Outcome {
    let mut report = VerificationReport::default();
    let mut next = None;
    // What is wrong with the data set is wrong for every encoder.
    let add_problem = |report: &mut VerificationReport, problem: String| {
        if !report.problems.contains(&problem) {
            report.problems.push(problem);
        }
    };
    for encoder in encoders {
        match cache.judged(encoder, stamp) {
            Ok(judged) => {
                report.rows.extend(judged.rows.iter().cloned());
                if let Some(problem) = &judged.problem {
                    add_problem(&mut report, problem.clone());
                }
            }
            Err(Unavailable::Failed(problem)) => add_problem(&mut report, problem),
            Err(Unavailable::Pending(resource)) => {
                report.waiting += 1;
                next.get_or_insert(resource);
            }
        }
    }
    let body = ResponseBody::Verified(report);
    match next {
        Some(resource) => Outcome::Partial(body, resource),
        None => Outcome::Complete(body),
    }
}
