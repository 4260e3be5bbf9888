//! Learning rate schedules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::number_format;

/// A factor on the optimizer's learning rate for each step. As text: `constant`, `cosine:0.05`,
/// `step:10:0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "ScheduleRepr", into = "String")]
pub enum Schedule {
    /// The same factor at every step.
    #[default]
    Constant,
    /// Linear warm-up, then half a cosine down to 0 at the end (Loshchilov and Hutter 2016,
    /// equation 5, without restarts).
    Cosine {
        /// Share of the run's steps in the warm-up, 0 to 0.5.
        warmup: f64,
    },
    /// Multiplies the learning rate by a factor every few epochs.
    Step {
        /// Epochs between changes, at least 1.
        every: u32,
        /// Above 0, below 1.
        factor: f64,
    },
}

impl Schedule {
    /// The factor for the step after `done` of `total` steps: above 0 and at most 1.
    pub(crate) fn factor(self, done: u64, total: u64, steps_per_epoch: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine { warmup } => {
                let warmup_steps = (warmup * total as f64).floor();
                let at = done as f64;
                if at < warmup_steps {
                    return (at + 1.0) / warmup_steps;
                }
                let share = (at - warmup_steps) / (total as f64 - warmup_steps).max(1.0);
                0.5 * (1.0 + (std::f64::consts::PI * share.min(1.0)).cos())
            }
            Self::Step { every, factor } => {
                let changes = done / steps_per_epoch.max(1) / u64::from(every.max(1));
                factor.powi(i32::try_from(changes).unwrap_or(i32::MAX))
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Cosine { warmup } => write!(f, "cosine:{warmup}"),
            Self::Step { every, factor } => write!(f, "step:{every}:{factor}"),
        }
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::invalid(
                format!("schedule {text:?}"),
                "must be one of: constant; cosine:WARMUP, the share of steps in the warm-up, \
                 0 to 0.5; step:EPOCHS:FACTOR, with EPOCHS at least 1 and FACTOR between 0 and 1",
            )
        };
        let parts: Vec<&str> = text.split(':').collect();
        match parts[..] {
            ["constant"] => Some(Self::Constant),
            ["cosine", warmup] => warmup
                .parse()
                .ok()
                .filter(|warmup| (0.0..=0.5).contains(warmup))
                .map(|warmup| Self::Cosine { warmup }),
            ["step", every, factor] => {
                let every = every.parse().ok().filter(|every| *every >= 1);
                let factor = factor.parse().ok().filter(|f| *f > 0.0 && *f < 1.0);
                every
                    .zip(factor)
                    .map(|(every, factor)| Self::Step { every, factor })
            }
            _ => None,
        }
        .ok_or_else(unknown)
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

/// A schedule in a file: as text, or as the first versions wrote it.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "must be a schedule such as \"constant\" or \"cosine:0.05\""
)]
enum ScheduleRepr {
    Text(String),
    Kind { kind: String },
}

impl TryFrom<ScheduleRepr> for Schedule {
    type Error = Error;

    fn try_from(repr: ScheduleRepr) -> Result<Self> {
        match repr {
            ScheduleRepr::Text(text) | ScheduleRepr::Kind { kind: text } => text.parse(),
        }
    }
}

/// A learning rate with three significant digits: `0.000224`, `1.05e-8`, `1.00e300`.
pub(crate) fn format_learning_rate(rate: f64) -> String {
    let short = format!("{rate:.2e}");
    match short.parse::<f64>() {
        _ if !rate.is_finite() => number_format::NOT_FINITE.to_string(),
        Ok(rounded) if rounded == 0.0 || (1e-5..1e7).contains(&rounded.abs()) => {
            rounded.to_string()
        }
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_warms_up_and_falls_to_zero() {
        let cosine: Schedule = "cosine:0.1".parse().unwrap();
        let factor = |done| cosine.factor(done, 1_000, 10);
        assert!((factor(0) - 0.01).abs() < 1e-12);
        assert_eq!(factor(99), 1.0);
        assert_eq!(factor(100), 1.0);
        assert!((factor(550) - 0.5).abs() < 1e-12);
        assert!(factor(999) > 0.0 && factor(999) < 1e-5);
        assert_eq!(Schedule::Cosine { warmup: 0.0 }.factor(0, 5, 1), 1.0);
    }

    #[test]
    fn the_factor_changes_at_the_ends_of_epochs() {
        let step: Schedule = "step:2:0.5".parse().unwrap();
        let factors = [0, 19, 20, 39, 40].map(|done| step.factor(done, 100, 10));
        assert_eq!(factors, [1.0, 1.0, 0.5, 0.5, 0.25]);
        assert_eq!(Schedule::Constant.factor(7, 100, 10), 1.0);
    }

    #[test]
    fn rates_have_three_digits() {
        let rates = [
            0.002,
            0.00022401635082777084,
            1.0547620421907932e-8,
            0.0,
            1.5,
            1e300,
            f64::NAN,
        ];
        let words = [
            "0.002",
            "0.000224",
            "1.05e-8",
            "0",
            "1.5",
            "1.00e300",
            "not finite",
        ];
        assert_eq!(rates.map(format_learning_rate), words);
    }

    #[test]
    fn texts_are_read_back_and_nonsense_is_refused() {
        for text in ["constant", "cosine:0", "cosine:0.05", "step:10:0.5"] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        let older: Schedule = serde_json::from_str(r#"{"kind":"constant"}"#).unwrap();
        assert_eq!(older, Schedule::Constant);
        for text in [
            "",
            "cosine",
            "cosine:1",
            "cosine:x",
            "cosine:0.1:2",
            "step",
            "step:0:0.5",
            "step:3:1",
            "step:3:NaN",
            "step:3:0.5:1",
            "constant:1",
            "linear",
        ] {
            let message = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.contains("cosine:WARMUP"), "{text}: {message}");
        }
    }
}
