//! Files of arrays that can be computed again: codes, tables to search, indexes.
//!
//! A header of 256 bytes says what kind of file it is, what its contents were computed from (a
//! hash), and where its parts are, with a checksum of itself and one of the parts:
//!
//! | bytes | |
//! |---|---|
//! | 0–15 | `lfw-tui arrays\n` and the format's version |
//! | 16–31 | the kind, padded with zeros |
//! | 32–63 | the key |
//! | 64–191 | up to 8 parts: first byte and length, 8 bytes each |
//! | 192–195 | CRC-32C of everything after the header |
//! | 252–255 | CRC-32C of the header before |
//!
//! Numbers are little-endian, and parts begin at multiples of 64 bytes.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;
use sha2::{Digest, Sha256};

use super::array::{Array, Plain};
use crate::error::{Error, Result};
use crate::paths::replace_file;

const MAGIC: &[u8; 16] = b"lfw-tui arrays\n\x01";
const HEADER: usize = 256;
const PARTS: usize = 8;
const ALIGNMENT: usize = 64;
const PARTS_AT: usize = 64;
const CHECKSUM_AT: usize = 192;

/// What the contents of a file were computed from: a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The hash of these parts, none of which can run into the next.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Twelve digits, for a file's name.
    pub fn short_name(&self) -> String {
        self.0[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Collects the parts of a file.
#[derive(Debug)]
pub struct ArrayWriter {
    bytes: Vec<u8>,
    parts: usize,
}

impl ArrayWriter {
    /// A file of this kind (at most 16 bytes of ASCII) with no parts yet.
    pub fn new(kind: &str, key: &Key) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[..16].copy_from_slice(MAGIC);
        for (to, from) in bytes[16..32].iter_mut().zip(kind.bytes()) {
            *to = from;
        }
        bytes[32..64].copy_from_slice(key.bytes());
        Self { bytes, parts: 0 }
    }

    /// Adds a part; a ninth one is a mistake in the program and is left out.
    #[must_use]
    pub fn with<T: Plain>(mut self, values: &[T]) -> Self {
        if self.parts == PARTS {
            return self;
        }
        self.bytes
            .resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        let start = self.bytes.len();
        self.bytes.reserve(size_of_val(values));
        for &value in values {
            value.push_bytes(&mut self.bytes);
        }
        let length = self.bytes.len() - start;
        let entry = PARTS_AT + self.parts * 16;
        self.bytes[entry..entry + 8].copy_from_slice(&(start as u64).to_le_bytes());
        self.bytes[entry + 8..entry + 16].copy_from_slice(&(length as u64).to_le_bytes());
        self.parts += 1;
        self
    }

    /// Writes the file aside and renames it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(mut self, path: &Path) -> Result<()> {
        let checksum = crc32c::crc32c(&self.bytes[HEADER..]);
        self.bytes[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&checksum.to_le_bytes());
        let of_header = crc32c::crc32c(&self.bytes[..HEADER - 4]);
        self.bytes[HEADER - 4..HEADER].copy_from_slice(&of_header.to_le_bytes());
        replace_file(path, &self.bytes)
    }
}

/// A mapped file of arrays, checked.
#[derive(Debug)]
pub struct ArrayFile {
    map: Arc<Mmap>,
    parts: Vec<std::ops::Range<usize>>,
}

impl ArrayFile {
    /// Maps and checks a file; `None` if there is none.
    ///
    /// # Errors
    /// When it is another kind of file, was computed from something else, is cut off or damaged.
    pub fn open(path: &Path, kind: &str, key: &Key) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(path, "open")(error)),
        };
        // SAFETY: these files are only ever replaced by rename, never written or cut in place, so
        // the mapped bytes do not change while they are borrowed.
        let map = unsafe { Mmap::map(&file) }.map_err(Error::io(path, "map"))?;
        let parts =
            check(&map, kind, key).map_err(|problem| Error::invalid(path.display(), problem))?;
        // Eviction removes what was used longest ago. A folder that cannot be written is as good.
        let _ = file.set_modified(std::time::SystemTime::now());
        Ok(Some(Self {
            map: Arc::new(map),
            parts,
        }))
    }

    /// One of the parts; `None` if there are fewer, or it is not made of whole numbers.
    pub fn part<T: Plain>(&self, part: usize) -> Option<Array<T>> {
        Array::mapped(&self.map, self.parts.get(part)?.clone())
    }
}

/// The parts of an intact file.
fn check(map: &[u8], kind: &str, key: &Key) -> Result<Vec<std::ops::Range<usize>>, &'static str> {
    let Some((header, body)) = map.split_at_checked(HEADER) else {
        return Err("is cut off");
    };
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let name = &header[16..32];
    let is_kind = name.starts_with(kind.as_bytes()) && name[kind.len()..].iter().all(|&b| b == 0);
    if !header.starts_with(MAGIC) || !is_kind {
        return Err("is not a file of this kind and version");
    }
    if crc32c::crc32c(&header[..HEADER - 4]) != word(HEADER - 4) {
        return Err("is damaged");
    }
    if header[32..64] != *key.bytes() {
        return Err("was made from something else");
    }
    let mut parts = Vec::new();
    for entry in header[PARTS_AT..CHECKSUM_AT].chunks_exact(16) {
        let number = |bytes: &[u8]| {
            let bytes = <[u8; 8]>::try_from(bytes).unwrap_or_default();
            usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX)
        };
        let (start, length) = (number(&entry[..8]), number(&entry[8..]));
        if start == 0 {
            break;
        }
        let end = start.saturating_add(length);
        if end > map.len() {
            return Err("is cut off");
        }
        parts.push(start..end);
    }
    let whole = parts
        .last()
        .map_or(HEADER, |last: &std::ops::Range<usize>| last.end);
    if map.len() != whole {
        return Err("is not as long as it says");
    }
    if crc32c::crc32c(body) != word(CHECKSUM_AT) {
        return Err("is damaged");
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::distance_bytes::Line;

    #[test]
    fn what_was_written_is_mapped_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.codes");
        let key = Key::of(&[b"a", b"b"]);
        assert!(ArrayFile::open(&path, "codes", &key).unwrap().is_none());
        let values: Vec<f32> = (0..37).map(|i| i as f32 / 7.0).collect();
        let write = || {
            let writer = ArrayWriter::new("codes", &key)
                .with(&values)
                .with(&[7u32, 9]);
            writer.with::<Line>(&[]).write(&path).unwrap();
        };
        write();
        let file = ArrayFile::open(&path, "codes", &key).unwrap().unwrap();
        assert_eq!(file.part::<f32>(0).unwrap()[..], values);
        assert_eq!(file.part::<u32>(1).unwrap()[..], [7, 9]);
        assert_eq!(file.part::<Line>(2).unwrap().len(), 0);
        assert!(file.part::<Line>(3).is_none());

        let refused = |said: &str| {
            let error = ArrayFile::open(&path, "codes", &key)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(said) && error.contains("some.codes"),
                "{error}"
            );
        };
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 100, 255, 256, 300, whole.len() - 1] {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, &whole[..length]).unwrap();
            refused(if length == 0 { "" } else { "cut off" });
        }
        for at in [20, 40, 70, 260, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, &changed).unwrap();
            refused(if at == 20 { "kind" } else { "damaged" });
        }
        write();
        assert!(ArrayFile::open(&path, "table", &key).is_err());
        let other = Key::of(&[b"ab"]);
        let error = ArrayFile::open(&path, "codes", &other)
            .unwrap_err()
            .to_string();
        assert!(error.contains("something else"), "{error}");
        // What is mapped stays as it was.
        assert_eq!(file.part::<f32>(0).unwrap()[..], values);
    }
}
