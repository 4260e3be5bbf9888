//! Markers of a JPEG file (ITU-T T.81, annex B.1).

/// Start of image.
pub(super) const SOI: u8 = 0xd8;
/// End of image.
pub(super) const EOI: u8 = 0xd9;
/// Start of scan.
pub(super) const SOS: u8 = 0xda;

/// The next marker at or after `at`, and the position after it. Skips fill bytes and, like
/// decoders, stray bytes.
pub(super) fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at + bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
    loop {
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0 => at += 2 + bytes.get(at + 2..)?.iter().position(|&byte| byte == 0xff)?,
            marker => return Some((marker, at + 2)),
        }
    }
}
