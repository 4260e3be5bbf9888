//! Requests to the engine.

use std::sync::Arc;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::from_noise::NoiseParams;
use super::search::SearchParams;
use crate::generation::constraint::Damage;
use crate::model_store::verify::EncoderRef;
use crate::model_store::{Heading, ModelRef, PictureRef};
use crate::training::TrainSpec;

/// Names one request; later requests have larger ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A request to the engine. All but [`Request::Open`] and
/// [`Request::Save`] work on the data set that was opened last.
///
/// Those that make pictures are kept in the files of these, so that the pictures can be made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumDiscriminants)]
#[serde(rename_all = "snake_case")]
#[strum_discriminants(name(RequestKind), derive(PartialOrd, Ord), allow(missing_docs))]
#[strum_discriminants(doc = "The kind of a [`Request`].")]
pub enum Request {
    /// Open a data set: an id, a title, `sample`, or a path; `None` is the one
    /// used last, else the sample. Answered by `ResponseBody::Opened`.
    #[serde(skip)]
    Open {
        /// As `--data` takes it.
        data: Option<String>,
    },
    /// List the models there are. Answered by `ResponseBody::Models`.
    #[serde(skip)]
    ListModels,
    /// Reconstruct one picture, for Browse. Answered by
    /// `ResponseBody::Reconstruction`, and again with the nearest face when all codes
    /// are known.
    #[serde(skip)]
    Reconstruct {
        /// Index in the open data set.
        picture: usize,
        /// The model.
        model: ModelRef,
    },
    /// Damage a picture and undo it by several methods. Answered by
    /// `ResponseBody::Denoised`: at once with the methods that are loaded (the
    /// others are counted in `pending`), and again when those are.
    Denoise {
        /// The picture and the methods.
        params: DenoiseParams,
        /// Kind and level.
        damage: Damage,
    },
    /// Faces that may be behind a damaged picture, drawn by a denoiser. Answered by
    /// `ResponseBody::Drawn`: again and again as they rise from noise, the last time when they
    /// are done.
    Draw(DrawParams),
    /// [`Request::Denoise`] at several levels. Answered by `ResponseBody::NoiseSweep` when all
    /// methods are loaded.
    #[serde(skip)]
    NoiseSweep {
        /// The picture and the methods.
        params: DenoiseParams,
        /// Kinds and levels.
        damages: Vec<Damage>,
    },
    /// The nearest faces of a query, in the codes of several encoders. Answered by
    /// `ResponseBody::SearchResults`: at once with the encoders that are ready (the others
    /// are counted in `pending`), and again when those are.
    #[serde(skip)]
    Search(SearchParams),
    /// Faces on the straight path between two codes. Answered by `ResponseBody::Generated`.
    Morph {
        /// Whose codes.
        model: ModelRef,
        /// The first frame.
        a: PictureRef,
        /// The last frame.
        b: PictureRef,
        /// Frames in all, both ends counted; at least 2.
        steps: usize,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// Variations of one face. Answered by `ResponseBody::Generated`.
    Vary {
        /// Whose codes.
        model: ModelRef,
        /// The face to vary.
        face: PictureRef,
        /// In standard deviations of the data set's codes; 0 gives the face itself.
        radius: f32,
        /// How many.
        count: usize,
        /// The same seed gives the same directions; the radius only scales them.
        seed: u64,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// New faces, from codes drawn from the distribution of the data set's codes.
    /// Answered by
    /// `ResponseBody::Generated`.
    Sample {
        /// Whose codes.
        model: ModelRef,
        /// Scale of the distance from the mean code; 1 is that of real faces.
        spread: f32,
        /// How many.
        count: usize,
        /// The same seed gives the same directions; the spread only scales them.
        seed: u64,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// One face moved along a direction, from one side to the other. Answered by
    /// `ResponseBody::Generated`.
    Along {
        /// Whose codes.
        model: ModelRef,
        /// The face to move, which is in the middle.
        face: PictureRef,
        /// Where to.
        heading: Heading,
        /// How far to either side, in standard deviations of the data set's codes along the
        /// direction.
        reach: f32,
        /// Frames in all; an odd number has the face itself among them.
        steps: usize,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// A face by its place on the principal axes of the data set's codes, and what one of these
    /// axes does to it. Answered by `ResponseBody::Generated`: the face, then the steps.
    Axes {
        /// Whose codes.
        model: ModelRef,
        /// The face to change; `None` for the mean code.
        face: Option<PictureRef>,
        /// How far along each axis, in its standard deviations; the first axes come first.
        values: Vec<f32>,
        /// The axis whose way is shown.
        axis: usize,
        /// How far its way goes to either side, in standard deviations.
        reach: f32,
        /// Frames of its way.
        steps: usize,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// Faces between up to four others at the corners of a square, row by row. Answered by
    /// `ResponseBody::Generated`.
    Square {
        /// Whose codes.
        model: ModelRef,
        /// Upper left, upper right, lower left, lower right; missing ones are the mean code.
        corners: Vec<PictureRef>,
        /// Faces in a row; at least 2.
        columns: usize,
        /// Rows; at least 2.
        rows: usize,
        /// The denoiser that finishes the faces, keeping their codes; `None` leaves them as they are
        /// decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sharp: Option<ModelRef>,
    },
    /// Faces that a blind denoiser draws from noise. Answered by `ResponseBody::FromNoise`: at
    /// once before the first pass, then after each; asked for again after it was cancelled, it
    /// goes on where it was.
    FromNoise(NoiseParams),
    /// Whether a face was made or remembered. Answered by `ResponseBody::Origin` when nothing
    /// else has to be loaded.
    #[serde(skip)]
    Origin {
        /// Who made it.
        model: ModelRef,
        /// The face, as large as the model's.
        picture: Arc<RgbImage>,
    },
    /// Which pictures models were fitted on. Answered by `ResponseBody::SeenFaces`.
    #[serde(skip)]
    SeenFaces {
        /// The models.
        models: Vec<ModelRef>,
    },
    /// What runs would train on. Answered by `ResponseBody::FirstFaces`.
    #[serde(skip)]
    FirstFaces {
        /// Their specs.
        specs: Vec<TrainSpec>,
        /// Faces of each.
        count: usize,
    },
    /// Held-out error against code size, of PCA and of runs like one. Answered by
    /// `ResponseBody::CodeSizeCurve`.
    #[serde(skip)]
    CodeSizeCurve {
        /// The run's id.
        run: String,
        /// A new number computes it anew.
        stamp: u64,
    },
    /// How well encoders tell the data set's people apart. Answered by
    /// `ResponseBody::Verified` after each encoder.
    #[serde(skip)]
    Verify {
        /// In the order in which they are judged.
        encoders: Vec<EncoderRef>,
        /// A new number judges them anew.
        stamp: u64,
    },
    /// Write pictures side by side, many in rows, enlarged, to a new PNG in the folder of
    /// saved pictures. Answered by `ResponseBody::Saved`.
    #[serde(skip)]
    Save {
        /// From left to right.
        pictures: Vec<Arc<RgbImage>>,
        /// What they were made from, where [`ResponseBody::pictures`](super::ResponseBody::pictures)
        /// are saved.
        made_by: Option<Arc<Request>>,
        /// Pictures in a row; `None` for one row of few and several rows of many.
        columns: Option<usize>,
        /// The file's stem: `morph Laura Bush 2 – Colin Powell 1`.
        name: String,
    },
}

/// A picture to damage, and the methods that undo it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DenoiseParams {
    /// The first decides size and preprocessing; those that work on other
    /// pictures are left out. PCA-256 is always added at the end.
    pub models: Vec<ModelRef>,
    /// The clean picture.
    pub source: PictureRef,
    /// The same seed does the same damage.
    pub noise_seed: u64,
    /// Whether to run the classical methods too: the Wiener filter, non-local
    /// means, total variation.
    pub classical: bool,
}

/// Which damaged picture, and how many faces that may be behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawParams {
    /// The blind denoiser that draws them.
    pub model: ModelRef,
    /// The clean picture.
    pub source: PictureRef,
    /// What is done to it.
    pub damage: Damage,
    /// The same seed does the same damage.
    pub noise_seed: u64,
    /// The same seed gives the same draws; each of them whatever their number.
    pub draw_seed: u64,
    /// How many.
    pub count: usize,
}

impl Request {
    /// Whether this request replaces older ones of its kind that are not done: true
    /// for all but saving.
    pub(crate) fn replaces_same_kind(&self) -> bool {
        !matches!(self, Self::Save { .. })
    }
}
