//! Uniform local binary patterns (Ojala, Pietikäinen and Mäenpää 2002).

use super::grey::Grey;

/// Neighbours on the circle, clockwise from the one above.
const NEIGHBOURS: usize = 8;
/// Patterns with at most two changes around the circle, and one bin for all others.
pub(crate) const BINS: usize = 59;
/// How far a neighbour may be darker than the centre and still count as equal, in grey values:
/// less than a step of a byte, more than interpolation's rounding.
const TOLERANCE: f32 = 1.0 / 256.0;

/// The bin of each of the 256 patterns: uniform ones in ascending order, then all others.
pub(crate) fn bins() -> [u8; 256] {
    let mut bins = [(BINS - 1) as u8; 256];
    let mut next = 0;
    for (pattern, bin) in bins.iter_mut().enumerate() {
        let pattern = pattern as u8;
        if (pattern ^ pattern.rotate_right(1)).count_ones() <= 2 {
            *bin = next;
            next += 1;
        }
    }
    bins
}

/// The pattern that the mirrored picture has in its place.
pub(super) fn mirrored(pattern: u8) -> u8 {
    (0..NEIGHBOURS)
        .filter(|&neighbour| (pattern >> neighbour) & 1 == 1)
        .fold(0, |mirrored, neighbour| {
            mirrored | (1 << ((NEIGHBOURS - neighbour) % NEIGHBOURS))
        })
}

/// The pattern around each pixel: bit k is set where the neighbour at 45°·k, `radius` pixels away
/// and interpolated between pixels, is at least as bright as the centre. Pixels nearer than
/// `radius` to the border get no pattern.
pub(super) fn patterns(picture: &Grey, radius: usize) -> Vec<u8> {
    patterns_where(picture, radius, |neighbour, centre| {
        neighbour >= centre - TOLERANCE
    })
}

/// As [`patterns`], with another rule for when a neighbour's bit is set, given its value and the
/// centre's.
pub(crate) fn patterns_where(
    picture: &Grey,
    radius: usize,
    is_set: impl Fn(f32, f32) -> bool,
) -> Vec<u8> {
    let (width, height) = (picture.width, picture.height);
    let mut patterns = vec![0u8; width * height];
    for neighbour in 0..NEIGHBOURS {
        let tap = Tap::new(neighbour, radius as f32);
        for y in radius..height - radius {
            let centre = &picture.row(y)[radius..width - radius];
            let out = &mut patterns[y * width + radius..][..width - 2 * radius];
            let row = |dy: usize, dx: usize| {
                let y = (y as isize + tap.y) as usize + dy * usize::from(tap.weights_below());
                let x = (radius as isize + tap.x) as usize + dx * usize::from(tap.weights_right());
                &picture.row(y)[x..][..centre.len()]
            };
            let [a, b, c, d] = tap.weights;
            let corners = row(0, 0)
                .iter()
                .zip(row(0, 1))
                .zip(row(1, 0))
                .zip(row(1, 1));
            for ((out, centre), (((p, q), r), s)) in out.iter_mut().zip(centre).zip(corners) {
                let value = a * p + b * q + c * r + d * s;
                *out |= u8::from(is_set(value, *centre)) << neighbour;
            }
        }
    }
    patterns
}

/// Where a neighbour lies: the pixel up and left of it, and the weights of that pixel, the one to
/// its right, and the two below.
struct Tap {
    x: isize,
    y: isize,
    weights: [f32; 4],
}

impl Tap {
    fn new(neighbour: usize, radius: f32) -> Self {
        let diagonal = radius * std::f32::consts::FRAC_1_SQRT_2;
        let (x, y) = [
            (0.0, -radius),
            (diagonal, -diagonal),
            (radius, 0.0),
            (diagonal, diagonal),
            (0.0, radius),
            (-diagonal, diagonal),
            (-radius, 0.0),
            (-diagonal, -diagonal),
        ][neighbour];
        let (left, top) = (f32::floor(x), f32::floor(y));
        let (right, below) = (x - left, y - top);
        Self {
            x: left as isize,
            y: top as isize,
            weights: [
                (1.0 - below) * (1.0 - right),
                (1.0 - below) * right,
                below * (1.0 - right),
                below * right,
            ],
        }
    }

    fn weights_right(&self) -> bool {
        self.weights[1] + self.weights[3] > 0.0
    }

    fn weights_below(&self) -> bool {
        self.weights[2] + self.weights[3] > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_58_uniform_patterns_and_mirroring_keeps_them_uniform() {
        let bins = bins();
        assert_eq!(bins.iter().filter(|&&bin| bin != 58).count(), 58);
        for pattern in 0..=255 {
            assert_eq!(mirrored(mirrored(pattern)), pattern);
            let uniform = |pattern: u8| bins[pattern as usize] != 58;
            assert_eq!(uniform(pattern), uniform(mirrored(pattern)));
        }
        assert_eq!(mirrored(0b0000_0010), 0b1000_0000);
        assert_eq!(mirrored(0b0001_0001), 0b0001_0001);
    }

    #[test]
    fn patterns_of_an_edge_a_flat_and_a_slope_are_as_worked_by_hand() {
        let flat = Grey::from_fn(9, 9, |_, _| 7.0);
        assert_eq!(patterns(&flat, 2)[4 * 9 + 4], 255);
        // Brighter to the right: above, the right half and below are at least as bright.
        let slope = Grey::from_fn(9, 9, |x, _| x as f32);
        assert_eq!(patterns(&slope, 3)[4 * 9 + 4], 0b0001_1111);
        let dot = Grey::from_fn(9, 9, |x, y| f32::from(u8::from((x, y) == (4, 4))));
        assert_eq!(patterns(&dot, 2)[4 * 9 + 4], 0);
    }
}
