//! `lfw-tui codes`: the codes of a data set for other programs and other people.

mod files;

use super::context::Context;
use super::store;
use crate::cli::CodesArgs;
use crate::error::Result;

/// Runs the command.
///
/// # Errors
/// When the model or the data set cannot be found, something of that name exists, or it cannot be
/// written.
pub(super) fn run(context: &Context, args: &CodesArgs) -> Result<()> {
    if args.list {
        return store::list(context, args);
    }
    if let Some(set) = args.remove {
        return store::remove(context, args, set);
    }
    // The command line has one of these, and a model.
    let (Some(output), Some(run)) = (&args.output, &args.run) else {
        return Ok(());
    };
    match output.to_str().filter(|text| is_connection(text)) {
        Some(connection) => store::upload(context, args, run, connection),
        None => files::write(context, args, run, output),
    }
}

/// Whether `-o` names a database.
fn is_connection(text: &str) -> bool {
    text.starts_with("postgresql://") || text.starts_with("postgres://")
}
