//! How much of a picture is sent over a slow line.

/// The least that a picture may be limited to, in bytes.
const MIN_BYTES: u32 = 512;

/// The most that a picture may be limited to, in bytes; above that it is not limited.
const MAX_BYTES: u32 = 1 << 18;

/// The most bytes that showing a picture may cost on the line, from which its pixels and
/// colours follow. Powers of two, so that a limit that changes a little does not change
/// any picture. An encoder may miss it where even its coarsest picture is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Detail(u32);

impl Detail {
    /// All that the picture has, and the screen can show.
    pub(crate) const FULL: Self = Self(u32::MAX);

    /// The detail that fits into so many bytes.
    pub(crate) fn within(bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).max(MIN_BYTES);
        if bytes > MAX_BYTES {
            return Self::FULL;
        }
        Self(1 << bytes.ilog2())
    }

    /// The limit in bytes.
    pub(crate) fn max_bytes(self) -> usize {
        self.0 as usize
    }

    /// Every detail there is, the finest first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let limited = (MIN_BYTES.ilog2()..=MAX_BYTES.ilog2()).rev();
        std::iter::once(Self::FULL).chain(limited.map(|power| Self(1 << power)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_rounded_down_to_one_of_a_few() {
        assert_eq!(Detail::within(6_000).max_bytes(), 4096);
        assert_eq!(Detail::within(4_096), Detail::within(8_191));
        assert_eq!(Detail::within(0).max_bytes(), 512);
        assert_eq!(Detail::within(usize::MAX), Detail::FULL);
        let all: Vec<Detail> = Detail::all().collect();
        assert!(all.is_sorted_by(|a, b| a > b) && all[0] == Detail::FULL);
        for bytes in [0, 700, 6_000, 200_000, 300_000, 1 << 30] {
            assert!(all.contains(&Detail::within(bytes)), "{bytes}");
        }
    }
}
