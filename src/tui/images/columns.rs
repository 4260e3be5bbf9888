//! Fewer colours in each column of a band of sixels.
//!
//! A column of six pixels costs about a byte for each of its colours. Neighbouring pixels
//! of a photograph often have colours that hardly differ, and one of them does for both.

use image::RgbImage;

use super::palette::Indexed;

/// Replaces colours by others of the same column of `band` rows, where that adds at most
/// `tolerance` to the column's squared error, in squares of a channel's steps. The colour
/// to the left is preferred too: equal columns make runs.
pub(super) fn merge_in_columns(
    indexed: &mut Indexed,
    picture: &RgbImage,
    band: usize,
    tolerance: u32,
) {
    let width = indexed.width.max(1);
    let rows = indexed.indices.len() / width;
    let Indexed {
        colours, indices, ..
    } = indexed;
    let error = |place: usize, index: u8| -> u32 {
        let pixel = picture.as_raw().get(3 * place..3 * place + 3);
        let channels = pixel.unwrap_or_default().iter();
        let colour = colours[usize::from(index)];
        channels
            .zip(colour)
            .map(|(wanted, shown)| u32::from(wanted.abs_diff(shown)).pow(2))
            .sum()
    };
    for top in (0..rows).step_by(band) {
        for x in 0..width {
            let places: Vec<usize> = (top..rows.min(top + band)).map(|y| y * width + x).collect();
            if x > 0 {
                for place in &places {
                    let (own, left) = (indices[*place], indices[place - 1]);
                    if error(*place, left) <= error(*place, own) + tolerance / 4 {
                        indices[*place] = left;
                    }
                }
            }
            while let Some((colour, replaced)) = cheapest(&places, indices, error, tolerance) {
                for (place, index) in places.iter().zip(replaced) {
                    if indices[*place] == colour {
                        indices[*place] = index;
                    }
                }
            }
        }
    }
}

/// The colour of a column that others can replace with the least error, and by which at
/// each place; `None` where that is more than the tolerance.
fn cheapest(
    places: &[usize],
    indices: &[u8],
    error: impl Fn(usize, u8) -> u32,
    tolerance: u32,
) -> Option<(u8, Vec<u8>)> {
    let mut used: Vec<u8> = places.iter().map(|place| indices[*place]).collect();
    used.sort_unstable();
    used.dedup();
    let replace = |colour: u8| {
        let mut added = 0;
        let mut replaced = Vec::with_capacity(places.len());
        for place in places {
            let own = indices[*place];
            if own != colour {
                replaced.push(own);
                continue;
            }
            let others = used.iter().filter(|other| **other != colour);
            let (least, other) = others.map(|other| (error(*place, *other), *other)).min()?;
            added += least.saturating_sub(error(*place, own));
            replaced.push(other);
        }
        (added <= tolerance).then_some((added, colour, replaced))
    };
    let best = used.iter().filter_map(|colour| replace(*colour)).min();
    best.map(|(_, colour, replaced)| (colour, replaced))
}
