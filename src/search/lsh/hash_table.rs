//! A hash table of rows.

/// One hash table: the rows of bucket `b` are `rows[starts[b]..starts[b + 1]]`.
#[derive(Debug)]
pub(super) struct HashTable {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl HashTable {
    /// A counting sort: rows stay in order within a bucket.
    pub(crate) fn new(keys: impl Iterator<Item = u32> + Clone, buckets: usize) -> Self {
        let mut starts = vec![0u32; buckets + 1];
        for key in keys.clone() {
            starts[key as usize + 1] += 1;
        }
        for bucket in 0..buckets {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[buckets] as usize];
        for (row, key) in keys.enumerate() {
            let at = &mut next[key as usize];
            rows[*at as usize] = row as u32;
            *at += 1;
        }
        Self { starts, rows }
    }

    /// The rows of a bucket.
    pub(crate) fn rows(&self, bucket: u32) -> &[u32] {
        let bucket = bucket as usize;
        &self.rows[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// The key of a code: bit `i` is 1 on the positive side of hyperplane `i`.
pub(super) fn hash_key(margins: &[f32]) -> u32 {
    (0u32..).zip(margins).fold(0, |key, (bit, &margin)| {
        key | (u32::from(margin >= 0.0) << bit)
    })
}
