//! The sampler against a denoiser that is exact: the posterior mean of a known Gaussian.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::*;
use crate::generation::constraint::{Blocks, Measurement};
use crate::models::{FacePrior, ModelKind, ModelSpec, Parameters};

/// Faces whose value `i` is Gaussian with this mean and variance, independent of the others. Odd
/// values do not vary, so that the noise can be measured on them.
struct GaussianDenoiser {
    spec: ModelSpec,
    parameters: Parameters,
}

const SIZE: u32 = 8;
const MEAN: f32 = 0.1;

fn variance(index: usize) -> f32 {
    match index % 6 {
        0 => 0.04,
        2 => 0.01,
        4 => 0.0025,
        _ => 0.0,
    }
}

impl GaussianDenoiser {
    fn new() -> Arc<Self> {
        let spec = ModelSpec::linear(ModelKind::Denoiser, SIZE, 1);
        let parameters = Parameters::default();
        Arc::new(Self { spec, parameters })
    }
}

impl Autoencoder for GaussianDenoiser {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        Ok(faces.clone())
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        Ok(codes.clone())
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        Ok(faces.clone())
    }

    fn reconstruct(&self, faces: &Tensor) -> Result<Tensor> {
        let values = self.spec.values();
        let mut all: Vec<f32> = faces.flatten_all()?.to_vec1()?;
        for face in all.chunks_exact_mut(values) {
            let odd = face.iter().skip(1).step_by(2);
            let noise = odd.map(|v| (v - MEAN).powi(2)).sum::<f32>() / (values / 2) as f32;
            for (index, value) in face.iter_mut().enumerate() {
                let share = variance(index) / (variance(index) + noise + 1e-12);
                *value = MEAN + share * (*value - MEAN);
            }
        }
        Ok(Tensor::from_vec(all, faces.shape(), faces.device())?)
    }

    fn face_prior(&self) -> Option<&dyn FacePrior> {
        Some(self)
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}

impl GaussianDenoiser {
    fn variances(&self) -> Tensor {
        let values = self.spec.values();
        let variances: Vec<f32> = (0..values).map(variance).collect();
        Tensor::from_vec(variances, (1, values), &Device::Cpu).unwrap()
    }
}

impl FacePrior for GaussianDenoiser {
    fn mean(&self) -> Result<Vec<f32>> {
        Ok(vec![MEAN; self.spec.values()])
    }

    fn normals(&self) -> usize {
        self.spec.values()
    }

    fn draw(&self, normal: &Tensor) -> Result<Tensor> {
        Ok((normal.broadcast_mul(&self.variances().sqrt()?)? + f64::from(MEAN))?)
    }

    fn apply_covariance(&self, pictures: &Tensor) -> Result<Tensor> {
        Ok(pictures.broadcast_mul(&self.variances())?)
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}

fn draw(settings: SamplerSettings, items: Vec<u64>, constraint: Option<Constraint>) -> Sampling {
    let model = GaussianDenoiser::new();
    let mut sampling =
        Sampling::new(model, settings, (5, items), &Start::Prior, constraint).unwrap();
    sampling.finish(&mut crate::progress::unwatched).unwrap();
    sampling
}

/// Largest deviation of the means, and the variances of the three kinds of values.
fn moments(sampling: &Sampling) -> (f64, [f64; 3]) {
    let mut sums = [(0f64, 0f64, 0usize); 6];
    for picture in sampling.pictures() {
        for (index, &value) in picture.iter().enumerate() {
            let (sum, squares, count) = &mut sums[index % 6];
            let centred = f64::from(value - MEAN);
            *sum += centred;
            *squares += centred * centred;
            *count += 1;
        }
    }
    let mean = sums
        .iter()
        .map(|(sum, _, count)| (sum / *count as f64).abs());
    let variances = [0, 2, 4].map(|kind| sums[kind].1 / sums[kind].2 as f64);
    (mean.fold(0.0, f64::max), variances)
}

fn schedule(levels: usize, renewal: f32, second_order: bool) -> SamplerSettings {
    SamplerSettings {
        start_sigma: 1.0,
        last_sigma: 0.005,
        method: Method::Schedule {
            levels,
            rho: 3.0,
            renewal,
            second_order,
        },
        clean_passes: 1,
        most_passes: 400,
    }
}

#[test]
fn samples_have_the_mean_and_the_covariance_of_the_prior() {
    let walk = SamplerSettings {
        method: Method::Walk {
            first_step: 0.02,
            beta: 0.3,
        },
        ..schedule(2, 0.0, false)
    };
    // 3,200 values of each kind: standard error of a variance 2.5 %.
    for (settings, tolerance) in [
        (schedule(100, 1.0, false), 0.12),
        (schedule(40, 0.0, true), 0.12),
        (walk, 0.3),
    ] {
        let sampling = draw(settings, (0..100).collect(), None);
        let (mean, variances) = moments(&sampling);
        assert!(mean < 0.015, "{mean}");
        for (found, wanted) in variances.iter().zip([0.04, 0.01, 0.0025]) {
            let ratio = found / wanted;
            assert!(
                (ratio - 1.0).abs() < tolerance,
                "{settings:?}: {variances:?}"
            );
        }
        assert!(sampling.sigma() < 0.01);
    }
}

#[test]
fn a_draw_depends_on_its_number_and_not_on_the_others() {
    let settings = schedule(12, 1.0, false);
    let (three, one) = (
        draw(settings, vec![3, 4, 5], None),
        draw(settings, vec![4], None),
    );
    assert_eq!(three.pictures().nth(1), one.pictures().next());
    assert_ne!(three.pictures().next(), one.pictures().next());
    let again = draw(settings, vec![4], None);
    assert_eq!(one.pictures().next(), again.pictures().next());
    assert_eq!((one.passes(), one.expected_passes()), (12, 12));
}

#[test]
fn a_constraint_is_kept_and_the_rest_is_drawn() {
    let blocks = Arc::new(Blocks::new(SIZE, 2).unwrap());
    let wanted: Vec<f64> = (0..blocks.rows())
        .map(|row| 0.1 * row as f64 - 0.5)
        .collect();
    let constraint = Constraint::new(blocks, vec![wanted]).unwrap();
    let sampling = draw(
        schedule(20, 1.0, false),
        vec![0, 1],
        Some(constraint.clone()),
    );
    for picture in sampling.pictures() {
        assert!(constraint.error(0, picture) < 1e-5);
    }
    assert_ne!(sampling.pictures().next(), sampling.pictures().nth(1));
}

#[test]
fn a_noisy_picture_is_followed_by_clean_pictures_behind_it() {
    let model = GaussianDenoiser::new();
    let values = model.spec().values();
    let sigma = 0.2;
    let noisy: Vec<f32> = (0..values)
        .map(|i| MEAN + if i % 4 < 2 { sigma } else { -sigma })
        .collect();
    let start = Start::Noisy(noisy.clone(), sigma);
    let items = (0..200).collect();
    let settings = schedule(150, 1.0, false);
    let mut sampling = Sampling::new(model.clone(), settings, (1, items), &start, None).unwrap();
    assert!(sampling.expected_passes() < 150);
    sampling.finish(&mut crate::progress::unwatched).unwrap();
    let input = Tensor::from_vec(noisy, (1, 8, 8, 3), &Device::Cpu).unwrap();
    let mean: Vec<f32> = model
        .reconstruct(&input)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    for index in [0, 6, 30] {
        let drawn: Vec<f64> = sampling
            .pictures()
            .map(|p| f64::from(p[index] - mean[index]))
            .collect();
        let centre = drawn.iter().sum::<f64>() / 200.0;
        let spread = drawn.iter().map(|d| d * d).sum::<f64>() / 200.0;
        // Both variances are 0.04: the posterior's is half of it.
        assert!(centre.abs() < 0.04, "{centre}");
        assert!((spread / 0.02 - 1.0).abs() < 0.4, "{spread}");
    }
}

#[test]
fn other_models_and_other_sizes_are_refused() {
    let settings = SamplerSettings::default();
    let pca: Arc<dyn Autoencoder> = Arc::new(Other(ModelSpec::linear(ModelKind::Pca, 8, 1)));
    let refused = Sampling::new(pca, settings, (0, vec![0]), &Start::Prior, None);
    assert!(refused.err().unwrap().to_string().contains("denoiser"));
    let model = GaussianDenoiser::new();
    let blocks = Constraint::like(Arc::new(Blocks::new(16, 4).unwrap()), &[0.0; 768]);
    let refused = Sampling::new(
        model.clone(),
        settings,
        (0, vec![0]),
        &Start::Prior,
        Some(blocks),
    );
    assert!(refused.err().unwrap().to_string().contains("768"));
    let start = Start::Picture(vec![0.0; 3], 0.5);
    assert!(Sampling::new(model, settings, (0, vec![0]), &start, None).is_err());
}

struct Other(ModelSpec);

impl Autoencoder for Other {
    fn spec(&self) -> &ModelSpec {
        &self.0
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        Ok(faces.clone())
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        Ok(codes.clone())
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        Ok(faces.clone())
    }

    fn parameters(&self) -> &Parameters {
        unreachable!("nothing asks for it")
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}
