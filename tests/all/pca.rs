//! PCA: exact whichever way it is computed.

use candle_core::{Device, Tensor};
use lfw_tui::dataset::{FaceSpec, Faces, Preprocess};
use lfw_tui::models::{Autoencoder, Pca};
use lfw_tui::progress::unwatched;
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;

use crate::made_faces::made_faces;

/// The reference: eigenvalues of the covariance in double precision, largest
/// first, and the sum of them all.
fn eigenvalues(faces: &Faces, rows: &[usize]) -> (Vec<f64>, f64) {
    let values = faces.stride();
    let mean: Vec<f64> = (0..values)
        .map(|v| {
            rows.iter()
                .map(|&r| f64::from(faces.bytes(r)[v]))
                .sum::<f64>()
                / rows.len() as f64
        })
        .collect();
    let x = faer::Mat::from_fn(rows.len(), values, |r, v| {
        (f64::from(faces.bytes(rows[r])[v]) - mean[v]) / 255.0
    });
    // The Gram matrix has the covariance's eigenvalues and is the smaller.
    let gram = &x * x.transpose() * faer::Scale(1.0 / rows.len() as f64);
    let mut found = gram.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
    found.reverse();
    let total = found.iter().sum();
    (found, total)
}

fn squared_error(pca: &Pca, faces: &Faces, rows: &[usize]) -> f64 {
    let side = faces.spec().size as usize;
    let x = Tensor::from_vec(faces.batch(rows), (rows.len(), side, side, 3), &Device::Cpu).unwrap();
    let difference = (pca.reconstruct(&x).unwrap() - &x).unwrap();
    let sum = difference.sqr().unwrap().sum_all().unwrap();
    f64::from(sum.to_scalar::<f32>().unwrap()) / rows.len() as f64
}

fn check(faces: &Faces, rows: &[usize], code: u32) {
    let pca = Pca::fit(faces, rows, code, &mut unwatched).unwrap();
    let (expected, total) = eigenvalues(faces, rows);
    let code = code as usize;
    // The captured variance is what exactness means.
    let captured: f64 = expected[..code].iter().sum();
    let variances = pca.variances().unwrap();
    let got: f64 = variances.iter().map(|&v| f64::from(v)).sum();
    assert!((got / captured - 1.0).abs() < 1e-6, "{got}, not {captured}");
    // What is not captured is the error of reconstruction.
    let error = squared_error(&pca, faces, rows);
    let left = total - captured;
    assert!((error - left).abs() < 1e-5 * total, "{error}, not {left}");
    for (got, expected) in variances.iter().zip(&expected) {
        assert!((f64::from(*got) - expected).abs() < 1e-4 * expected + 1e-7 * total);
    }
    // Orthonormal components, each with a positive largest number.
    let components = pca
        .parameters()
        .get("components", &[code, faces.stride()])
        .unwrap();
    let products = components.matmul(&components.t().unwrap()).unwrap();
    for (i, row) in products.to_vec2::<f32>().unwrap().iter().enumerate() {
        for (j, &product) in row.iter().enumerate() {
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((product - expected).abs() < 1e-4, "{i} · {j} = {product}");
        }
    }
    for component in components.to_vec2::<f32>().unwrap() {
        let largest = component.iter().fold(
            0.0f32,
            |best, &v| if v.abs() > best.abs() { v } else { best },
        );
        assert!(largest > 0.0);
    }
}

#[test]
fn few_pictures_are_fitted_exactly() {
    let faces = made_faces(60, 32, 4);
    let rows: Vec<usize> = (0..60).filter(|row| row % 7 != 0).collect();
    for code in [1, 8, 30] {
        check(&faces, &rows, code);
    }
}

fn all(faces: &Faces) -> Vec<usize> {
    (0..faces.len()).collect()
}

#[test]
fn more_pictures_than_a_block_holds_are_fitted_exactly() {
    let faces = made_faces(700, 32, 4);
    check(&faces, &all(&faces), 12);
}

#[test]
fn large_pictures_are_fitted_exactly() {
    let faces = made_faces(40, 64, 4);
    check(&faces, &all(&faces), 10);
}

/// Pictures of pure noise have no gap in their spectrum, the hard case.
#[test]
fn pure_noise_is_fitted_exactly() {
    let mut rng = generator(1, Purpose::SyntheticFace, 0, 0);
    let bytes: Vec<u8> = (0..300 * 3072).map(|_| rng.random()).collect();
    let spec = FaceSpec {
        size: 32,
        preprocess: Preprocess::Seed,
    };
    let faces = Faces::from_bytes(spec, &bytes).unwrap();
    check(&faces, &all(&faces), 40);
}

#[test]
fn all_components_reconstruct_the_pictures_of_the_fit() {
    let faces = made_faces(25, 32, 4);
    let rows: Vec<usize> = (0..25).collect();
    let pca = Pca::fit(&faces, &rows, 24, &mut unwatched).unwrap();
    assert!(squared_error(&pca, &faces, &rows) < 1e-6 * 3072.0);
    let refused = Pca::fit(&faces, &rows, 25, &mut unwatched).unwrap_err();
    assert!(refused.to_string().contains("1 to 24"), "{refused}");
}

#[test]
fn fewer_components_of_a_fit_are_the_fit_of_fewer() {
    let faces = made_faces(50, 32, 4);
    let rows: Vec<usize> = (0..50).collect();
    let large = Pca::fit(&faces, &rows, 20, &mut unwatched).unwrap();
    let small = Pca::fit(&faces, &rows, 6, &mut unwatched).unwrap();
    let cut = large.truncated(6).unwrap();
    assert_eq!(cut.spec(), small.spec());
    let [a, b] = [cut, small].map(|pca| squared_error(&pca, &faces, &rows));
    assert!((a - b).abs() < 1e-5 * a, "{a}, {b}");
    assert!(large.truncated(21).is_err());
}

#[test]
fn fitting_can_be_cancelled() {
    let faces = made_faces(20, 32, 4);
    let rows: Vec<usize> = (0..20).collect();
    let result = Pca::fit(&faces, &rows, 4, &mut |_| Err(lfw_tui::Error::Cancelled));
    assert!(matches!(result, Err(lfw_tui::Error::Cancelled)));
}
