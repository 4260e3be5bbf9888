//! Where tiles are in the pictures, and how their transforms are laid out.

use crate::kernels::conv_shape::ConvShape;

/// Most tiles that go through the stages together.
pub(super) const MAX_TILES: usize = 96;

/// A batch of pictures cut into tiles of 2×2 pixels.
#[derive(Clone, Copy)]
pub(super) struct TileGrid {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl TileGrid {
    pub(crate) fn of_inputs(shape: ConvShape) -> Self {
        Self {
            height: shape.height,
            width: shape.width,
            channels: shape.inputs,
        }
    }

    /// Of the results before pooling.
    pub(crate) fn of_outputs(shape: ConvShape) -> Self {
        Self {
            channels: shape.outputs,
            ..Self::of_inputs(shape)
        }
    }

    /// Tiles in a picture.
    #[inline]
    pub(crate) fn count(self) -> usize {
        self.height / 2 * (self.width / 2)
    }

    /// Picture and upper left output pixel of a tile.
    #[inline]
    pub(crate) fn origin(self, tile: usize) -> (usize, usize, usize) {
        let (picture, tile) = (tile / self.count(), tile % self.count());
        let across = self.width / 2;
        (picture, tile / across * 2, tile % across * 2)
    }

    /// Where the four output pixels of a tile start in the batch.
    #[inline]
    pub(crate) fn pixels(self, tile: usize) -> [usize; 4] {
        let (picture, top, left) = self.origin(tile);
        let (width, channels) = (self.width, self.channels);
        let pixel = ((picture * self.height + top) * width + left) * channels;
        [
            pixel,
            pixel + channels,
            pixel + width * channels,
            pixel + (width + 1) * channels,
        ]
    }
}

/// Consecutive tiles of a batch.
#[derive(Clone, Copy)]
pub(super) struct TileRange {
    pub grid: TileGrid,
    pub first: usize,
    pub count: usize,
}

/// Sixteen matrices of `rows` × `channels`, rows `pitch` apart. A line more
/// than needed between rows and between matrices keeps their starts off each
/// other's place in the cache.
#[derive(Clone, Copy)]
pub(super) struct TileLayout {
    pub pitch: usize,
    pub matrix: usize,
}

impl TileLayout {
    pub(crate) fn new(rows: usize, channels: usize) -> Self {
        let pitch = channels + 16;
        Self {
            pitch,
            matrix: rows * pitch + 16,
        }
    }

    pub(crate) fn len(self) -> usize {
        16 * self.matrix
    }

    /// Whether `len` floats hold the matrices of `count` tiles of `channels` channels.
    #[inline]
    pub(crate) fn fits(self, len: usize, count: usize, channels: usize) -> bool {
        len >= self.len() && self.pitch >= channels && self.matrix >= count * self.pitch
    }
}
