//! Hashes of bytes and files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The SHA-256 hash of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The SHA-256 of a file in hexadecimal digits; `step` gets the length of each piece.
///
/// # Errors
/// When the file cannot be read; errors of `step`.
pub(crate) fn sha256_of_file(
    path: &Path,
    step: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<String> {
    digest_of_file::<Sha256>(path, step)
}

/// The MD5 of a file in hexadecimal digits; `step` gets the length of each piece.
///
/// # Errors
/// As [`sha256_of_file`].
pub(crate) fn md5_of_file(
    path: &Path,
    step: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<String> {
    digest_of_file::<Md5>(path, step)
}

fn digest_of_file<D: Digest>(
    path: &Path,
    step: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<String> {
    let mut file = File::open(path).map_err(Error::io(path, "read"))?;
    let mut digest = D::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(Error::io(path, "read"))?;
        if count == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&buffer[..count]);
        step(count)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hash_as_their_bytes_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let mut seen = 0;
        let mut step = |count: usize| {
            seen += count;
            Ok(())
        };
        let sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of_file(&path, &mut step).unwrap(), sha256_of_abc);
        assert_eq!(hex(&sha256(b"abc")), sha256_of_abc);
        let md5_of_abc = "900150983cd24fb0d6963f7d28e17f72";
        assert_eq!(md5_of_file(&path, &mut step).unwrap(), md5_of_abc);
        assert_eq!(seen, 6);
    }
}
