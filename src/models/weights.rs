//! The weights of a saved model, as bytes of a safetensors file.

use std::fs::File;
use std::path::Path;

use candle_core::{Device, Tensor};
use memmap2::Mmap;
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Bytes that are hashed together. Part of what [`Weights::digest`] is.
const HASHED_AT_ONCE: usize = 1 << 20;

/// The bytes of a safetensors file.
pub(crate) struct Weights {
    /// Names the file in errors.
    what: String,
    bytes: Bytes,
}

enum Bytes {
    Read(Vec<u8>),
    Mapped(Mmap),
    Bundled(&'static [u8]),
}

impl Weights {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        Ok(Self {
            what: path.display().to_string(),
            bytes: Bytes::Read(std::fs::read(path).map_err(Error::io(path, "read"))?),
        })
    }

    /// Maps a file of a cache, which nobody but this program writes.
    ///
    /// # Errors
    /// When it cannot be opened or mapped.
    pub(crate) fn map(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(Error::io(path, "open"))?;
        // SAFETY: files of a cache are only ever replaced by rename, never written or cut in place,
        // so the mapped bytes do not change while they are borrowed.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io(path, "map"))?;
        Ok(Self {
            what: path.display().to_string(),
            bytes: Bytes::Mapped(map),
        })
    }

    /// Bytes that are part of the program; `what` names them in errors.
    pub(crate) fn bundled(what: &str, bytes: &'static [u8]) -> Self {
        Self {
            what: what.to_string(),
            bytes: Bytes::Bundled(bytes),
        }
    }

    /// What the file is called in errors.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Read(bytes) => bytes,
            Bytes::Mapped(map) => map,
            Bytes::Bundled(bytes) => bytes,
        }
    }

    /// A hash of the bytes: SHA-256 of the hashes of their pieces, which are hashed on all cores.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let pieces: Vec<[u8; 32]> = self
            .bytes()
            .par_chunks(HASHED_AT_ONCE)
            .map(|piece| Sha256::digest(piece).into())
            .collect();
        Sha256::digest(pieces.concat()).into()
    }

    /// The CRC-32C of the bytes: finds damage, but does not tell models apart.
    pub(crate) fn checksum(&self) -> u32 {
        crc32c::crc32c(self.bytes())
    }

    /// # Errors
    /// When the file is damaged, or a weight in it is not finite.
    pub(crate) fn check_finite(&self) -> Result<()> {
        let file = SafeTensors::deserialize(self.bytes()).map_err(|error| self.damaged(error))?;
        // In an order that does not change, so that the same one is named each time.
        let mut tensors = file.tensors();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, tensor) in tensors {
            if !is_finite(tensor.dtype(), tensor.data()) {
                return Err(Error::invalid(
                    &self.what,
                    format!(
                        "weight {name} is not finite: the model has diverged; use another \
                         checkpoint, or train again with a lower learning rate"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// All tensors, sorted by name.
    ///
    /// # Errors
    /// When the file is damaged.
    pub(crate) fn tensors(&self, device: &Device) -> Result<Vec<(String, Tensor)>> {
        let tensors = candle_core::safetensors::load_buffer(self.bytes(), device)
            .map_err(|error| self.damaged(error))?;
        let mut tensors: Vec<_> = tensors.into_iter().collect();
        tensors.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(tensors)
    }

    fn damaged(&self, error: impl std::fmt::Display) -> Error {
        Error::invalid(
            &self.what,
            format!("{error}; the file is damaged, use another checkpoint"),
        )
    }
}

/// Whether all little-endian values are finite: whether none has an exponent of ones only.
fn is_finite(dtype: Dtype, bytes: &[u8]) -> bool {
    let halves_are = |exponent: u16| {
        bytes
            .par_chunks(HASHED_AT_ONCE)
            .all(|piece| finite_halves(piece, exponent))
    };
    match dtype {
        Dtype::F64 => bytes.chunks_exact(8).all(|value| {
            let value = <[u8; 8]>::try_from(value).unwrap_or_default();
            f64::from_le_bytes(value).is_finite()
        }),
        Dtype::F32 => bytes.par_chunks(HASHED_AT_ONCE).all(finite_singles),
        Dtype::F16 => halves_are(0x7c00),
        Dtype::BF16 => halves_are(0x7f80),
        _ => true,
    }
}

// Without a way out of the loops, so that the compiler makes vector instructions of them.

fn finite_singles(bytes: &[u8]) -> bool {
    bytes.chunks_exact(4).fold(true, |finite, value| {
        let value = <[u8; 4]>::try_from(value).unwrap_or_default();
        finite & f32::from_le_bytes(value).is_finite()
    })
}

fn finite_halves(bytes: &[u8], exponent: u16) -> bool {
    bytes.chunks_exact(2).fold(true, |finite, value| {
        let value = <[u8; 2]>::try_from(value).unwrap_or_default();
        finite & (u16::from_le_bytes(value) & exponent != exponent)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType::{BF16, F16, F32, F64};

    #[test]
    fn what_is_not_finite_is_found_in_every_precision() {
        let of = |values: &[f32], dtype: candle_core::DType| {
            let tensor = Tensor::new(values, &Device::Cpu).unwrap();
            let tensors = [("weight", tensor.to_dtype(dtype).unwrap())];
            Weights {
                what: "some file".to_string(),
                bytes: Bytes::Read(safetensors::serialize(tensors, None).unwrap()),
            }
        };
        for dtype in [BF16, F16, F32, F64] {
            of(&[1.5, -0.25, 0.0, 3e4], dtype).check_finite().unwrap();
            for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let error = of(&[1.0, 2.0, wrong], dtype).check_finite().unwrap_err();
                let error = error.to_string();
                assert!(
                    error.contains("some file") && error.contains("weight weight"),
                    "{error}"
                );
            }
        }
        let (one, other) = (of(&[1.0, 2.0], F32), of(&[1.0, 2.5], F32));
        assert!(one.digest() != other.digest() && one.checksum() != other.checksum());
        assert_eq!(one.digest(), of(&[1.0, 2.0], F32).digest());
        let cut = Weights {
            what: "cut".to_string(),
            bytes: Bytes::Read(one.bytes()[..40].to_vec()),
        };
        assert!(cut.check_finite().is_err() && cut.tensors(&Device::Cpu).is_err());
    }
}
