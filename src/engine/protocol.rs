//! What the engine is asked and what it answers.
//!
//! Every request gets a [`RequestId`]; every reply carries the ticket of the
//! request it answers. A request may be followed by any number of
//! [`ResponseBody::Progress`]. [`Request::Denoise`] and [`Request::Reconstruct`] may be
//! answered in part first, and again under the same ticket when more is at
//! hand; the others are answered once. A newer request of the same kind
//! replaces one that is not done (see [`Request::replaces_same_kind`]): the
//! replaced one gets [`ResponseBody::Superseded`]. Pictures in answers are ready to
//! show.

use std::path::PathBuf;
use std::sync::Arc;

use image::RgbImage;

use crate::dataset::{Dataset, FaceSpec, Noise};
use crate::models::ModelKind;
use crate::runs::code_size_curve::CodeSizeCurve;
use crate::search::{Hit, IndexKind, Metric};

/// Names one request; later requests have larger tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A model that the engine can load or fit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ModelRef {
    /// Exact PCA of the open data set, fitted in seconds when first needed.
    Pca {
        /// Numbers in a code.
        code_size: u32,
        /// The pictures it works on.
        faces: FaceSpec,
    },
    /// The best checkpoint of a training run, by the run's id.
    Run(String),
    /// A network that comes with the program, by name.
    Bundled(String),
}

/// A picture to work on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PictureRef {
    /// A picture of the open data set, by index.
    Index(usize),
    /// Any picture file; cropped and resized as the model's preprocessing does.
    File(PathBuf),
}

/// What the engine is asked to do. All but [`Request::Open`] and
/// [`Request::Save`] work on the data set that was opened last.
#[derive(Debug, Clone, PartialEq, strum::EnumDiscriminants)]
#[strum_discriminants(name(RequestKind), derive(PartialOrd, Ord), allow(missing_docs))]
#[strum_discriminants(doc = "The kind of a [`Request`].")]
pub enum Request {
    /// Open a data set: an id, a title, `sample`, or a path; `None` is the one
    /// used last, else the sample. Answered by [`ResponseBody::Opened`].
    Open {
        /// As `--data` takes it.
        data: Option<String>,
    },
    /// List the models there are. Answered by [`ResponseBody::Models`].
    ListModels,
    /// What a model makes of one picture, for Browse. Answered by
    /// [`ResponseBody::Reconstruction`], and again with the nearest face when all codes are known.
    Reconstruct {
        /// Index in the open data set.
        picture: usize,
        /// The model.
        model: ModelRef,
    },
    /// Add noise to a picture and remove it by several methods. Answered by
    /// [`ResponseBody::Denoised`]: at once with the methods that are at hand (the
    /// others counted in `pending`), and again, under the same ticket, as those become
    /// ready.
    Denoise {
        /// The first decides size and preprocessing; those that work on other
        /// pictures are left out. PCA-256 is always added at the end.
        models: Vec<ModelRef>,
        /// The clean picture.
        source: PictureRef,
        /// Kind and level.
        noise: Noise,
        /// Same seed, same noise.
        noise_seed: u64,
        /// Whether methods that learn nothing from noise stand beside: the Wiener
        /// filter, non-local means, total variation.
        classical: bool,
    },
    /// The same at several levels. Answered by [`ResponseBody::NoiseSweep`] when all
    /// methods are at hand.
    NoiseSweep {
        /// As for [`Request::Denoise`].
        models: Vec<ModelRef>,
        /// The clean picture.
        source: PictureRef,
        /// Kinds and levels.
        noises: Vec<Noise>,
        /// Same seed, same noise.
        noise_seed: u64,
        /// As for [`Request::Denoise`].
        classical: bool,
    },
    /// The nearest faces of a picture. Answered by [`ResponseBody::SearchResults`].
    Search {
        /// Whose codes are compared.
        model: ModelRef,
        /// The query; a picture of the data set is left out of its own neighbours.
        query: PictureRef,
        /// How many neighbours, at least 1.
        k: usize,
        /// Exact or approximate.
        index: IndexKind,
        /// The distance.
        metric: Metric,
        /// Compare whitened codes.
        whiten: bool,
    },
    /// Faces on the straight path between two codes. Answered by [`ResponseBody::Generated`].
    Morph {
        /// Whose codes.
        model: ModelRef,
        /// The first frame.
        a: PictureRef,
        /// The last frame.
        b: PictureRef,
        /// Frames in all, both ends counted; at least 2.
        steps: usize,
    },
    /// Variations of one face. Answered by [`ResponseBody::Generated`].
    Vary {
        /// Whose codes.
        model: ModelRef,
        /// The face to vary.
        face: PictureRef,
        /// Standard deviations of the data set's own codes; 0 gives the face itself.
        radius: f32,
        /// How many.
        count: usize,
        /// Same seed, same variations; the radius only scales them.
        seed: u64,
    },
    /// New faces, from codes drawn as the data set's own are spread. Answered by
    /// [`ResponseBody::Generated`].
    Sample {
        /// Whose codes.
        model: ModelRef,
        /// Times the distance from the mean code; 1 is as the real ones.
        spread: f32,
        /// How many.
        count: usize,
        /// Same seed, same codes; the spread only scales them.
        seed: u64,
    },
    /// Held-out error against code size, of PCA and of runs like one. Answered by
    /// [`ResponseBody::CodeSizeCurve`].
    CodeSizeCurve {
        /// The run's id.
        run: String,
        /// Another number asks for it anew.
        stamp: u64,
    },
    /// Write pictures side by side, enlarged, to a new PNG in the folder of
    /// saved pictures. Answered by [`ResponseBody::Saved`].
    Save {
        /// From left to right.
        pictures: Vec<Arc<RgbImage>>,
        /// The file's stem: `morph Laura Bush 2 – Colin Powell 1`.
        name: String,
    },
}

impl Request {
    /// Whether a newer request of the same kind makes this one pointless: true
    /// for all but saving.
    pub fn replaces_same_kind(&self) -> bool {
        !matches!(self, Self::Save { .. })
    }
}

/// One message from the engine.
#[derive(Debug, Clone)]
pub struct Response {
    /// Of the request it answers.
    pub id: RequestId,
    /// The content.
    pub body: ResponseBody,
}

/// What a reply holds.
#[derive(Debug, Clone)]
pub enum ResponseBody {
    /// To [`Request::Open`].
    Opened(OpenedDataset),
    /// To [`Request::ListModels`]: fitted ones first, then runs, newest first.
    Models(Vec<ModelInfo>),
    /// To [`Request::Reconstruct`].
    Reconstruction(Reconstruction),
    /// To [`Request::Denoise`].
    Denoised(Denoised),
    /// To [`Request::NoiseSweep`].
    NoiseSweep(NoiseSweep),
    /// To [`Request::Search`].
    SearchResults(SearchResults),
    /// To [`Request::Morph`], [`Request::Vary`] and [`Request::Sample`].
    Generated(Generated),
    /// To [`Request::CodeSizeCurve`].
    CodeSizeCurve(Arc<CodeSizeCurve>),
    /// To [`Request::Save`]: the new file.
    Saved(PathBuf),
    /// Long work goes on.
    Progress {
        /// "fitting PCA-256", "encoding by face-32".
        stage: String,
        /// Units done.
        done: u64,
        /// Units in all, when known.
        total: Option<u64>,
    },
    /// Something that the user should know beside the answer: that a cache is
    /// not used, and why. Each sentence is said once, under any ticket.
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
    /// The pictures that the fitted models work on.
    pub faces: FaceSpec,
    /// Where models run: `cpu`, `cuda:0`.
    pub device: String,
    /// What the user should know about the device: why it is not the one asked for.
    pub device_note: Option<String>,
}

/// One model to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// For requests.
    pub reference: ModelRef,
    /// What the screen calls it: `PCA-32`, a run's name.
    pub label: String,
    /// Which network.
    pub kind: ModelKind,
    /// Numbers in a code.
    pub code_size: u32,
    /// Size and preprocessing of its pictures.
    pub faces: FaceSpec,
    /// The noise it learned to undo; `None` for a plain autoencoder.
    pub objective: Noise,
    /// The training data's title.
    pub data: String,
    /// Whether it answers at once: loaded or fitted already.
    pub ready: bool,
}

/// What a model makes of one picture.
#[derive(Debug, Clone)]
pub struct Reconstruction {
    /// Index in the data set.
    pub picture: usize,
    /// The model's label.
    pub model: String,
    /// Mean squared error of the rebuilt face, values 0 to 1, unclipped.
    pub mse: f32,
    /// The rebuilt face.
    pub pixels: Arc<RgbImage>,
    /// The nearest other face, L2 between codes; `None` while codes are being
    /// computed, and in a data set of one picture.
    pub nearest: Option<Hit>,
}

/// One picture with noise, and what each method makes of it.
#[derive(Debug, Clone)]
pub struct Denoised {
    /// Size and preprocessing of all the pictures.
    pub faces: FaceSpec,
    /// The noise.
    pub noise: Noise,
    /// The picture as the models see it.
    pub clean: Arc<RgbImage>,
    /// With noise, before any method, compared with the clean one.
    pub noisy: Comparison,
    /// In the order asked for, then PCA-256, then methods that learn nothing.
    pub outputs: Vec<Comparison>,
    /// Methods that are still being loaded or fitted; another answer follows.
    pub pending: usize,
    /// Models left out and why, one line each.
    pub left_out: Vec<String>,
    /// Time of noise and all methods, in milliseconds.
    pub milliseconds: f32,
}

/// One picture under several levels of noise, and how close each method comes.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSweep {
    /// The noises.
    pub noises: Vec<Noise>,
    /// By label, the noisy picture first: PSNR in dB under each noise.
    pub curves: Vec<(String, Vec<f32>)>,
}

/// One version of a picture compared with the clean one.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Which model made it; `None` for the noisy picture itself and for methods
    /// that learn nothing.
    pub model: Option<ModelRef>,
    /// `PCA-256`, a run's name, `noisy`.
    pub label: String,
    /// Clipped to what can be shown.
    pub pixels: Arc<RgbImage>,
    /// 0.5 + 4 × (this − clean), clipped: grey where they agree.
    pub difference: Arc<RgbImage>,
    /// Mean squared error, values 0 to 1, unclipped.
    pub mse: f32,
    /// −10 log₁₀ of it, in dB; infinite when equal.
    pub psnr_db: f32,
    /// Structural similarity, 1 when equal.
    pub ssim: f32,
}

/// A query's neighbours.
#[derive(Debug, Clone)]
pub struct SearchResults {
    /// The query as the model sees it.
    pub query: Arc<RgbImage>,
    /// The model's label.
    pub model: String,
    /// Nearest first.
    pub hits: Vec<Hit>,
    /// For each hit, whether it is of the query's person; all `false` for a file.
    pub same_person: Vec<bool>,
    /// Who answered.
    pub index: IndexKind,
    /// The distance.
    pub metric: Metric,
    /// Whether codes were whitened.
    pub whitened: bool,
    /// Rows that were searched.
    pub rows: usize,
    /// Exact search of this query, in milliseconds, without encoding it.
    pub brute_ms: f32,
    /// The same by hashing.
    pub lsh_ms: f32,
    /// Of the `k` nearest by exact search, how many hashing found.
    pub lsh_found: usize,
    /// Rows that hashing looked at for this query.
    pub lsh_candidates: usize,
    /// Mean share of the `k` nearest that hashing finds, over up to 200 of the
    /// data set's own faces as queries.
    pub lsh_recall: f32,
    /// How the query's distances to all rows spread.
    pub histogram: Histogram,
}

/// Counts of distances in equal bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The first bin's lower edge.
    pub low: f32,
    /// The last bin's upper edge.
    pub high: f32,
    /// Rows in each bin.
    pub counts: Vec<u32>,
}

/// Faces made from codes.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The model's label.
    pub model: String,
    /// In order: A to B, the variations, or the new faces.
    pub frames: Vec<GeneratedFace>,
    /// The ends as they are (A and B, the varied face once, none of new faces), not rebuilt.
    pub sources: Vec<Arc<RgbImage>>,
    /// 5th and 95th percentile of real faces' distances to their own nearest
    /// real face, L2 between codes, over up to 500 of them.
    pub real_range: (f32, f32),
}

/// One made face.
#[derive(Debug, Clone)]
pub struct GeneratedFace {
    /// The decoded code.
    pub pixels: Arc<RgbImage>,
    /// The real face with the nearest code, L2.
    pub nearest: Hit,
}
