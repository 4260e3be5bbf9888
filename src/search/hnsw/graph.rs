//! The layers of links, and walks along them.

use super::beam::{Beam, Near, Scratch};
use crate::kernels::distance_bytes::{prefetch, squared_distances_to_lines};
use crate::latent::Array;
use crate::search::quantized::RoundedRows;

/// Ends a list of links that is not full.
pub(super) const NONE: u32 = u32::MAX;

/// The links of the nodes that reach a level.
#[derive(Debug)]
pub(super) struct Layer {
    /// Links of a node, at most.
    capacity: usize,
    /// The nodes, ascending; empty where all nodes have links.
    nodes: Array<u32>,
    /// `capacity` links for each node, filled up with [`NONE`].
    links: Array<u32>,
}

impl Layer {
    /// A layer without links: of all nodes up to `count`, or only of these.
    pub fn new(capacity: usize, count: usize, nodes: Vec<u32>) -> Self {
        Self {
            capacity,
            nodes: nodes.into(),
            links: vec![NONE; capacity * count].into(),
        }
    }

    /// A layer that was stored; `None` unless every link is to one of `count` nodes.
    pub fn stored(
        capacity: usize,
        count: usize,
        nodes: Array<u32>,
        links: Array<u32>,
    ) -> Option<Self> {
        let rows = if nodes.is_empty() { count } else { nodes.len() };
        let is_node = |node: &u32| (*node as usize) < count;
        let fits = links.len() == rows * capacity
            && nodes.is_sorted()
            && nodes.last().is_none_or(is_node)
            && links.iter().all(|link| *link == NONE || is_node(link));
        fits.then_some(Self {
            capacity,
            nodes,
            links,
        })
    }

    /// The nodes, or none where all have links; and the links.
    pub fn parts(&self) -> (&[u32], &[u32]) {
        (&self.nodes, &self.links)
    }

    /// Whether every node has links, or how many have.
    fn place(&self, node: u32) -> Option<usize> {
        if self.nodes.is_empty() {
            return Some(node as usize);
        }
        self.nodes.binary_search(&node).ok()
    }

    /// Where a node's links are, for the processor to fetch them.
    #[inline]
    fn whole_list(&self, node: u32) -> &[u32] {
        let start = self.place(node).map(|place| place * self.capacity);
        start
            .and_then(|start| self.links.get(start..start + self.capacity))
            .unwrap_or(&[])
    }

    /// The links of a node.
    #[inline]
    pub fn links(&self, node: u32) -> &[u32] {
        let list = self.whole_list(node);
        let end = list.iter().position(|link| *link == NONE);
        &list[..end.unwrap_or(list.len())]
    }

    /// How many links a node can have.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// All lists of links, to be changed.
    pub fn open(&mut self) -> OpenLayer<'_> {
        let links = std::mem::replace(&mut self.links, Vec::new().into());
        OpenLayer {
            links: links.into_vec(),
            layer: self,
        }
    }
}

/// A layer whose links are being changed; they are put back when this is dropped.
pub(super) struct OpenLayer<'a> {
    layer: &'a mut Layer,
    links: Vec<u32>,
}

impl OpenLayer<'_> {
    /// Replaces a node's links.
    pub fn set(&mut self, node: u32, links: impl IntoIterator<Item = u32>) {
        let capacity = self.layer.capacity;
        let Some(place) = self.layer.place(node) else {
            return;
        };
        if let Some(list) = self.links.get_mut(place * capacity..(place + 1) * capacity) {
            list.fill(NONE);
            for (to, link) in list.iter_mut().zip(links) {
                *to = link;
            }
        }
    }
}

impl Drop for OpenLayer<'_> {
    fn drop(&mut self) {
        self.layer.links = std::mem::take(&mut self.links).into();
    }
}

/// Nodes with links on several levels. All nodes are on level 0, fewer on each next one.
#[derive(Debug)]
pub(super) struct Graph {
    pub rows: RoundedRows,
    pub layers: Vec<Layer>,
    /// The node on the highest level where every walk starts.
    pub entry: u32,
}

impl Graph {
    /// The nearest node that a walk downhill finds above `level`.
    pub fn descend(&self, query: &[i16], level: usize, scratch: &mut Scratch) -> Near {
        let mut best = Near {
            distance: self.rows.distance(query, self.entry),
            node: self.entry,
        };
        for layer in self.layers.iter().skip(level + 1).rev() {
            loop {
                let links = layer.links(best.node);
                scratch.compared += links.len();
                self.distances(query, links, &mut scratch.distances);
                let nodes = links.iter().zip(&scratch.distances);
                let nearest = nodes
                    .map(|(&node, &distance)| Near { distance, node })
                    .min();
                match nearest {
                    Some(nearest) if nearest < best => best = nearest,
                    _ => break,
                }
            }
        }
        best
    }

    /// Follows the links of the nearest nodes of a beam until no link leads nearer.
    pub fn spread(&self, query: &[i16], level: usize, beam: &mut Beam, scratch: &mut Scratch) {
        let Some(layer) = self.layers.get(level) else {
            return;
        };
        for start in beam.nodes() {
            scratch.meet(start.node);
        }
        let mut nodes = std::mem::take(&mut scratch.nodes);
        let mut distances = std::mem::take(&mut scratch.distances);
        while let Some(node) = beam.next_unmarked() {
            nodes.clear();
            for &link in layer.links(node) {
                if scratch.meet(link) {
                    prefetch(self.rows.row(link));
                    nodes.push(link);
                }
            }
            scratch.compared += nodes.len();
            self.distances(query, &nodes, &mut distances);
            for (&node, &distance) in nodes.iter().zip(&distances) {
                if beam.offer(Near { distance, node }) {
                    // Its links will probably be followed.
                    prefetch(layer.whole_list(node));
                }
            }
        }
        scratch.nodes = nodes;
        scratch.distances = distances;
        scratch.forget();
    }

    fn distances(&self, query: &[i16], nodes: &[u32], distances: &mut Vec<u32>) {
        squared_distances_to_lines(query, self.rows.all(), nodes, distances);
    }

    /// Of candidates, sorted, those to link to: each that is nearer to the node itself than to any
    /// chosen before, so that links lead in different directions.
    pub fn select(&self, candidates: &[Near], most: usize, scratch: &mut Scratch) -> Vec<Near> {
        let mut chosen: Vec<Near> = Vec::with_capacity(most);
        let mut query = std::mem::take(&mut scratch.query);
        for &candidate in candidates {
            if chosen.len() == most {
                break;
            }
            self.rows.widen(candidate.node, &mut query);
            let is_apart =
                |other: &Near| self.rows.distance(&query, other.node) >= candidate.distance;
            if chosen.iter().all(is_apart) {
                chosen.push(candidate);
            }
        }
        scratch.query = query;
        chosen
    }
}
