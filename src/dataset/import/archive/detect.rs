//! Detects the type of a source.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::entry::SourceKind;
use super::limits::BLOCK;
use crate::error::{Error, Result};

/// Detects the type of `source`.
///
/// # Errors
/// One line that says what was found instead and what to do.
pub(crate) fn detect_kind(source: &Path) -> Result<SourceKind> {
    let metadata = std::fs::metadata(source).map_err(Error::io(source, "read"))?;
    if metadata.is_dir() {
        return Ok(SourceKind::Folder);
    }
    let wrong = |problem: &str| Err(Error::invalid(source.display(), problem));
    if !metadata.is_file() {
        return wrong("neither a file nor a folder");
    }
    let mut start = vec![];
    File::open(source)
        .and_then(|file| file.take(BLOCK as u64).read_to_end(&mut start))
        .map_err(Error::io(source, "read"))?;
    match start.as_slice() {
        [] => wrong("the file is empty"),
        [0x1f, 0x8b, ..] => Ok(SourceKind::TarGz),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(SourceKind::Zip),
        [b'P', b'K', 7, 8, ..] => {
            wrong("one part of a split zip archive; unpack it and import the folder")
        }
        [b'B', b'Z', b'h', ..] => {
            wrong("bzip2 archives are not supported; unpack it and import the folder")
        }
        [0xfd, b'7', b'z', b'X', b'Z', ..] => {
            wrong("xz archives are not supported; unpack it and import the folder")
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            wrong("zstd archives are not supported; unpack it and import the folder")
        }
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => {
            wrong("7z and rar archives are not supported; unpack it and import the folder")
        }
        [0xff, 0xd8, ..] | [0x89, b'P', b'N', b'G', ..] => {
            wrong("a single picture; import takes an archive or a folder of Name/picture.jpg")
        }
        _ if is_tar_header(&start) => Ok(SourceKind::Tar),
        _ => wrong("not an archive; import takes .tgz, .tar and .zip files and folders"),
    }
}

/// Whether a block has the checksum of a tar header.
pub(super) fn is_tar_header(block: &[u8]) -> bool {
    let Ok(block) = <&[u8; BLOCK]>::try_from(block) else {
        return false;
    };
    let mut header = tar::Header::new_old();
    *header.as_mut_bytes() = *block;
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| u32::from(if (148..156).contains(&at) { b' ' } else { byte }))
        .sum();
    header.cksum().is_ok_and(|stated| stated == sum)
}
