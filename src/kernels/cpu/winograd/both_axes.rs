//! How a transform is applied to both axes of a tile.

/// Applies a map to the columns and then to the rows of a matrix of vectors.
macro_rules! both_axes {
    ($map:ident, $m:expr, $from:literal => $to:literal) => {{
        let m = $m;
        let mut half = [[S::splat(0.0); $from]; $to];
        for column in 0..$from {
            let mapped = $map::<S>(std::array::from_fn(|row| m[row][column]));
            for row in 0..$to {
                half[row][column] = mapped[row];
            }
        }
        let mut whole = [[S::splat(0.0); $to]; $to];
        for row in 0..$to {
            whole[row] = $map::<S>(half[row]);
        }
        whole
    }};
}

pub(super) use both_axes;
