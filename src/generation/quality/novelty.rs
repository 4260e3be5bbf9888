//! Whether a made face was made or remembered.
//!
//! The nearest real face alone does not say: a soft face lies near many. So its distance is also
//! compared with those of the next nearest ones, as Carlini et al. (2023) find pictures that a
//! model has memorised: a copy is near one face and far from all others. Both are held against
//! what real faces have that the model has not seen.

use std::sync::Arc;

use serde::Serialize;

use super::nearest::reduced_values;
use crate::error::Result;
use crate::search::{BruteForce, CodeTable, Hit, Index, Metric};

/// Faces whose mean distance the nearest one's is compared with.
const NEIGHBOURS: usize = 50;
/// Below this multiple of that mean, the face is a copy. Of unseen faces of LFW one in a thousand
/// is below 0.60, and training faces that were blurred, or moved by a pixel, are at 0.2 to 0.5.
const COPY_RATIO: f32 = 0.5;
/// Closer than this share of unseen faces are to any is worth saying.
const NEAR_SHARE: f64 = 0.95;
/// Unseen faces that made ones are compared with, at most.
const MOST_UNSEEN: usize = 500;
/// Pictures are compared at this size, at most: smaller ones forgive small shifts.
const COMPARED_SIZE: usize = 16;

/// A way to compare faces: real faces as points.
#[derive(Debug)]
pub(crate) struct Space {
    /// `pixels`, `codes`.
    name: &'static str,
    index: BruteForce,
    /// How far unseen faces are from the nearest of these, ascending.
    distances: Vec<f32>,
    /// The same as multiples of their mean distance to the nearest ones, ascending.
    ratios: Vec<f32>,
}

/// The real face that a made one resembles most in one space.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Resemblance {
    /// `pixels`: Euclidean distance at no more than 16 pixels, black to white is 1; `codes`: cosine distance of whitened
    /// principal components.
    pub space: &'static str,
    /// The face, by its place among the real ones.
    #[serde(skip)]
    pub face: usize,
    /// How far it is.
    pub distance: f32,
    /// The same as a multiple of the mean distance to the nearest fifty.
    pub ratio: f32,
    /// Share of unseen real faces that are farther from the nearest face, by distance and by
    /// ratio.
    pub closer_than: f64,
}

/// Whether a face was made or remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is a copy of a real face.
    Copy,
    /// It is closer to a real face than nearly all unseen faces are to any.
    Near,
    /// It is as new as a face not seen.
    New,
}

/// What is said of one made face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Origin {
    /// In short.
    pub verdict: Verdict,
    /// In each space; the first is what the verdict is about.
    pub resemblances: Vec<Resemblance>,
}

/// Real faces that a made one may be a copy of, in one or more spaces.
#[derive(Debug)]
pub(crate) struct Novelty {
    spaces: Vec<Space>,
}

impl Novelty {
    /// With spaces of the same faces.
    pub(crate) fn new(spaces: Vec<Space>) -> Self {
        Self { spaces }
    }

    /// Where made faces come from: their points in each space, `[n, width]`.
    ///
    /// # Errors
    /// When points are missing or of another width.
    pub(crate) fn judge(&self, points: &[Vec<f32>]) -> Result<Vec<Origin>> {
        let mut origins: Vec<Vec<Resemblance>> = Vec::new();
        for (space, points) in self.spaces.iter().zip(points) {
            for (at, resemblance) in space.resemblances(points)?.into_iter().enumerate() {
                match origins.get_mut(at) {
                    Some(known) => known.push(resemblance),
                    None => origins.push(vec![resemblance]),
                }
            }
        }
        Ok(origins.into_iter().map(Origin::new).collect())
    }
}

impl Origin {
    fn new(mut resemblances: Vec<Resemblance>) -> Self {
        // Stable: of equal ones, the first space's.
        resemblances.sort_by(|a, b| {
            let by_verdict = a.verdict().rank().cmp(&b.verdict().rank());
            by_verdict.then(b.closer_than.total_cmp(&a.closer_than))
        });
        Self {
            verdict: resemblances
                .first()
                .map_or(Verdict::New, Resemblance::verdict),
            resemblances,
        }
    }

    /// `a copy of Tony Blair 33`, `as new as a face not seen`.
    pub(crate) fn describe(&self, name: impl Fn(usize) -> String) -> String {
        match (self.verdict, self.resemblances.first()) {
            (Verdict::Copy, Some(like)) => format!("a copy of {}", name(like.face)),
            (Verdict::Near, Some(like)) if like.closer_than >= 1.0 => format!(
                "closer to {} than any unseen face is to any",
                name(like.face)
            ),
            (Verdict::Near, Some(like)) => format!(
                "closer to {} than {:.0} % of unseen faces are to any",
                name(like.face),
                (like.closer_than * 100.0).floor()
            ),
            _ => "as new as a face not seen".to_string(),
        }
    }
}

impl Verdict {
    fn rank(self) -> u8 {
        match self {
            Self::Copy => 0,
            Self::Near => 1,
            Self::New => 2,
        }
    }
}

impl Resemblance {
    fn verdict(&self) -> Verdict {
        if self.closer_than < NEAR_SHARE {
            Verdict::New
        } else if self.ratio < COPY_RATIO {
            Verdict::Copy
        } else {
            Verdict::Near
        }
    }
}

impl Space {
    /// Real faces and unseen ones pixel by pixel, bytes `[n, size, size, 3]`. Without unseen ones,
    /// each real face is compared with the others.
    ///
    /// # Errors
    /// When they are not whole pictures, or there is none.
    pub(crate) fn pixels(real: &[u8], unseen: Option<&[u8]>, size: usize) -> Result<Self> {
        let unseen = unseen.map(|unseen| compared_values(unseen, size));
        let real = compared_values(real, size);
        Self::new("pixels", (real, unseen, pixel_width(size)), Metric::L2)
    }

    /// Real faces and unseen ones by whitened codes `[n, width]`. Without unseen ones as
    /// [`Space::pixels`].
    ///
    /// # Errors
    /// When they are not whole codes, or there is none.
    pub(crate) fn codes(real: Vec<f32>, unseen: Option<Vec<f32>>, width: usize) -> Result<Self> {
        Self::new("codes", (real, unseen, width), Metric::Cosine)
    }

    fn new(
        name: &'static str,
        (real, unseen, width): (Vec<f32>, Option<Vec<f32>>, usize),
        metric: Metric,
    ) -> Result<Self> {
        let index = BruteForce::new(Arc::new(CodeTable::new(real, width, metric)?));
        let mut space = Self {
            name,
            index,
            distances: Vec::new(),
            ratios: Vec::new(),
        };
        let found = match unseen {
            Some(unseen) => {
                let compared: Vec<f32> = evenly(unseen.len() / width)
                    .flat_map(|row| &unseen[row * width..][..width])
                    .copied()
                    .collect();
                space.index.search_batch(&compared, NEIGHBOURS)?
            }
            None => evenly(space.index.table().len())
                .map(|row| space.index.neighbours(row, NEIGHBOURS))
                .collect::<Result<_>>()?,
        };
        let found = space.with_ratios(found);
        space.distances = found.iter().map(|(hit, _)| hit.distance).collect();
        space.ratios = found.iter().map(|&(_, ratio)| ratio).collect();
        space.distances.sort_unstable_by(f32::total_cmp);
        space.ratios.sort_unstable_by(f32::total_cmp);
        Ok(space)
    }

    /// The nearest of each list of faces, and its ratio.
    fn with_ratios(&self, lists: Vec<Vec<Hit>>) -> Vec<(Hit, f32)> {
        let length = |distance: f32| match self.name {
            // Cosine distance is half the square of the distance of the directions.
            "codes" => (2.0 * distance).max(0.0).sqrt(),
            _ => distance,
        };
        let with_ratio = lists.iter().filter_map(|hits| {
            let (first, others) = hits.split_first()?;
            let sum: f32 = others.iter().map(|hit| length(hit.distance)).sum();
            let mean = sum / others.len().max(1) as f32;
            let ratio = if mean > 0.0 {
                length(first.distance) / mean
            } else {
                1.0
            };
            Some((*first, ratio))
        });
        with_ratio.collect()
    }

    fn resemblances(&self, points: &[f32]) -> Result<Vec<Resemblance>> {
        let hits = self.index.search_batch(points, NEIGHBOURS)?;
        let found = self.with_ratios(hits).into_iter();
        let resemblance = |(hit, ratio): (Hit, f32)| Resemblance {
            space: self.name,
            face: hit.row,
            distance: hit.distance,
            ratio,
            closer_than: share_above(&self.distances, hit.distance)
                .min(share_above(&self.ratios, ratio)),
        };
        Ok(found.map(resemblance).collect())
    }
}

/// At most [`MOST_UNSEEN`] of so many rows, evenly over all.
fn evenly(all: usize) -> impl Iterator<Item = usize> {
    let count = all.min(MOST_UNSEEN);
    (0..count).map(move |at| at * all / count)
}

/// The share of ascending values that are larger.
fn share_above(values: &[f32], value: f32) -> f64 {
    let not_above = values.partition_point(|&other| other <= value);
    (values.len() - not_above) as f64 / values.len().max(1) as f64
}

/// Pictures, bytes `[n, size, size, 3]`, as they are compared.
pub(crate) fn compared_values(pictures: &[u8], size: usize) -> Vec<f32> {
    reduced_values(pictures, size, size.div_ceil(COMPARED_SIZE))
}

/// Numbers of such a picture.
fn pixel_width(size: usize) -> usize {
    (size / size.div_ceil(COMPARED_SIZE)).pow(2) * 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    /// Pictures of 4 × 4: a few waves and a little grain, as far from each other as faces are.
    fn faces(count: usize, seed: u64) -> Vec<u8> {
        let mut rng = generator(seed, Purpose::SyntheticFace, 0, 0);
        (0..count)
            .flat_map(|_| {
                let waves: [f32; 8] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
                let value = move |at: usize| {
                    let waves = waves.iter().enumerate();
                    let sum: f32 = waves
                        .map(|(k, strength)| strength * ((at * (k + 2)) as f32 * 0.37).sin())
                        .sum();
                    (128.0 + 25.0 * sum).clamp(0.0, 255.0) as u8
                };
                (0..48).map(value)
            })
            .collect()
    }

    #[test]
    fn copies_are_named_and_new_faces_are_new() {
        let (real, unseen) = (faces(400, 1), faces(200, 2));
        let novelty = Novelty::new(vec![Space::pixels(&real, Some(&unseen), 4).unwrap()]);
        let judge = |bytes: &[u8]| novelty.judge(&[compared_values(bytes, 4)]).unwrap();
        let copy = &judge(&real[7 * 48..8 * 48])[0];
        assert_eq!(copy.verdict, Verdict::Copy);
        assert_eq!(
            copy.describe(|face| format!("face {face}")),
            "a copy of face 7"
        );
        let new = judge(&faces(200, 3));
        let found = |verdict| new.iter().filter(|made| made.verdict == verdict).count();
        assert!(found(Verdict::New) > 170, "{}", found(Verdict::New));
        assert!(found(Verdict::Copy) < 20, "{}", found(Verdict::Copy));
        let alone = Novelty::new(vec![Space::pixels(&real, None, 4).unwrap()]);
        let copy = &alone.judge(&[compared_values(&real[..48], 4)]).unwrap()[0];
        assert_eq!(copy.verdict, Verdict::Copy);
        let like = &new[0].resemblances[0];
        assert!(like.distance > 0.0 && (0.0..=1.0).contains(&like.closer_than));
    }

    #[test]
    fn the_space_in_which_a_face_is_a_copy_decides() {
        let (real, unseen) = (faces(300, 1), faces(100, 2));
        let points =
            |bytes: &[u8]| -> Vec<f32> { bytes.iter().map(|&b| f32::from(b) - 128.0).collect() };
        let novelty = Novelty::new(vec![
            Space::pixels(&real, Some(&unseen), 4).unwrap(),
            Space::codes(points(&real), Some(points(&unseen)), 48).unwrap(),
        ]);
        // Half as strong: another picture, but the same direction.
        let code: Vec<f32> = points(&real[48..96]).iter().map(|v| v * 0.5).collect();
        let new = compared_values(&faces(1, 9), 4);
        let made = &novelty.judge(&[new, code]).unwrap()[0];
        assert_eq!(made.verdict, Verdict::Copy);
        assert_eq!(made.resemblances[0].space, "codes");
        assert_eq!(made.resemblances[0].face, 1);
        assert_eq!(made.resemblances.len(), 2);
    }

    #[test]
    fn words_say_how_close() {
        let near = Origin::new(vec![Resemblance {
            space: "pixels",
            face: 3,
            distance: 1.0,
            ratio: 0.6,
            closer_than: 0.978,
        }]);
        assert_eq!(near.verdict, Verdict::Near);
        assert_eq!(
            near.describe(|_| "Tony Blair 33".to_string()),
            "closer to Tony Blair 33 than 97 % of unseen faces are to any"
        );
        assert_eq!(share_above(&[1.0, 2.0, 3.0, 4.0], 2.0), 0.5);
        assert_eq!(share_above(&[], 2.0), 0.0);
    }
}
