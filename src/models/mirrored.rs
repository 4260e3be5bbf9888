//! Codes that do not depend on which side of a face is left.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::autoencoder::Autoencoder;
use super::parameters::Parameters;
use super::spec::ModelSpec;
use crate::error::Result;

/// A network whose code of a face is the mean of its codes of the face and of its mirror image.
/// What changes when a head turns or the light comes from the other side then counts less.
pub(crate) struct Mirrored(pub Arc<dyn Autoencoder>);

impl Autoencoder for Mirrored {
    fn spec(&self) -> &ModelSpec {
        self.0.spec()
    }

    fn encode(&self, faces: &Tensor) -> Result<Tensor> {
        let codes = (self.0.encode(faces)? + self.0.encode(&faces.flip(&[2])?)?)?;
        Ok((codes * 0.5)?)
    }

    fn decode(&self, codes: &Tensor) -> Result<Tensor> {
        self.0.decode(codes)
    }

    fn forward(&self, faces: &Tensor) -> Result<Tensor> {
        self.reconstruct(faces)
    }

    fn parameters(&self) -> &Parameters {
        self.0.parameters()
    }

    fn device(&self) -> &Device {
        self.0.device()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::build;

    #[test]
    fn a_face_and_its_mirror_image_have_one_code() {
        let spec = ModelSpec::conv(32, 8);
        let plain: Arc<dyn Autoencoder> = Arc::from(build(&spec, 1, &Device::Cpu).unwrap());
        let mirrored = Mirrored(plain.clone());
        let face = Tensor::rand(-0.5f32, 0.5, (2, 32, 32, 3), &Device::Cpu).unwrap();
        let flipped = face.flip(&[2]).unwrap().contiguous().unwrap();
        let distance = |model: &dyn Autoencoder| -> f32 {
            let (a, b) = (
                model.encode(&face).unwrap(),
                model.encode(&flipped).unwrap(),
            );
            let squares = (a - b).unwrap().sqr().unwrap();
            squares.sum_all().unwrap().to_scalar().unwrap()
        };
        assert!(distance(&mirrored) < 1e-9 && distance(&*plain) > 1e-6);
    }
}
