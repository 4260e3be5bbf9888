//! `lfw-tui doctor`: checks what works, and says how to fix the rest. Runs
//! without a terminal and with broken settings, and writes nothing.

mod access;
mod files;
mod findings;
mod machine;
mod terminal;

use std::process::ExitCode;

use serde::Serialize;

use super::output;
use crate::cli::DoctorArgs;
use crate::error::Result;
use crate::paths::Paths;
use findings::{Finding, Level};

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    system: String,
    ok: bool,
    findings: &'a [Finding],
}

/// Runs the command; the exit code is a failure's when something does not work.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(paths: &Paths, args: &DoctorArgs) -> Result<ExitCode> {
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
    if args.format.json {
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
        // Further lines are indented to the column.
        let found = finding.found.replace('\n', &format!("\n{:20}", ""));
        output::line(format!("  {mark}  {:<10}  {found}", finding.name))?;
        if let Some(advice) = &finding.advice {
            output::line(format!("        {:<10}  → {advice}", ""))?;
        }
    }
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    output::line(match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => "\nEverything works.".to_string(),
        (0, notes) => format!("\nEverything works; notes: {notes}."),
        (fails, _) => format!("\nProblems: {fails}; the arrows say how to fix them."),
    })?;
    Ok(code)
}
