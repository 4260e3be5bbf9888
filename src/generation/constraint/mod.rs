//! What is known of a picture, where that is linear in its values.
//!
//! A [`Measurement`] is a matrix M with orthonormal rows, so that M Mᵀ = 1 and Mᵀ M projects onto
//! what is measured (Kadkhodaie and Simoncelli 2021). Measurements that are not orthonormal, such
//! as block means, blurred frequencies and codes of linear encoders, are scaled or mixed to be so;
//! they know the same.

mod blocks;
mod components;
mod damage;
mod frequencies;
mod grey;
mod pixels;

use std::fmt::Debug;
use std::sync::Arc;

use crate::error::{Error, Result};

pub use blocks::Blocks;
pub use components::{Components, LinearEncoder};
pub use damage::Damage;
pub use frequencies::Frequencies;
pub use grey::{Grey, LUMA};
pub use pixels::Pixels;

/// A matrix M with orthonormal rows that measures pictures `[size, size, 3]`.
pub trait Measurement: Debug + Send + Sync {
    /// Values in a picture.
    fn values(&self) -> usize;

    /// Numbers that are measured.
    fn rows(&self) -> usize;

    /// M y: the measurement of a picture.
    fn measure(&self, picture: &[f32]) -> Vec<f64>;

    /// Adds Mᵀ b to a picture.
    fn add_back(&self, measured: &[f64], picture: &mut [f32]);
}

/// A measurement and what it must give, for one picture or for several.
#[derive(Debug, Clone)]
pub struct Constraint {
    measurement: Arc<dyn Measurement>,
    /// Of each picture, or one for all.
    wanted: Vec<Vec<f64>>,
}

impl Constraint {
    /// `measurement` must give `wanted[i]` for picture `i`, or `wanted[0]` for all if there is
    /// only one.
    ///
    /// # Errors
    /// When one has another length than the measurement, or there is none.
    pub fn new(measurement: Arc<dyn Measurement>, wanted: Vec<Vec<f64>>) -> Result<Self> {
        let rows = measurement.rows();
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted.len() != rows) {
            return Err(Error::invalid(
                "measurement",
                format!("must have {rows} numbers for each picture"),
            ));
        }
        Ok(Self {
            measurement,
            wanted,
        })
    }

    /// `measurement` must give for every picture what it gives for this one.
    pub fn like(measurement: Arc<dyn Measurement>, picture: &[f32]) -> Self {
        let wanted = vec![measurement.measure(picture)];
        Self {
            measurement,
            wanted,
        }
    }

    /// What is measured.
    pub fn measurement(&self) -> &dyn Measurement {
        self.measurement.as_ref()
    }

    /// What picture `index` must measure.
    pub(super) fn wanted(&self, index: usize) -> &[f64] {
        &self.wanted[index.min(self.wanted.len() - 1)]
    }

    /// Checks that it is for `pictures` pictures of `values` values.
    pub(super) fn check(&self, values: usize, pictures: usize) -> Result<()> {
        if self.measurement.values() != values {
            return Err(Error::invalid(
                "measurement",
                format!(
                    "is for pictures of {} values; the model's have {values}",
                    self.measurement.values()
                ),
            ));
        }
        if self.wanted.len() > 1 && self.wanted.len() < pictures {
            return Err(Error::invalid(
                "measurement",
                format!("is there for {} of {pictures} pictures", self.wanted.len()),
            ));
        }
        Ok(())
    }

    /// The nearest picture that satisfies the constraint: y + Mᵀ (b − M y).
    pub fn project(&self, index: usize, picture: &mut [f32]) {
        let missing = self.missing(index, picture);
        self.measurement.add_back(&missing, picture);
    }

    /// The largest difference between what is measured and what is wanted.
    pub fn error(&self, index: usize, picture: &[f32]) -> f64 {
        let missing = self.missing(index, picture);
        missing
            .iter()
            .fold(0.0, |most, value| value.abs().max(most))
    }

    /// b − M y.
    pub(super) fn missing(&self, index: usize, picture: &[f32]) -> Vec<f64> {
        let measured = self.measurement.measure(picture);
        let wanted = self.wanted(index).iter();
        wanted.zip(measured).map(|(b, a)| b - a).collect()
    }
}

#[cfg(test)]
mod tests;
