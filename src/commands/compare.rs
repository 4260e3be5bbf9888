//! `lfw-tui eval --against classical`: the model and the methods that it has to
//! beat, on the same pictures under the same noise.

use serde::Serialize;

use super::Context;
use super::eval::check_finite;
use super::model_arg::{HeldOutPictures, LoadedModel, NamedModel, with_progress};
use super::output;
use crate::classical::{ClassicalDenoisers, Method, WIENER_COMPONENTS};
use crate::cli::EvalArgs;
use crate::dataset::faces::describe_preprocess;
use crate::dataset::{Crop, Faces, Noise, Preprocess};
use crate::display::padded;
use crate::error::Result;
use crate::latent::{batch_size_for, reconstruct};
use crate::models::{Autoencoder, FaceCovariance, pca_cache};
use crate::number_format;
use crate::progress::{Progress, Unit, Watch};
use crate::training::evaluation::{MetricAccumulator, noisy_batch};

/// Levels of Gaussian noise that are tried unless one is asked for.
const DEFAULT_SIGMAS: [f32; 6] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

/// What is printed.
#[derive(Serialize)]
struct Comparison {
    run: String,
    id: Option<String>,
    size: u32,
    preprocess: Preprocess,
    crop: Crop,
    data: String,
    split: String,
    trained_on: String,
    pictures: usize,
    noise_seed: u64,
    /// The Wiener filter's components, where the pictures determined them.
    wiener_components: u32,
    noises: Vec<UnderNoise>,
}

#[derive(Serialize)]
struct UnderNoise {
    noise: Noise,
    methods: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    method: String,
    mse: f64,
    psnr_db: f64,
    ssim: f64,
}

/// Everything that restores faces here.
struct Methods<'a> {
    run: &'a LoadedModel,
    pca: Box<dyn Autoencoder>,
    classical: ClassicalDenoisers,
}

/// Runs the comparison.
///
/// # Errors
/// When it could not be done.
pub fn run(
    context: &Context,
    args: &EvalArgs,
    named: &NamedModel,
    subject: &LoadedModel,
    judged: &HeldOutPictures,
) -> Result<()> {
    let (own, rows) = named.trained_on(context, args.data.as_deref())?;
    let faces = with_progress(|watch| Faces::load(&context.paths, &own, subject.faces, watch))?;
    let fit = |code_size| {
        with_progress(|watch| {
            pca_cache::load_or_fit_on_dataset(&context.paths, &own, &faces, &rows, code_size, watch)
        })
    };
    let pca = fit(subject.model.spec().code_size)?;
    let beginning = FaceCovariance::from_pca(fit(WIENER_COMPONENTS)?, &faces, &rows)?;
    let methods = Methods {
        run: subject,
        pca: Box::new(pca),
        classical: ClassicalDenoisers::new(&beginning, &faces, &rows)?,
    };
    let noises = match args.noise {
        Some(noise) => vec![noise],
        None => DEFAULT_SIGMAS.map(Noise::Gaussian).to_vec(),
    };
    let (total, mut done) = ((noises.len() * judged.rows.len()) as u64, 0);
    let noises = with_progress(|watch| {
        let judge = |noise| methods.compare(judged, noise, &mut done, total, watch);
        noises.into_iter().map(judge).collect::<Result<Vec<_>>>()
    })?;
    let comparison = Comparison {
        run: subject.name.clone(),
        id: subject.id.clone(),
        size: subject.faces.size,
        preprocess: subject.faces.preprocess,
        crop: judged.faces.crop(),
        data: judged.data.clone(),
        split: judged.split.clone(),
        trained_on: own.title.clone(),
        pictures: judged.rows.len(),
        noise_seed: subject.seed,
        wiener_components: beginning.pca.spec().code_size,
        noises,
    };
    if args.json {
        output::json(&comparison)
    } else {
        print(&comparison)
    }
}

impl Methods<'_> {
    fn compare(
        &self,
        judged: &HeldOutPictures,
        noise: Noise,
        done: &mut u64,
        total: u64,
        watch: Watch,
    ) -> Result<UnderNoise> {
        let strengths = self.classical.tune(noise);
        let size = judged.faces.spec().size as usize;
        let pca = format!("PCA-{}", self.pca.spec().code_size);
        let mut names = vec!["noisy".to_string(), pca];
        names.extend(Method::ALL.map(|method| method.to_string()));
        names.push(self.run.name.clone());
        let mut means = vec![MetricAccumulator::default(); names.len()];
        for rows in judged.rows.chunks(batch_size_for(size)) {
            let clean = judged.faces.batch(rows);
            let noisy = noisy_batch(&judged.faces, rows, noise, self.run.seed);
            let mut restored = vec![noisy.clone(), reconstruct(self.pca.as_ref(), &noisy)?];
            for method in Method::ALL {
                restored.push(self.classical.denoise(method, &noisy, strengths)?);
            }
            restored.push(reconstruct(self.run.model.as_ref(), &noisy)?);
            for (mean, restored) in means.iter_mut().zip(&restored) {
                mean.add(restored, &clean, size);
            }
            *done += rows.len() as u64;
            watch(Progress {
                stage: "comparing on held-out pictures",
                done: *done,
                total: Some(total),
                unit: Unit::Pictures,
            })?;
        }
        if let Some(means) = means.last() {
            check_finite(self.run, means.mse())?;
        }
        let row = |(method, means): (String, MetricAccumulator)| Row {
            method,
            mse: means.mse(),
            psnr_db: means.psnr_db(),
            ssim: means.ssim(),
        };
        Ok(UnderNoise {
            noise,
            methods: names.into_iter().zip(means).map(row).collect(),
        })
    }
}

fn print(comparison: &Comparison) -> Result<()> {
    output::line(format_args!(
        "{} · {} × {} {} · {} of {} ({})",
        comparison.run,
        comparison.size,
        comparison.size,
        describe_preprocess(comparison.preprocess, comparison.crop),
        output::pluralize(comparison.pictures, "picture"),
        comparison.data,
        comparison.split,
    ))?;
    if comparison.data != comparison.trained_on {
        output::line(format_args!(
            "trained, fitted and tuned on {}",
            comparison.trained_on
        ))?;
    }
    for under in &comparison.noises {
        output::line(format_args!(
            "\n{:<20} mse      PSNR      SSIM",
            under.noise.to_string()
        ))?;
        for row in &under.methods {
            output::line(format_args!(
                "  {} {:>7}  {:>8}  {}",
                padded(&row.method, 17),
                number_format::error(row.mse),
                number_format::decibels(row.psnr_db),
                number_format::ssim(row.ssim)
            ))?;
        }
    }
    Ok(())
}
