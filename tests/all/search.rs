//! Exact and approximate search, against a naive double loop.

use std::sync::Arc;

use lfw_tui::rng::{Purpose, generator};
use lfw_tui::search::{BruteForce, CodeTable, Hit, Index, Lsh, Metric, recall};
use rand::RngExt;

fn random_codes(rows: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, Purpose::Sketch, 0, 0);
    (0..rows * width)
        .map(|_| random.random_range(-1.0..1.0))
        .collect()
}

/// Clusters as codes of a few hundred people form them.
fn clustered_codes(rows: usize, width: usize, seed: u64) -> Vec<f32> {
    let centres = random_codes(rows / 20, width, seed);
    let mut values = random_codes(rows, width, seed + 1);
    for (index, row) in values.chunks_mut(width).enumerate() {
        let centre = index % (rows / 20) * width;
        for (value, centre) in row.iter_mut().zip(&centres[centre..]) {
            *value = 0.4 * *value + centre;
        }
    }
    values
}

fn naive(values: &[f32], width: usize, query: &[f32], k: usize, metric: Metric) -> Vec<Hit> {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum()
    };
    let mut hits: Vec<Hit> = values
        .chunks(width)
        .enumerate()
        .map(|(row, code)| {
            let distance = match metric {
                Metric::L2 => code
                    .iter()
                    .zip(query)
                    .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
                    .sum::<f64>()
                    .sqrt(),
                Metric::Cosine => {
                    let norms = (dot(code, code) * dot(query, query)).sqrt();
                    if dot(code, code) == 0.0 && dot(query, query) == 0.0 {
                        0.0
                    } else if norms == 0.0 {
                        1.0
                    } else {
                        1.0 - dot(code, query) / norms
                    }
                }
            };
            Hit {
                row,
                distance: distance as f32,
            }
        })
        .filter(|hit| hit.distance.is_finite())
        .collect();
    hits.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.row.cmp(&b.row)));
    hits.truncate(k);
    hits
}

fn table(values: &[f32], width: usize, metric: Metric) -> Arc<CodeTable> {
    Arc::new(CodeTable::new(values.to_vec(), width, metric).unwrap())
}

#[test]
fn brute_force_equals_a_double_loop() {
    for (rows, width) in [(1, 1), (7, 3), (300, 17), (1000, 32), (513, 100)] {
        let values = random_codes(rows, width, 3);
        for metric in [Metric::L2, Metric::Cosine] {
            let brute = BruteForce::new(table(&values, width, metric));
            let queries = random_codes(5, width, 9);
            let batch = brute.search_batch(&queries, 10).unwrap();
            for (query, batched) in queries.chunks(width).zip(batch) {
                let found = brute.search(query, 10).unwrap();
                assert_eq!(found, batched);
                let expected = naive(&values, width, query, 10, metric);
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found.row, expected.row, "{rows}x{width} {metric}");
                    assert!((found.distance - expected.distance).abs() < 1e-5);
                }
            }
        }
    }
}

#[test]
fn equal_distances_come_in_row_order_and_k_may_exceed_the_rows() {
    // 600 rows of three different codes: ties across runs and groups.
    let values: Vec<f32> = (0..600).flat_map(|row| [(row % 3) as f32, 1.0]).collect();
    let brute = BruteForce::new(table(&values, 2, Metric::L2));
    let rows: Vec<usize> = (brute.search(&[1.0, 1.0], 250).unwrap().iter())
        .map(|hit| hit.row)
        .collect();
    let expected: Vec<usize> = (0..600)
        .filter(|row| row % 3 == 1)
        .chain((0..600).filter(|row| row % 3 != 1))
        .take(250)
        .collect();
    assert_eq!(rows, expected);
    assert_eq!(brute.search(&[1.0, 1.0], 1000).unwrap().len(), 600);
    assert!(brute.search(&[1.0, 1.0], 0).unwrap().is_empty());
    assert!(brute.search(&[1.0], 3).is_err());
}

#[test]
fn codes_without_direction_or_with_nan_are_handled() {
    let values = [1.0, 0.0, 0.0, 0.0, f32::NAN, 1.0, -1.0, 0.0, 2.0, 0.1];
    let cosine = BruteForce::new(table(&values, 2, Metric::Cosine));
    let hits = cosine.search(&[3.0, 0.0], 10).unwrap();
    let rows: Vec<usize> = hits.iter().map(|hit| hit.row).collect();
    assert_eq!(rows, [0, 4, 1, 3]);
    assert_eq!(hits[0].distance, 0.0);
    assert_eq!(hits[2].distance, 1.0, "a zero row is at right angles");
    assert!((hits[3].distance - 2.0).abs() < 1e-6);
    // A query of zeros has all rows at right angles but its like.
    let hits = cosine.search(&[0.0, 0.0], 2).unwrap();
    assert_eq!(hits, naive(&values[..4], 2, &[0.0, 0.0], 2, Metric::Cosine));
    let l2 = BruteForce::new(table(&values, 2, Metric::L2));
    let rows: Vec<usize> = (l2.search(&[0.0, 0.0], 10).unwrap().iter())
        .map(|hit| hit.row)
        .collect();
    assert_eq!(rows, [1, 0, 3, 4], "the row with NaN is never found");
    for metric in [Metric::L2, Metric::Cosine] {
        let lsh = Lsh::new(table(&values, 2, metric), 1).unwrap();
        assert!(lsh.search(&[0.0, 0.0], 3).unwrap().len() >= 2);
        assert!(lsh.search(&[f32::NAN, 0.0], 3).unwrap().is_empty());
    }
}

#[test]
fn hashing_finds_nine_of_ten_looking_at_few() {
    for (metric, width) in [(Metric::L2, 32), (Metric::Cosine, 32), (Metric::L2, 128)] {
        let rows = 6000;
        let values = clustered_codes(rows, width, 5);
        let table = table(&values, width, metric);
        let brute = BruteForce::new(table.clone());
        let lsh = Lsh::new(table.clone(), 1).unwrap();
        let again = Lsh::new(table.clone(), 1).unwrap();
        let (mut total, mut candidates) = (0.0, 0);
        for row in (0..rows).step_by(60) {
            let query: Vec<f32> = values[row * width..(row + 1) * width]
                .iter()
                .map(|value| value + 0.01)
                .collect();
            let probed = lsh.probe(&query, 10).unwrap();
            assert_eq!(probed, again.probe(&query, 10).unwrap());
            let exact = brute.search(&query, 10).unwrap();
            for hit in &probed.hits {
                if let Some(same) = exact.iter().find(|exact| exact.row == hit.row) {
                    assert_eq!(same.distance, hit.distance, "distances are exact");
                }
            }
            total += recall(&probed.hits, &exact);
            candidates += probed.candidates;
        }
        let mean = total / 100.0;
        assert!(mean >= 0.9, "recall {mean} {metric} {width}");
        assert!(
            candidates / 100 <= rows / 5,
            "{} looked at",
            candidates / 100
        );
    }
}

#[test]
fn tiny_galleries_are_searched_whole() {
    for rows in [0, 1, 2, 5, 40] {
        let values = random_codes(rows, 4, 1);
        let table = table(&values, 4, Metric::L2);
        let lsh = Lsh::new(table.clone(), 1).unwrap();
        let exact = BruteForce::new(table).search(&[0.0; 4], 3).unwrap();
        assert_eq!(lsh.search(&[0.0; 4], 3).unwrap(), exact);
    }
}
