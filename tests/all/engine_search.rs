//! Searches, asked of the engine as the screen asks them.

use std::sync::Arc;

use lfw_tui::dataset::{FaceBox, FaceCrop};
use lfw_tui::engine::{
    Direction, Filter, ModelRef, PictureRef, Query, Request, ResponseBody, SearchParams, SearchRow,
    Term,
};
use lfw_tui::search::{CodeForm, IndexKind, Measure, Metric};

use crate::engine::{Asker, pca};
use crate::gallery::PICTURES;

/// The rows once the index is built; exact search answers before.
fn when_built(asker: &mut Asker, request: Request, kind: IndexKind) -> Vec<Arc<SearchRow>> {
    let id = asker.send(request);
    loop {
        let rows = rows(asker.answer(id));
        if rows[0].building.is_none() {
            assert_eq!(rows[0].index, kind);
            return rows;
        }
        assert_eq!(rows[0].building, Some(kind));
        assert_eq!((rows[0].index, rows[0].hits.len()), (IndexKind::Brute, 10));
    }
}

/// The rows of a search that is answered whole.
fn rows(answer: ResponseBody) -> Vec<Arc<SearchRow>> {
    match answer {
        ResponseBody::SearchResults(found) if found.pending == 0 => {
            assert!(found.failed.is_empty() && !found.is_meanwhile);
            found.rows
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn neighbours_agree_with_hashing_and_with_the_people() {
    let (mut asker, opened) = Asker::on_gallery();
    let search = |index, metric, whiten| {
        Request::Search(SearchParams {
            index,
            measure: Measure { metric, whiten },
            ..SearchParams::new(pca(32), PictureRef::Index(50))
        })
    };
    for (metric, whiten) in [(Metric::L2, false), (Metric::Cosine, true)] {
        let found = rows(asker.ask(search(IndexKind::Brute, metric, whiten)));
        let found = &found[0];
        assert_eq!(
            (found.hits.len(), found.candidates, found.approximate),
            (10, PICTURES - 1, None)
        );
        assert!(found.hits.iter().all(|hit| hit.row != 50));
        assert!(found.hits.is_sorted_by(|a, b| a.distance <= b.distance));
        assert_eq!(
            found.histogram.counts.iter().sum::<u32>() as usize,
            PICTURES - 1
        );
        assert!((found.histogram.low - found.hits[0].distance).abs() < 1e-5);
        for kind in [IndexKind::Lsh, IndexKind::Hnsw] {
            let hits = when_built(&mut asker, search(kind, metric, whiten), kind);
            let approximate = hits[0].approximate.unwrap();
            assert!((0.0..=1.0).contains(&approximate.recall));
            let common = (hits[0].hits.iter())
                .filter(|hit| found.hits.contains(hit))
                .count();
            assert_eq!((common, 10), (approximate.found, approximate.of));
        }
    }
    // The picture's own file is its nearest neighbour where copies count.
    for with_copies in [true, false] {
        let found = rows(asker.ask(Request::Search(SearchParams {
            k: 1,
            with_copies,
            ..SearchParams::new(pca(32), PictureRef::File(opened.dataset.path(50)))
        })));
        assert_eq!(found[0].hits[0].row == 50, with_copies);
        assert_eq!(found[0].hits[0].distance == 0.0, with_copies);
        assert_eq!(found[0].copies, usize::from(!with_copies));
        assert_eq!(found[0].form, CodeForm::Whitened);
    }
    // All of them, and more than there are.
    let found = rows(asker.ask(Request::Search(SearchParams {
        k: 10_000,
        ..SearchParams::new(pca(32), PictureRef::Index(50))
    })));
    assert_eq!(found[0].hits.len(), PICTURES - 1);
}

#[test]
fn encoders_answer_as_they_are_ready_and_one_that_cannot_holds_nobody_up() {
    let (mut asker, _) = Asker::on_gallery();
    let gone = ModelRef::Run("nosuchrun".to_string());
    let id = asker.send(Request::Search(SearchParams {
        encoders: vec![pca(16), gone.clone(), pca(8)],
        ..SearchParams::new(pca(16), PictureRef::Index(3))
    }));
    let mut answered = Vec::new();
    let last = loop {
        match asker.answer(id) {
            ResponseBody::SearchResults(found) if found.pending == 0 => break found,
            ResponseBody::SearchResults(found) => answered.push(found.rows.len()),
            other => panic!("{other:?}"),
        }
    };
    assert!(answered.is_sorted(), "{answered:?}");
    let encoders: Vec<&ModelRef> = last.rows.iter().map(|row| &row.encoder).collect();
    assert_eq!(encoders, [&pca(16), &pca(8)]);
    assert_eq!((last.failed.len(), &last.failed[0].0), (1, &gone));
    assert!(last.failed[0].1.contains("nosuchrun"));
    // Until the wanted encoder is ready, another one answers.
    let id = asker.send(Request::Search(SearchParams {
        meanwhile: vec![pca(48), pca(8)],
        ..SearchParams::new(pca(64), PictureRef::Index(3))
    }));
    let first = asker.answer(id);
    let ResponseBody::SearchResults(first) = first else {
        panic!("{first:?}");
    };
    assert!(first.is_meanwhile && first.rows[0].encoder == pca(8));
    let ResponseBody::SearchResults(then) = asker.answer(id) else {
        panic!("no second answer");
    };
    assert!(!then.is_meanwhile && then.rows[0].encoder == pca(64));
}

#[test]
fn queries_are_means_and_go_along_directions() {
    let (mut asker, _) = Asker::on_gallery();
    let search = |query: Query| {
        Request::Search(SearchParams {
            query,
            measure: Measure {
                metric: Metric::L2,
                whiten: false,
            },
            ..SearchParams::new(pca(32), PictureRef::Index(0))
        })
    };
    let [a, b] = [3, 80].map(PictureRef::Index);
    let mean = rows(asker.ask(search(Query {
        pictures: vec![a.clone(), b],
        terms: Vec::new(),
    })));
    assert!(mean[0].hits.iter().all(|hit| ![3, 80].contains(&hit.row)));
    assert_eq!(mean[0].candidates, PICTURES - 2);
    // From a face by the way from the mean to another and back: the face itself.
    let there = |amount| {
        let direction = Direction::Face(80);
        Term { direction, amount }
    };
    let query = |terms| Query {
        pictures: vec![a.clone()],
        terms,
    };
    let plain = rows(asker.ask(search(query(Vec::new()))));
    let back = rows(asker.ask(search(query(vec![there(1.5), there(-1.5)]))));
    let distances =
        |row: &SearchRow| -> Vec<f32> { row.hits.iter().map(|hit| hit.distance).collect() };
    for (a, b) in distances(&plain[0]).iter().zip(distances(&back[0])) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
    // Far on the way to a face, the nearest is that face.
    let far = rows(asker.ask(search(Query {
        pictures: vec![PictureRef::Index(3)],
        terms: vec![
            Term {
                direction: Direction::Face(3),
                amount: -1.0,
            },
            there(1.0),
        ],
    })));
    assert_eq!(far[0].hits[0].row, 80);
    assert!(far[0].hits[0].distance < 1e-3);
    // An attribute that the pictures came without.
    let wrong = asker.ask(search(query(vec![Term {
        direction: Direction::Attribute(99),
        amount: 1.0,
    }])));
    assert!(matches!(wrong, ResponseBody::Failed(problem) if problem.contains("attribute 99")));
}

#[test]
fn a_part_of_a_file_is_searched_as_a_picture_of_that_part() {
    let (mut asker, opened) = Asker::on_gallery();
    let path = opened.dataset.path(50);
    let mut cropped = |crop, with_copies| {
        rows(asker.ask(Request::Search(SearchParams {
            with_copies,
            ..SearchParams::new(pca(32), PictureRef::Cropped(path.clone(), crop))
        })))
    };
    // The part that is taken of the data set's pictures.
    let (width, height) = image::image_dimensions(&path).unwrap();
    let side = width.min(height);
    let face_box = FaceBox {
        x: ((width - side) / 2 + side * 32 / 100) as i32,
        y: ((height - side) / 2 + side * 32 / 100) as i32,
        side: side * 36 / 100,
    };
    let found = cropped(FaceCrop::Box(face_box), true);
    assert_eq!(found[0].hits[0].row, 50);
    assert!(found[0].hits[0].distance < 0.1, "{:?}", found[0].hits[0]);
    // Its copy is left out, though its own code is another one.
    let found = cropped(FaceCrop::Whole, false);
    assert!(found[0].hits.iter().all(|hit| hit.row != 50));
    assert_eq!(found[0].copies, 1);
}

#[test]
fn filters_bound_what_is_found() {
    let (mut asker, opened) = Asker::on_gallery();
    let dataset = &opened.dataset;
    let search = |text: &str| {
        Request::Search(SearchParams {
            filter: Filter::parse(text, dataset).unwrap(),
            k: PICTURES,
            ..SearchParams::new(pca(32), PictureRef::Index(50))
        })
    };
    let name = dataset.people[0].name();
    let word = name.split(' ').next_back().unwrap().to_lowercase();
    let found = rows(asker.ask(search(&word)));
    assert!(!found[0].hits.is_empty());
    for hit in &found[0].hits {
        let person = &dataset.people[dataset.pictures[hit.row].person];
        assert!(person.name().to_lowercase().contains(&word));
    }
    // PCA is fitted to nine tenths, and picture 50 is one of them.
    let held_out = PICTURES.div_ceil(10);
    for (part, expected) in [
        ("@training", PICTURES - held_out - 1),
        ("@held-out", held_out),
    ] {
        assert_eq!(
            rows(asker.ask(search(part)))[0].hits.len(),
            expected,
            "{part}"
        );
    }
    for (text, expected) in [
        ("nobodyhasthisname", "no name contains"),
        ("@devtests", "@devtrain"),
        ("+smiles-like-a-fish", "attribute"),
    ] {
        let problem = Filter::parse(text, dataset).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    }
}
