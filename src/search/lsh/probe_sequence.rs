//! The order in which a search probes buckets.

use std::collections::BinaryHeap;

use super::hash_table::hash_key;

/// The buckets of all tables, ordered by the squared distance that the query would have to move to
/// reach them. Its own buckets come first.
pub(super) struct ProbeSequence {
    /// For each table: the key of the query's own bucket.
    own_keys: Vec<u32>,
    /// For each table: squared distance to each hyperplane and its bit, nearest first.
    flips: Vec<(f32, u32)>,
    bits: usize,
    queue: BinaryHeap<Probe>,
}

/// A set of bits to flip. `last` is the highest position among them in the sorted order.
#[derive(Debug, PartialEq)]
struct Probe {
    cost: f32,
    table: u32,
    last: u32,
    flipped: u32,
}

impl Eq for Probe {}

impl PartialOrd for Probe {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Probe {
    // The heap's greatest is the cheapest. Ties by table and bits keep the order deterministic.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.cost.total_cmp(&self.cost))
            .then_with(|| other.table.cmp(&self.table))
            .then_with(|| other.flipped.cmp(&self.flipped))
    }
}

impl ProbeSequence {
    /// The sequence for a query with these signed distances to the hyperplanes.
    pub(crate) fn new(margins: Vec<f32>, bits: usize) -> Self {
        let homes: Vec<u32> = margins.chunks_exact(bits).map(hash_key).collect();
        let mut flips = Vec::with_capacity(margins.len());
        for margins in margins.chunks_exact(bits) {
            let start = flips.len();
            flips.extend(
                (0u32..)
                    .zip(margins)
                    .map(|(bit, margin)| (margin * margin, 1 << bit)),
            );
            flips[start..].sort_unstable_by(|a: &(f32, u32), b| {
                a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1))
            });
        }
        let queue = (0..homes.len() as u32)
            .map(|table| Probe {
                cost: 0.0,
                table,
                last: u32::MAX,
                flipped: 0,
            })
            .collect();
        Self {
            own_keys: homes,
            flips,
            bits,
            queue,
        }
    }
}

impl Iterator for ProbeSequence {
    type Item = (usize, u32);

    fn next(&mut self) -> Option<(usize, u32)> {
        let probe = self.queue.pop()?;
        let table = probe.table as usize;
        let flips = &self.flips[table * self.bits..(table + 1) * self.bits];
        // Every set of bits is reached once: by adding the next position, or by advancing the
        // last one (Lv et al., section 4.3).
        let next = probe.last.wrapping_add(1);
        if let Some(&(cost, bit)) = flips.get(next as usize) {
            self.queue.push(Probe {
                cost: probe.cost + cost,
                last: next,
                flipped: probe.flipped | bit,
                ..probe
            });
            if probe.flipped != 0 {
                let (last_cost, last_bit) = flips[probe.last as usize];
                self.queue.push(Probe {
                    cost: probe.cost - last_cost + cost,
                    last: next,
                    flipped: (probe.flipped & !last_bit) | bit,
                    ..probe
                });
            }
        }
        Some((table, self.own_keys[table] ^ probe.flipped))
    }
}
