//! The k smallest of a stream of distances.

use super::hit::Hit;

/// Keeps the `k` smallest distances offered and, of equal ones, those with the lowest rows.
/// Infinite distances and NaN are never kept.
#[derive(Debug)]
pub(super) struct TopK {
    k: usize,
    /// A max-heap by (distance, row): the worst is at the top.
    heap: Vec<Hit>,
}

impl TopK {
    pub(crate) fn new(k: usize) -> Self {
        Self {
            k,
            heap: Vec::with_capacity(k.min(4096)),
        }
    }

    /// Distances of this size or more, in higher rows, are not kept.
    pub(crate) fn threshold(&self) -> f32 {
        match self.heap.first() {
            _ if self.k == 0 => f32::NEG_INFINITY,
            Some(worst) if self.heap.len() == self.k => worst.distance,
            _ => f32::INFINITY,
        }
    }

    /// Offers one row.
    pub(crate) fn offer(&mut self, row: usize, distance: f32) {
        let hit = Hit { row, distance };
        if self.k == 0 || distance.is_nan() || distance == f32::INFINITY {
            return;
        }
        if self.heap.len() < self.k {
            self.heap.push(hit);
            self.sift_up();
        } else if is_worse(&self.heap[0], &hit) {
            self.heap[0] = hit;
            self.sift_down();
        }
    }

    /// Offers consecutive rows from `first` on.
    pub(crate) fn offer_run(&mut self, first: usize, distances: &[f32]) {
        // Most groups hold nothing near: one vectorized minimum skips them.
        for (group, distances) in distances.chunks(GROUP).enumerate() {
            let least = distances.iter().fold(f32::INFINITY, |a, &b| a.min(b));
            if least < self.threshold() {
                for (index, &distance) in distances.iter().enumerate() {
                    if distance < self.threshold() {
                        self.offer(first + group * GROUP + index, distance);
                    }
                }
            }
        }
    }

    /// The kept hits, nearest first.
    pub(crate) fn into_sorted(mut self) -> Vec<Hit> {
        self.heap.sort_unstable_by(by_distance);
        self.heap
    }

    fn sift_up(&mut self) {
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if !is_worse(&self.heap[at], &self.heap[parent]) {
                break;
            }
            self.heap.swap(at, parent);
            at = parent;
        }
    }

    fn sift_down(&mut self) {
        let mut at = 0;
        loop {
            let mut worst = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if child < self.heap.len() && is_worse(&self.heap[child], &self.heap[worst]) {
                    worst = child;
                }
            }
            if worst == at {
                break;
            }
            self.heap.swap(at, worst);
            at = worst;
        }
    }
}

const GROUP: usize = 32;

/// Orders hits by distance, then by row.
pub(super) fn by_distance(a: &Hit, b: &Hit) -> std::cmp::Ordering {
    a.distance
        .total_cmp(&b.distance)
        .then_with(|| a.row.cmp(&b.row))
}

fn is_worse(a: &Hit, b: &Hit) -> bool {
    by_distance(a, b).is_gt()
}
