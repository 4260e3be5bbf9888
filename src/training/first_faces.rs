//! The first faces that a run would train on, as its network would see them.

use std::sync::Arc;

use image::RgbImage;

use super::augmentation::Augmentation;
use super::batch_loader::batch_rows;
use super::spec::TrainSpec;
use crate::dataset::{Dataset, FaceSpec, Faces, Split};
use crate::error::Result;
use crate::imaging::to_image;

/// What a run would train on.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstFaces {
    /// The run's spec.
    pub spec: TrainSpec,
    /// Pictures that it trains on.
    pub training: usize,
    /// Pictures that it does not see.
    pub held_out: usize,
    /// The first ones of the first step, mirrored and with noise as the CPU would do it; none
    /// where the data set has too few pictures.
    pub faces: Vec<Arc<RgbImage>>,
}

/// Faces that were read, with their form and their rows.
type Read = (FaceSpec, Vec<usize>, Faces);

/// What runs of these specs would train on, with `count` faces of each, which are read one after
/// another, without the cache. Those that this data set does not allow are left out.
pub(crate) fn first_faces(dataset: &Dataset, specs: &[TrainSpec], count: usize) -> Vec<FirstFaces> {
    // Most runs see the same pictures.
    let mut read: Vec<Read> = Vec::new();
    let found = specs.iter().filter_map(|spec| {
        let split = spec.data.held_out.split(dataset, spec.seed).ok()?;
        Some(FirstFaces {
            faces: faces_of(dataset, spec, &split, count, &mut read).ok()?,
            spec: spec.clone(),
            training: split.training.len(),
            held_out: split.held_out.len(),
        })
    });
    found.collect()
}

fn faces_of(
    dataset: &Dataset,
    spec: &TrainSpec,
    split: &Split,
    count: usize,
    read: &mut Vec<Read>,
) -> Result<Vec<Arc<RgbImage>>> {
    if super::check_training_pictures(spec, split).is_err() {
        return Ok(Vec::new());
    }
    // What is fitted at once takes them in their own order.
    let mut rows = if spec.model.kind.is_closed_form() {
        split.training.clone()
    } else {
        batch_rows(spec, &split.training, 0)
    };
    rows.truncate(count);
    let form = spec.face_spec();
    let is_it = |one: &Read| one.0 == form && one.1 == rows;
    let place = match read.iter().position(is_it) {
        Some(place) => place,
        None => {
            let faces = Faces::of_few_rows(dataset, form, &rows)?;
            read.push((form, rows.clone(), faces));
            read.len() - 1
        }
    };
    let faces = &read[place].2;
    let size = form.size as usize;
    let mut values = faces.batch(&(0..rows.len()).collect::<Vec<_>>());
    if !spec.model.kind.is_closed_form() {
        let augmentation = Augmentation::new(spec);
        augmentation.mirror(&mut values, size, 0, &rows);
        let noisy = augmentation.noisy(&values, size, 0, &rows);
        values = noisy.unwrap_or(values);
    }
    let pictures = values.chunks_exact(faces.stride());
    let picture = |values: &[f32]| Arc::new(to_image(values, form.size));
    Ok(pictures.map(picture).collect())
}
