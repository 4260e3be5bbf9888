//! Cached face tensors on disk in `NumPy`'s `.npy` format, so that `np.load(file, mmap_mode="r")`
//! also gives `[n, size, size, 3]` bytes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::dataset::crop::Crop;
use crate::dataset::face_spec::FaceSpec;
use crate::error::{Error, Result};
use crate::interrupt::RemoveOnSignal;
use crate::paths::{Paths, make_folders, unfinished};

/// Increased when a crop or resize starts to give different values.
const VERSION: u32 = 1;

/// The path of a tensor. Its name contains everything that its values depend on.
pub(crate) fn path(paths: &Paths, fingerprint: &str, crop: Crop, spec: FaceSpec) -> PathBuf {
    let FaceSpec { size, preprocess } = spec;
    let crop = match crop {
        Crop::LFW => "crop80".to_string(),
        other => format!("crop-{other}"),
    };
    paths.face_tensors().join(format!(
        "{fingerprint}-{crop}-{size}-{preprocess}-v{VERSION}.npy"
    ))
}

/// The header for `count` faces (NEP 1, version 1.0), padded to 64 bytes.
fn header(count: usize, size: u32) -> Vec<u8> {
    let mut text = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {size}, {size}, 3), }}"
    );
    let before = b"\x93NUMPY\x01\x00".len() + 2;
    let padding = 63 - (before + text.len()) % 64;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// A multiple of every usual page size.
const PAGE: usize = 64 << 10;

/// A memory-mapped tensor.
#[derive(Debug)]
pub(crate) struct MappedTensor {
    map: memmap2::Mmap,
    start: usize,
}

impl MappedTensor {
    /// The values, `[n, size, size, 3]`.
    pub(crate) fn values(&self) -> &[u8] {
        &self.map[self.start..]
    }

    /// Lets the system drop the pages that lie wholly in this range of values.
    pub(crate) fn release(&self, values: std::ops::Range<usize>) {
        let first = (self.start + values.start).next_multiple_of(PAGE);
        let last = (self.start + values.end).min(self.map.len()) / PAGE * PAGE;
        if first < last {
            // SAFETY: the map is shared, read-only and of a file that does not change, so a
            // dropped page is read again with the same bytes.
            let dropped = unsafe {
                self.map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    first,
                    last - first,
                )
            };
            // A hint; where the system does not take it, nothing is lost.
            let _ = dropped;
        }
    }
}

/// Maps a tensor; `None` if it does not exist, is cut off, or has another shape.
pub fn open(path: &Path, count: usize, size: u32) -> Option<MappedTensor> {
    let file = File::open(path).ok()?;
    let expected = header(count, size);
    let length = expected.len() as u64 + count as u64 * u64::from(size * size * 3);
    if file.metadata().ok()?.len() != length {
        return None;
    }
    // SAFETY: finished tensors are only ever replaced by rename, never written
    // or cut in place, so the mapped bytes do not change while they are borrowed.
    let map = unsafe { memmap2::Mmap::map(&file) }.ok()?;
    map.starts_with(&expected).then(|| MappedTensor {
        start: expected.len(),
        map,
    })
}

/// Writes a tensor row by row to a temporary file, which gets its name once it is complete.
pub(crate) struct TensorWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    unfinished: RemoveOnSignal,
    missing: usize,
    /// Bytes since the disk had all.
    unsynced: usize,
}

/// Bytes after which the disk is waited for: less often, and a cancelled writer would wait for
/// hundreds of megabytes.
const SYNC_EVERY: usize = 16 << 20;

impl TensorWriter {
    pub(crate) fn new(path: &Path, count: usize, size: u32) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        make_folders(folder)?;
        let file =
            unfinished::new_file_for(path).map_err(Error::io(path, "create a file beside"))?;
        let mut writer = Self {
            path: path.to_path_buf(),
            unfinished: RemoveOnSignal::new(file.path()),
            file: BufWriter::with_capacity(1 << 20, file),
            missing: count,
            unsynced: 0,
        };
        writer.write(&header(count, size))?;
        Ok(writer)
    }

    /// Appends one face.
    pub(crate) fn push(&mut self, face: &[u8]) -> Result<()> {
        self.missing = self.missing.saturating_sub(1);
        self.write(face)?;
        self.unsynced += face.len();
        if self.unsynced < SYNC_EVERY {
            return Ok(());
        }
        self.unsynced = 0;
        let file = &mut self.file;
        let synced = file
            .flush()
            .and_then(|()| file.get_ref().as_file().sync_data());
        synced.map_err(Error::io(&self.path, "write"))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(Error::io(&self.path, "write"))
    }

    /// Moves the complete tensor to its path.
    pub(crate) fn finish(self) -> Result<()> {
        if self.missing > 0 {
            return Err(Error::invalid(
                self.path.display(),
                format!("{} faces are missing", self.missing),
            ));
        }
        let file = self
            .file
            .into_inner()
            .map_err(|error| Error::io(&self.path, "write")(error.into_error()))?;
        // Without this, a crash could leave a file of zeros under the final name.
        file.as_file()
            .sync_data()
            .map_err(Error::io(&self.path, "sync"))?;
        file.persist(&self.path)
            .map_err(|error| Error::io(&self.path, "replace")(error.error))?;
        drop(self.unfinished);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_foreign_and_differently_shaped_files_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("faces.npy");
        assert!(open(&path, 2, 32).is_none(), "not there");
        let mut writer = TensorWriter::new(&path, 2, 32).unwrap();
        writer.push(&[7; 3072]).unwrap();
        assert!(!path.exists(), "appears only when whole");
        writer.push(&[8; 3072]).unwrap();
        writer.finish().unwrap();
        let mapped = open(&path, 2, 32).unwrap();
        assert_eq!((mapped.values()[0], mapped.values()[3072]), (7, 8));
        assert_eq!(mapped.start % 64, 0, "NumPy's alignment");
        assert!(open(&path, 1, 32).is_none());
        assert!(open(&path, 2, 48).is_none());

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(open(&path, 2, 32).is_none(), "torn");
        let mut zeros = vec![0; whole.len()];
        std::fs::write(&path, &zeros).unwrap();
        assert!(open(&path, 2, 32).is_none(), "zeros after a crash");
        zeros.clear();

        let mut writer = TensorWriter::new(&path, 2, 32).unwrap();
        writer.push(&[7; 3072]).unwrap();
        assert!(writer.finish().is_err(), "a face is missing");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left behind");
    }
}
