//! What all indexes promise, for the one in the store: the distances of exact search, the query's
//! own row left out, ties by row.

use std::sync::Arc;

use lfw_tui::progress::unwatched;
use lfw_tui::search::pgvector::{PgIndex, Uploaded, upload};
use lfw_tui::search::{BruteForce, CodeTable, Hit, Index, Metric, recall};

use crate::place::{Place, TestCodes};

fn stored(place: &Place, codes: &TestCodes, metric: Metric) -> PgIndex {
    let mut store = place.store();
    match upload(&mut store, &codes.set(metric), &mut unwatched).unwrap() {
        Uploaded::New(set) => PgIndex::open(store, set).unwrap(),
        Uploaded::Present(set) => panic!("{set:?}"),
    }
}

fn exact(codes: &TestCodes, metric: Metric) -> BruteForce {
    let table = CodeTable::new(codes.values.clone(), codes.width, metric).unwrap();
    BruteForce::new(Arc::new(table))
}

#[test]
fn neighbours_are_those_of_exact_search() {
    for metric in [Metric::L2, Metric::Cosine] {
        let place = Place::new();
        let codes = TestCodes::new(1500, 24, 7);
        let (index, exact) = (stored(&place, &codes, metric), exact(&codes, metric));
        assert!(index.set().indexed);
        let mut total = 0.0;
        for row in (0..1500).step_by(50) {
            let (found, best) = (
                index.neighbours(row, 10).unwrap(),
                exact.neighbours(row, 10).unwrap(),
            );
            assert_eq!(found.len(), 10);
            assert!(found.iter().all(|hit| hit.row != row));
            total += recall(&found, &best);
            // The distances are exact, whatever was found.
            let all = exact.search(codes.row(row), 1500).unwrap();
            for hit in &found {
                assert!(all.contains(hit), "{hit:?}");
            }
        }
        assert!(total / 30.0 > 0.97, "recall {}", total / 30.0);
        // More than the index finds: all codes are compared.
        let many = index.search(codes.row(3), 1200).unwrap();
        assert_eq!(many, exact.search(codes.row(3), 1200).unwrap());
        // And more than there are.
        let all = index.search(codes.row(3), usize::MAX).unwrap();
        assert_eq!(all, exact.search(codes.row(3), 1500).unwrap());
        let queries = &codes.values[..3 * codes.width];
        let batch = index.search_batch(queries, 4).unwrap();
        assert_eq!(batch, exact.search_batch(queries, 4).unwrap());
        drop(index);
        // 30 rows and the batch; the server counts when a connection has ended.
        let scans = format!(
            "SELECT idx_scan FROM pg_stat_user_indexes \
             WHERE schemaname = '{}' AND indexrelname = 'lfw_tui_codes_1'",
            place.schema
        );
        let mut scanned = 0;
        for _ in 0..100 {
            scanned = place.client().query_one(&scans, &[]).unwrap().get(0);
            if scanned == 33_i64 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(scanned, 33, "the HNSW index was used");
    }
}

#[test]
fn ties_copies_and_codes_of_zeros_are_ordered_as_everywhere() {
    for metric in [Metric::L2, Metric::Cosine] {
        let place = Place::new();
        let mut codes = TestCodes::new(400, 6, 3);
        let copied = codes.row(5).to_vec();
        for row in [9, 17, 250, 399] {
            codes.values[row * 6..][..6].copy_from_slice(&copied);
        }
        for row in [40, 41, 300] {
            codes.values[row * 6..][..6].fill(0.0);
        }
        let (index, exact) = (stored(&place, &codes, metric), exact(&codes, metric));
        let copies = index.neighbours(17, 4).unwrap();
        let expected = [5, 9, 250, 399].map(|row| Hit { row, distance: 0.0 });
        assert_eq!(copies, expected);
        for row in [5, 40, 100] {
            for k in [1, 3, 20, 398, 399, 1000] {
                let found = index.neighbours(row, k).unwrap();
                assert_eq!(
                    found,
                    exact.neighbours(row, k).unwrap(),
                    "{metric} {row} {k}"
                );
            }
        }
        let zero = [0.0; 6];
        assert_eq!(
            index.search(&zero, 10).unwrap(),
            exact.search(&zero, 10).unwrap()
        );
        assert_eq!(index.search(&zero, 0).unwrap(), []);
        assert_eq!(index.search(&[f32::NAN; 6], 5).unwrap(), []);
        let message = index.search(&[0.0; 5], 5).unwrap_err().to_string();
        assert!(message.contains("has 5 numbers; the stored codes have 6"));
        let message = index.neighbours(400, 5).unwrap_err().to_string();
        assert!(message.contains("no such row"), "{message}");
    }
}

#[test]
fn codes_too_wide_for_an_index_are_compared_one_by_one() {
    let place = Place::new();
    let codes = TestCodes::new(30, 2001, 1);
    let mut notes = Vec::new();
    let mut store = place.store();
    let uploaded = upload(&mut store, &codes.set(Metric::Cosine), &mut |progress| {
        notes.push(progress.stage.to_string());
        Ok(())
    });
    let Uploaded::New(set) = uploaded.unwrap() else {
        panic!("not new");
    };
    assert!(!set.indexed);
    assert!(notes.iter().any(|note| note.contains("at most 2000")));
    let index = PgIndex::open(store, set).unwrap();
    let exact = exact(&codes, Metric::Cosine);
    for row in [0, 13] {
        assert_eq!(
            index.neighbours(row, 7).unwrap(),
            exact.neighbours(row, 7).unwrap()
        );
    }
}
