//! `lfw-tui keys`: what keys mean, with the settings applied.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::context::Context;
use super::output;
use crate::cli::KeysArgs;
use crate::error::Result;
use crate::tui::all_keymaps::{change_keys, key_tables};

/// A row of `--json`.
#[derive(Serialize)]
struct Row<'a> {
    place: &'a str,
    keys: &'a str,
    action: &'a str,
    help: &'a str,
}

/// Runs the command.
///
/// # Errors
/// When standard output is closed.
pub(super) fn run(context: &Context, args: &KeysArgs) -> Result<()> {
    let settings = &context.config.keys;
    for mistake in change_keys(settings).1 {
        output::note(mistake);
    }
    for (at, table) in key_tables(settings).iter().enumerate() {
        if !args.json {
            let gap = if at > 0 { "\n" } else { "" };
            output::line(format!("{gap}{}", table.place))?;
        }
        for (keys, action, help) in &table.rows {
            if args.json {
                output::json(&Row {
                    place: table.place,
                    keys,
                    action,
                    help,
                })?;
            } else {
                let pad = " ".repeat(14_usize.saturating_sub(keys.width()));
                output::line(format!("  {keys}{pad}  {action:<32}  {help}"))?;
            }
        }
    }
    Ok(())
}
