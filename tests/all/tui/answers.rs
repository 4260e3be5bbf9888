//! Answers of the fake engine: faces that decoders and denoisers make, and a curve.

use std::sync::Arc;

use image::RgbImage;
use lfw_tui::dataset::{Crop, Preprocess};
use lfw_tui::engine::{
    FacesFromNoise, Generated, GeneratedFace, ModelRef, NoiseParams, NoisePass, PictureOrigin,
    Resemblance, ResponseBody, Seen, SeenFaces, Sharpness, Verdict,
};
use lfw_tui::models::ModelKind;
use lfw_tui::runs::code_size_curve::{CodeSizeCurve, Point, RunPoint};
use lfw_tui::search::Hit;
use lfw_tui::training::{FirstFaces, TrainSpec};

use super::stage::{label, plain};

/// Passes that a fake denoiser makes.
pub const PASSES: usize = 8;

/// Faces from noise before the first pass and after so many less one.
pub fn risen(params: &NoiseParams, passes: usize) -> ResponseBody {
    let pass = |number: usize| {
        let picture = |face: usize| plain((40 + 20 * number + face) as u8);
        Arc::new(NoisePass {
            number,
            sigma: 1.0 / (number + 1) as f32,
            pictures: (0..params.count).map(picture).collect(),
        })
    };
    ResponseBody::FromNoise(FacesFromNoise {
        params: params.clone(),
        model: label(&params.model),
        passes: (0..passes).map(pass).collect(),
        expected: PASSES,
        is_done: passes > PASSES,
    })
}

/// Generated faces, of which a denoiser has finished two.
pub fn made(frames: usize, sources: usize, sharp: Option<&ModelRef>) -> ResponseBody {
    let frame = |at: usize| GeneratedFace {
        pixels: plain(60 + at as u8),
        nearest: Hit {
            row: at + 1,
            distance: 0.5 + at as f32,
        },
    };
    ResponseBody::Generated(Generated {
        model: "PCA-32".to_string(),
        frames: (0..frames).map(frame).collect(),
        sources: vec![plain(200); sources],
        real_range: (1.0, 6.0),
        columns: None,
        axis_shares: vec![0.25, 0.12, 0.06, 0.03],
        sharp: sharp.map(|denoiser| Sharpness {
            denoiser: denoiser.clone(),
            finished: 2,
            problem: None,
        }),
        made_by: None,
    })
}

/// A square of faces.
pub fn square(columns: usize, rows: usize, sharp: Option<&ModelRef>) -> ResponseBody {
    match made(columns * rows, 0, sharp) {
        ResponseBody::Generated(made) => ResponseBody::Generated(Generated {
            columns: Some(columns),
            ..made
        }),
        other => other,
    }
}

/// Where a face comes from: a light one is a copy.
pub fn origin(model: &ModelRef, picture: &Arc<RgbImage>) -> ResponseBody {
    let verdict = if picture.get_pixel(0, 0)[0] > 61 {
        Verdict::Copy
    } else {
        Verdict::New
    };
    let words = match verdict {
        Verdict::Copy => "a copy of George W Bush 1",
        _ => "as new as a face not seen",
    };
    ResponseBody::Origin(PictureOrigin {
        model: model.clone(),
        picture: picture.clone(),
        found: Ok(Resemblance {
            verdict,
            words: words.to_string(),
            face: 20,
            space: "pixels",
            closer_than: 0.625,
            is_held_against_unseen: true,
        }),
    })
}

/// Held-out errors of PCA and of a run.
pub fn code_curve() -> CodeSizeCurve {
    let point = |code_size: u32, mse: f64| Point { code_size, mse };
    CodeSizeCurve {
        data: "stage".to_string(),
        size: 32,
        preprocess: Preprocess::Seed,
        crop: Crop::LFW,
        pictures: 1_681,
        pca: vec![point(8, 0.0135), point(32, 0.0053), point(128, 0.0021)],
        runs: vec![RunPoint {
            name: "face-32".to_string(),
            id: "a".to_string(),
            model: ModelKind::Face,
            point: point(32, 0.0045),
        }],
    }
}

/// What runs of the specs would train on.
pub fn first_faces(specs: &[TrainSpec], count: usize) -> Vec<FirstFaces> {
    let one = |spec: &TrainSpec| FirstFaces {
        spec: spec.clone(),
        training: 66,
        held_out: 7,
        faces: (0..count).map(|shade| plain(20 * shade as u8)).collect(),
    };
    specs.iter().map(one).collect()
}

/// The fake engine's PCA has seen all faces; nothing is known of its models.
pub fn seen(models: &[ModelRef]) -> SeenFaces {
    let models = models.iter().map(|model| (model.clone(), Seen::Unknown));
    SeenFaces {
        models: models.collect(),
        references: Seen::All,
    }
}
