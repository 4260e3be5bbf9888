//! What every index keeps to, whatever it is: one set of tests, run over all kinds and metrics.

use std::sync::Arc;

use rand::RngExt;

use super::{
    BruteForce, CodeForm, CodeIndex, CodeTable, Hit, Hnsw, Index, IndexKind, Lsh, Measure, Metric,
    recall,
};
use crate::latent::{ArrayFile, ArrayWriter, Codes, Key};
use crate::progress::{Progress, unwatched};
use crate::rng::{Purpose, generator};
use crate::{Error, Result};

const KINDS: [IndexKind; 3] = [IndexKind::Brute, IndexKind::Lsh, IndexKind::Hnsw];
const METRICS: [Metric; 2] = [Metric::L2, Metric::Cosine];

fn build(kind: IndexKind, table: &Arc<CodeTable>, seed: u64) -> Box<dyn Index> {
    let table = table.clone();
    match kind {
        IndexKind::Auto | IndexKind::Brute => Box::new(BruteForce::new(table)),
        IndexKind::Lsh => Box::new(Lsh::new(table, seed).unwrap()),
        IndexKind::Hnsw => Box::new(Hnsw::new(table, seed, &mut unwatched).unwrap()),
    }
}

/// `check(index, what)` for every kind over these codes under every metric.
fn for_each(values: &[f32], width: usize, check: impl Fn(&dyn Index, &str)) {
    for metric in METRICS {
        let table = Arc::new(CodeTable::new(values.to_vec(), width, metric).unwrap());
        for kind in KINDS {
            let index = build(kind, &table, 1);
            check(index.as_ref(), &format!("{kind} {metric}"));
        }
    }
}

/// Codes around centres, as people's pictures are.
fn clustered(rows: usize, width: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, Purpose::Hash, 50, 0);
    let mut noise = |scale: f32| scale * (random.random::<f32>() - 0.5);
    let centres: Vec<f32> = (0..60 * width).map(|_| noise(4.0)).collect();
    (0..rows * width)
        .map(|at| centres[at % centres.len()] + noise(1.5))
        .collect()
}

fn rows_of(hits: &[Hit]) -> Vec<usize> {
    hits.iter().map(|hit| hit.row).collect()
}

#[test]
fn tables_of_no_row_and_of_one() {
    for_each(&[], 3, |index, what| {
        assert_eq!(index.search(&[1.0, 0.0, 0.0], 5).unwrap(), [], "{what}");
        assert_eq!(index.search_batch(&[], 5).unwrap().len(), 0, "{what}");
    });
    for_each(&[1.0, 2.0, 3.0], 3, |index, what| {
        let hits = index.search(&[1.0, 2.0, 3.0], 5).unwrap();
        assert_eq!((rows_of(&hits), hits[0].distance), (vec![0], 0.0), "{what}");
        assert_eq!(index.neighbours(0, 5).unwrap(), [], "{what}");
    });
}

#[test]
fn a_wrong_width_is_an_error() {
    for_each(&clustered(1500, 4, 1), 4, |index, what| {
        for query in [&[1.0; 3][..], &[1.0; 5], &[]] {
            let error = index.search(query, 1).unwrap_err().to_string();
            assert!(
                error.contains("the searched codes have 4"),
                "{what}: {error}"
            );
        }
        assert!(index.search_batch(&[1.0; 6], 1).is_err(), "{what}");
    });
}

#[test]
fn more_neighbours_than_rows_are_all_rows_in_order() {
    for rows in [7, 1400] {
        for_each(&clustered(rows, 4, 2), 4, |index, what| {
            let own = index.table().row(5).to_vec();
            for k in [rows, rows + 1, usize::MAX] {
                let hits = index.search(&own, k).unwrap();
                assert_eq!(hits.len(), rows, "{what}");
                assert!(hits.is_sorted_by_key(|hit| (hit.distance.to_bits(), hit.row)));
                assert_eq!(index.neighbours(5, k).unwrap().len(), rows - 1, "{what}");
            }
            assert_eq!(index.search(&own, 0).unwrap(), [], "{what}");
        });
    }
}

#[test]
fn a_row_is_not_its_own_neighbour_and_equal_rows_are_at_zero_in_order() {
    let (rows, width) = (1600, 12);
    let mut values = clustered(rows, width, 3);
    let copied = values[..width].to_vec();
    let copies = [0, 77, 400, 401, 1599];
    for row in copies {
        values[row * width..][..width].copy_from_slice(&copied);
    }
    for_each(&values, width, |index, what| {
        let hits = index.search(&copied, 7).unwrap();
        assert_eq!(rows_of(&hits)[..5], copies, "{what}");
        assert!(hits[..5].iter().all(|hit| hit.distance == 0.0), "{what}");
        assert!(hits[5].distance > 0.0, "{what}");
        assert_eq!(
            rows_of(&index.search(&copied, 3).unwrap()),
            copies[..3],
            "{what}"
        );
        let others = rows_of(&index.neighbours(400, 4).unwrap());
        assert_eq!(others, [0, 77, 401, 1599], "{what}");
    });
    // Under whitening too, and without those left out.
    let codes = Codes {
        rows,
        width,
        values: values.into(),
    };
    for metric in METRICS {
        let measure = Measure {
            metric,
            whiten: true,
        };
        let index = CodeIndex::new(&codes, measure, false).unwrap();
        assert_eq!(*index.form(), CodeForm::Whitened);
        let query = index.prepare_query(&copied).unwrap();
        for kind in KINDS {
            index.build(kind, &mut unwatched).unwrap();
            let found = index.search(kind, &query, &[77], 4).unwrap();
            assert_eq!(rows_of(&found.hits), [0, 400, 401, 1599], "{kind} {metric}");
            assert!(
                found.hits.iter().all(|hit| hit.distance == 0.0),
                "{kind} {metric}"
            );
        }
    }
}

#[test]
fn what_is_not_finite_is_not_found_and_finds_nothing() {
    let (rows, width) = (1500, 5);
    let mut values = clustered(rows, width, 4);
    for (row, value) in [(3, f32::NAN), (800, f32::INFINITY)] {
        values[row * width + 2] = value;
    }
    for_each(&values, width, |index, what| {
        let query = index.table().row(4).to_vec();
        let all = rows_of(&index.search(&query, rows).unwrap());
        assert_eq!(all.len(), rows - 2, "{what}");
        assert!(!all.contains(&3) && !all.contains(&800), "{what}");
        let few = rows_of(&index.search(&query, 40).unwrap());
        assert!(!few.contains(&3) && !few.contains(&800), "{what}");
        assert_eq!(index.search(&[f32::NAN; 5], 3).unwrap(), [], "{what}");
    });
    for_each(&[f32::NAN; 12], 4, |index, what| {
        assert_eq!(index.search(&[1.0; 4], 3).unwrap(), [], "{what}");
    });
}

#[test]
fn rows_of_zeros_are_at_a_right_angle() {
    let (rows, width) = (1500, 6);
    let mut values = clustered(rows, width, 5);
    values[..2 * width].fill(0.0);
    let table = Arc::new(CodeTable::new(values, width, Metric::Cosine).unwrap());
    for kind in KINDS {
        let index = build(kind, &table, 1);
        let zeros = index.search(&[0.0; 6], 3).unwrap();
        assert_eq!(rows_of(&zeros), [0, 1, 2], "{kind}");
        assert_eq!(
            zeros.iter().map(|hit| hit.distance).sum::<f32>(),
            1.0,
            "{kind}"
        );
        let all = index.search(table.row(9), rows).unwrap();
        let zero = all.iter().find(|hit| hit.row == 1).unwrap();
        assert_eq!(zero.distance, 1.0, "{kind}");
    }
}

#[test]
fn a_batch_finds_what_single_queries_find_and_a_seed_always_the_same() {
    let width = 9;
    let values = clustered(2500, width, 6);
    let queries: Vec<f32> = values[..40 * width]
        .iter()
        .map(|value| value + 0.02)
        .collect();
    for_each(&values, width, |index, what| {
        let batch = index.search_batch(&queries, 6).unwrap();
        for (query, hits) in queries.chunks(width).zip(&batch) {
            assert_eq!(index.search(query, 6).unwrap(), *hits, "{what}");
        }
    });
    let table = Arc::new(CodeTable::new(values, width, Metric::L2).unwrap());
    let one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    for kind in KINDS {
        let answers = |seed| build(kind, &table, seed).search_batch(&queries, 6).unwrap();
        assert_eq!(answers(3), answers(3), "{kind}");
        assert_eq!(
            one_thread.install(|| answers(3)),
            answers(3),
            "{kind} on one thread"
        );
    }
}

#[test]
fn nine_of_ten_are_found_and_distances_are_exact() {
    for (rows, width) in [(3000, 24), (1200, 130)] {
        let values = clustered(rows, width, 7);
        for metric in METRICS {
            let table = Arc::new(CodeTable::new(values.clone(), width, metric).unwrap());
            let brute = BruteForce::new(table.clone());
            for kind in KINDS {
                let index = build(kind, &table, 1);
                let mut total = 0.0;
                for row in (0..rows).step_by(rows / 50) {
                    let query: Vec<f32> = table.row(row).iter().map(|value| value + 0.01).collect();
                    let exact = brute.search(&query, rows).unwrap();
                    let hits = index.search(&query, 10).unwrap();
                    for hit in &hits {
                        let same = exact.iter().find(|exact| exact.row == hit.row).unwrap();
                        assert_eq!(same.distance, hit.distance, "{kind} {metric}");
                    }
                    total += recall(&hits, &exact[..10]);
                }
                assert!(total / 50.0 >= 0.9, "{kind} {metric}: {}", total / 50.0);
            }
        }
    }
}

fn code_index(values: Vec<f32>, width: usize) -> CodeIndex {
    let codes = Codes {
        rows: values.len() / width,
        width,
        values: values.into(),
    };
    CodeIndex::new(&codes, Measure::default(), false).unwrap()
}

#[test]
fn a_stored_index_answers_alike_and_no_other_file_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let width = 16;
    let values = clustered(2000, width, 8);
    let built = code_index(values.clone(), width);
    let query = built.prepare_query(&values[..width]).unwrap();
    for kind in [IndexKind::Lsh, IndexKind::Hnsw] {
        let path = folder.path().join(kind.to_string());
        let key = Key::of(&[b"these"]);
        built.build(kind, &mut unwatched).unwrap();
        let writer = ArrayWriter::new("index", &key);
        built
            .built_file(kind, writer)
            .unwrap()
            .write(&path)
            .unwrap();

        let file = ArrayFile::open(&path, "index", &key).unwrap().unwrap();
        let opened = code_index(values.clone(), width);
        assert!(!opened.is_built(kind) && opened.load(kind, &file));
        for k in [1, 10, 80] {
            let search = |index: &CodeIndex| index.search(kind, &query, &[0], k).unwrap();
            assert_eq!(search(&opened).hits, search(&built).hits, "{kind}");
            assert_eq!(
                search(&opened).candidates,
                search(&built).candidates,
                "{kind}"
            );
        }
        assert_eq!(opened.recall(kind), built.recall(kind));

        // A file of another kind of index, of fewer codes, or of narrower ones.
        let other = match kind {
            IndexKind::Lsh => IndexKind::Hnsw,
            _ => IndexKind::Lsh,
        };
        assert!(
            !code_index(values.clone(), width).load(other, &file),
            "{kind}"
        );
        assert!(
            !code_index(values[..1500 * width].to_vec(), width).load(kind, &file),
            "{kind}"
        );
        assert!(
            !code_index(clustered(2000, 12, 8), 12).load(kind, &file),
            "{kind}"
        );

        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 200, whole.len() / 2, whole.len() - 1] {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(
                ArrayFile::open(&path, "index", &key).is_err(),
                "{kind} {cut}"
            );
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &whole).unwrap();
        let stale = ArrayFile::open(&path, "index", &Key::of(&[b"others"]));
        assert!(stale.unwrap_err().to_string().contains("something else"));
    }
}

#[test]
fn building_can_be_cancelled() {
    let table = CodeTable::new(clustered(4000, 8, 9), 8, Metric::L2).unwrap();
    let table = Arc::new(table);
    let mut reports = 0;
    let mut watch = |_: Progress<'_>| -> Result<()> {
        reports += 1;
        if reports > 3 {
            return Err(Error::Cancelled);
        }
        Ok(())
    };
    assert!(matches!(
        Hnsw::new(table, 1, &mut watch),
        Err(Error::Cancelled)
    ));
    assert_eq!(reports, 4);
}
