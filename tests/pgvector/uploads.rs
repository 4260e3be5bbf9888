//! Sets are stored as a whole, once, and removed as a whole.

use lfw_tui::Error;
use lfw_tui::progress::unwatched;
use lfw_tui::search::Metric;
use lfw_tui::search::pgvector::{NewSet, PgIndex, Store, Uploaded, upload};

use crate::place::{Place, TestCodes, key};

#[test]
fn two_who_upload_at_once_end_with_one_set() {
    let place = Place::new();
    let codes = TestCodes::new(600, 16, 1);
    let uploaded: Vec<Uploaded> = std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut store = place.store();
                    upload(&mut store, &codes.set(Metric::L2), &mut unwatched).unwrap()
                })
            })
            .collect();
        uploads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let new = uploaded
        .iter()
        .filter(|one| matches!(one, Uploaded::New(_)))
        .count();
    assert_eq!(new, 1);
    assert_eq!(place.count("lfw_tui_sets"), 1);
    assert_eq!(place.count("lfw_tui_codes"), 600);
    let row = place
        .client()
        .query_one(
            "SELECT picture, person FROM lfw_tui_codes WHERE ordinal = 7",
            &[],
        )
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "Ada_0007");
    assert_eq!(row.get::<_, &str>(1), "Ada \t\n\\N");
}

#[test]
fn other_codes_are_another_set_and_old_ones_can_be_removed() {
    let place = Place::new();
    let (old, new) = (TestCodes::new(50, 4, 1), TestCodes::new(50, 4, 2));
    let mut store = place.store();
    assert_eq!(store.sets().unwrap(), []);
    upload(&mut store, &old.set(Metric::L2), &mut unwatched).unwrap();
    let retrained = NewSet::new(key("retrained", Metric::L2), &new.names, &new.values, 4);
    upload(&mut store, &retrained, &mut unwatched).unwrap();
    upload(&mut store, &old.set(Metric::Cosine), &mut unwatched).unwrap();
    let sets = store.sets().unwrap();
    assert_eq!(sets.iter().map(|set| set.id).collect::<Vec<_>>(), [1, 2, 3]);
    let searching = PgIndex::open(place.store(), sets[0].clone()).unwrap();
    assert_eq!(searching.neighbours(0, 3).unwrap().len(), 3);
    assert_eq!(store.remove(1, &mut unwatched).unwrap(), sets[0]);
    assert_eq!(store.sets().unwrap(), sets[1..]);
    assert_eq!(place.count("lfw_tui_codes"), 100);
    let indexes = format!("pg_indexes WHERE schemaname = '{}'", place.schema);
    // Two primary keys, the unique key, and those of the two sets.
    assert_eq!(place.count(&indexes), 5);
    for error in [
        store.remove(1, &mut unwatched).unwrap_err(),
        store
            .find(&key("model", Metric::L2), "Store it.")
            .unwrap_err(),
        searching.search(old.row(0), 3).unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    }
    let message = store.remove(1, &mut unwatched).unwrap_err().to_string();
    assert!(message.contains("the sets are 2, 3"), "{message}");
}

#[test]
fn what_is_cancelled_leaves_nothing() {
    let place = Place::new();
    let codes = TestCodes::new(3000, 64, 1);
    for stage in ["uploading codes", "indexing codes"] {
        let mut store = place.store();
        let error = upload(&mut store, &codes.set(Metric::L2), &mut |progress| {
            let is_now = progress.stage == stage && (progress.done > 0 || stage.starts_with("in"));
            if is_now {
                Err(Error::Cancelled)
            } else {
                Ok(())
            }
        })
        .unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error}");
        assert_eq!(
            store.sets().unwrap(),
            [],
            "the connection can still be used"
        );
        let tables = format!("pg_tables WHERE schemaname = '{}'", place.schema);
        assert_eq!(place.count(&tables), 0);
    }
}

#[test]
fn an_upload_by_someone_who_may_not_index_is_searched_all_the_same() {
    let place = Place::new();
    let (first, second) = (TestCodes::new(40, 4, 1), TestCodes::new(40, 4, 2));
    upload(&mut place.store(), &first.set(Metric::L2), &mut unwatched).unwrap();
    let writer = format!("writer_{}", place.schema);
    let reader = format!("reader_{}", place.schema);
    place
        .client()
        .batch_execute(&format!(
            "CREATE ROLE {writer} LOGIN; CREATE ROLE {reader} LOGIN; \
             GRANT USAGE ON SCHEMA {schema} TO {writer}, {reader}; \
             GRANT SELECT, INSERT, UPDATE ON lfw_tui_sets TO {writer}; \
             GRANT SELECT, INSERT ON lfw_tui_codes TO {writer}; \
             GRANT SELECT ON lfw_tui_sets, lfw_tui_codes TO {reader};",
            schema = place.schema
        ))
        .unwrap();
    let connect = |user: &str| {
        let text = place.connection(Some(user));
        let address = lfw_tui::search::pgvector::Address::parse(&text, None).unwrap();
        Store::connect(&address).unwrap()
    };
    let set = NewSet::new(key("second", Metric::L2), &second.names, &second.values, 4);
    let mut notes = Vec::new();
    let uploaded = upload(&mut connect(&writer), &set, &mut |progress| {
        notes.push(progress.stage.to_string());
        Ok(())
    });
    let Uploaded::New(stored) = uploaded.unwrap() else {
        panic!("not new");
    };
    assert!(!stored.indexed);
    assert!(
        notes.iter().any(|note| note.contains("only the owner")),
        "{notes:?}"
    );
    // Somebody who may only read searches both, and learns that a set is there.
    let mut store = connect(&reader);
    for (set, codes) in store.sets().unwrap().into_iter().zip([&first, &second]) {
        let index = PgIndex::open(connect(&reader), set).unwrap();
        let hits = index.search(codes.row(2), 1).unwrap();
        assert_eq!((hits[0].row, hits[0].distance), (2, 0.0));
    }
    let again = upload(&mut store, &first.set(Metric::L2), &mut unwatched).unwrap();
    assert!(matches!(again, Uploaded::Present(_)));
    let third = NewSet::new(key("third", Metric::L2), &second.names, &second.values, 4);
    for message in [
        upload(&mut store, &third, &mut unwatched)
            .unwrap_err()
            .to_string(),
        store.remove(1, &mut unwatched).unwrap_err().to_string(),
    ] {
        assert!(message.contains("permission denied"), "{message}");
        assert!(message.contains("ask the owner"), "{message}");
    }
    assert_eq!(place.count("lfw_tui_codes"), 80);
    place
        .client()
        .batch_execute(&format!(
            "DROP OWNED BY {writer}, {reader}; DROP ROLE {writer}, {reader}"
        ))
        .unwrap();
}
