//! A table of codes, and interpolation between two codes.

use super::array::Array;
use crate::error::{Error, Result};

/// Codes of many faces, `[rows, width]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    /// Number of codes.
    pub(crate) rows: usize,
    /// Latent dimensions.
    pub width: usize,
    /// `rows × width` values, one code after the other.
    pub values: Array<f32>,
}

impl Codes {
    /// One code.
    pub(crate) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// A checksum of the values.
    pub(crate) fn checksum(&self) -> u32 {
        self.values.checksum()
    }

    /// All codes in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }
}

/// Linear interpolation: `steps` codes from `a` to `b`, both included.
///
/// # Errors
/// When the codes' lengths differ or there are fewer than 2 steps.
pub fn morph(a: &[f32], b: &[f32], steps: usize) -> Result<Codes> {
    if a.len() != b.len() {
        return Err(Error::invalid(
            "morph",
            format!("cannot mix codes of {} and {} dimensions", a.len(), b.len()),
        ));
    }
    if steps < 2 {
        return Err(Error::invalid("steps", "must be at least 2: both ends"));
    }
    let mut values = Vec::with_capacity(steps * a.len());
    for step in 0..steps {
        let share = step as f32 / (steps - 1) as f32;
        values.extend(
            a.iter()
                .zip(b)
                .map(|(&a, &b)| a * (1.0 - share) + b * share),
        );
    }
    Ok(Codes {
        rows: steps,
        width: a.len(),
        values: values.into(),
    })
}

/// A square between four codes: `columns × rows` bilinear mixes, row by row. The corners are in
/// the order upper left, upper right, lower left, lower right.
///
/// # Errors
/// When the codes' lengths differ, or there are fewer than 2 columns or rows.
pub(crate) fn square(corners: [&[f32]; 4], columns: usize, rows: usize) -> Result<Codes> {
    let [upper_left, upper_right, lower_left, lower_right] = corners;
    let left = morph(upper_left, lower_left, rows)?;
    let right = morph(upper_right, lower_right, rows)?;
    let mut values = Vec::with_capacity(columns * rows * left.width);
    for (left, right) in left.iter().zip(right.iter()) {
        values.extend_from_slice(&morph(left, right, columns)?.values);
    }
    Ok(Codes {
        rows: columns * rows,
        width: left.width,
        values: values.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_has_its_corners_and_mixes_between_them() {
        let codes = square([&[0.0], &[4.0], &[8.0], &[16.0]], 3, 2).unwrap();
        assert_eq!(&codes.values[..], [0.0, 2.0, 4.0, 8.0, 12.0, 16.0]);
        assert!(square([&[0.0], &[0.0], &[0.0], &[0.0, 1.0]], 2, 2).is_err());
        assert!(square([&[0.0]; 4], 1, 2).is_err());
    }
}
