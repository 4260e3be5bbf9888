//! `lfw-tui replay`: draws a recorded session.

use std::ffi::OsStr;

use super::output;
use super::progress::with_progress;
use crate::cli::ReplayArgs;
use crate::error::{Error, Result};
use crate::tui::replay::{Colours, Moment, Output, draw};

/// Runs the command.
///
/// # Errors
/// When the recording cannot be read, or the output exists or cannot be written.
pub(super) fn run(args: &ReplayArgs) -> Result<()> {
    let output = output_of(args)?;
    let drawn = with_progress(|watch| draw(&args.file, &args.output, output, watch))?;
    if drawn.is_cut {
        output::note(format!(
            "{}: is cut off; drawn up to its last whole frame, {:.1} s",
            args.file.display(),
            drawn.seconds
        ));
    }
    output::line(format!(
        "{}: {}, {:.1} s",
        args.output.display(),
        output::pluralize(drawn.frames, "frame"),
        drawn.seconds
    ))
}

/// What `-o` asks for.
fn output_of(args: &ReplayArgs) -> Result<Output> {
    let moment = match (args.at, args.frame) {
        (Some(seconds), _) => Some(Moment::At(seconds)),
        (None, Some(number)) => Some(Moment::Frame(number as usize)),
        (None, None) => None,
    };
    let ending = args.output.extension().map(OsStr::to_ascii_lowercase);
    let one_frame = moment.unwrap_or(Moment::Last);
    let colours = if args.small {
        Colours::Few
    } else {
        Colours::All
    };
    let all = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("png") => return Ok(Output::Png(one_frame, colours)),
        Some("svg") => return Ok(Output::Svg(one_frame)),
        Some("gif") => Output::Gif(args.pause),
        None if ending.is_none() => Output::Folder(colours),
        _ => {
            return Err(Error::Usage(format!(
                "-o {}: is none of NAME.gif, NAME.png, NAME.svg and a folder",
                args.output.display()
            )));
        }
    };
    if moment.is_some() {
        return Err(Error::Usage(
            "--at and --frame choose one frame; write -o NAME.png or -o NAME.svg".to_string(),
        ));
    }
    Ok(all)
}
