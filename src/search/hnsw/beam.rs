//! The nearest nodes met so far, and which nodes were met.

/// A node and its squared distance. Ordered by distance, then by node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Near {
    pub distance: u32,
    pub node: u32,
}

/// Nodes are packed with their distance and a mark into 64 bits.
pub(super) const MAX_NODES: usize = 1 << 31;

/// The nearest nodes met so far, sorted, each marked once its links were followed.
#[derive(Debug)]
pub(super) struct Beam {
    /// Distance, node, and the mark in the last bit.
    entries: Vec<u64>,
    width: usize,
    /// All entries before this one are marked.
    next: usize,
}

impl Beam {
    /// A beam of at most `width` nodes, which starts from these, sorted.
    pub fn new(starts: &[Near], width: usize) -> Self {
        let mut entries = Vec::with_capacity(width.max(starts.len()) + 1);
        entries.extend(starts.iter().map(|near| pack(*near)));
        Self {
            entries,
            width,
            next: 0,
        }
    }

    /// The nearest node whose links were not followed yet; marks it.
    pub fn next_unmarked(&mut self) -> Option<u32> {
        while let Some(entry) = self.entries.get_mut(self.next) {
            self.next += 1;
            if *entry & 1 == 0 {
                *entry |= 1;
                return Some(unpack(*entry).node);
            }
        }
        None
    }

    /// Keeps a node if it is among the nearest; returns whether it was kept.
    #[inline]
    pub fn offer(&mut self, near: Near) -> bool {
        let is_full = self.entries.len() >= self.width;
        if is_full && self.entries.last().is_none_or(|worst| pack(near) >= *worst) {
            return false;
        }
        let entry = pack(near);
        let at = self.entries.partition_point(|other| *other < entry);
        if is_full {
            self.entries.pop();
        }
        self.entries.insert(at, entry);
        self.next = self.next.min(at);
        true
    }

    /// The nodes, nearest first.
    pub fn nodes(&self) -> impl Iterator<Item = Near> {
        self.entries.iter().map(|entry| unpack(*entry))
    }
}

fn pack(near: Near) -> u64 {
    (u64::from(near.distance) << 32) | (u64::from(near.node) << 1)
}

fn unpack(entry: u64) -> Near {
    Near {
        distance: (entry >> 32) as u32,
        node: entry as u32 >> 1,
    }
}

/// Buffers of a search that the next one uses again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    seen: Vec<u64>,
    /// Words of `seen` that are not zero.
    touched: Vec<u32>,
    pub nodes: Vec<u32>,
    pub distances: Vec<u32>,
    pub query: Vec<i16>,
    /// Distances computed.
    pub compared: usize,
}

impl Scratch {
    /// For searches of so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            seen: vec![0; nodes.div_ceil(64)],
            ..Self::default()
        }
    }

    /// Marks a node as met; returns whether it had not been.
    #[inline]
    pub fn meet(&mut self, node: u32) -> bool {
        let Some(word) = self.seen.get_mut(node as usize / 64) else {
            return false;
        };
        let bit = 1u64 << (node % 64);
        if *word & bit != 0 {
            return false;
        }
        if *word == 0 {
            self.touched.push(node / 64);
        }
        *word |= bit;
        true
    }

    /// Forgets which nodes were met.
    pub fn forget(&mut self) {
        for word in self.touched.drain(..) {
            self.seen[word as usize] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beam_keeps_the_nearest_and_follows_each_once() {
        let near = |distance, node| Near { distance, node };
        let mut beam = Beam::new(&[near(5, 50)], 3);
        assert_eq!(beam.next_unmarked(), Some(50));
        assert_eq!(beam.next_unmarked(), None);
        for node in [70, 20, 90, 10] {
            beam.offer(near(node / 10, node));
        }
        assert!(!beam.offer(near(5, 51)), "the worst of equal distances");
        let nodes: Vec<u32> = beam.nodes().map(|near| near.node).collect();
        assert_eq!(nodes, [10, 20, 50]);
        assert_eq!(beam.next_unmarked(), Some(10));
        assert_eq!(beam.next_unmarked(), Some(20));
        assert_eq!(beam.next_unmarked(), None);
    }

    #[test]
    fn nodes_are_met_once_until_forgotten() {
        let mut scratch = Scratch::new(130);
        assert!(scratch.meet(129) && !scratch.meet(129) && scratch.meet(3));
        assert!(!scratch.meet(400), "there is no such node");
        scratch.forget();
        assert!(scratch.meet(129));
    }
}
