//! How a query's distances spread.

use crate::engine::protocol::Histogram;

/// Bars of the histogram.
const HISTOGRAM_BINS: usize = 60;

/// The histogram of all finite distances.
pub(super) fn histogram(distances: impl Iterator<Item = f32> + Clone) -> Histogram {
    let counted = || distances.clone().filter(|distance| distance.is_finite());
    let low = counted().fold(f32::INFINITY, f32::min);
    let high = counted().fold(f32::NEG_INFINITY, f32::max);
    let mut counts = vec![0; HISTOGRAM_BINS];
    if low > high {
        return Histogram {
            low: 0.0,
            high: 0.0,
            counts,
        };
    }
    let scale = if high > low {
        HISTOGRAM_BINS as f32 / (high - low)
    } else {
        0.0
    };
    for distance in counted() {
        let bin = ((distance - low) * scale) as usize;
        counts[bin.min(HISTOGRAM_BINS - 1)] += 1;
    }
    Histogram { low, high, counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_counts_every_finite_distance() {
        let distances = [1.0, 2.0, 3.0, 3.0, f32::NAN];
        let histogram = histogram(distances.into_iter());
        assert_eq!((histogram.low, histogram.high), (1.0, 3.0));
        assert_eq!(histogram.counts.iter().sum::<u32>(), 4);
        assert_eq!(histogram.counts[0], 1);
        assert_eq!(histogram.counts[HISTOGRAM_BINS - 1], 2);
        let none = super::histogram(std::iter::empty());
        assert_eq!(none.counts.iter().sum::<u32>(), 0);
    }
}
