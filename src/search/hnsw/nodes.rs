//! The nodes of a graph: rows in an order that keeps neighbours close in memory, equal rows as one.

use rayon::prelude::*;

use crate::error::Result;
use crate::kernels::distance_bytes::{Line, squared_distances_to_lines};
use crate::latent::Array;
use crate::progress::{Progress, Unit, Watch};
use crate::search::quantized::{RoundedRows, Rounding};
use crate::search::table::CodeTable;

/// Rows for each pivot: about as many fit an L2 cache with their links.
const ROWS_PER_PIVOT: usize = 1000;

/// The most pivots, which bounds the time that sorting takes.
const MAX_PIVOTS: usize = 1024;

/// Rows that are sorted between two progress reports.
const BLOCK: usize = 1 << 15;

/// Which rows a node stands for.
#[derive(Debug)]
pub(super) struct Nodes {
    /// Node `i` stands for `rows[starts[i]..starts[i + 1]]`, ascending.
    starts: Array<u32>,
    rows: Array<u32>,
}

impl Nodes {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The rows of a node: one, and those equal to it.
    pub fn rows(&self, node: u32) -> &[u32] {
        let at = node as usize;
        &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The arrays to be stored.
    pub fn parts(&self) -> (&[u32], &[u32]) {
        (&self.starts, &self.rows)
    }

    /// Nodes that were stored; `None` unless they stand for rows of a table of `count`.
    pub fn stored(starts: Array<u32>, rows: Array<u32>, count: usize) -> Option<Self> {
        let fits = starts.first() == Some(&0)
            && starts.windows(2).all(|pair| pair[0] < pair[1])
            && starts.last().is_some_and(|&end| end as usize == rows.len())
            && rows.iter().all(|&row| (row as usize) < count);
        fits.then_some(Self { starts, rows })
    }

    /// The nodes of a table and their rounded rows. Rows that are not finite, or zeros under cosine
    /// distance, have none. `None` if no row has one, or they are too wide.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub fn of(table: &CodeTable, watch: Watch) -> Result<Option<(Self, RoundedRows)>> {
        let usable: Vec<u32> = (0..table.len() as u32)
            .filter(|&row| table.has_direction(row as usize))
            .collect();
        let Some(rounding) = Rounding::fit(table, &usable) else {
            return Ok(None);
        };
        let mut keys = Vec::with_capacity(usable.len());
        let count = (usable.len() / ROWS_PER_PIVOT).clamp(1, MAX_PIVOTS);
        let mut pivots: Vec<Line> = Vec::new();
        for pivot in 0..count {
            let row = usable[pivot * usable.len() / count];
            rounding.push_lines(table.row(row as usize), &mut pivots);
        }
        let all: Vec<u32> = (0..count as u32).collect();
        for block in usable.chunks(BLOCK) {
            watch(Progress {
                stage: "sorting codes",
                done: keys.len() as u64,
                total: Some(usable.len() as u64),
                unit: Unit::Pictures,
            })?;
            keys.par_extend(block.par_iter().map_init(Vec::new, |distances, &row| {
                let values = table.row(row as usize);
                let query = rounding.query(values);
                squared_distances_to_lines(&query, &pivots, &all, distances);
                let nearest = distances.iter().zip(0u32..).min();
                (nearest.map_or(0, |(_, pivot)| pivot), hash(values), row)
            }));
        }
        keys.par_sort_unstable();
        let mut starts = vec![0];
        let mut lines = Vec::with_capacity(keys.len() * rounding.lines());
        for (at, &(_, _, row)) in keys.iter().enumerate() {
            let values = table.row(row as usize);
            if at == 0 || table.row(keys[at - 1].2 as usize) != values {
                starts.push(at as u32 + 1);
                rounding.push_lines(values, &mut lines);
            } else if let Some(end) = starts.last_mut() {
                *end = at as u32 + 1;
            }
        }
        let nodes = Self {
            starts: starts.into(),
            rows: keys.iter().map(|&(_, _, row)| row).collect(),
        };
        Ok(Some((nodes, RoundedRows::new(rounding, lines))))
    }
}

/// The same for equal rows, and for hardly any others.
fn hash(row: &[f32]) -> u64 {
    row.iter().fold(0u64, |hash, value| {
        // Adding zero makes −0 and 0 the same.
        let mixed = (hash ^ u64::from((value + 0.0).to_bits())).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    })
}
