//! Turns an out-of-memory error of a GPU into advice.

use crate::error::{Error, Result};

/// For an error in a step on `requested` pictures: if the memory ran out, an error that names the
/// batch size with which `step` succeeds; else the error itself.
pub(crate) fn explain(error: Error, requested: usize, step: impl Fn(usize) -> Result<()>) -> Error {
    if error.is_out_of_memory() {
        batch_too_large(requested, largest_batch_that_fits(requested, step))
    } else {
        error
    }
}

/// The largest of a half, a quarter, an eighth … of `requested` pictures with which a step succeeds;
/// 0 if none does.
fn largest_batch_that_fits(requested: usize, step: impl Fn(usize) -> Result<()>) -> usize {
    std::iter::successors(Some(requested / 2), |pictures| Some(pictures / 2))
        .take_while(|&pictures| pictures > 0)
        .find(|&pictures| step(pictures).is_ok())
        .unwrap_or(0)
}

/// The error for a batch that does not fit.
fn batch_too_large(requested: usize, fits: usize) -> Error {
    let problem = match fits {
        0 => "and not even one picture fits; free some memory, or use --device cpu".to_string(),
        fits => format!("{fits} fit: use --batch-size {fits}"),
    };
    Error::invalid(
        format!("batches of {requested} pictures"),
        format!("the GPU's memory ran out; {problem}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_a_batch_size_that_was_tried() {
        let room_for = |room: usize| {
            move |pictures: usize| {
                if pictures <= room {
                    Ok(())
                } else {
                    Err(Error::invalid("memory", "out of memory"))
                }
            }
        };
        assert_eq!(largest_batch_that_fits(1000, room_for(130)), 125);
        assert_eq!(largest_batch_that_fits(1000, room_for(999)), 500);
        assert_eq!(largest_batch_that_fits(7, room_for(1)), 1);
        assert_eq!(largest_batch_that_fits(7, room_for(0)), 0);
        let message = batch_too_large(1000, 125).to_string();
        assert!(message.ends_with("use --batch-size 125"), "{message}");
        assert!(batch_too_large(1, 0).to_string().contains("--device cpu"));
    }
}
