//! What the checks found.

use serde::Serialize;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Works, but could be better.
    Warn,
    /// Does not work.
    Fail,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) topic: &'static str,
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
}

/// The findings of one topic, in the order in which they are printed.
pub(super) struct Findings {
    pub(super) topic: &'static str,
    pub(super) list: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(topic: &'static str) -> Self {
        Self {
            topic,
            list: Vec::new(),
        }
    }

    fn add(&mut self, name: &'static str, level: Level, found: impl ToString, advice: &str) {
        self.list.push(Finding {
            topic: self.topic,
            name,
            level,
            found: found.to_string(),
            advice: (!advice.is_empty()).then(|| advice.to_string()),
        });
    }

    pub(super) fn ok(&mut self, name: &'static str, found: impl ToString) {
        self.add(name, Level::Ok, found, "");
    }

    pub(super) fn warn(&mut self, name: &'static str, found: impl ToString, advice: impl ToString) {
        self.add(name, Level::Warn, found, &advice.to_string());
    }

    pub(super) fn fail(&mut self, name: &'static str, found: impl ToString, advice: impl ToString) {
        self.add(name, Level::Fail, found, &advice.to_string());
    }
}
