//! Compression that starts at exact PCA: a residual network on both sides of
//! the principal components corrects what a linear code cannot say.
//!
//! ```text
//! face → principal components, unit variance ───────────────┐
//!      → (conv 3×3, pool, residual) × n → dense ──────────── + → code
//! code → principal components back ──────────────────────────────────────┐
//!      │    → conv 3×3, residual → (conv 3×3, pool, residual) × (n − 1)   │
//!      │                                    ↓ at each side                │
//!      → dense × 2 → (residual, transposed conv, +) × n                   │
//!      → residual → conv to 3 channels ────────────────────────────────── + → face
//! ```
//! Both corrections are zero before the first step. n halvings bring the side
//! to 3 or 4 pixels. What the linear face lacks is seen in the face itself, by
//! few weights for all places, and told by the code, by many.

use candle_core::{Device, Tensor};

use super::layer::{Conv3x3, Dense};
use super::parameters::Initializer;
use super::principal::PrincipalPath;
use super::residual::{CORRECTION, Residual};
use super::{Autoencoder, ModelSpec, Parameters, Pca};
use crate::error::Result;
use crate::kernels::{self, Activation, Pool};

/// Channels of the coarsest picture, unless the spec says otherwise.
const WIDTH: usize = 256;
/// Channels that no picture has fewer of, or a quarter of the coarsest's.
const FEWEST: usize = 32;

/// The network; see the module.
#[derive(Debug)]
pub struct Face {
    spec: ModelSpec,
    parameters: Parameters,
    device: Device,
    /// Shares storage with `parameters`, tracked for gradients.
    layers: Layers,
    /// The same, not tracked.
    detached: Layers,
}

/// The sides and channels of the pictures within.
#[derive(Debug, Clone, Copy)]
struct Plan {
    size: usize,
    code: usize,
    halvings: usize,
    /// Channels of the coarsest picture.
    width: usize,
}

impl Plan {
    fn of(spec: &ModelSpec) -> Self {
        let size = spec.size as usize;
        Self {
            size,
            code: spec.code_size as usize,
            halvings: (1..).take_while(|&n| size >> n >= 3).count(),
            width: match spec.width as usize {
                0 => WIDTH,
                width => width,
            },
        }
    }

    fn values(self) -> usize {
        self.size * self.size * 3
    }

    /// Channels of the decoder's picture `level` halvings below the face.
    fn channels(self, level: usize) -> usize {
        (self.width >> (self.halvings - level)).max(self.fewest())
    }

    /// Channels before and after the layer that looks at the linear face at a level.
    fn looked_at(self, level: usize) -> [usize; 2] {
        match level {
            0 => [3, self.channels(0)],
            level => [self.channels(level - 1), self.channels(level)],
        }
    }

    /// The same on the encoder's side, which has half as many; the face's own 3.
    fn seen_channels(self, level: usize) -> usize {
        match level {
            0 => 3,
            level => (self.channels(level) / 2).max(self.fewest()),
        }
    }

    fn seen_values(self) -> usize {
        self.coarsest_side() * self.coarsest_side() * self.seen_channels(self.halvings)
    }

    fn fewest(self) -> usize {
        FEWEST.min(self.width / 4)
    }

    /// Numbers between the code and the coarsest picture.
    fn hidden(self) -> usize {
        2 * self.width
    }

    fn coarsest_side(self) -> usize {
        self.size >> self.halvings
    }

    fn coarsest_values(self) -> usize {
        self.coarsest_side() * self.coarsest_side() * self.width
    }
}

#[derive(Debug)]
struct Layers {
    plan: Plan,
    activation: Activation,
    principal: PrincipalPath,
    down: Vec<(Conv3x3, Option<Residual>)>,
    to_code: Dense,
    from_code: Dense,
    widen: Dense,
    /// From the face's side down: what is seen in the linear face.
    seen: Vec<(Conv3x3, Residual)>,
    up: Vec<(Residual, Conv3x3)>,
    finest: Residual,
    to_face: Conv3x3,
}

impl Face {
    /// First weights around the principal components.
    ///
    /// # Errors
    /// Those of candle.
    pub fn new(spec: &ModelSpec, pca: &Pca, seed: u64, device: &Device) -> Result<Self> {
        let plan = Plan::of(spec);
        let mut parameters = Parameters::default();
        let noise = spec.observation_noise;
        PrincipalPath::add(&mut parameters, pca, plan.code, noise, device)?;
        let mut init = Initializer::after(parameters, seed, device);
        for level in 1..=plan.halvings {
            let [inputs, outputs] = [level - 1, level].map(|level| plan.seen_channels(level));
            init.convolution(&format!("encoder.down{level}"), [inputs, outputs])?;
            if level > 1 {
                Residual::init(&mut init, &format!("encoder.residual{level}"), outputs)?;
            }
        }
        init.silent_dense("encoder.code", [plan.seen_values(), plan.code])?;
        init.dense("decoder.hidden", [plan.code, plan.hidden()])?;
        init.dense("decoder.picture", [plan.hidden(), plan.coarsest_values()])?;
        for level in 0..plan.halvings {
            let channels = plan.looked_at(level);
            init.convolution(&format!("decoder.seen{level}"), channels)?;
            Residual::init(&mut init, &format!("decoder.look{level}"), channels[1])?;
        }
        for level in (1..=plan.halvings).rev() {
            let channels = [plan.channels(level), plan.channels(level - 1)];
            Residual::init(&mut init, &format!("decoder.residual{level}"), channels[0])?;
            init.convolution(&format!("decoder.up{level}"), channels)?;
        }
        Residual::init(&mut init, "decoder.residual0", plan.channels(0))?;
        init.silent_convolution("decoder.face", [plan.channels(0), 3])?;
        Self::with_parameters(spec, init.finish())
    }

    /// Around given weights.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn with_parameters(spec: &ModelSpec, parameters: Parameters) -> Result<Self> {
        let plan = Plan::of(spec);
        let convolution = |name: String, channels| Conv3x3::get(&parameters, &name, channels);
        let residual = |name: String, channels| Residual::get(&parameters, &name, channels);
        let dense = |name: &str, shape| Dense::get(&parameters, name, shape);
        let down = (1..=plan.halvings)
            .map(|level| {
                let [inputs, outputs] = [level - 1, level].map(|level| plan.seen_channels(level));
                let down = convolution(format!("encoder.down{level}"), [inputs, outputs])?;
                let block = match level {
                    1 => None,
                    _ => Some(residual(format!("encoder.residual{level}"), outputs)?),
                };
                Ok((down, block))
            })
            .collect::<Result<_>>()?;
        let seen = (0..plan.halvings)
            .map(|level| {
                let channels = plan.looked_at(level);
                Ok((
                    convolution(format!("decoder.seen{level}"), channels)?,
                    residual(format!("decoder.look{level}"), channels[1])?,
                ))
            })
            .collect::<Result<_>>()?;
        let up = (1..=plan.halvings)
            .rev()
            .map(|level| {
                let channels = [plan.channels(level), plan.channels(level - 1)];
                Ok((
                    residual(format!("decoder.residual{level}"), channels[0])?,
                    convolution(format!("decoder.up{level}"), channels)?,
                ))
            })
            .collect::<Result<_>>()?;
        let layers = Layers {
            plan,
            activation: spec.activation,
            principal: PrincipalPath::get(
                &parameters,
                plan.values(),
                plan.code,
                spec.observation_noise,
            )?,
            down,
            to_code: dense("encoder.code", [plan.seen_values(), plan.code])?,
            from_code: dense("decoder.hidden", [plan.code, plan.hidden()])?,
            widen: dense("decoder.picture", [plan.hidden(), plan.coarsest_values()])?,
            seen,
            up,
            finest: residual("decoder.residual0".to_string(), plan.channels(0))?,
            to_face: convolution("decoder.face".to_string(), [plan.channels(0), 3])?,
        };
        Ok(Self {
            spec: spec.clone(),
            device: layers.to_code.weight.device().clone(),
            detached: layers.detached(),
            layers,
            parameters,
        })
    }
}

impl Layers {
    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let n = faces.dim(0)?;
        let linear = self
            .principal
            .encode(&faces.contiguous()?.reshape((n, self.plan.values()))?)?;
        let mut x = faces.clone();
        for (down, block) in &self.down {
            x = down.apply(&x, self.activation, Pool::Max2)?;
            if let Some(block) = block {
                x = block.apply(&x, self.activation)?;
            }
        }
        let flat = kernels::reshape(&x, (n, self.plan.seen_values()))?;
        let correction = self.to_code.apply(&flat, Activation::Linear)?;
        kernels::add_scaled(&linear, &correction, CORRECTION)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        let (n, plan) = (codes.dim(0)?, self.plan);
        let linear = self.principal.decode(codes)?;
        let linear = kernels::reshape(&linear, (n, plan.size, plan.size, 3))?;
        let hidden = self.from_code.apply(codes, self.activation)?;
        let wide = self.widen.apply(&hidden, self.activation)?;
        let side = plan.coarsest_side();
        let mut x = kernels::reshape(&wide, (n, side, side, plan.width))?;
        let mut seen = Vec::with_capacity(plan.halvings);
        let mut look = linear.clone();
        for (level, (conv, block)) in self.seen.iter().enumerate() {
            let pool = match level {
                0 => Pool::None,
                _ => Pool::Max2,
            };
            look = block.apply(&conv.apply(&look, self.activation, pool)?, self.activation)?;
            seen.push(look.clone());
        }
        for ((block, up), seen) in self.up.iter().zip(seen.iter().rev()) {
            x = block.apply(&x, self.activation)?;
            x = kernels::add(seen, &up.apply_transposed(&x, self.activation)?)?;
        }
        let x = self.finest.apply(&x, self.activation)?;
        let change = self.to_face.apply(&x, Activation::Linear, Pool::None)?;
        kernels::add_scaled(&linear, &change, CORRECTION)
    }

    fn detached(&self) -> Self {
        Self {
            plan: self.plan,
            activation: self.activation,
            principal: self.principal.clone(),
            down: self
                .down
                .iter()
                .map(|(down, block)| (down.detached(), block.as_ref().map(Residual::detached)))
                .collect(),
            to_code: self.to_code.detached(),
            from_code: self.from_code.detached(),
            widen: self.widen.detached(),
            seen: self
                .seen
                .iter()
                .map(|(conv, block)| (conv.detached(), block.detached()))
                .collect(),
            up: self
                .up
                .iter()
                .map(|(block, up)| (block.detached(), up.detached()))
                .collect(),
            finest: self.finest.detached(),
            to_face: self.to_face.detached(),
        }
    }
}

impl Autoencoder for Face {
    fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        self.detached.encode(faces)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.detached.decode(codes)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.layers.decode(&self.layers.encode(faces)?)
    }

    fn forward_drawn(&self, faces: &Tensor, normal: &Tensor) -> Result<(Tensor, Tensor)> {
        let told = self.layers.encode(faces)?;
        let drawn = self.layers.principal.draw(&told, normal)?;
        // In units of 2s² / values the divergence is half the codes' squared length:
        // the rest depends on the deviations alone, which do not change.
        let pull = kernels::mse(&told, &told.zeros_like()?)?;
        let share = self.spec.code_size as f32 / self.spec.values() as f32;
        let pull = kernels::add_scaled(
            &pull.zeros_like()?,
            &pull,
            self.spec.observation_noise.powi(2) * share,
        )?;
        Ok((self.layers.decode(&drawn)?, pull))
    }

    fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn device(&self) -> &Device {
        &self.device
    }
}
