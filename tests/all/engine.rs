//! The engine, asked as the screen asks it.

use std::time::{Duration, Instant};

use lfw_tui::dataset::{FaceSpec, Noise};
use lfw_tui::engine::{
    Damage, DenoiseParams, Denoised, Engine, ModelRef, OpenedDataset, PictureRef, Request,
    RequestId, Response, ResponseBody, SearchParams,
};
use lfw_tui::paths::Paths;

use crate::gallery::{self, PICTURES};

/// Every wait ends: a test that hangs says nothing.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Asker {
    pub engine: Engine,
    replies: tokio::sync::mpsc::Receiver<Response>,
    /// Requests sent so far.
    sent: u64,
}

impl Asker {
    pub fn new(paths: Paths) -> Self {
        let (engine, replies) = Engine::start(paths, "cpu".to_string(), None).unwrap();
        Self {
            engine,
            replies,
            sent: 0,
        }
    }

    pub fn on_gallery() -> (Self, OpenedDataset) {
        let mut asker = Self::new(gallery::paths());
        let opened = asker.ask(Request::Open { data: None });
        let ResponseBody::Opened(opened) = opened else {
            panic!("{opened:?}");
        };
        (asker, opened)
    }

    pub fn next(&mut self) -> Response {
        let began = Instant::now();
        loop {
            match self.replies.try_recv() {
                Ok(Response {
                    body: ResponseBody::Progress { .. },
                    ..
                }) => {}
                Ok(reply) => return reply,
                Err(_) => {
                    assert!(began.elapsed() < PATIENCE, "no reply");
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
        }
    }

    /// The first answer to a request; those to others are passed over.
    pub fn answer(&mut self, id: RequestId) -> ResponseBody {
        loop {
            let reply = self.next();
            if reply.id == id {
                return reply.body;
            }
        }
    }

    /// Sends a request under the next id.
    pub fn send(&mut self, request: Request) -> RequestId {
        self.sent += 1;
        let id = RequestId(self.sent);
        self.engine.send(id, request);
        id
    }

    pub fn ask(&mut self, request: Request) -> ResponseBody {
        let id = self.send(request);
        self.answer(id)
    }

    /// The last answer of those that come in parts.
    pub fn denoised(&mut self, request: Request) -> Denoised {
        let id = self.send(request);
        loop {
            match self.answer(id) {
                ResponseBody::Denoised(denoised) if denoised.pending == 0 => return denoised,
                ResponseBody::Denoised(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

pub fn pca(code_size: u32) -> ModelRef {
    ModelRef::Pca {
        code_size,
        faces: FaceSpec::default(),
    }
}

pub fn denoise(noise: Noise, seed: u64) -> Request {
    Request::Denoise {
        params: DenoiseParams {
            models: vec![pca(32)],
            source: PictureRef::Index(17),
            noise_seed: seed,
            classical: false,
        },
        damage: Damage::Noise(noise),
    }
}

#[test]
fn methods_that_learn_nothing_stand_beside_and_curves_hold_the_same_figures() {
    let (mut asker, _) = Asker::on_gallery();
    let noise = Noise::Gaussian(0.2);
    let mut request = denoise(noise, 3);
    if let Request::Denoise { params, .. } = &mut request {
        params.classical = true;
    }
    let denoised = asker.denoised(request);
    let labels: Vec<&str> = denoised.outputs.iter().map(|o| o.label.as_str()).collect();
    assert_eq!(labels, ["PCA-32", "PCA-85", "Wiener", "NL means", "TV"]);
    for output in &denoised.outputs[2..] {
        assert_eq!(output.model, None);
        assert!(
            output.quality.psnr_db > denoised.damaged.quality.psnr_db,
            "{}",
            output.label
        );
    }
    let answer = asker.ask(Request::NoiseSweep {
        params: DenoiseParams {
            models: vec![pca(32)],
            source: PictureRef::Index(17),
            noise_seed: 3,
            classical: true,
        },
        damages: [Noise::Gaussian(0.05), noise].map(Damage::Noise).to_vec(),
    });
    let ResponseBody::NoiseSweep(curves) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(curves.curves[0].0, "noisy");
    assert_eq!(curves.curves[0].1[1], denoised.damaged.quality.psnr_db);
    for ((label, psnr), output) in curves.curves[1..].iter().zip(&denoised.outputs) {
        assert_eq!((label, psnr[1]), (&output.label, output.quality.psnr_db));
    }
}

#[test]
fn denoising_stands_beside_pca_and_its_figures_are_right() {
    let (mut asker, opened) = Asker::on_gallery();
    assert_eq!(opened.device, "cpu");
    let denoised = asker.denoised(denoise(Noise::Gaussian(0.1), 3));
    assert_eq!(denoised.clean.dimensions(), (32, 32));
    let labels: Vec<&str> = denoised.outputs.iter().map(|o| o.label.as_str()).collect();
    assert_eq!(
        labels,
        ["PCA-32", "PCA-85"],
        "as many as nine tenths of 96 pictures determine"
    );
    // σ 0.1 is an error of 0.01, 20 dB, but for chance.
    assert!((denoised.damaged.quality.mse - 0.01).abs() < 0.001);
    assert!((denoised.damaged.quality.psnr_db - 20.0).abs() < 0.5);
    for output in &denoised.outputs {
        assert!((output.quality.psnr_db + 10.0 * output.quality.mse.log10()).abs() < 1e-3);
        assert!(
            output.quality.ssim > denoised.damaged.quality.ssim,
            "{}",
            output.label
        );
    }
    let again = asker.denoised(denoise(Noise::Gaussian(0.1), 3));
    assert_eq!(again.damaged.pixels, denoised.damaged.pixels);
    let other = asker.denoised(denoise(Noise::Gaussian(0.1), 4));
    assert_ne!(other.damaged.pixels, denoised.damaged.pixels);
    let clean = asker.denoised(denoise(Noise::None, 0));
    assert!(clean.damaged.quality.psnr_db.is_infinite());
    assert!(clean.damaged.difference.pixels().all(|p| p.0 == [128; 3]));
}

#[test]
fn a_moving_slider_is_answered_for_its_last_position() {
    let (mut asker, _) = Asker::on_gallery();
    asker.denoised(denoise(Noise::Gaussian(0.1), 0));
    let ids: Vec<RequestId> = (0..40)
        .map(|step| asker.send(denoise(Noise::Gaussian(0.01 * step as f32), 0)))
        .collect();
    assert!(ids.is_sorted());
    let (mut computed, mut superseded) = (Vec::new(), 0);
    while computed.last() != ids.last() {
        let reply = asker.next();
        match reply.body {
            ResponseBody::Denoised(_) => computed.push(reply.id),
            ResponseBody::Superseded => superseded += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(computed.len() + superseded, 40, "each is answered once");
    assert!(superseded > 0 && computed.is_sorted());
}

#[test]
fn morphs_begin_and_end_at_their_faces_and_radius_zero_varies_nothing() {
    let (mut asker, _) = Asker::on_gallery();
    let ResponseBody::Generated(made) = asker.ask(Request::Morph {
        model: pca(32),
        a: PictureRef::Index(3),
        b: PictureRef::Index(80),
        steps: 5,
        sharp: None,
    }) else {
        panic!("not made");
    };
    assert_eq!((made.frames.len(), made.sources.len()), (5, 2));
    assert_eq!(made.frames[0].nearest.row, 3);
    assert_eq!(made.frames[4].nearest.row, 80);
    assert!(made.frames[0].nearest.distance < 1e-3);
    assert!(0.0 < made.real_range.0 && made.real_range.0 <= made.real_range.1);
    let mut vary = |radius| {
        let answer = asker.ask(Request::Vary {
            model: pca(32),
            face: PictureRef::Index(3),
            radius,
            count: 4,
            seed: 1,
            sharp: None,
        });
        let ResponseBody::Generated(made) = answer else {
            panic!("{answer:?}");
        };
        made
    };
    let still = vary(0.0);
    assert!(
        still
            .frames
            .iter()
            .all(|f| f.pixels == made.frames[0].pixels)
    );
    let moved = vary(0.7);
    assert_eq!(moved.frames.len(), 4);
    assert!(moved.frames[0].pixels != moved.frames[1].pixels);
    assert!(moved.frames[0].nearest.distance > 1e-3);
    assert_eq!(vary(0.7).frames[2].pixels, moved.frames[2].pixels);
    let mut sample = |spread, seed| {
        let answer = asker.ask(Request::Sample {
            model: pca(32),
            spread,
            count: 3,
            seed,
            sharp: None,
        });
        let ResponseBody::Generated(made) = answer else {
            panic!("{answer:?}");
        };
        made
    };
    let new = sample(1.0, 1);
    assert_eq!((new.frames.len(), new.sources.len()), (3, 0));
    assert!(new.frames[0].pixels != new.frames[1].pixels);
    assert_eq!(sample(1.0, 1).frames[2].pixels, new.frames[2].pixels);
    assert!(sample(1.0, 2).frames[2].pixels != new.frames[2].pixels);
    let mean = sample(0.0, 1);
    assert_eq!(mean.frames[0].pixels, mean.frames[1].pixels);
}

#[test]
fn facts_come_at_once_and_again_with_the_nearest() {
    let (mut asker, _) = Asker::on_gallery();
    let id = asker.send(Request::Reconstruct {
        picture: 5,
        model: pca(64),
    });
    let facts = loop {
        match asker.answer(id) {
            ResponseBody::Reconstruction(facts) if !facts.nearest.is_empty() => break facts,
            ResponseBody::Reconstruction(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(facts.model, "PCA-64");
    let rebuilt = facts.rebuilt.as_ref().unwrap();
    assert!(rebuilt.mse > 0.0 && rebuilt.mse < 0.01);
    assert!(facts.nearest.iter().all(|hit| hit.row != 5));
}

#[test]
fn what_cannot_be_done_fails_with_one_line_and_the_engine_goes_on() {
    let (mut asker, _) = Asker::on_gallery();
    let mut failed = |request| match asker.ask(request) {
        ResponseBody::Failed(message) => {
            assert_eq!(message.lines().count(), 1);
            message
        }
        other => panic!("{other:?}"),
    };
    let facts = |picture| Request::Reconstruct {
        picture,
        model: pca(32),
    };
    assert!(failed(facts(PICTURES)).contains("96"));
    let no_run = Request::Search(SearchParams::new(
        ModelRef::Run("nosuchrun".to_string()),
        PictureRef::Index(0),
    ));
    assert!(failed(no_run).contains("nosuchrun"));
    let no_file = Request::Search(SearchParams::new(
        pca(32),
        PictureRef::File("/no/such/picture.jpg".into()),
    ));
    assert!(failed(no_file).contains("/no/such/picture.jpg"));
    let no_data = Request::Open {
        data: Some("no-such-data".to_string()),
    };
    assert!(failed(no_data).contains("no-such-data"));
    // The data set that was open still is.
    assert!(
        matches!(asker.ask(Request::ListModels), ResponseBody::Models(cards) if cards.len() == 3)
    );
}

#[test]
fn requests_before_the_data_is_open_wait_for_it_and_cancelled_ones_say_so() {
    let mut asker = Asker::new(gallery::paths());
    let open = asker.send(Request::Open { data: None });
    let models = asker.send(Request::ListModels);
    let given_up = asker.send(denoise(Noise::None, 0));
    asker.engine.cancel(given_up);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let reply = asker.next();
        match reply.body {
            ResponseBody::Superseded => assert_eq!(reply.id, given_up),
            ResponseBody::Opened(_) => assert_eq!(reply.id, open),
            ResponseBody::Models(_) => assert_eq!(reply.id, models),
            other => panic!("{other:?}"),
        }
        seen.push(reply.id);
    }
    // After the handle is gone the channel closes: the threads have ended.
    let Asker {
        engine,
        mut replies,
        ..
    } = asker;
    drop(engine);
    let began = Instant::now();
    while !matches!(
        replies.try_recv(),
        Err(tokio::sync::mpsc::error::TryRecvError::Disconnected)
    ) {
        assert!(
            began.elapsed() < PATIENCE,
            "the engine's thread did not end"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn saved_pictures_never_replace_each_other() {
    let home = tempfile::tempdir().unwrap();
    let mut asker = Asker::new(Paths::below(home.path()));
    let picture = std::sync::Arc::new(image::RgbImage::from_pixel(32, 32, image::Rgb([9; 3])));
    let mut save = || {
        let answer = asker.ask(Request::Save {
            pictures: vec![picture.clone(), picture.clone()],
            made_by: None,
            columns: None,
            name: "../morph Laura Bush 2 / x".to_string(),
        });
        let ResponseBody::Saved(path) = answer else {
            panic!("{answer:?}");
        };
        path
    };
    let (first, second) = (save(), save());
    assert_ne!(first, second);
    for path in [first, second] {
        assert!(path.starts_with(Paths::below(home.path()).saved_pictures()));
        let saved = image::open(path).unwrap();
        assert_eq!(saved.height(), 256);
        assert!(saved.width() > 512);
    }
}
