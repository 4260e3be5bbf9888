//! The peak f32 arithmetic of the machine, which the kernels' rates are compared with.

use std::time::{Duration, Instant};

use super::gemm::{GemmNn, gemm_nn};
use super::simd;
use super::threads::{parallel_for, threads};
use super::tile::{Row, Segment};

/// Rows and depth of the product: both operands stay in the first caches, so
/// that only the arithmetic counts.
const ROWS: usize = 24;
const DEPTH: usize = 256;
/// Products in one timing, about a millisecond's worth.
const REPEATS: usize = 512;

/// The most f32 arithmetic, in GFLOP/s, that this process's kernel threads
/// reach together on matrix products that fit the first cache, within about `time`.
pub(crate) fn measure_gflops(time: Duration) -> f64 {
    let columns = simd::panel_width();
    let rows: Vec<Row> = (0..ROWS)
        .map(|row| Row {
            a: (row * (DEPTH + 16)) as u32,
            c: (row * columns) as u32,
        })
        .collect();
    let a = vec![0.5f32; ROWS * (DEPTH + 16)];
    let b = vec![0.25f32; DEPTH * columns];
    let segments = [Segment::all(DEPTH)];
    let start = Instant::now();
    let mut best = f64::INFINITY;
    loop {
        let begin = Instant::now();
        parallel_for(threads(), |_| {
            let mut c = vec![0f32; ROWS * columns];
            for _ in 0..REPEATS {
                // SAFETY: rows, panel and results have the sizes given above.
                unsafe {
                    gemm_nn(GemmNn {
                        a: a.as_ptr(),
                        rows: &rows,
                        segments: &segments,
                        b: b.as_ptr(),
                        width: columns,
                        c: c.as_mut_ptr(),
                        columns,
                        bias: std::ptr::null(),
                        floor: f32::NEG_INFINITY,
                    });
                }
            }
            std::hint::black_box(c);
        });
        best = best.min(begin.elapsed().as_secs_f64());
        if start.elapsed() >= time {
            break;
        }
    }
    let work = 2.0 * (ROWS * DEPTH * columns * REPEATS * threads()) as f64;
    work / best / 1e9
}
