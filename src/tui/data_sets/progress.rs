//! How far an import is, in words.

use std::time::Instant;

use super::messages::ImportReport;
use crate::number_format;
use crate::progress::Unit;

/// The least time after which a rate is shown, in seconds: over less it is too uncertain.
const LEAST_SECONDS: f64 = 0.5;

/// How far an import is.
#[derive(Debug, Clone)]
pub(crate) struct ImportProgress {
    report: ImportReport,
    /// When the first report of this stage came, and how much was done then.
    started: Instant,
    done_at_start: u64,
}

impl ImportProgress {
    /// The progress after one more report.
    pub(super) fn update(previous: Option<&Self>, report: ImportReport, now: Instant) -> Self {
        let (started, done_at_start) = match previous {
            Some(old) if old.report.stage == report.stage && old.report.done <= report.done => {
                (old.started, old.done_at_start)
            }
            _ => (now, report.done),
        };
        Self {
            report,
            started,
            done_at_start,
        }
    }

    /// The done part, 0 to 1; `None` when the whole is not known.
    pub(super) fn share(&self) -> Option<f64> {
        let total = self.report.total.filter(|total| *total > 0)?;
        Some((self.report.done as f64 / total as f64).min(1.0))
    }

    /// `reading lfw.tgz`.
    pub(super) fn stage(&self) -> &str {
        &self.report.stage
    }

    /// `32.1 MB of 78.3 MB · 35.1 MB/s · 2 s left`; where nothing is counted, the seconds of the stage.
    pub(super) fn figures(&self, now: Instant) -> String {
        let ImportReport {
            done, total, unit, ..
        } = self.report;
        let mut parts = Vec::new();
        let seconds = now.saturating_duration_since(self.started).as_secs_f64();
        match total {
            Some(total) => parts.push(format!("{} of {}", amount(done, unit), amount(total, unit))),
            None if done > 0 => parts.push(amount(done, unit)),
            // A sign that it goes on.
            None if seconds > LEAST_SECONDS => parts.push(format!("{seconds:.1} s")),
            None => {}
        }
        let since_start = done.saturating_sub(self.done_at_start) as f64;
        if seconds > LEAST_SECONDS && since_start > 0.0 {
            let rate = since_start / seconds;
            parts.push(format!("{}/s", amount(rate.round() as u64, unit)));
            if let Some(total) = total {
                let left = total.saturating_sub(done) as f64 / rate;
                parts.push(format!("{} left", number_format::duration(left)));
            }
        }
        parts.join(" · ")
    }
}

fn amount(number: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => number_format::bytes(number),
        Unit::Files | Unit::Pictures | Unit::Steps | Unit::Note => number_format::count(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn rates_are_those_of_the_stage() {
        let began = Instant::now();
        let report = |stage: &str, done| ImportReport {
            stage: stage.to_string(),
            done,
            total: Some(8_000_000),
            unit: Unit::Bytes,
        };
        let first = ImportProgress::update(None, report("reading", 0), began);
        assert_eq!(first.figures(began), "0 bytes of 8.00 MB");
        let second = ImportProgress::update(Some(&first), report("reading", 4_000_000), began);
        let later = began + Duration::from_secs(2);
        assert_eq!(
            second.figures(later),
            "4.00 MB of 8.00 MB · 2.00 MB/s · 2 s left"
        );
        assert_eq!(second.share(), Some(0.5));
        let next = ImportProgress::update(Some(&second), report("hashing", 1_000_000), later);
        assert_eq!(next.figures(later), "1.00 MB of 8.00 MB");
        let uncounted = ImportReport {
            total: None,
            ..report("sorting", 0)
        };
        let sorting = ImportProgress::update(Some(&next), uncounted, later);
        assert_eq!(sorting.figures(later), "");
        let while_later = later + Duration::from_millis(700);
        assert_eq!(sorting.figures(while_later), "0.7 s");
    }
}
