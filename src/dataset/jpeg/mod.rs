//! Finds where a JPEG picture ends from its markers (ITU-T T.81, annex B). Cameras and phones put
//! thumbnails before the end, and videos, depth maps and further pictures after it.

mod entropy;
mod markers;

use std::borrow::Cow;

use markers::{EOI, SOI, SOS, next_marker};

/// The picture at the start of `bytes`, from its start marker to its end marker. Adds the end
/// marker if only that is missing. `None` if the picture is cut off, which includes progressive and
/// multi-scan files without an end marker: more scans may have followed.
pub(super) fn trim_to_picture(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Some(length) = picture_length(bytes) {
        return bytes.get(..length).map(Cow::Borrowed);
    }
    if !bytes.starts_with(&[0xff, SOI]) {
        return None;
    }
    entropy::complete_without_eoi(bytes).map(|data| Cow::Owned([data, &[0xff, EOI]].concat()))
}

/// The length of the picture at the start of `bytes`, including its end marker; `None` if it is cut
/// off before that. Markers inside segments, such as those of a thumbnail, do not count.
fn picture_length(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&[0xff, SOI]) {
        return None;
    }
    let mut at = 2;
    let mut scans = 0;
    loop {
        let (marker, behind) = next_marker(bytes, at)?;
        at = match marker {
            EOI if scans > 0 => return Some(behind),
            // Another picture begins before this one has ended.
            SOI if scans > 0 => return None,
            // Markers without a length: restarts, TEM, a second start; an end before any scan does
            // not count.
            0x01 | 0xd0..=EOI => behind,
            _ => {
                let &[high, low] = bytes.get(behind..behind + 2)? else {
                    return None;
                };
                let after = behind + usize::from(u16::from_be_bytes([high, low])).max(2);
                if marker == SOS {
                    scans += 1;
                    skip_entropy_coded(bytes, after)?
                } else {
                    after
                }
            }
        };
    }
}

/// The position of the marker after the entropy-coded data at `at`. In these data, 0xff is followed
/// by a zero or begins a restart marker.
fn skip_entropy_coded(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match *bytes.get(at + 1)? {
            0 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start, an APP1 segment that contains a small JPEG, a scan, end.
    fn picture() -> Vec<u8> {
        let mut bytes = vec![0xff, SOI, 0xff, 0xe1, 0, 12];
        bytes.extend([0xff, SOI, 0xff, SOS, 0, 2, 7, 7, 0xff, EOI]);
        bytes.extend([0xff, SOS, 0, 3, 1, 9, 0xff, 0, 9, 0xff, 0xd3, 9]);
        bytes.extend([0xff, 0xc4, 0, 2, 0xff, 0xff, SOS, 0, 2, 5, 5]);
        bytes.extend([0xff, EOI]);
        bytes
    }

    #[test]
    fn the_end_is_the_pictures_own() {
        let whole = picture();
        assert_eq!(picture_length(&whole), Some(whole.len()));
        for tail in [
            &[0u8; 900][..],
            b"ftypmp42 \xff\xda no picture",
            &[0xff, SOI, 0xff, SOS, 0, 2, 1],
            &[0xff],
            &[0xff, EOI],
        ] {
            let longer = [&whole[..], tail].concat();
            assert_eq!(picture_length(&longer), Some(whole.len()), "{tail:?}");
        }
        for cut in 0..whole.len() {
            assert_eq!(picture_length(&whole[..cut]), None, "cut to {cut} bytes");
        }
        assert_eq!(picture_length(b"\n\xff\xd8\xff\xda\0\x02\xff\xd9"), None);
        assert_eq!(picture_length(&[0xff, SOI, 0xff, EOI]), None, "no scan");
    }

    #[test]
    fn stray_bytes_before_a_marker_are_passed_over() {
        let mut bytes = picture();
        bytes.splice(2..2, [0, 0, 7]);
        assert_eq!(picture_length(&bytes), Some(bytes.len()));
    }
}
