//! Error diffusion (Floyd and Steinberg 1976).

/// The errors passed on to the pixels of the present and the next row, of `N`
/// channels.
pub(super) struct ErrorDiffusion<const N: usize> {
    // With one more pixel on either side.
    row: Vec<[f32; N]>,
    next: Vec<[f32; N]>,
}

impl<const N: usize> ErrorDiffusion<N> {
    /// For rows of `width` pixels.
    pub(super) fn new(width: usize) -> Self {
        Self {
            row: vec![[0.0; N]; width + 2],
            next: vec![[0.0; N]; width + 2],
        }
    }

    /// The error that has been passed on to a pixel of the present row.
    pub(super) fn error_at(&self, x: usize) -> [f32; N] {
        self.row[x + 1]
    }

    /// Passes the error of a pixel on to those that follow.
    pub(super) fn diffuse(&mut self, x: usize, error: [f32; N]) {
        for (i, error) in error.into_iter().enumerate() {
            self.row[x + 2][i] += error * 7.0 / 16.0;
            self.next[x][i] += error * 3.0 / 16.0;
            self.next[x + 1][i] += error * 5.0 / 16.0;
            self.next[x + 2][i] += error / 16.0;
        }
    }

    /// Begins the next row.
    pub(super) fn next_row(&mut self) {
        std::mem::swap(&mut self.row, &mut self.next);
        self.next.fill([0.0; N]);
    }
}
