//! `lfw-tui bench --search`: measures how fast this machine searches codes.

use std::process::Command;

use serde::{Deserialize, Serialize};

use super::output;
use super::progress::with_progress;
use crate::cli::TableSize;
use crate::error::{Error, Result};
use crate::search::IndexKind;
use crate::search::benchmark::{IndexSpeed, SearchSpeed};

/// What another program reached on such codes: the last line of its output.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct PeerSpeed {
    peer: String,
    build_s: f64,
    ms_per_query: f64,
    recall: f64,
}

/// Runs the benchmark, and beside it `against`, a command that takes an index's name, rows and
/// dimensions and prints a line of JSON.
pub(super) fn run(size: TableSize, against: Option<&str>, json: bool) -> Result<()> {
    let TableSize { rows, dims } = size;
    let speed = with_progress(|watch| SearchSpeed::measure(rows, dims, watch))?;
    if json {
        output::json(&speed)?;
    } else {
        output::line(format_args!(
            "{rows} codes of {dims} numbers, {} threads; times of one query in ms",
            speed.threads
        ))?;
        output::line("index   build s       min    median  in a batch   recall@10")?;
        for index in &speed.indexes {
            print(index)?;
        }
    }
    let Some(against) = against else {
        return Ok(());
    };
    for index in &speed.indexes {
        let peer = match index.index {
            IndexKind::Lsh => "faiss-lsh",
            IndexKind::Hnsw => "faiss-hnsw",
            IndexKind::Auto | IndexKind::Brute => "faiss",
        };
        let peer = run_peer(against, peer, size)?;
        if json {
            output::json(&peer)?;
            continue;
        }
        output::line(format_args!(
            "{} / {}: one query {:.3}, in a batch {:.3}, build {:.2} (recall {:.3} and {:.3})",
            index.index,
            peer.peer,
            index.median_ms / peer.ms_per_query,
            index.batch_ms / peer.ms_per_query,
            index.build_s / peer.build_s,
            index.recall,
            peer.recall,
        ))?;
    }
    Ok(())
}

fn print(index: &IndexSpeed) -> Result<()> {
    output::line(format_args!(
        "{:<6} {:>8.1} {:>9.4} {:>9.4} {:>11.4} {:>11.4}",
        index.index.to_string(),
        index.build_s,
        index.min_ms,
        index.median_ms,
        index.batch_ms,
        index.recall
    ))
}

fn run_peer(command: &str, peer: &str, TableSize { rows, dims }: TableSize) -> Result<PeerSpeed> {
    let line = format!("{command} {peer} {rows} {dims}");
    let output = Command::new("sh")
        .args(["-c", &line])
        .output()
        .map_err(Error::io("sh", "run"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().last().unwrap_or_default();
        Error::invalid(
            line,
            format!("did not print its speed as JSON ({error}); {said}"),
        )
    })
}
