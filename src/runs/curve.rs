//! A curve over any number of training steps, in bounded memory: neighbouring
//! points share a bucket with their minimum, maximum and mean.

/// The maximum number of buckets; beyond it, pairs are merged. Curves of up to
/// this many points can be zoomed to single steps, longer ones to a few steps.
const MAX_BUCKETS: usize = 1 << 18;

/// Neighbouring points of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The first point's step.
    pub first: u64,
    /// The last point's step.
    pub(crate) last: u64,
    /// Number of points.
    pub(crate) count: u32,
    /// The smallest value.
    pub(crate) min: f32,
    /// The largest value.
    pub max: f32,
    /// The mean value.
    pub mean: f32,
}

impl Bucket {
    /// The bucket of a single value.
    pub(crate) fn single(step: u64, value: f32) -> Self {
        Self {
            first: step,
            last: step,
            count: 1,
            min: value,
            max: value,
            mean: value,
        }
    }

    fn merge(&mut self, next: Self) {
        let count = self.count.saturating_add(next.count);
        // In double precision: the difference of two large values overflows single.
        let (mean, other) = (f64::from(self.mean), f64::from(next.mean));
        let share = f64::from(next.count) / f64::from(count);
        self.mean = (mean + (other - mean) * share) as f32;
        self.last = next.last;
        self.count = count;
        self.min = self.min.min(next.min);
        self.max = self.max.max(next.max);
    }
}

/// A value over steps. Steps only increase, except through [`Curve::rewind`].
#[derive(Debug, Clone)]
pub struct Curve {
    buckets: Vec<Bucket>,
    /// Points in a full bucket, a power of two.
    bucket_size: u32,
    skipped: u64,
}

impl Default for Curve {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            bucket_size: 1,
            skipped: 0,
        }
    }
}

impl Curve {
    /// Adds a point. A value that is not finite in single precision, or a step
    /// before the last, is skipped and counted.
    pub(crate) fn push(&mut self, step: u64, value: f64) {
        let value = value as f32;
        let is_in_order = self.buckets.last().is_none_or(|last| last.last <= step);
        if !value.is_finite() || !is_in_order {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        match self.buckets.last_mut() {
            Some(last) if last.count < self.bucket_size => last.merge(Bucket::single(step, value)),
            _ => {
                if self.buckets.len() == MAX_BUCKETS {
                    self.merge_pairs();
                }
                self.buckets.push(Bucket::single(step, value));
            }
        }
    }

    fn merge_pairs(&mut self) {
        let pairs = self.buckets.len() / 2;
        for pair in 0..pairs {
            let mut bucket = self.buckets[2 * pair];
            bucket.merge(self.buckets[2 * pair + 1]);
            self.buckets[pair] = bucket;
        }
        self.buckets.truncate(pairs);
        self.bucket_size = self.bucket_size.saturating_mul(2);
    }

    /// Removes the points after `step`. A bucket across `step` keeps its values
    /// and ends there.
    pub(crate) fn rewind(&mut self, step: u64) {
        let keep = self.buckets.partition_point(|bucket| bucket.first <= step);
        self.buckets.truncate(keep);
        if let Some(last) = self.buckets.last_mut()
            && last.last > step
        {
            last.last = step;
            // Count it as full, so that new points go into a new bucket.
            last.count = last.count.max(self.bucket_size);
        }
    }

    /// Number of points that were skipped, including those before a rewind.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Number of points.
    pub fn len(&self) -> u64 {
        self.buckets.iter().map(|b| u64::from(b.count)).sum()
    }

    /// All buckets, in order of steps.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The last bucket's mean.
    pub fn last(&self) -> Option<f32> {
        self.buckets.last().map(|bucket| bucket.mean)
    }

    /// The first and last step.
    pub fn step_range(&self) -> Option<(u64, u64)> {
        Some((self.buckets.first()?.first, self.buckets.last()?.last))
    }

    /// [`downsample`] of all buckets.
    pub fn downsample(&self, from: u64, to: u64, columns: usize) -> Vec<Bucket> {
        downsample(&self.buckets, from, to, columns)
    }
}

/// The steps `from..=to` in at most `columns` buckets of equal width in
/// steps; columns without a point are left out.
pub(crate) fn downsample(buckets: &[Bucket], from: u64, to: u64, columns: usize) -> Vec<Bucket> {
    let begin = buckets.partition_point(|bucket| bucket.last < from);
    let end = buckets.partition_point(|bucket| bucket.first <= to);
    let mut out: Vec<Bucket> = Vec::with_capacity(columns.min(end.saturating_sub(begin)));
    let width = (to.saturating_sub(from) as f64 + 1.0) / columns.max(1) as f64;
    let mut current = usize::MAX;
    for bucket in buckets.get(begin..end).unwrap_or_default() {
        let middle = bucket.first.midpoint(bucket.last);
        let column = (middle.saturating_sub(from) as f64 / width) as usize;
        let column = column.min(columns.saturating_sub(1));
        match out.last_mut() {
            Some(last) if column == current => last.merge(*bucket),
            _ => out.push(*bucket),
        }
        current = column;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_bounded_and_keeps_the_extremes() {
        let mut curve = Curve::default();
        let points = MAX_BUCKETS as u64 * 5 + 3;
        for step in 1..=points {
            curve.push(step, if step == 777_777 { 9.0 } else { 1.0 });
        }
        assert!(curve.buckets().len() <= MAX_BUCKETS);
        assert_eq!(curve.len(), points);
        assert_eq!(curve.step_range(), Some((1, points)));
        let view = curve.downsample(1, points, 100);
        assert_eq!(view.len(), 100);
        assert_eq!(view.iter().map(|b| u64::from(b.count)).sum::<u64>(), points);
        let peaks: Vec<_> = view.iter().filter(|b| b.max == 9.0).collect();
        assert_eq!(peaks.len(), 1);
        assert!((peaks[0].first..=peaks[0].last).contains(&777_777));
        assert!((peaks[0].mean - 1.0).abs() < 0.01);
    }

    #[test]
    fn no_step_and_no_value_is_too_large() {
        let mut curve = Curve::default();
        let largest = f64::from(f32::MAX);
        for (step, value) in [(0, -largest), (1 << 60, largest), (u64::MAX, largest)] {
            curve.push(step, value);
        }
        for value in [f64::NAN, f64::NEG_INFINITY, 1e308] {
            curve.push(u64::MAX, value);
        }
        curve.push(7, 1.0);
        assert_eq!(curve.skipped(), 4);
        assert_eq!(curve.step_range(), Some((0, u64::MAX)));
        assert_eq!(curve.downsample(0, u64::MAX, 4).len(), 2);
        let whole = curve.downsample(0, u64::MAX, 1);
        assert_eq!((whole[0].count, whole[0].min), (3, f32::MIN));
        assert!(whole[0].mean.is_finite());
        curve.rewind(0);
        assert_eq!(curve.len(), 1);
        curve.push(1, 0.5);
        assert_eq!(curve.last(), Some(0.5));
    }

    #[test]
    fn rewinding_forgets_what_came_after() {
        let mut curve = Curve::default();
        for step in 1..=100 {
            curve.push(step, step as f64);
        }
        curve.rewind(40);
        assert_eq!(curve.step_range(), Some((1, 40)));
        assert_eq!(curve.len(), 40);
        curve.push(41, -1.0);
        assert_eq!(curve.last(), Some(-1.0));
        curve.rewind(0);
        assert!(curve.len() == 0);
    }

    #[test]
    fn a_view_shows_single_steps_when_there_is_room() {
        let mut curve = Curve::default();
        for step in 10..20 {
            curve.push(step, step as f64);
        }
        let view = curve.downsample(12, 15, 50);
        let values: Vec<_> = view.iter().map(|b| b.mean).collect();
        assert_eq!(values, [12.0, 13.0, 14.0, 15.0]);
        assert!(curve.downsample(100, 200, 10).is_empty());
    }
}
