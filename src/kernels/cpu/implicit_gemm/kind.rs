//! The geometry of the convolutions.

/// Which inputs an output reads, along both axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ConvKind {
    /// Output p reads inputs p − 1, p, p + 1: a convolution, and its gradient
    /// with taps in opposite order.
    Stride1,
    /// Output 2i reads input i by tap 1; output 2i + 1 reads i by tap 2 and
    /// i + 1 by tap 0: a transposed convolution of stride 2.
    TransposedStride2,
    /// Output i reads inputs 2i − 1, 2i, 2i + 1: its gradient.
    Stride2,
}

/// Outputs along one axis that have the same taps inside the picture.
pub(super) struct AxisClass {
    /// Output position and the input position that offsets count from.
    pub positions: Vec<(usize, usize)>,
    /// Place of the tap in the packed order, and its offset.
    pub taps: Vec<(usize, isize)>,
}

impl ConvKind {
    /// The taps in packed order: neighbouring inputs are next to each other.
    pub(crate) fn tap_order(self) -> [usize; 3] {
        match self {
            Self::Stride1 | Self::Stride2 => [0, 1, 2],
            Self::TransposedStride2 => [2, 0, 1],
        }
    }

    /// Outputs along an axis with `input` inputs.
    pub(crate) fn output_size(self, input: usize) -> usize {
        match self {
            Self::Stride1 => input,
            Self::TransposedStride2 => 2 * input,
            Self::Stride2 => input / 2,
        }
    }

    /// The outputs of an axis with `input` inputs, by which of their taps are inside.
    pub(super) fn axis_classes(self, input: usize) -> Vec<AxisClass> {
        let reach = |position: usize| -> Vec<(usize, isize)> {
            let (base, taps): (usize, &[(usize, isize)]) = match self {
                Self::Stride1 => (position, &[(0, -1), (1, 0), (2, 1)]),
                Self::TransposedStride2 if position.is_multiple_of(2) => (position / 2, &[(2, 0)]),
                Self::TransposedStride2 => (position / 2, &[(0, 0), (1, 1)]),
                Self::Stride2 => (2 * position, &[(0, -1), (1, 0), (2, 1)]),
            };
            taps.iter()
                .filter(|&&(_, offset)| {
                    base.checked_add_signed(offset).is_some_and(|at| at < input)
                })
                .copied()
                .collect()
        };
        let base = |position: usize| match self {
            Self::Stride1 => position,
            Self::TransposedStride2 => position / 2,
            Self::Stride2 => 2 * position,
        };
        let mut classes: Vec<AxisClass> = Vec::new();
        for position in 0..self.output_size(input) {
            let taps = reach(position);
            let entry = (position, base(position));
            match classes.iter_mut().find(|class| class.taps == taps) {
                Some(class) => class.positions.push(entry),
                None => classes.push(AxisClass {
                    positions: vec![entry],
                    taps,
                }),
            }
        }
        classes
    }

    /// Where output and input overlap for a tap: (first output, first input, count).
    pub(crate) fn overlap(self, tap: usize, input: usize) -> (usize, usize, usize) {
        match self {
            Self::Stride1 => match tap {
                0 => (1, 0, input - 1),
                1 => (0, 0, input),
                _ => (0, 1, input - 1),
            },
            Self::TransposedStride2 | Self::Stride2 => match tap {
                0 => (1, 1, input - 1),
                1 => (0, 0, input),
                _ => (1, 0, input),
            },
        }
    }
}
