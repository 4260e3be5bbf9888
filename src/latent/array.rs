//! Arrays of plain numbers, in memory or in a memory-mapped file.

use std::ops::Deref;
use std::sync::Arc;

use memmap2::Mmap;

use crate::kernels::distance_bytes::Line;

/// Numbers that are stored as their little-endian bytes, for which every pattern of bits is a value.
pub trait Plain: Copy + Send + Sync + 'static {
    /// Appends the little-endian bytes.
    fn push_bytes(self, bytes: &mut Vec<u8>);
}

impl Plain for f32 {
    fn push_bytes(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl Plain for u32 {
    fn push_bytes(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl Plain for Line {
    fn push_bytes(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.0.map(|number| number.to_le_bytes()[0]));
    }
}

/// An array that is cheap to clone if it is mapped.
#[derive(Debug, Clone)]
pub struct Array<T: Plain>(Storage<T>);

#[derive(Debug, Clone)]
enum Storage<T: Plain> {
    Memory(Vec<T>),
    /// `length` numbers from byte `start` of the file on, which is aligned for them.
    File {
        map: Arc<Mmap>,
        start: usize,
        length: usize,
    },
}

impl<T: Plain> Array<T> {
    /// The numbers in these bytes of a file; `None` if they are not whole numbers of the file in
    /// their natural place.
    pub(crate) fn mapped(map: &Arc<Mmap>, bytes: std::ops::Range<usize>) -> Option<Self> {
        let width = size_of::<T>();
        let aligned = bytes.start.is_multiple_of(width) && bytes.len().is_multiple_of(width);
        let usable = aligned && map.get(bytes.clone()).is_some() && cfg!(target_endian = "little");
        usable.then(|| {
            Self(Storage::File {
                map: map.clone(),
                start: bytes.start,
                length: bytes.len() / width,
            })
        })
    }

    /// A checksum of the stored bytes.
    pub(crate) fn checksum(&self) -> u32 {
        if let Storage::File { map, start, length } = &self.0 {
            return crc32c::crc32c(&map[*start..*start + *length * size_of::<T>()]);
        }
        let mut bytes = Vec::new();
        self.chunks(1 << 14).fold(0, |sum, values| {
            bytes.clear();
            for &value in values {
                value.push_bytes(&mut bytes);
            }
            crc32c::crc32c_append(sum, &bytes)
        })
    }

    /// The array in memory, to be changed.
    pub(crate) fn into_vec(self) -> Vec<T> {
        match self.0 {
            Storage::Memory(values) => values,
            Storage::File { .. } => self.to_vec(),
        }
    }
}

impl<T: Plain> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Storage::Memory(values) => values,
            Storage::File { map, start, length } => {
                // SAFETY: `mapped` has checked that the bytes are inside the map and that `start`
                // is a multiple of the numbers' size in a map that begins at a page; every pattern
                // of bits is a value; the mapped file is only ever replaced by rename.
                unsafe { std::slice::from_raw_parts(map.as_ptr().add(*start).cast(), *length) }
            }
        }
    }
}

impl<T: Plain> From<Vec<T>> for Array<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Storage::Memory(values))
    }
}

impl<T: Plain> FromIterator<T> for Array<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        values.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T: Plain + PartialEq> PartialEq for Array<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<'a, T: Plain> IntoIterator for &'a Array<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
