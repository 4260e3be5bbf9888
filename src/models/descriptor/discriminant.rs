//! Linear discriminants: the directions in which people differ more than the pictures of one
//! person (Fisher 1936; Belhumeur, Hespanha and Kriegman 1997).

use faer::{Mat, MatRef, Side};

use crate::error::{Error, Result};

/// Share of the mean variance that is mixed into the covariance within people, which few
/// pictures determine (Friedman 1989).
const SHRINKAGE: f64 = 0.05;

/// At most `count` discriminants `[count, width]`, row-major, of the leading `width` numbers of
/// codes `[pictures, …]` of mean 0. `people` says who is on each picture.
///
/// A projected code has variance 1 within a person. It is then weighted by √(1 − 1/λ), where λ is
/// its variance over all pictures: a direction in which people do not differ counts nothing.
///
/// # Errors
/// When there is no person with two pictures, or only one person.
pub(super) fn fit(
    codes: MatRef<'_, f32>,
    people: &[usize],
    width: usize,
    count: usize,
) -> Result<Vec<f32>> {
    let width = width.min(codes.ncols());
    let codes = Mat::from_fn(codes.nrows(), width, |row, at| f64::from(codes[(row, at)]));
    let within = within_people(codes.as_ref(), people)?;
    let scaled = inverse_root(&within)?;
    let total = codes.transpose() * &codes * faer::Scale(1.0 / codes.nrows() as f64);
    let spread = &scaled * total * &scaled;
    let eigen = spread
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| problem("its discriminants did not converge"))?;
    let vectors = &scaled * eigen.U();
    let mut rows = Vec::with_capacity(count * width);
    for column in (0..width).rev().take(count) {
        let ratio = eigen.S()[column];
        if ratio <= 1.0 {
            break;
        }
        let weight = (1.0 - 1.0 / ratio).sqrt();
        rows.extend((0..width).map(|at| (vectors[(at, column)] * weight) as f32));
    }
    if rows.is_empty() {
        return Err(problem("finds nothing that tells these people apart"));
    }
    Ok(rows)
}

/// The covariance of the codes around their people's means, shrunk towards a multiple of the
/// identity.
fn within_people(codes: MatRef<'_, f64>, people: &[usize]) -> Result<Mat<f64>> {
    let width = codes.ncols();
    let last = people.iter().max().map_or(0, |last| last + 1);
    let mut counts = vec![0usize; last];
    let mut means = Mat::<f64>::zeros(last, width);
    for (picture, &person) in people.iter().enumerate() {
        counts[person] += 1;
        for at in 0..width {
            means[(person, at)] += codes[(picture, at)];
        }
    }
    if counts.iter().filter(|&&count| count > 0).count() < 2 {
        return Err(problem("needs pictures of two people or more"));
    }
    let freedom: usize = counts.iter().map(|count| count.saturating_sub(1)).sum();
    if freedom == 0 {
        return Err(problem("needs people with two pictures or more"));
    }
    let repeated: Vec<usize> = (0..people.len())
        .filter(|&picture| counts[people[picture]] > 1)
        .collect();
    let deviations = Mat::from_fn(repeated.len(), width, |row, at| {
        let person = people[repeated[row]];
        codes[(repeated[row], at)] - means[(person, at)] / counts[person] as f64
    });
    let mut within = deviations.transpose() * &deviations * faer::Scale(1.0 / freedom as f64);
    let variance = (0..width).map(|at| within[(at, at)]).sum::<f64>() / width as f64;
    for row in 0..width {
        for column in 0..width {
            within[(row, column)] *= 1.0 - SHRINKAGE;
        }
        // Pictures of one person that are all the same leave no variance at all.
        within[(row, row)] += SHRINKAGE * variance.max(f64::EPSILON);
    }
    Ok(within)
}

/// The symmetric inverse square root of a positive matrix.
fn inverse_root(matrix: &Mat<f64>) -> Result<Mat<f64>> {
    let eigen = matrix
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| problem("its discriminants did not converge"))?;
    let scaled = Mat::from_fn(matrix.nrows(), matrix.ncols(), |row, column| {
        eigen.U()[(row, column)] / eigen.S()[column].max(f64::MIN_POSITIVE).sqrt()
    });
    Ok(scaled * eigen.U().transpose())
}

fn problem(problem: &str) -> Error {
    Error::invalid("model identity", problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, generator};
    use rand::RngExt;

    /// Codes of which the first two numbers are the person's and the others the picture's.
    fn codes(people: usize, pictures: usize, width: usize) -> (Mat<f32>, Vec<usize>) {
        let mut rng = generator(3, Purpose::Sketch, 0, 0);
        let own: Vec<f32> = (0..people * 2)
            .map(|_| rng.random_range(-1.7..1.7))
            .collect();
        let of: Vec<usize> = (0..people * pictures).map(|row| row / pictures).collect();
        let codes = Mat::from_fn(of.len(), width, |row, at| match at {
            0 | 1 => own[of[row] * 2 + at] + rng.random_range(-0.2..0.2),
            _ => rng.random_range(-1.7..1.7),
        });
        (codes, of)
    }

    #[test]
    fn what_belongs_to_people_is_found_and_weighs_most() {
        let (codes, people) = codes(60, 5, 6);
        let found = fit(codes.as_ref(), &people, 6, 2).unwrap();
        let of_person: f32 = found.chunks(6).map(|row| row[0].abs() + row[1].abs()).sum();
        let of_picture: f32 = found
            .chunks(6)
            .flat_map(|row| &row[2..])
            .map(|v| v.abs())
            .sum();
        assert!(of_person > 10.0 * of_picture, "{of_person} {of_picture}");
    }

    #[test]
    fn one_person_and_single_pictures_are_refused() {
        let (codes, _) = codes(4, 1, 3);
        let error = |people: &[usize]| fit(codes.as_ref(), people, 3, 2).unwrap_err().to_string();
        assert!(error(&[0, 0, 0, 0]).contains("two people"));
        assert!(error(&[0, 1, 2, 3]).contains("two pictures"));
    }
}
