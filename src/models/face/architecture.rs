//! The sides and channels of the network's levels.

use crate::models::spec::ModelSpec;

/// Channels at the coarsest level, unless the spec sets a width.
const DEFAULT_WIDTH: usize = 256;
/// No level has fewer channels than this, or than a quarter of the coarsest level's.
const MIN_CHANNELS: usize = 32;

/// Sides and channels. Level 0 has the face's side; each further level has half the side of the
/// one before. Pairs of channels are the inputs and outputs of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Architecture {
    /// Side of the face.
    pub size: usize,
    /// Latent dimensions.
    pub code: usize,
    /// The coarsest level.
    pub levels: usize,
    /// Channels at the coarsest level.
    pub width: usize,
}

impl Architecture {
    pub(crate) fn from_spec(spec: &ModelSpec) -> Self {
        let size = spec.size as usize;
        Self {
            size,
            code: spec.code_size as usize,
            levels: (1..).take_while(|&n| size >> n >= 3).count(),
            width: match spec.width as usize {
                0 => DEFAULT_WIDTH,
                width => width,
            },
        }
    }

    /// Values in a face.
    pub(crate) fn values(self) -> usize {
        self.size * self.size * 3
    }

    /// Side of the coarsest level.
    pub(crate) fn coarsest_side(self) -> usize {
        self.size >> self.levels
    }

    /// Channels of the encoder at a level: half the decoder's, and 3 at level 0.
    fn encoder_channels(self, level: usize) -> usize {
        match level {
            0 => 3,
            level => (self.decoder_channels(level) / 2).max(self.min_channels()),
        }
    }

    /// Channels of the decoder at a level.
    pub(crate) fn decoder_channels(self, level: usize) -> usize {
        (self.width >> (self.levels - level)).max(self.min_channels())
    }

    fn min_channels(self) -> usize {
        MIN_CHANNELS.min(self.width / 4)
    }

    /// The encoder's convolution down to a level of at least 1.
    pub(crate) fn encoder_convolution(self, level: usize) -> [usize; 2] {
        [level - 1, level].map(|level| self.encoder_channels(level))
    }

    /// The convolution over the linear face at a level.
    pub(crate) fn pyramid_convolution(self, level: usize) -> [usize; 2] {
        match level {
            0 => [3, self.decoder_channels(0)],
            level => [level - 1, level].map(|level| self.decoder_channels(level)),
        }
    }

    /// The decoder's transposed convolution up from a level of at least 1.
    pub(crate) fn decoder_convolution(self, level: usize) -> [usize; 2] {
        [level, level - 1].map(|level| self.decoder_channels(level))
    }

    /// The dense layer from the encoder's coarsest level to the code.
    pub(crate) fn to_code_dense(self) -> [usize; 2] {
        let pixels = self.coarsest_side() * self.coarsest_side();
        [pixels * self.encoder_channels(self.levels), self.code]
    }

    /// The dense layer from the code to the hidden units.
    pub(crate) fn hidden_dense(self) -> [usize; 2] {
        [self.code, 2 * self.width]
    }

    /// The dense layer from the hidden units to the decoder's coarsest level.
    pub(crate) fn widening_dense(self) -> [usize; 2] {
        let pixels = self.coarsest_side() * self.coarsest_side();
        [2 * self.width, pixels * self.width]
    }
}
