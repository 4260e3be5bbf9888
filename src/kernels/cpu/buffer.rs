//! Uninitialized memory for results, and scratch memory that is kept for reuse.

use std::cell::RefCell;

/// Memory for `len` floats, not cleared.
pub(super) struct UninitBuffer {
    memory: Vec<f32>,
    len: usize,
}

impl UninitBuffer {
    pub(crate) fn new(len: usize) -> Self {
        Self {
            memory: Vec::with_capacity(len),
            len,
        }
    }

    /// Its start, through which threads write disjoint parts.
    pub(crate) fn as_sync_ptr(&mut self) -> SyncPtr {
        SyncPtr(self.memory.as_mut_ptr())
    }

    /// The floats as a vector.
    ///
    /// # Safety
    /// All `len` of them must have been written.
    pub(crate) unsafe fn assume_init(mut self) -> Vec<f32> {
        // SAFETY: the capacity is `len`; the caller vouches for the contents.
        unsafe { self.memory.set_len(self.len) };
        self.memory
    }
}

/// A pointer that several threads write disjoint parts through.
#[derive(Clone, Copy)]
pub(super) struct SyncPtr(*mut f32);

// SAFETY: whoever writes through it promises disjointness (see `slice`).
unsafe impl Send for SyncPtr {}
// SAFETY: the same.
unsafe impl Sync for SyncPtr {}

impl SyncPtr {
    pub(crate) fn new(slice: &mut [f32]) -> Self {
        Self(slice.as_mut_ptr())
    }

    pub(crate) fn from_ptr(pointer: *mut f32) -> Self {
        Self(pointer)
    }

    pub(crate) fn at(self, offset: usize) -> *mut f32 {
        self.0.wrapping_add(offset)
    }

    /// `len` floats from `offset`.
    ///
    /// # Safety
    /// They must lie in the memory, have been written before if they are read,
    /// and be used by nobody else meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub(crate) unsafe fn slice<'a>(self, offset: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(offset), len) }
    }
}

/// A cache line; keeps scratch aligned.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([f32; 16]);

thread_local! {
    static SCRATCH: RefCell<Vec<Vec<CacheLine>>> = const { RefCell::new(Vec::new()) };
}

/// This thread's scratch memory, of `len` floats with any values, aligned to
/// cache lines; given back, not freed, at the end. Calls may nest.
pub(super) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut lines = SCRATCH
        .with_borrow_mut(|kept| {
            // The smallest that is large enough, else the largest, to grow.
            let fits = (0..kept.len())
                .filter(|&i| kept[i].len() * 16 >= len)
                .min_by_key(|&i| kept[i].len());
            let index = fits.or_else(|| (0..kept.len()).max_by_key(|&i| kept[i].len()));
            index.map(|index| kept.swap_remove(index))
        })
        .unwrap_or_default();
    if lines.len() * 16 < len {
        lines.resize(len.div_ceil(16), CacheLine([0.0; 16]));
    }
    // SAFETY: a line is sixteen floats without padding.
    let floats = unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast::<f32>(), len) };
    let result = work(floats);
    SCRATCH.with_borrow_mut(|kept| kept.push(lines));
    result
}
