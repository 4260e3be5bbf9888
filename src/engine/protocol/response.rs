//! The engine's responses.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use super::from_noise::FacesFromNoise;
use super::origin::PictureOrigin;
use super::request::{Request, RequestId};
use super::search::SearchResults;
use crate::dataset::{Dataset, FaceSpec};
use crate::generation::constraint::Damage;
use crate::model_store::data::Seen;
use crate::model_store::denoise::Quality;
use crate::model_store::verify::EncoderRow;
use crate::model_store::{ModelInfo, ModelRef};
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::search::Hit;
use crate::training::FirstFaces;

/// One message from the engine.
#[derive(Debug, Clone)]
pub struct Response {
    /// The request that it answers.
    pub id: RequestId,
    /// The content.
    pub body: ResponseBody,
}

/// What a response says.
#[derive(Debug, Clone)]
pub enum ResponseBody {
    /// To `Request::Open`.
    Opened(OpenedDataset),
    /// To `Request::ListModels`: built-in models first, then runs, newest first.
    Models(Vec<ModelInfo>),
    /// To `Request::Reconstruct`.
    Reconstruction(Reconstruction),
    /// To `Request::Denoise`.
    Denoised(Denoised),
    /// To `Request::Draw`.
    Drawn(Drawn),
    /// To `Request::NoiseSweep`.
    NoiseSweep(NoiseSweep),
    /// To `Request::Search`.
    SearchResults(SearchResults),
    /// To `Request::Morph`, `Request::Vary`, `Request::Sample`, `Request::Along`, `Request::Axes`
    /// and `Request::Square`.
    Generated(Generated),
    /// To `Request::FromNoise`.
    FromNoise(FacesFromNoise),
    /// To `Request::Origin`.
    Origin(PictureOrigin),
    /// To `Request::CodeSizeCurve`.
    CodeSizeCurve(Arc<CodeSizeCurve>),
    /// To `Request::FirstFaces`: of those runs that the data set allows.
    FirstFaces(Vec<FirstFaces>),
    /// To `Request::SeenFaces`.
    SeenFaces(SeenFaces),
    /// To `Request::Verify`.
    Verified(VerificationReport),
    /// To `Request::Save`: the new file.
    Saved(PathBuf),
    /// How far long work is.
    Progress {
        /// "fitting PCA-256", "encoding by face-32".
        stage: String,
        /// Units done.
        done: u64,
        /// Units in all, when known.
        total: Option<u64>,
    },
    /// Something that the user should know, such as why a cache is not used. Each
    /// note is sent once, under any id.
    Note(String),
    /// A newer request of the same kind took its place, or it was cancelled.
    Superseded,
    /// It could not be done; one line that says why and what to do.
    Failed(String),
}

/// The data set that the engine works on now.
#[derive(Debug, Clone)]
pub struct OpenedDataset {
    /// Pictures, people, names.
    pub dataset: Arc<Dataset>,
    /// The pictures that PCA works on.
    pub faces: FaceSpec,
    /// Where models run: `cpu`, `cuda:0`.
    pub device: String,
    /// Why the device is not the requested one.
    pub device_note: Option<String>,
}

/// A model's reconstruction of one picture.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// Index in the data set.
    pub picture: usize,
    /// The model's label.
    pub model: String,
    /// The rebuilt picture; `None` from a model without a decoder.
    pub rebuilt: Option<Rebuilt>,
    /// The nearest other faces that are no copies, by the default measure, nearest first; none
    /// while codes are being computed, and in a data set of one picture.
    pub nearest: Vec<Hit>,
}

/// A picture that a model rebuilt from its code.
#[derive(Debug, Clone)]
pub struct Rebuilt {
    /// Mean squared error of the reconstruction, values 0 to 1, unclipped.
    pub mse: f32,
    /// The reconstruction.
    pub pixels: Arc<RgbImage>,
}

/// One damaged picture, and what each method makes of it.
#[derive(Debug, Clone)]
pub struct Denoised {
    /// Size and preprocessing of all the pictures.
    pub faces: FaceSpec,
    /// The damage.
    pub damage: Damage,
    /// The picture as the models see it.
    pub clean: Arc<RgbImage>,
    /// Damaged, before any method, compared with the clean one.
    pub damaged: Comparison,
    /// In the order of the request, then PCA-256, then the classical methods.
    pub outputs: Vec<Comparison>,
    /// Methods that are still being loaded or fitted; another answer follows.
    pub pending: usize,
    /// Methods left out and why, one line each.
    pub left_out: Vec<String>,
    /// Time of damage and all methods, in milliseconds.
    pub milliseconds: f32,
    /// The request that this answers.
    pub made_by: Option<Arc<Request>>,
}

/// Which pictures of the open data set models were fitted on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeenFaces {
    /// In the order of the request.
    pub models: Vec<(ModelRef, Seen)>,
    /// By PCA and the Wiener filter.
    pub references: Seen,
}

impl SeenFaces {
    /// The first picture that was held out from PCA, the Wiener filter and all of these models that
    /// were trained on this data set; where there is none, from those of them that were trained;
    /// `None` where there is none either.
    pub fn first_held_out(&self) -> Option<usize> {
        let trained = || self.models.iter().map(|(_, seen)| seen);
        let all = trained().chain([&self.references]);
        Self::first_held_out_from(all).or_else(|| Self::first_held_out_from(trained()))
    }

    fn first_held_out_from<'a>(seen: impl Iterator<Item = &'a Seen>) -> Option<usize> {
        let mut held_out = seen.filter_map(|seen| match seen {
            Seen::AllBut(rows) => Some(rows),
            Seen::All | Seen::OtherPictures | Seen::Unknown => None,
        });
        let first = held_out.next()?;
        let others: Vec<_> = held_out.collect();
        let is_held_out = |row: &usize| {
            let of_all = |rows: &&Arc<Vec<usize>>| rows.binary_search(row).is_ok();
            others.iter().all(of_all)
        };
        first.iter().copied().find(is_held_out)
    }
}

/// Faces that may be behind a damaged picture, as far as they have risen.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The model's label.
    pub model: String,
    /// What was done to the picture.
    pub damage: Damage,
    /// In order; each still under noise until all are done.
    pub faces: Vec<Arc<RgbImage>>,
    /// Passes of the network that were made, and about how many there are.
    pub passes: (usize, usize),
    /// The draws compared with the clean picture, and their mean, once they are done.
    pub results: Option<DrawResults>,
    /// Time of the passes.
    pub elapsed: Duration,
    /// The request that this answers.
    pub made_by: Option<Arc<Request>>,
}

/// Draws that are done.
#[derive(Debug, Clone)]
pub struct DrawResults {
    /// The picture as the model sees it.
    pub clean: Arc<RgbImage>,
    /// The same, damaged.
    pub damaged: Arc<RgbImage>,
    /// The model's one answer.
    pub answer: Arc<RgbImage>,
    /// In order.
    pub draws: Vec<Comparison>,
    /// The mean of all.
    pub mean: Comparison,
}

/// One picture under several levels of damage, and how close each method comes.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSweep {
    /// Of one kind, at several levels.
    pub damages: Vec<Damage>,
    /// By label, the damaged picture first: PSNR in dB under each damage.
    pub curves: Vec<(String, Vec<f64>)>,
}

/// One version of a picture compared with the clean one.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The model that made it; `None` for the damaged picture itself and for classical
    /// methods.
    pub model: Option<ModelRef>,
    /// `PCA-256`, a run's name, `noisy`, `draw 1`.
    pub label: String,
    /// Clipped to what can be shown.
    pub pixels: Arc<RgbImage>,
    /// 0.5 + 4 × (this − clean), clipped: grey where they agree.
    pub difference: Arc<RgbImage>,
    /// How close it is to the clean picture.
    pub quality: Quality,
}

/// How well encoders tell people apart, as far as they have been judged.
#[derive(Debug, Clone, Default)]
pub struct VerificationReport {
    /// In the order of the encoders; most have two rows, for plain and for whitened codes.
    pub rows: Vec<Arc<EncoderRow>>,
    /// Why encoders could not be judged, one line each.
    pub problems: Vec<String>,
    /// Encoders that are still to be judged; another answer follows.
    pub waiting: usize,
}

/// Faces made from codes.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The model's label.
    pub model: String,
    /// In order: A to B, the variations, or the new faces.
    pub frames: Vec<GeneratedFace>,
    /// The original pictures: A and B of a morph, the varied face, none of a sample.
    pub sources: Vec<Arc<RgbImage>>,
    /// 5th and 95th percentile of real faces' distances to their nearest other face,
    /// by the default measure, over up to 500 of them.
    pub real_range: (f32, f32),
    /// Of a square: faces in a row.
    pub columns: Option<usize>,
    /// The share of the codes' variance along each principal axis, the largest first.
    pub axis_shares: Vec<f64>,
    /// Which faces a denoiser has finished, where that was asked for.
    pub sharp: Option<Sharpness>,
    /// The request that this answers.
    pub made_by: Option<Arc<Request>>,
}

/// How far a denoiser has finished generated faces.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharpness {
    /// Which denoiser.
    pub denoiser: ModelRef,
    /// So many faces from the first on are sharp; another answer follows while there are more.
    pub finished: usize,
    /// Why the others stay as they are.
    pub problem: Option<String>,
}

impl Denoised {
    /// What is saved, from left to right: the clean and the damaged picture, and what each
    /// method makes of it.
    pub(crate) fn pictures(&self) -> Vec<Arc<RgbImage>> {
        let mut pictures = vec![self.clean.clone(), self.damaged.pixels.clone()];
        pictures.extend(self.outputs.iter().map(|output| output.pixels.clone()));
        pictures
    }
}

impl DrawResults {
    /// What is saved, from left to right: the clean and the damaged picture, the one answer, and
    /// the draws.
    pub(crate) fn pictures(&self) -> Vec<Arc<RgbImage>> {
        let one = [&self.clean, &self.damaged, &self.answer];
        let draws = self.draws.iter().map(|draw| &draw.pixels);
        one.into_iter().chain(draws).cloned().collect()
    }
}

impl Generated {
    /// Whether no other answer follows.
    pub(crate) fn is_whole(&self) -> bool {
        self.sharp
            .as_ref()
            .is_none_or(|sharp| sharp.problem.is_some() || sharp.finished >= self.frames.len())
    }

    /// What is saved, from left to right: the made faces, between those that they are made from.
    pub(crate) fn pictures(&self) -> Vec<Arc<RgbImage>> {
        let mut pictures: Vec<Arc<RgbImage>> = Vec::new();
        pictures.extend(self.sources.first().cloned());
        pictures.extend(self.frames.iter().map(|frame| frame.pixels.clone()));
        pictures.extend(self.sources.get(1).cloned());
        pictures
    }
}

impl ResponseBody {
    /// The pictures of a whole answer that can be saved.
    pub(crate) fn pictures(&self) -> Option<Vec<Arc<RgbImage>>> {
        match self {
            Self::Denoised(made) if made.pending == 0 => Some(made.pictures()),
            Self::Generated(made) if made.is_whole() => Some(made.pictures()),
            Self::FromNoise(drawn) if drawn.is_done => Some(drawn.pictures()),
            Self::Drawn(made) => Some(made.results.as_ref()?.pictures()),
            _ => None,
        }
    }

    /// Pictures in a row of what is saved; `None` for as many as there are, within bounds.
    pub(crate) fn columns(&self) -> Option<usize> {
        match self {
            Self::Generated(made) => made.columns,
            _ => None,
        }
    }

    /// Notes which request a picture answers.
    pub(crate) fn note_request(&mut self, request: &Request) {
        let made_by = match self {
            Self::Denoised(made) => &mut made.made_by,
            Self::Generated(made) => &mut made.made_by,
            Self::Drawn(made) => &mut made.made_by,
            _ => return,
        };
        *made_by = Some(Arc::new(request.clone()));
    }
}

/// One generated face.
#[derive(Debug, Clone)]
pub struct GeneratedFace {
    /// The decoded code.
    pub pixels: Arc<RgbImage>,
    /// The real face with the nearest code, by the default measure.
    pub nearest: Hit,
}
