//! The training pictures on their device.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use crate::dataset::{Faces, Noise};
use crate::error::{Error, Result};
use crate::kernels::cuda;

/// The pictures of a data set in memory, and also on the GPU if they fit there.
pub(super) struct DeviceFaces {
    faces: Arc<Faces>,
    device: Device,
    /// The pictures on the device, bytes `[pictures, size · size · 3]`.
    resident: Option<Tensor>,
}

impl DeviceFaces {
    /// Uploads the pictures, if the device is a GPU.
    pub(super) fn new(faces: Arc<Faces>, device: &Device) -> Self {
        let resident = if device.is_cpu() {
            None
        } else {
            upload(&faces, device).ok()
        };
        Self {
            faces,
            device: device.clone(),
            resident,
        }
    }

    /// The pictures as a GPU holds them, but on the CPU.
    #[cfg(test)]
    pub(super) fn resident_on_cpu(faces: Arc<Faces>) -> Self {
        Self {
            resident: Some(upload(&faces, &Device::Cpu).unwrap()),
            device: Device::Cpu,
            faces,
        }
    }

    /// The pictures in memory.
    pub(super) fn faces(&self) -> &Arc<Faces> {
        &self.faces
    }

    /// The device of the batches.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// Whether the pictures are on the GPU.
    pub(super) fn are_resident(&self) -> bool {
        self.resident.is_some()
    }

    /// Input and target `[n, size, size, 3]` of resident pictures, given by their indices `[n, 4]`
    /// (see [`HostBatch::indices`](super::host_batch::HostBatch::indices)).
    pub(super) fn gather(&self, indices: &Tensor, noise: Noise) -> Result<(Tensor, Tensor)> {
        let Some(bytes) = &self.resident else {
            return Err(Error::invalid(
                "batch",
                "the pictures are not resident on the device",
            ));
        };
        let target = cuda::gather_batch(bytes, indices, self.faces.spec().size as usize)?;
        let input = match noise {
            Noise::Gaussian(sigma) => cuda::add_gaussian_noise(&target, indices, sigma)?,
            _ => target.clone(),
        };
        Ok((input, target))
    }
}

fn upload(faces: &Faces, device: &Device) -> Result<Tensor> {
    let bytes: Vec<u8> = (0..faces.len())
        .flat_map(|face| faces.bytes(face).iter().copied())
        .collect();
    let shape = (faces.len(), faces.stride());
    Ok(Tensor::from_vec(bytes, shape, device)?)
}
