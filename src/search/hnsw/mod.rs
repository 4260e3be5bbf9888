//! Hierarchical navigable small worlds (Malkov and Yashunin, "Efficient and robust approximate
//! nearest neighbor search using HNSW graphs", 2018): a graph of near rows, searched by following
//! links downhill, with fewer nodes on each higher level for long steps.
//!
//! Three departures make it quick. Walks compare rows rounded to bytes, and what they find is
//! compared again by the rows themselves, so that distances are exact. Rows are kept in an order in
//! which near ones are near in memory. And how far a search looks around is measured on rows of the
//! table that are not yet in the graph.

mod beam;
mod build;
mod graph;
mod nodes;

use std::sync::{Arc, Mutex, PoisonError};

use self::beam::{Beam, MAX_NODES, Scratch};
use self::build::Builder;
use self::graph::{Graph, Layer};
use self::nodes::Nodes;
use super::brute_force::BruteForce;
use super::hit::Hit;
use super::index::Index;
use super::quantized::RoundedRows;
use super::recall::recall;
use super::table::CodeTable;
use super::top_k::TopK;
use crate::error::Result;
use crate::kernels::distance_bytes::prefetch;
use crate::latent::{ArrayFile, ArrayWriter};
use crate::progress::{Progress, Unit, Watch};

/// Nodes held back from the graph as queries, by which the width is tuned.
const TUNING_QUERIES: usize = 200;

/// Neighbours that each of these queries looks for.
const TUNING_K: usize = 10;

/// The mean recall that tuning aims for: on other queries it is up to a few hundredths lower.
const TUNING_RECALL: f32 = 0.988;

/// Widths of the beam, in steps of about an eighth to a quarter, so that not much more is compared
/// than the recall needs.
const WIDTHS: [usize; 23] = [
    16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 512,
    1024, 2048,
];

/// Below so many nodes, all rows are compared.
const MIN_NODES: usize = 1000;

/// Width of the format of stored indexes.
const FORMAT: u32 = 1;

/// An approximate index. Its distances are exact, but it may miss rows.
#[derive(Debug)]
pub struct Hnsw {
    table: Arc<CodeTable>,
    /// None where all rows are compared.
    walk: Option<Walk>,
}

#[derive(Debug)]
struct Walk {
    nodes: Nodes,
    graph: Graph,
    /// Nodes that a search for [`TUNING_K`] neighbours keeps in view.
    width: usize,
    /// Mean recall of the tuning queries.
    recall: f32,
    scratches: Mutex<Vec<Scratch>>,
}

/// The hits of one search, and its cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WalkResult {
    pub hits: Vec<Hit>,
    /// Rows compared, rounded or not.
    pub candidates: usize,
}

impl Hnsw {
    /// Links every row and tunes the width. A pure function of table and seed.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub fn new(
        table: Arc<CodeTable>,
        seed: u64,
        watch: &mut dyn FnMut(Progress<'_>) -> Result<()>,
    ) -> Result<Self> {
        let walk = match Nodes::of(&table, watch)? {
            Some((nodes, rows)) if (MIN_NODES..MAX_NODES).contains(&nodes.len()) => {
                Some(Walk::new(&table, nodes, rows, seed, watch)?)
            }
            _ => None,
        };
        Ok(Self { table, walk })
    }

    /// Like [`Index::search`], and reports the cost.
    ///
    /// # Errors
    /// When the query is not as wide as the rows.
    pub(crate) fn walk(&self, query: &[f32], k: usize) -> Result<WalkResult> {
        let prepared = self.table.prepare_query(query)?;
        match (&self.walk, prepared) {
            (Some(walk), Some(query)) if k < walk.nodes.len() / 4 => {
                let width = walk.width + 3 * k.saturating_sub(TUNING_K);
                Ok(walk.search(&self.table, &query, k, width))
            }
            _ => Ok(WalkResult {
                hits: BruteForce::new(self.table.clone()).search(query, k)?,
                candidates: self.table.len(),
            }),
        }
    }

    /// Mean recall@10 of rows that were not in the graph when they were searched, 0 to 1.
    pub fn recall(&self) -> f32 {
        self.walk.as_ref().map_or(1.0, |walk| walk.recall)
    }

    /// Adds the graph to a file; `None` where there is none.
    pub(crate) fn to_file(&self, writer: ArrayWriter) -> Option<ArrayWriter> {
        let walk = self.walk.as_ref()?;
        let graph = &walk.graph;
        let mut head = vec![
            FORMAT,
            graph.entry,
            walk.width as u32,
            walk.recall.to_bits(),
        ];
        let (mut nodes, mut links) = (Vec::new(), Vec::new());
        for layer in &graph.layers {
            let (on_level, linked) = layer.parts();
            head.extend([layer.capacity() as u32, on_level.len() as u32]);
            if !on_level.is_empty() {
                nodes.extend_from_slice(on_level);
                links.extend_from_slice(linked);
            }
        }
        let (starts, rows) = walk.nodes.parts();
        let writer = graph.rows.to_file(writer.with(&head));
        let bottom = graph
            .layers
            .first()
            .map_or(&[][..], |layer| layer.parts().1);
        let writer = writer.with(starts).with(rows).with(bottom);
        Some(writer.with(&nodes).with(&links))
    }

    /// Reads what [`Hnsw::to_file`] wrote; `None` if it does not fit the table.
    pub(crate) fn from_file(file: &ArrayFile, table: Arc<CodeTable>) -> Option<Self> {
        let head = file.part::<u32>(0)?;
        let [FORMAT, entry, width, recall, ref levels @ ..] = head[..] else {
            return None;
        };
        let nodes = Nodes::stored(file.part(3)?, file.part(4)?, table.len())?;
        let count = nodes.len();
        let rows = RoundedRows::from_file(file, 1, count, table.width())?;
        let (on_levels, linked) = (file.part::<u32>(6)?, file.part::<u32>(7)?);
        let (mut on_levels, mut linked) = (&on_levels[..], &linked[..]);
        let mut layers = Vec::new();
        for (level, sizes) in levels.chunks(2).enumerate() {
            let &[capacity, size] = sizes else {
                return None;
            };
            let (capacity, size) = (capacity as usize, size as usize);
            layers.push(if level == 0 {
                Layer::stored(capacity, count, Vec::new().into(), file.part(5)?)?
            } else {
                let (nodes, other) = on_levels.split_at_checked(size)?;
                let (links, others) = linked.split_at_checked(size.checked_mul(capacity)?)?;
                (on_levels, linked) = (other, others);
                Layer::stored(
                    capacity,
                    count,
                    nodes.to_vec().into(),
                    links.to_vec().into(),
                )?
            });
        }
        let fits = (entry as usize) < count && !layers.is_empty();
        let walk = fits.then_some(Walk {
            nodes,
            graph: Graph {
                rows,
                layers,
                entry,
            },
            width: width as usize,
            recall: f32::from_bits(recall),
            scratches: Mutex::default(),
        })?;
        Some(Self {
            table,
            walk: Some(walk),
        })
    }
}

impl Walk {
    fn new(
        table: &Arc<CodeTable>,
        nodes: Nodes,
        rows: RoundedRows,
        seed: u64,
        watch: Watch,
    ) -> Result<Self> {
        let count = nodes.len();
        let held_back: Vec<u32> = (0..TUNING_QUERIES)
            .map(|index| ((2 * index + 1) * count / (2 * TUNING_QUERIES)) as u32)
            .collect();
        let mut builder = Builder::new(rows, count, seed, &held_back);
        // Those that drew a higher level are added with the others.
        builder.add(TUNING_QUERIES, watch)?;
        let remaining = builder.remaining().to_vec();
        let mut walk = Self {
            nodes,
            graph: builder.graph,
            width: TUNING_K,
            recall: 0.0,
            scratches: Mutex::default(),
        };
        watch(Progress {
            stage: "tuning the index",
            done: 0,
            total: None,
            unit: Unit::Steps,
        })?;
        walk.tune(table, &remaining)?;
        builder.graph = walk.graph;
        builder.add(0, watch)?;
        walk.graph = builder.graph;
        Ok(walk)
    }

    /// Finds the smallest width that reaches [`TUNING_RECALL`] on nodes that are not in the graph.
    fn tune(&mut self, table: &Arc<CodeTable>, held_back: &[u32]) -> Result<()> {
        let mut missing: Vec<usize> = held_back
            .iter()
            .flat_map(|&node| self.nodes.rows(node))
            .map(|&row| row as usize)
            .collect();
        missing.sort_unstable();
        let query = |node: u32| table.row(self.nodes.rows(node)[0] as usize);
        let queries: Vec<f32> = held_back
            .iter()
            .flat_map(|&node| query(node))
            .copied()
            .collect();
        let brute = BruteForce::new(table.clone());
        let mut exact = brute.search_batch(&queries, TUNING_K + missing.len())?;
        for hits in &mut exact {
            hits.retain(|hit| missing.binary_search(&hit.row).is_err());
            hits.truncate(TUNING_K);
        }
        for width in WIDTHS {
            let mut total = 0.0;
            for (&node, exact) in held_back.iter().zip(&exact) {
                let found = self.search(table, query(node), TUNING_K, width);
                total += recall(&found.hits, exact);
            }
            self.width = width;
            self.recall = total / held_back.len().max(1) as f32;
            if self.recall >= TUNING_RECALL {
                break;
            }
        }
        Ok(())
    }

    fn search(&self, table: &CodeTable, query: &[f32], k: usize, width: usize) -> WalkResult {
        let mut nearest = TopK::new(k);
        if query.iter().any(|value| !value.is_finite()) {
            return WalkResult {
                hits: Vec::new(),
                candidates: 0,
            };
        }
        let free = self
            .scratches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut scratch = free.unwrap_or_else(|| Scratch::new(self.nodes.len()));
        scratch.compared = 0;
        let rounded = self.graph.rows.rounding.query(query);
        let start = self.graph.descend(&rounded, 0, &mut scratch);
        let mut beam = Beam::new(&[start], width.max(k));
        self.graph.spread(&rounded, 0, &mut beam, &mut scratch);
        // Rounding exchanges near ones, so that twice as many are compared exactly.
        let found = || beam.nodes().take(2 * k).map(|near| near.node);
        let rows: Vec<u32> = found().map(|node| self.nodes.rows(node)[0]).collect();
        for &row in &rows {
            prefetch(table.row(row as usize));
        }
        let mut distances = vec![0.0; rows.len()];
        table.squared_distances_picked(query, &rows, &mut distances);
        for (node, distance) in found().zip(distances) {
            for &row in self.nodes.rows(node).iter().take(k) {
                nearest.offer(row as usize, distance);
            }
        }
        table.offer_zero_rows(query, k, &mut nearest);
        let candidates = scratch.compared + rows.len();
        self.scratches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(scratch);
        let mut hits = nearest.into_sorted();
        table.hits_to_metric(&mut hits);
        WalkResult { hits, candidates }
    }
}

impl Index for Hnsw {
    fn table(&self) -> &Arc<CodeTable> {
        &self.table
    }

    fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>> {
        Ok(self.walk(query, k)?.hits)
    }
}
