//! Loading, PCA and search at LFW's scale: 13,233 faces. `cargo bench --bench faces`.
//!
//! Loading takes the archive that `LFW_ARCHIVE` names, or the drawn sample.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use lfw_tui::dataset::{self, FaceSpec, Faces, Preprocess};
use lfw_tui::models::Pca;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use lfw_tui::rng::{Purpose, generator};
use lfw_tui::search::{BruteForce, CodeTable, Index, Lsh, Metric};
use rand::RngExt;

const FACES: usize = 13_233;
const NEIGHBOURS: usize = 10;

fn main() {
    divan::main();
}

/// Codes around a thousand centres, as people's pictures are; the first is the query.
fn table(width: usize) -> Arc<CodeTable> {
    let mut random = generator(0, Purpose::Weights, 0, width as u64);
    let mut noise = |scale: f32| scale * (random.random::<f32>() - 0.5);
    let centres: Vec<f32> = (0..1_000 * width).map(|_| noise(2.0)).collect();
    let codes: Vec<f32> = (0..FACES * width)
        .map(|at| centres[at % centres.len()] + noise(1.0))
        .collect();
    Arc::new(CodeTable::new(codes, width, Metric::L2).expect("whole rows"))
}

#[divan::bench(args = [32, 128, 512])]
fn brute_force(bencher: Bencher, width: usize) {
    let table = table(width);
    let brute = BruteForce::new(table.clone());
    bencher.bench(|| brute.search(table.row(0), NEIGHBOURS));
}

#[divan::bench(args = [32, 128, 512])]
fn brute_force_of_a_hundred(bencher: Bencher, width: usize) {
    let table = table(width);
    let brute = BruteForce::new(table.clone());
    let queries: Vec<f32> = (0..100)
        .flat_map(|row| table.row(row * 100))
        .copied()
        .collect();
    bencher
        .counter(ItemsCount::new(100usize))
        .bench(|| brute.search_batch(&queries, NEIGHBOURS));
}

#[divan::bench(args = [32, 128, 512])]
fn hashing(bencher: Bencher, width: usize) {
    let table = table(width);
    let lsh = Lsh::new(table.clone(), 0).expect("hashes");
    bencher.bench(|| lsh.search(table.row(0), NEIGHBOURS));
}

#[divan::bench(args = [32, 512], sample_count = 3, sample_size = 1)]
fn pca(bencher: Bencher, code_size: u32) {
    static MADE: LazyLock<Faces> = LazyLock::new(decaying_faces);
    let rows: Vec<usize> = (0..FACES).collect();
    LazyLock::force(&MADE);
    bencher.bench(|| Pca::fit(&MADE, &rows, code_size, &mut unwatched).map(drop));
}

/// Faces of 32×32 whose variance falls off as real faces' does, about 1/k².
fn decaying_faces() -> Faces {
    const PATTERNS: usize = 600;
    let mut random = generator(0, Purpose::SyntheticFace, 0, 0);
    let mut noise = move || random.random::<f32>() * 2.0 - 1.0;
    let values = 32 * 32 * 3;
    let patterns: Vec<f32> = (0..PATTERNS * values).map(|_| noise()).collect();
    let mut bytes = Vec::with_capacity(FACES * values);
    let mut face = vec![0f32; values];
    for _ in 0..FACES {
        face.fill(128.0);
        // A few patterns a face keep this quick; over all faces every one occurs.
        for _ in 0..12 {
            let k = ((noise().abs() * (PATTERNS as f32).sqrt()).powi(2) as usize).min(PATTERNS - 1);
            let strength = 60.0 * noise() / (1.0 + k as f32).sqrt();
            let pattern = &patterns[k * values..][..values];
            for (value, pattern) in face.iter_mut().zip(pattern) {
                *value += strength * pattern;
            }
        }
        bytes.extend(face.iter().map(|value| value.clamp(0.0, 255.0) as u8));
    }
    let spec = FaceSpec {
        size: 32,
        preprocess: Preprocess::Seed,
    };
    Faces::from_bytes(spec, &bytes).expect("whole faces")
}

/// From an archive, or from nothing, to the tensor on disk.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn first_load(bencher: Bencher) {
    let archive = std::env::var_os("LFW_ARCHIVE").map(PathBuf::from);
    bencher.bench_local(|| {
        let home = tempfile::tempdir().expect("a temporary folder");
        let paths = Paths::below(home.path());
        let data = archive.as_ref().map(|path| path.display().to_string());
        let dataset = dataset::resolve(&paths, data.as_deref(), &mut unwatched)?;
        Faces::load(&paths, &dataset, FaceSpec::default(), &mut unwatched).map(drop)
    });
}
