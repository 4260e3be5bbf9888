use super::*;
use crate::dataset::{FaceSpec, Preprocess};
use crate::progress::unwatched;
use crate::rng::{Purpose, generator};
use rand::RngExt;

const SIDE: usize = grey::SIDE;

/// Faces of people who differ in waves, of pictures that differ in light, place and grain.
fn faces(people: usize, pictures: usize) -> Faces {
    let mut bytes = Vec::new();
    for person in 0..people {
        let mut own = generator(5, Purpose::SyntheticFace, 0, person as u64);
        let waves: Vec<(f32, f32, f32)> = (0..4)
            .map(|_| {
                let mut wave = || own.random_range(-0.3f32..0.3);
                (wave(), wave(), wave() * 20.0)
            })
            .collect();
        for picture in 0..pictures {
            let at = (person * pictures + picture) as u64;
            let mut rng = generator(5, Purpose::SyntheticFace, 1, at);
            let (dx, dy) = (
                rng.random_range(-2.0f32..2.0),
                rng.random_range(-2.0f32..2.0),
            );
            let light = rng.random_range(-0.4f32..0.4);
            for y in 0..SIDE {
                for x in 0..SIDE {
                    let (fx, fy) = (x as f32 + dx, y as f32 + dy);
                    let waves = waves.iter().map(|(a, b, c)| (a * fx + b * fy + c).sin());
                    let grain = rng.random_range(-12.0f32..12.0);
                    let value = 128.0 + 18.0 * waves.sum::<f32>() + light * fx + grain;
                    bytes.extend([value.clamp(0.0, 255.0) as u8; 3]);
                }
            }
        }
    }
    let spec = FaceSpec {
        size: SIDE as u32,
        preprocess: Preprocess::Wide,
    };
    let of_face = (0..people * pictures).map(|at| at / pictures).collect();
    Faces::from_bytes(spec, &bytes)
        .unwrap()
        .with_people(of_face)
}

fn spec(kind: ModelKind, code_size: u32) -> ModelSpec {
    ModelSpec::linear(kind, SIDE as u32, code_size)
}

fn codes(model: &Descriptor, faces: &Faces, rows: &[usize]) -> Vec<Vec<f32>> {
    let shape = (rows.len(), SIDE, SIDE, 3);
    let input = Tensor::from_vec(faces.batch(rows), shape, &Device::Cpu).unwrap();
    model.encode(&input).unwrap().to_vec2().unwrap()
}

/// The share of pictures whose nearest other one shows the same person.
fn rank_one(codes: &[Vec<f32>], pictures: usize) -> f64 {
    let similarity = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let hits = (0..codes.len()).filter(|&query| {
        let others = (0..codes.len()).filter(|&other| other != query);
        let nearest = others.max_by(|&a, &b| {
            similarity(&codes[query], &codes[a]).total_cmp(&similarity(&codes[query], &codes[b]))
        });
        nearest.is_some_and(|nearest| nearest / pictures == query / pictures)
    });
    hits.count() as f64 / codes.len() as f64
}

#[test]
fn codes_have_length_one_and_find_the_person_again() {
    let faces = faces(16, 4);
    let fitted: Vec<usize> = (0..40).collect();
    let unseen: Vec<usize> = (40..64).collect();
    for (kind, size) in [(ModelKind::Descriptor, 30), (ModelKind::Identity, 45)] {
        let model = Descriptor::fit(&spec(kind, size), &faces, &fitted, &mut unwatched).unwrap();
        let codes = codes(&model, &faces, &unseen);
        for code in &codes {
            let length: f32 = code.iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-4, "{kind} {length}");
            assert_eq!(code.len(), model.spec().code_size as usize);
        }
        let found = rank_one(&codes, 4);
        assert!(found > 0.9, "{kind}: {found}");
    }
}

#[test]
fn a_fit_is_repeatable_and_survives_being_saved() {
    let faces = faces(5, 3);
    let rows: Vec<usize> = (0..15).collect();
    // More numbers than fifteen pictures determine.
    let spec = spec(ModelKind::Identity, 900);
    let fit = || Descriptor::fit(&spec, &faces, &rows, &mut unwatched).unwrap();
    let (a, b) = (fit(), fit());
    assert!(a.spec().code_size < 900);
    let codes_a = codes(&a, &faces, &rows);
    assert_eq!(codes_a, codes(&b, &faces, &rows));
    let again = Descriptor::with_parameters(a.spec(), a.parameters().clone()).unwrap();
    assert_eq!(codes_a, codes(&again, &faces, &rows));
    let wrong = ModelSpec {
        code_size: 7,
        ..a.spec().clone()
    };
    assert!(Descriptor::with_parameters(&wrong, a.parameters().clone()).is_err());
}

#[test]
fn what_cannot_be_fitted_or_rebuilt_is_said() {
    let some = faces(2, 2);
    let error = |kind, faces: &Faces, rows: &[usize]| {
        let fitted = Descriptor::fit(&spec(kind, 10), faces, rows, &mut unwatched);
        fitted.unwrap_err().to_string()
    };
    let one = error(ModelKind::Descriptor, &some, &[0]);
    assert!(one.contains("at least two pictures"), "{one}");
    let same = error(ModelKind::Descriptor, &some, &[1, 1, 1]);
    assert!(same.contains("look the same"), "{same}");
    let alone = error(ModelKind::Identity, &some, &[0, 1]);
    assert!(alone.contains("two people"), "{alone}");
    let single = error(ModelKind::Identity, &some, &[0, 2]);
    assert!(single.contains("two pictures"), "{single}");
    let model = Descriptor::fit(
        &spec(ModelKind::Descriptor, 3),
        &some,
        &[0, 1, 2, 3],
        &mut unwatched,
    );
    let code = Tensor::zeros((1, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
    let error = model.unwrap().decode(&code).unwrap_err().to_string();
    assert!(error.contains("cannot rebuild"), "{error}");
}
