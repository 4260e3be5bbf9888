//! Building the graph. Nodes are added in batches: each node of a batch looks for its neighbours in
//! the graph as it was before and among the nodes before it in the batch, on all threads; then the
//! links are set. The graph is therefore the same for any number of threads.

use std::sync::{Mutex, PoisonError};

use rand::RngExt;
use rayon::prelude::*;

use super::beam::{Beam, Near, Scratch};
use super::graph::{Graph, Layer};
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};
use crate::rng::{Purpose, generator};
use crate::search::quantized::RoundedRows;

/// Links of a node on the levels above the first, at most. One node in as many reaches the next
/// level.
const LINKS: usize = 16;

/// Links of a node on level 0, at most.
const LINKS_AT_BOTTOM: usize = 32;

/// Candidates for links that are looked for.
const CANDIDATES: usize = 80;

/// Nodes that are added at once.
const BATCH: usize = 256;

/// Highest level, against a strange draw.
const MAX_LEVEL: usize = 15;

/// A graph that is being built.
pub(super) struct Builder {
    pub graph: Graph,
    levels: Vec<u8>,
    /// Nodes in the order in which they are added: those on high levels first, which reach every
    /// part of the graph, then as they lie in memory.
    sequence: Vec<u32>,
    added: usize,
    scratches: Mutex<Vec<Scratch>>,
}

/// The neighbours of a new node on each of its levels.
type Neighbours = Vec<Vec<Near>>;

impl Builder {
    /// A graph of these rows, of which there is at least one, without links. The nodes `last`,
    /// ascending, are added at the end if they are on level 0 alone.
    pub fn new(rows: RoundedRows, count: usize, seed: u64, last: &[u32]) -> Self {
        let draws: Vec<(u8, u64)> = (0..count as u64).map(|node| draw(seed, node)).collect();
        let levels: Vec<u8> = draws.iter().map(|(level, _)| *level).collect();
        let mut sequence: Vec<u32> = (0..count as u32).collect();
        sequence.sort_by_cached_key(|&node| {
            let (level, order) = draws[node as usize];
            let is_last = level == 0 && last.binary_search(&node).is_ok();
            let order = if level > 0 { order } else { u64::from(node) };
            (is_last, MAX_LEVEL - usize::from(level), order)
        });
        let entry = sequence.first().copied().unwrap_or(0);
        let top = levels.iter().max().copied().unwrap_or(0);
        let mut layers = vec![Layer::new(LINKS_AT_BOTTOM, count, Vec::new())];
        for level in 1..=top {
            let on_level = |node: &u32| levels[*node as usize] >= level;
            let nodes: Vec<u32> = (0..count as u32).filter(on_level).collect();
            layers.push(Layer::new(LINKS, nodes.len(), nodes));
        }
        Self {
            graph: Graph {
                rows,
                layers,
                entry,
            },
            levels,
            sequence,
            added: count.min(1),
            scratches: Mutex::new(Vec::new()),
        }
    }

    /// The nodes that are not added yet.
    pub fn remaining(&self) -> &[u32] {
        &self.sequence[self.added..]
    }

    /// Adds nodes until only `left` are not.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub fn add(&mut self, left: usize, watch: Watch) -> Result<()> {
        let end = self.sequence.len().saturating_sub(left);
        while self.added < end {
            watch(Progress {
                stage: "linking codes",
                done: self.added as u64,
                total: Some(self.sequence.len() as u64),
                unit: Unit::Pictures,
            })?;
            let count = BATCH.min(self.added).min(end - self.added);
            let batch = self.sequence[self.added..self.added + count].to_vec();
            let found: Vec<Neighbours> = (0..count)
                .into_par_iter()
                .with_min_len(8)
                .map(|index| self.neighbours_of(batch[index], &batch[..index]))
                .collect();
            for level in 0..self.graph.layers.len() {
                self.link(level, &batch, &found);
            }
            self.added += count;
        }
        Ok(())
    }

    fn take_scratch(&self) -> Scratch {
        let mut scratches = self
            .scratches
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let free = scratches.pop();
        free.unwrap_or_else(|| Scratch::new(self.sequence.len()))
    }

    fn put_scratch(&self, scratch: Scratch) {
        let mut scratches = self
            .scratches
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        scratches.push(scratch);
    }

    fn neighbours_of(&self, node: u32, before: &[u32]) -> Neighbours {
        let mut scratch = self.take_scratch();
        let graph = &self.graph;
        let mut query = Vec::new();
        graph.rows.widen(node, &mut query);
        let top = usize::from(self.levels[node as usize]);
        let mut starts = vec![graph.descend(&query, top, &mut scratch)];
        let mut found = vec![Vec::new(); top + 1];
        for level in (0..=top).rev() {
            let mut beam = Beam::new(&starts, CANDIDATES);
            graph.spread(&query, level, &mut beam, &mut scratch);
            starts = beam.nodes().collect();
            for &other in before {
                if usize::from(self.levels[other as usize]) >= level {
                    let distance = graph.rows.distance(&query, other);
                    beam.offer(Near {
                        distance,
                        node: other,
                    });
                }
            }
            let candidates: Vec<Near> = beam.nodes().collect();
            let most = graph.layers[level].capacity();
            found[level] = graph.select(&candidates, most, &mut scratch);
        }
        self.put_scratch(scratch);
        found
    }

    /// Sets the links of new nodes on a level, and links back to them.
    fn link(&mut self, level: usize, batch: &[u32], found: &[Neighbours]) {
        let new = || {
            let lists = batch.iter().zip(found);
            lists.filter_map(|(&node, levels)| Some((node, levels.get(level)?)))
        };
        let mut back: Vec<(u32, Near)> = Vec::new();
        let mut layer = self.graph.layers[level].open();
        for (node, list) in new() {
            layer.set(node, list.iter().map(|near| near.node));
            back.extend(list.iter().map(|near| {
                let distance = near.distance;
                (near.node, Near { distance, node })
            }));
        }
        drop(layer);
        back.sort_unstable();
        let targets: Vec<&[(u32, Near)]> = back.chunk_by(|a, b| a.0 == b.0).collect();
        let lists: Vec<(u32, Vec<u32>)> = targets
            .into_par_iter()
            .with_min_len(64)
            .map(|links| (links[0].0, self.with_links(level, links)))
            .collect();
        let mut layer = self.graph.layers[level].open();
        for (node, links) in lists {
            layer.set(node, links);
        }
    }

    /// A node's links with new ones; the best of them where they are too many.
    fn with_links(&self, level: usize, new: &[(u32, Near)]) -> Vec<u32> {
        let Some(&(target, _)) = new.first() else {
            return Vec::new();
        };
        let layer = &self.graph.layers[level];
        let links = layer.links(target);
        if links.len() + new.len() <= layer.capacity() {
            let added = new.iter().map(|(_, near)| near.node);
            return links.iter().copied().chain(added).collect();
        }
        let mut scratch = self.take_scratch();
        let rows = &self.graph.rows;
        let mut query = Vec::new();
        rows.widen(target, &mut query);
        let old = links.iter().map(|&node| Near {
            distance: rows.distance(&query, node),
            node,
        });
        let mut candidates: Vec<Near> = old.chain(new.iter().map(|(_, near)| *near)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let chosen = self
            .graph
            .select(&candidates, layer.capacity(), &mut scratch);
        self.put_scratch(scratch);
        chosen.iter().map(|near| near.node).collect()
    }
}

/// A node's highest level, and a number to order it by.
fn draw(seed: u64, node: u64) -> (u8, u64) {
    let mut random = generator(seed, Purpose::Hash, 2, node);
    let uniform: f64 = random.random();
    let level = -(1.0 - uniform).ln() / (LINKS as f64).ln();
    ((level as usize).min(MAX_LEVEL) as u8, random.random())
}
