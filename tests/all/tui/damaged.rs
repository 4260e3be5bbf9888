//! The fake engine's answers to damaged pictures.

use std::time::Duration;

use lfw_tui::engine::{
    Comparison, Damage, Denoised, DrawParams, DrawResults, Drawn, ModelRef, NoiseSweep, Quality,
};

use super::stage::{FACES, label, plain};

fn restored(model: Option<&ModelRef>, label: &str, shade: u8, psnr_db: f64) -> Comparison {
    Comparison {
        model: model.cloned(),
        label: label.to_string(),
        pixels: plain(shade),
        difference: plain(128),
        quality: Quality {
            mse: 0.004,
            psnr_db,
            ssim: 0.812,
        },
    }
}

/// Every model's answer to a damaged picture.
pub fn denoised(models: &[ModelRef], damage: Damage) -> Denoised {
    let mut outputs: Vec<Comparison> = models
        .iter()
        .map(|model| restored(Some(model), &label(model), 100, 24.1))
        .collect();
    outputs.push(restored(None, "PCA-256", 110, 23.0));
    Denoised {
        faces: FACES,
        damage,
        clean: plain(90),
        damaged: restored(None, "noisy", 95, 14.0),
        outputs,
        pending: 0,
        left_out: Vec::new(),
        milliseconds: 2.14,
        made_by: None,
    }
}

/// Draws that are done.
pub fn drawn(params: &DrawParams) -> Drawn {
    let draws = (0..params.count).map(|at| restored(None, "draw", 60 + at as u8, 21.4));
    let draws: Vec<Comparison> = draws.collect();
    Drawn {
        model: label(&params.model),
        damage: params.damage,
        faces: draws.iter().map(|draw| draw.pixels.clone()).collect(),
        passes: (40, 40),
        made_by: None,
        results: Some(DrawResults {
            clean: plain(90),
            damaged: plain(95),
            answer: plain(100),
            draws,
            mean: restored(None, "mean", 120, 23.9),
        }),
        elapsed: Duration::from_millis(1_230),
    }
}

/// Every model's PSNR under each damage.
pub fn levels(models: &[ModelRef], damages: &[Damage]) -> NoiseSweep {
    let falling = |from: f64| (0..damages.len()).map(|i| from - i as f64 * 1.5).collect();
    let mut lines = vec![("noisy".to_string(), falling(26.0))];
    lines.extend(models.iter().map(|model| (label(model), falling(32.0))));
    lines.push(("PCA-256".to_string(), falling(30.0)));
    NoiseSweep {
        damages: damages.to_vec(),
        curves: lines,
    }
}
