//! Hash tables of rows.

use rayon::prelude::*;

use crate::latent::Array;

/// Several hash tables of as many buckets: the rows of bucket `b` of table `t` are those from
/// `starts[t × (buckets + 1) + b]` to the next start, counted within the table's part of `rows`.
#[derive(Debug)]
pub(super) struct HashTables {
    buckets: usize,
    starts: Array<u32>,
    rows: Array<u32>,
}

impl HashTables {
    /// A counting sort by the key that `key(table, row)` gives: rows stay in order within a bucket.
    pub fn new(
        tables: usize,
        buckets: usize,
        count: usize,
        key: impl Fn(usize, usize) -> u32 + Sync,
    ) -> Self {
        let parts: Vec<(Vec<u32>, Vec<u32>)> = (0..tables)
            .into_par_iter()
            .map(|table| sort(buckets, count, |row| key(table, row)))
            .collect();
        Self {
            buckets,
            starts: parts
                .iter()
                .flat_map(|(starts, _)| starts)
                .copied()
                .collect(),
            rows: parts.iter().flat_map(|(_, rows)| rows).copied().collect(),
        }
    }

    /// Tables that were stored; `None` unless they are that many, of `count` rows each.
    pub fn stored(
        tables: usize,
        buckets: usize,
        count: usize,
        starts: Array<u32>,
        rows: Array<u32>,
    ) -> Option<Self> {
        let fits = starts.len() == tables * (buckets + 1)
            && rows.len() == tables * count
            && rows.iter().all(|&row| (row as usize) < count)
            && starts.chunks_exact(buckets + 1).all(|starts| {
                starts.is_sorted() && starts.last().is_some_and(|&end| end as usize == count)
            });
        fits.then_some(Self {
            buckets,
            starts,
            rows,
        })
    }

    /// The arrays to be stored.
    pub fn parts(&self) -> (&[u32], &[u32]) {
        (&self.starts, &self.rows)
    }

    /// The rows of a bucket.
    pub fn rows(&self, table: usize, bucket: u32) -> &[u32] {
        let starts = &self.starts[table * (self.buckets + 1) + bucket as usize..][..2];
        let count = self.rows.len() / (self.starts.len() / (self.buckets + 1));
        &self.rows[table * count..][starts[0] as usize..starts[1] as usize]
    }
}

fn sort(buckets: usize, count: usize, key: impl Fn(usize) -> u32) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; buckets + 1];
    for row in 0..count {
        starts[key(row) as usize + 1] += 1;
    }
    for bucket in 0..buckets {
        starts[bucket + 1] += starts[bucket];
    }
    let mut next = starts.clone();
    let mut rows = vec![0; count];
    for row in 0..count {
        let at = &mut next[key(row) as usize];
        rows[*at as usize] = row as u32;
        *at += 1;
    }
    (starts, rows)
}

/// The key of a code: bit `i` is 1 on the positive side of hyperplane `i`.
pub(super) fn hash_key(margins: &[f32]) -> u32 {
    (0u32..).zip(margins).fold(0, |key, (bit, &margin)| {
        key | (u32::from(margin >= 0.0) << bit)
    })
}
