//! Small smooth pictures for tests: sums of a few coloured waves whose
//! strengths vary from picture to picture, with a little grain.

use lfw_tui::dataset::{FaceSpec, Faces, Preprocess};
use lfw_tui::rng::{Purpose, generator};
use rand::RngExt;

pub fn made_faces(count: usize, size: u32, seed: u64) -> Faces {
    let mut bytes = Vec::new();
    for picture in 0..count {
        let mut rng = generator(seed, Purpose::SyntheticFace, 0, picture as u64);
        let waves: [f32; 8] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        for row in 0..size {
            for column in 0..size {
                let (y, x) = (row as f32 / size as f32, column as f32 / size as f32);
                for channel in 0..3 {
                    let mut value = 0.5f32;
                    for (k, strength) in waves.iter().enumerate() {
                        let k = k as f32;
                        let phase = k * 3.1 + channel as f32 * (0.2 + 0.3 * k);
                        let wave = (x * (1.0 + k) * 2.0 + y * (4.0 - 0.5 * k) + phase).sin();
                        value += 0.1 * strength * wave;
                    }
                    value += rng.random_range(-0.03..0.03);
                    bytes.push((value * 255.0).clamp(0.0, 255.0) as u8);
                }
            }
        }
    }
    let spec = FaceSpec {
        size,
        preprocess: Preprocess::Seed,
    };
    Faces::from_bytes(spec, &bytes).unwrap()
}
