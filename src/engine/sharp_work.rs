//! Generated faces that a denoiser finishes, a few at a time and pass by pass.

use std::sync::Arc;

use super::protocol::{Generated, RequestId, RequestKind, ResponseBody, Sharpness};
use crate::error::Result;
use crate::generation::SamplerSettings;
use crate::imaging::to_image;
use crate::latent::Codes;
use crate::model_store::sharp::Sharpening;
use crate::model_store::{LoadedModel, ModelRef};

/// Faces that are finished together: few, so that the first come soon.
const TOGETHER: usize = 4;

/// Generated faces, the codes that they keep, and how far they are.
pub(super) struct SharpWork {
    pub(super) id: RequestId,
    pub(super) kind: RequestKind,
    pub(super) denoiser: ModelRef,
    model: Arc<LoadedModel>,
    codes: Codes,
    seed: u64,
    /// The number of each face's draw: equal ones share their noise.
    items: Vec<u64>,
    made: Generated,
    /// The faces after those that are finished.
    under_way: Option<Sharpening>,
}

/// Faces to finish.
pub(super) struct PlainFaces {
    /// Whose codes.
    pub(super) model: Arc<LoadedModel>,
    /// One for each face.
    pub(super) codes: Codes,
    /// The decoded codes.
    pub(super) made: Generated,
}

impl SharpWork {
    /// Before the first pass.
    pub(super) fn new(
        (id, kind): (RequestId, RequestKind),
        denoiser: ModelRef,
        plain: PlainFaces,
        (seed, items): (u64, Vec<u64>),
    ) -> Self {
        let PlainFaces {
            model,
            codes,
            mut made,
        } = plain;
        made.sharp = Some(Sharpness {
            denoiser: denoiser.clone(),
            finished: 0,
            problem: None,
        });
        Self {
            id,
            kind,
            denoiser,
            model,
            codes,
            seed,
            items,
            made,
            under_way: None,
        }
    }

    /// The faces as they are, the finished ones first.
    pub(super) fn faces(&self) -> ResponseBody {
        ResponseBody::Generated(self.made.clone())
    }

    /// The faces as they are; the rest stay as they are, for this reason.
    pub(super) fn failed(mut self, problem: String) -> ResponseBody {
        if let Some(sharp) = &mut self.made.sharp {
            sharp.problem = Some(problem);
        }
        ResponseBody::Generated(self.made)
    }

    /// Whether all faces are finished.
    pub(super) fn is_done(&self) -> bool {
        self.made.is_whole()
    }

    /// Makes one pass; whether it has finished faces.
    ///
    /// # Errors
    /// When the denoiser works on other pictures than the model, or a face is not finite.
    pub(super) fn step(&mut self, denoiser: &LoadedModel) -> Result<bool> {
        let first = self.made.sharp.as_ref().map_or(0, |sharp| sharp.finished);
        let last = (first + TOGETHER).min(self.codes.rows);
        let mut sharpening = match self.under_way.take() {
            Some(sharpening) => sharpening,
            None => {
                let rows = first..last;
                let codes: Vec<f32> = rows
                    .clone()
                    .flat_map(|row| self.codes.row(row).to_vec())
                    .collect();
                let codes = Codes {
                    rows: rows.len(),
                    width: self.codes.width,
                    values: codes.into(),
                };
                let draws = (self.seed, self.items[rows].to_vec());
                let settings = SamplerSettings::default();
                Sharpening::new(self.model.clone(), denoiser, codes, settings, draws)?
            }
        };
        sharpening.sampling.step()?;
        if !sharpening.sampling.is_done() {
            self.under_way = Some(sharpening);
            return Ok(false);
        }
        let size = self.model.faces.size;
        let faces = sharpening.faces()?;
        for (frame, face) in self.made.frames[first..last].iter_mut().zip(&faces) {
            frame.pixels = Arc::new(to_image(face, size));
        }
        if let Some(sharp) = &mut self.made.sharp {
            sharp.finished = last;
        }
        Ok(true)
    }

    /// How far the faces are.
    pub(super) fn progress(&self) -> ResponseBody {
        let finished = self.made.sharp.as_ref().map_or(0, |sharp| sharp.finished);
        let share = self.under_way.as_ref().map_or(0.0, |under_way| {
            let sampling = &under_way.sampling;
            sampling.passes() as f64 / sampling.expected_passes().max(1) as f64
        });
        let together = TOGETHER.min(self.codes.rows - finished) as f64;
        ResponseBody::Progress {
            stage: "finishing faces".to_string(),
            done: finished as u64 + (share * together) as u64,
            total: Some(self.codes.rows as u64),
        }
    }
}

impl std::fmt::Debug for SharpWork {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "SharpWork({:?})", self.id)
    }
}
