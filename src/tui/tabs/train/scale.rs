//! The scale of a chart of runs: how steps and values become places.

use std::ops::RangeInclusive;

use crate::runs::curve::{Bucket, downsample};

/// Which steps are shown, and how steps and values become places.
pub(super) struct Scale {
    /// The steps shown.
    pub(super) steps: RangeInclusive<u64>,
    /// Whether the axis of values is logarithmic.
    pub(super) logarithmic: bool,
    /// Whether the axis of steps is.
    pub(super) logarithmic_steps: bool,
    /// Points that can be told apart from left to right.
    pub(super) columns: usize,
}

impl Scale {
    /// Whether a step is within the scale.
    pub(super) fn shows(&self, step: u64) -> bool {
        self.steps.contains(&step)
    }

    /// The place of a step on its axis.
    pub(super) fn x(&self, step: u64) -> f64 {
        if self.logarithmic_steps {
            (step.max(1) as f64).log10()
        } else {
            step as f64
        }
    }

    /// The step at a place of its axis.
    pub(super) fn step(&self, x: f64) -> f64 {
        if self.logarithmic_steps {
            10f64.powf(x).round()
        } else {
            x.round()
        }
    }

    /// The place of a value on its axis; `None` for what a logarithmic axis cannot
    /// show and for what is not finite.
    fn y(&self, value: f32) -> Option<f64> {
        let value = f64::from(value);
        if self.logarithmic {
            (value > 0.0 && value.is_finite()).then(|| value.log10())
        } else {
            Some(value).filter(|value| value.is_finite())
        }
    }

    /// The value at a place of its axis.
    pub(super) fn value(&self, y: f64) -> f64 {
        if self.logarithmic { 10f64.powf(y) } else { y }
    }

    fn point(&self, (step, value): (u64, f32)) -> Option<(f64, f64)> {
        let y = self.y(value).filter(|_| self.shows(step))?;
        Some((self.x(step), y))
    }

    /// The places of all points that can be shown.
    pub(super) fn points(&self, points: impl Iterator<Item = (u64, f32)>) -> Vec<(f64, f64)> {
        points.filter_map(|point| self.point(point)).collect()
    }

    /// The last point of each of the chart's columns, so that a long run costs
    /// no more to draw than a short one.
    pub(super) fn thinned(&self, points: impl Iterator<Item = (u64, f32)>) -> Vec<(f64, f64)> {
        let (left, right) = (self.x(*self.steps.start()), self.x(*self.steps.end()));
        let width = (right - left).max(f64::MIN_POSITIVE) / self.columns as f64;
        let mut thin: Vec<(f64, f64)> = Vec::with_capacity(self.columns);
        let mut column = f64::NEG_INFINITY;
        for point in points.filter_map(|point| self.point(point)) {
            let at = ((point.0 - left) / width).floor();
            match thin.last_mut() {
                Some(last) if at == column => *last = point,
                _ => thin.push(point),
            }
            column = at;
        }
        thin
    }

    /// From each column's least to its greatest value: the raw curve where a
    /// column is one step, its envelope where it is many.
    pub(super) fn envelope(&self, buckets: &[Bucket]) -> Vec<(f64, f64)> {
        let count = if self.logarithmic_steps {
            64 * self.columns
        } else {
            self.columns
        };
        let shown = downsample(buckets, *self.steps.start(), *self.steps.end(), count);
        let ends = shown
            .iter()
            .flat_map(|bucket| [(bucket.first, bucket.min), (bucket.first, bucket.max)]);
        self.points(ends)
    }
}

/// The ends of an axis that is a little longer than its values. It does not begin
/// below zero if no value is below it: an error cannot be.
pub(super) fn padded_bounds(least: f64, most: f64, logarithmic: bool) -> (f64, f64) {
    let size = least.abs().max(most.abs());
    let margin = ((most - least) * 0.05).max(size * 1e-3).max(1e-12);
    let bottom = least - margin;
    if least >= 0.0 && !logarithmic {
        (bottom.max(0.0), most + margin)
    } else {
        (bottom, most + margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tabs::train::smoothing::smooth;

    fn scale(logarithmic_steps: bool) -> Scale {
        Scale {
            steps: 1..=100_000,
            logarithmic: false,
            logarithmic_steps,
            columns: 80,
        }
    }

    #[test]
    fn an_axis_of_errors_does_not_begin_below_zero() {
        assert_eq!(padded_bounds(0.0, 10.0, false), (0.0, 10.5));
        assert_eq!(padded_bounds(0.1, 10.0, false).0, 0.0);
        assert!(padded_bounds(9.0, 10.0, false).0 > 8.9);
        assert!(
            padded_bounds(-1.0, 1.0, false).0 < -1.0,
            "not all figures are errors"
        );
        assert!(padded_bounds(0.1, 1.0, true).0 < 0.1, "a logarithm may be");
        for flat in [0.0, 1e-30, 3.4e38] {
            let (bottom, top) = padded_bounds(flat, flat, false);
            assert!(bottom >= 0.0 && bottom < top, "{flat}: {bottom} {top}");
        }
    }

    #[test]
    fn the_last_step_there_can_be_has_its_place() {
        let scale = Scale {
            steps: 0..=u64::MAX,
            logarithmic: false,
            logarithmic_steps: false,
            columns: 80,
        };
        let points = [
            (0, 1.0),
            (1 << 60, f32::INFINITY),
            (1 << 61, 2.0),
            (u64::MAX, 3.0),
        ];
        assert_eq!(scale.points(points.into_iter()).len(), 3);
        assert_eq!(scale.thinned(points.into_iter()).len(), 3);
    }

    #[test]
    fn a_long_run_costs_no_more_points_than_the_chart_has_columns() {
        let long: Vec<_> = (1..=100_000)
            .map(|step| Bucket::single(step, 1.0))
            .collect();
        for logarithmic_steps in [false, true] {
            let scale = scale(logarithmic_steps);
            let thin = scale.thinned(smooth(&long, 0.9).into_iter());
            assert!(thin.len() <= 81, "{}", thin.len());
            // The first steps are told apart on the logarithmic axis alone.
            let early = thin.iter().filter(|(x, _)| scale.step(*x) < 100.0).count();
            assert_eq!(early > 10, logarithmic_steps);
        }
    }

    #[test]
    fn the_envelope_reaches_from_the_least_to_the_greatest_value() {
        let mut wild: Vec<_> = (1..=100_000)
            .map(|step| Bucket::single(step, 1.0))
            .collect();
        (wild[500].min, wild[500].mean, wild[500].max) = (7.0, 7.0, 7.0);
        let ends = scale(false).envelope(&wild);
        let top = ends.iter().fold(0.0f64, |top, (_, y)| top.max(*y));
        assert_eq!((top, ends.len()), (7.0, 160));
    }
}
