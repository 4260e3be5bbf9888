//! `lfw-tui doctor`: what works here, and what to do about the rest. Works
//! without a terminal, with broken settings, and writes nothing.

mod access;
mod files;
mod machine;
mod terminal;

use std::process::ExitCode;

use serde::Serialize;

use super::output;
use crate::cli::DoctorArgs;
use crate::config::Config;
use crate::error::Result;
use crate::paths::Paths;

/// How a finding should be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// As it should be.
    Ok,
    /// Works, but could be better.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    topic: &'static str,
    name: &'static str,
    level: Level,
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// The findings of one topic, in the order in which they are printed.
struct Findings {
    topic: &'static str,
    list: Vec<Finding>,
}

impl Findings {
    fn new(topic: &'static str) -> Self {
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

    fn ok(&mut self, name: &'static str, found: impl ToString) {
        self.add(name, Level::Ok, found, "");
    }

    fn warn(&mut self, name: &'static str, found: impl ToString, advice: impl AsRef<str>) {
        self.add(name, Level::Warn, found, advice.as_ref());
    }

    fn fail(&mut self, name: &'static str, found: impl ToString, advice: impl AsRef<str>) {
        self.add(name, Level::Fail, found, advice.as_ref());
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    system: String,
    ok: bool,
    findings: &'a [Finding],
}

/// Runs the command; a failure's exit code when something does not work.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(paths: &Paths, args: &DoctorArgs) -> Result<ExitCode> {
    let (config, settings) = files::settings(paths);
    let topics = [
        terminal::check(&config),
        machine::check(&config),
        settings,
        files::data(paths),
        files::folders(paths),
        access::check(paths, config.shared),
    ];
    let findings: Vec<Finding> = topics.into_iter().flat_map(|topic| topic.list).collect();
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let ok = findings.iter().all(|finding| finding.level != Level::Fail);
    let code = if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    if args.json {
        output::json(&Report {
            version: env!("CARGO_PKG_VERSION"),
            system,
            ok,
            findings: &findings,
        })?;
        return Ok(code);
    }
    output::line(format!("lfw-tui {} · {system}", env!("CARGO_PKG_VERSION")))?;
    let mut topic = "";
    for finding in &findings {
        if finding.topic != topic {
            topic = finding.topic;
            output::line(format!("\n{topic}"))?;
        }
        let mark = match finding.level {
            Level::Ok => "ok  ",
            Level::Warn => "note",
            Level::Fail => "FAIL",
        };
        // What has several lines stays in its column.
        let found = finding.found.replace('\n', &format!("\n{:20}", ""));
        output::line(format!("  {mark}  {:<10}  {found}", finding.name))?;
        if let Some(advice) = &finding.advice {
            output::line(format!("        {:<10}  → {advice}", ""))?;
        }
    }
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    output::line(match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => "\nEverything is as it should be.".to_string(),
        (0, notes) => format!("\nEverything works; notes: {notes}."),
        (fails, _) => format!("\nDoes not work: {fails}; the arrows say what to do."),
    })?;
    Ok(code)
}

/// The settings in force, or the defaults where they are wrong.
fn load_or_default(config: Result<Config>) -> (Config, Option<String>) {
    match config {
        Ok(config) => (config, None),
        Err(error) => (Config::default(), Some(error.to_string())),
    }
}
