//! Total variation denoising: smooths a picture but keeps its edges.

/// Steps of the iteration.
const ITERATIONS: usize = 80;

/// The picture u that minimizes ½‖u − face‖² + weight · TV(u) (Rudin, Osher and Fatemi 1992),
/// for a face `[size, size, 3]`.
///
/// TV is the sum over pixels of the length of the gradient of all channels together (Bresson and
/// Chan 2008). Solved by fast gradient projection on the dual problem (Beck and Teboulle 2009).
pub fn total_variation(face: &[f32], size: usize, weight: f32) -> Vec<f32> {
    if weight <= 0.0 {
        return face.to_vec();
    }
    // The dual variable of each pixel: vertical and horizontal parts of three channels.
    let mut dual = vec![[0f32; 6]; size * size];
    let mut extrapolated = dual.clone();
    let mut momentum = 1f32;
    let step = 1.0 / (8.0 * weight);
    for _ in 0..ITERATIONS {
        let picture = primal(face, &extrapolated, size, weight);
        let next_momentum = f32::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
        let extrapolation = (momentum - 1.0) / next_momentum;
        for y in 0..size {
            for x in 0..size {
                let i = y * size + x;
                let mut new = extrapolated[i];
                for c in 0..3 {
                    let own = picture[3 * i + c];
                    if y + 1 < size {
                        new[c] += step * (picture[3 * (i + size) + c] - own);
                    }
                    if x + 1 < size {
                        new[3 + c] += step * (picture[3 * (i + 1) + c] - own);
                    }
                }
                let length = new.iter().map(|v| v * v).sum::<f32>().sqrt().max(1.0);
                let new = new.map(|value| value / length);
                for (k, value) in new.into_iter().enumerate() {
                    extrapolated[i][k] = value + extrapolation * (value - dual[i][k]);
                }
                dual[i] = new;
            }
        }
        momentum = next_momentum;
    }
    primal(face, &dual, size, weight)
}

/// face + weight · div(dual), with div the adjoint of forward differences.
fn primal(face: &[f32], dual: &[[f32; 6]], size: usize, weight: f32) -> Vec<f32> {
    let mut out = face.to_vec();
    for y in 0..size {
        for x in 0..size {
            let i = y * size + x;
            for c in 0..3 {
                let mut divergence = 0.0;
                if y + 1 < size {
                    divergence += dual[i][c];
                }
                if y > 0 {
                    divergence -= dual[i - size][c];
                }
                if x + 1 < size {
                    divergence += dual[i][3 + c];
                }
                if x > 0 {
                    divergence -= dual[i - 1][3 + c];
                }
                out[3 * i + c] += weight * divergence;
            }
        }
    }
    out
}
