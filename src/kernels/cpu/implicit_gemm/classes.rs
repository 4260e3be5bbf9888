//! Output pixels sorted by which of their taps are inside the picture, so that
//! nothing is computed for those on the padding.

use super::super::tile::{Row, Segment};
use super::kind::ConvKind;

/// Pixels with the same taps inside the picture.
pub(super) struct TapClass {
    pub rows: Vec<Row>,
    pub rows_per_picture: usize,
    pub segments: Vec<Segment>,
}

/// The classes of `pictures` pictures of `height` × `width` input pixels.
pub(super) fn tap_classes(
    kind: ConvKind,
    [height, width]: [usize; 2],
    [a_stride, c_stride]: [usize; 2],
    pictures: usize,
) -> Vec<TapClass> {
    let (out_height, out_width) = (kind.output_size(height), kind.output_size(width));
    let columns = kind.axis_classes(width);
    let mut classes = Vec::new();
    for down in kind.axis_classes(height) {
        for across in &columns {
            let mut segments: Vec<Segment> = Vec::new();
            for &(row_tap, row_offset) in &down.taps {
                for (i, &(tap, offset)) in across.taps.iter().enumerate() {
                    let joins = i > 0 && across.taps[i - 1] == (tap.wrapping_sub(1), offset - 1);
                    if let (true, Some(last)) = (joins, segments.last_mut()) {
                        last.len += a_stride;
                        continue;
                    }
                    segments.push(Segment {
                        a: (row_offset * width as isize + offset) * a_stride as isize,
                        b: (row_tap * 3 + tap) * a_stride,
                        len: a_stride,
                    });
                }
            }
            let mut rows =
                Vec::with_capacity(pictures * down.positions.len() * across.positions.len());
            for picture in 0..pictures {
                let a0 = picture * height * width * a_stride;
                let c0 = picture * out_height * out_width * c_stride;
                for &(y, from_y) in &down.positions {
                    for &(x, from_x) in &across.positions {
                        rows.push(Row {
                            a: (a0 + (from_y * width + from_x) * a_stride) as u32,
                            c: (c0 + (y * out_width + x) * c_stride) as u32,
                        });
                    }
                }
            }
            classes.push(TapClass {
                rows,
                rows_per_picture: down.positions.len() * across.positions.len(),
                segments,
            });
        }
    }
    classes
}
