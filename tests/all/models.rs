//! Shapes, seeds, and models on disk.

use candle_core::{Device, Tensor};
use lfw_tui::dataset::split::HeldOut;
use lfw_tui::dataset::{Noise, Preprocess};
use lfw_tui::kernels::Activation;
use lfw_tui::latent;
use lfw_tui::models::model_file::{
    self, FORMAT_VERSION, METADATA_FILE, ModelMetadata, TrainedOn, WEIGHTS_FILE,
};
use lfw_tui::models::{self, Autoencoder, ModelKind, ModelSpec, bundled, pca_cache};
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;

use crate::made_faces::made_faces;
use crate::tiny;

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn description(model: &dyn Autoencoder) -> ModelMetadata {
    ModelMetadata {
        format: FORMAT_VERSION,
        version: "0.0.0".into(),
        model: model.spec().clone(),
        preprocess: Preprocess::Seed,
        crop: lfw_tui::dataset::Crop::LFW,
        objective: Noise::Gaussian(0.1),
        data: TrainedOn {
            title: "made".into(),
            fingerprint: "f".into(),
            held_out: Some(HeldOut::Pictures(0.1)),
            pictures: 12,
        },
        seed: 3,
        step: 100,
        epoch: 2,
        parameters: model.parameters().element_count(),
        people: Vec::new(),
    }
}

#[test]
fn the_course_network_has_its_number_of_weights_and_its_shapes() {
    let model = models::build(&ModelSpec::conv(32, 32), 0, &Device::Cpu).unwrap();
    assert_eq!(model.parameters().element_count(), 421_216 + 421_955);
    for size in [32usize, 48, 64, 96, 128] {
        let model = models::build(&ModelSpec::conv(size as u32, 9), 0, &Device::Cpu).unwrap();
        let faces =
            Tensor::zeros((2, size, size, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        let codes = model.encode(&faces).unwrap();
        assert_eq!(codes.dims(), [2, 9]);
        assert_eq!(model.decode(&codes).unwrap().dims(), faces.dims());
    }
}

#[test]
fn first_weights_follow_the_seed_and_lie_within_glorots_limits() {
    let build = |seed| models::build(&ModelSpec::conv(32, 8), seed, &Device::Cpu).unwrap();
    let (a, b, c) = (build(1), build(1), build(2));
    let mut differing = 0;
    for (((name, a), (_, b)), (_, c)) in a
        .parameters()
        .iter()
        .zip(b.parameters().iter())
        .zip(c.parameters().iter())
    {
        let (a, b, c) = (
            values(a.as_tensor()),
            values(b.as_tensor()),
            values(c.as_tensor()),
        );
        assert_eq!(a, b, "{name}");
        differing += usize::from(a != c);
        if name == "encoder.conv2.weight" {
            let limit = (6.0f32 / (9.0 * 32.0 + 9.0 * 64.0)).sqrt();
            let largest = a.iter().fold(0.0f32, |most, v| most.max(v.abs()));
            assert!(
                largest <= limit && largest > 0.99 * limit,
                "{largest} of {limit}"
            );
        }
        if name.ends_with("bias") {
            assert!(a.iter().all(|&v| v == 0.0), "{name}");
        }
    }
    assert_eq!(differing, 10, "all but the biases differ between seeds");
}

#[test]
fn specs_out_of_range_are_refused_by_name() {
    let refused = |spec: ModelSpec| match models::build(&spec, 0, &Device::Cpu) {
        Ok(_) => panic!("{spec:?} was built"),
        Err(error) => error.to_string(),
    };
    assert!(refused(ModelSpec::conv(33, 8)).contains("32, 48, 64, 96, 128"));
    assert!(refused(ModelSpec::conv(32, 0)).contains("code size 0"));
    assert!(refused(ModelSpec::conv(32, 3073)).contains("1 to 3072"));
    assert!(refused(ModelSpec::linear(ModelKind::Pca, 32, 8)).contains("fitted"));
}

#[test]
fn a_saved_model_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = ModelSpec::conv(32, 8);
    spec.code_activation = Activation::Linear;
    let model = models::build(&spec, 1, &Device::Cpu).unwrap();
    model_file::save(folder.path(), &*model, &description(&*model)).unwrap();
    let loaded = model_file::load(folder.path(), &Device::Cpu).unwrap();
    assert_eq!(loaded.metadata, description(&*model));
    let faces = made_faces(3, 32, 1);
    let codes = |model: &dyn Autoencoder| {
        latent::encode_all(model, &faces, &[0, 1, 2], &mut unwatched).unwrap()
    };
    assert_eq!(codes(&*model), codes(&*loaded.model));
    // Readable without this program: names and shapes.
    let bytes = std::fs::read(folder.path().join(WEIGHTS_FILE)).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(
        file.tensor("encoder.conv1.weight").unwrap().shape(),
        [3, 3, 3, 32]
    );
    assert_eq!(file.tensor("decoder.conv4.bias").unwrap().shape(), [3]);
    assert_eq!(file.len(), 20);
}

fn linear() -> Box<dyn Autoencoder> {
    let spec = ModelSpec::linear(ModelKind::Linear, 32, 4);
    models::build(&spec, 1, &Device::Cpu).unwrap()
}

#[test]
fn damaged_and_later_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let model = linear();
    let message = || match model_file::load(folder.path(), &Device::Cpu) {
        Ok(_) => panic!("loaded"),
        Err(error) => error.to_string(),
    };
    assert!(message().contains(METADATA_FILE));
    model_file::save(folder.path(), &*model, &description(&*model)).unwrap();

    let weights = folder.path().join(WEIGHTS_FILE);
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    assert!(message().contains(WEIGHTS_FILE), "{}", message());
    std::fs::write(&weights, &bytes).unwrap();

    let mut later = description(&*model);
    later.format = FORMAT_VERSION + 1;
    model_file::save(folder.path(), &*model, &later).unwrap();
    assert!(message().contains("update"), "{}", message());

    let mut other = description(&*model);
    other.model.code_size = 5;
    model_file::save(folder.path(), &*model, &other).unwrap();
    assert!(message().contains("shape"), "{}", message());
}

#[test]
fn weights_that_are_not_numbers_are_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let model = linear();
    model_file::save(folder.path(), &*model, &description(&*model)).unwrap();
    let before = std::fs::read(folder.path().join(WEIGHTS_FILE)).unwrap();
    let (_, bias) = model.parameters().iter().nth(1).unwrap();
    bias.set(&Tensor::new(&[0.0f32, f32::NAN, 0.0, 0.0], &Device::Cpu).unwrap())
        .unwrap();
    let error = model_file::save(folder.path(), &*model, &description(&*model)).unwrap_err();
    assert!(error.to_string().contains("encoder.code.bias"), "{error}");
    assert_eq!(
        before,
        std::fs::read(folder.path().join(WEIGHTS_FILE)).unwrap()
    );
}

#[test]
fn a_folder_that_was_removed_is_not_made_again_by_saving_into_it() {
    let home = tempfile::tempdir().unwrap();
    let gone = home.path().join("gone");
    let spec = ModelSpec::linear(ModelKind::Linear, 32, 4);
    let model = models::build(&spec, 1, &Device::Cpu).unwrap();
    assert!(model_file::save(&gone, &*model, &description(&*model)).is_err());
    assert!(model_file::write_tensors(&gone.join("more.safetensors"), &[]).is_err());
    assert!(!gone.exists());
}

#[test]
fn a_fitted_pca_is_kept_and_a_damaged_one_is_made_again() {
    let (_home, paths) = tiny::home();
    let faces = made_faces(20, 32, 1);
    let rows: Vec<usize> = (0..20).collect();
    let mut fits = 0;
    let mut fit = |rows: &[usize]| {
        let mut steps = 0;
        let pca = pca_cache::load_or_fit(&paths, trained_on(), &faces, rows, 8, &mut |_| {
            steps += 1;
            Ok(())
        })
        .unwrap();
        fits += usize::from(steps > 0);
        let faces = Tensor::from_vec(faces.batch(&[3]), (1, 32, 32, 3), &Device::Cpu).unwrap();
        (values(&pca.encode(&faces).unwrap()), fits)
    };
    let (first, fits) = fit(&rows);
    assert_eq!(fits, 1);
    assert_eq!(fit(&rows), (first.clone(), 1));
    assert_eq!(fit(&rows[..10]).1, 2, "other pictures are another model");
    for entry in std::fs::read_dir(paths.fitted_models()).unwrap() {
        std::fs::write(entry.unwrap().path().join(WEIGHTS_FILE), b"damaged").unwrap();
    }
    assert_eq!(fit(&rows), (first, 3));
}

#[test]
fn a_fitted_pca_of_few_pictures_has_as_many_components_as_they_determine() {
    let home = tempfile::tempdir().unwrap();
    let faces = made_faces(6, 32, 1);
    let rows: Vec<usize> = (0..6).collect();
    let paths = Paths::below(home.path());
    let pca =
        pca_cache::load_or_fit(&paths, trained_on(), &faces, &rows, 128, &mut unwatched).unwrap();
    assert_eq!(pca.spec().code_size, 5);
}

fn trained_on() -> TrainedOn {
    TrainedOn {
        title: "made".into(),
        fingerprint: "f".into(),
        held_out: None,
        pictures: 20,
    }
}

#[test]
fn bundled_models_are_small_complete_and_named() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/models");
    let mut bytes = 0;
    for name in bundled::names() {
        let description = bundled::metadata(name).unwrap();
        let saved = bundled::load(name, &Device::Cpu).unwrap();
        assert_eq!(&description, &saved.metadata);
        assert_eq!(
            description.parameters,
            saved.model.parameters().element_count()
        );
        let size = description.model.size as usize;
        let faces = Tensor::zeros((2, size, size, 3), candle_core::DType::F32, &Device::Cpu);
        let output = saved.model.reconstruct(&faces.unwrap()).unwrap();
        assert_eq!(output.dims(), [2, size, size, 3]);
        assert!(values(&output).iter().all(|value| value.is_finite()));
        for file in [WEIGHTS_FILE, METADATA_FILE] {
            bytes += std::fs::metadata(folder.join(name).join(file))
                .unwrap()
                .len();
        }
    }
    assert!(bytes < 3_000_000, "{bytes}");
    let missing = bundled::load("sample-cat", &Device::Cpu).err().unwrap();
    assert!(missing.to_string().contains("sample-face"));
}
