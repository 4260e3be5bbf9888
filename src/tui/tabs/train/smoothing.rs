//! Figures read from a run's curve: smoothed, held until the next one, at a step.

use crate::runs::curve::Bucket;

/// The exponential moving average with bias correction (Kingma and Ba 2014,
/// section 3).
pub(super) fn smooth(buckets: &[Bucket], weight: f32) -> Vec<(u64, f32)> {
    let (mut sum, mut weights) = (0.0, 0.0);
    buckets
        .iter()
        .map(|bucket| {
            sum = weight * sum + (1.0 - weight) * bucket.mean;
            weights = weight * weights + (1.0 - weight);
            (bucket.last, sum / weights)
        })
        .collect()
}

/// The value of a curve at a step: that of the bucket with the step, else of the
/// last one before it.
pub(super) fn value_at(buckets: &[Bucket], step: u64) -> Option<f32> {
    let after = buckets.partition_point(|bucket| bucket.first <= step);
    buckets.get(after.checked_sub(1)?).map(|bucket| bucket.mean)
}

/// A value that holds until the next one, as the corners of its steps, the last up
/// to the step `end`.
pub(super) fn step_hold(buckets: &[Bucket], end: u64) -> impl Iterator<Item = (u64, f32)> {
    let ends = buckets.iter().skip(1).map(|next| next.first).chain([end]);
    buckets
        .iter()
        .zip(ends)
        .flat_map(|(bucket, end)| [(bucket.first, bucket.mean), (end, bucket.mean)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_constant_and_none_keeps_all() {
        let flat: Vec<_> = (0..20).map(|step| Bucket::single(step, 0.25)).collect();
        for (_, value) in smooth(&flat, 0.9) {
            assert!((value - 0.25).abs() < 1e-6);
        }
        let steep: Vec<_> = (0..9)
            .map(|step| Bucket::single(step, step as f32))
            .collect();
        assert_eq!(smooth(&steep, 0.0)[5], (5, 5.0));
        assert!(smooth(&steep, 0.9)[8].1 < 8.0);
    }

    #[test]
    fn a_value_holds_until_the_next() {
        let rates = [Bucket::single(1, 0.5), Bucket::single(10, 0.25)];
        let corners: Vec<_> = step_hold(&rates, 20).collect();
        assert_eq!(corners, [(1, 0.5), (10, 0.5), (10, 0.25), (20, 0.25)]);
    }

    #[test]
    fn the_cursor_reads_the_step_at_or_before_it() {
        let curve = [Bucket::single(1, 0.5), Bucket::single(10, 0.25)];
        assert_eq!(value_at(&curve, 0), None);
        assert_eq!(value_at(&curve, 9), Some(0.5));
        assert_eq!(value_at(&curve, 99), Some(0.25));
    }
}
