//! What goes wrong says so, and changes nothing.

use lfw_tui::progress::unwatched;
use lfw_tui::search::Metric;
use lfw_tui::search::pgvector::{Address, NewSet, Store, upload};

use crate::place::{Place, TestCodes, administrator, key, server};

fn refusal(connection: &str, password: Option<&str>) -> String {
    let address = Address::parse(connection, password).unwrap();
    match Store::connect(&address) {
        Ok(_) => panic!("{connection} connects"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn servers_that_are_not_there_or_refuse() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let message = refusal(
        &format!("postgresql://ada:secret@127.0.0.1:{port}/db"),
        None,
    );
    assert!(
        message.contains("cannot connect: Connection refused"),
        "{message}"
    );
    assert!(
        message.contains(&port.to_string()) && !message.contains("secret"),
        "{message}"
    );
    let message = refusal("postgresql://ada@/db?host=/nowhere/at/all", None);
    assert!(
        message.contains("cannot connect: No such file"),
        "{message}"
    );
    let message = refusal("postgresql://ada@no.such.host.invalid/db", None);
    assert!(
        message.contains("cannot connect: failed to lookup"),
        "{message}"
    );

    let missing = server().replace("/postgres?", "/no_such_database?");
    let message = refusal(&missing, None);
    assert!(message.contains("createdb"), "{message}");
}

/// The server of `.ci/pgvector` asks this user for a password.
#[test]
fn a_wrong_password_and_a_missing_one() {
    administrator()
        .batch_execute(
            "DROP ROLE IF EXISTS lfw_tui_password; \
             CREATE ROLE lfw_tui_password LOGIN PASSWORD 'right'",
        )
        .unwrap();
    let connection = server().replace("postgres:@", "lfw_tui_password@");
    let message = refusal(&connection, Some("wrong"));
    assert!(
        message.contains("password authentication failed"),
        "{message}"
    );
    assert!(
        message.contains("PGPASSWORD") && !message.contains("wrong"),
        "{message}"
    );
    let message = refusal(&connection, None);
    assert!(message.contains("password missing; write it"), "{message}");
    let address = Address::parse(&connection, Some("right")).unwrap();
    assert!(Store::connect(&address).is_ok());
    administrator()
        .batch_execute("DROP ROLE lfw_tui_password")
        .unwrap();
}

#[test]
fn a_table_that_is_not_ours_is_left_alone() {
    let codes = TestCodes::new(10, 4, 1);
    for (table, part) in [
        (
            "CREATE TABLE lfw_tui_codes (mine text)",
            "lfw_tui_codes is not lfw-tui's",
        ),
        (
            "CREATE VIEW lfw_tui_sets AS SELECT 1 AS mine",
            "lfw_tui_sets is not lfw-tui's",
        ),
        (
            "CREATE TABLE lfw_tui_codes (mine text); \
             COMMENT ON TABLE lfw_tui_codes IS 'lfw-tui codes, format 2'",
            "are of format 2; this lfw-tui knows format 1",
        ),
        (
            "CREATE TABLE lfw_tui_codes (mine text); \
             COMMENT ON TABLE lfw_tui_codes IS 'lfw-tui codes, format 1'",
            "only one of the tables",
        ),
    ] {
        let place = Place::new();
        place.client().batch_execute(table).unwrap();
        let mut store = place.store();
        for message in [
            upload(&mut store, &codes.set(Metric::L2), &mut unwatched)
                .unwrap_err()
                .to_string(),
            store.sets().unwrap_err().to_string(),
            store.remove(1, &mut unwatched).unwrap_err().to_string(),
        ] {
            assert!(message.contains(part), "{message}");
        }
        let name = if table.contains("lfw_tui_sets") {
            "lfw_tui_sets"
        } else {
            "lfw_tui_codes"
        };
        let mine = format!("SELECT mine FROM {name}");
        assert!(place.client().query(&mine, &[]).is_ok());
        let tables = format!(
            "pg_class WHERE relnamespace = '{}'::regnamespace AND relkind IN ('r', 'v')",
            place.schema
        );
        assert_eq!(place.count(&tables), 1);
    }
}

#[test]
fn without_the_extension_or_the_right_to_create() {
    let place = Place::new();
    let user = format!("guest_{}", place.schema);
    let database = format!("bare_{}", place.schema);
    let mut client = administrator();
    client
        .batch_execute(&format!("CREATE ROLE {user} LOGIN"))
        .unwrap();
    client
        .batch_execute(&format!("CREATE DATABASE {database}"))
        .unwrap();
    let codes = TestCodes::new(10, 4, 1);
    let attempt = |connection: &str| {
        let address = Address::parse(connection, None).unwrap();
        let mut store = Store::connect(&address).unwrap();
        let set = codes.set(Metric::L2);
        upload(&mut store, &set, &mut unwatched)
            .unwrap_err()
            .to_string()
    };
    let bare = server()
        .replace("postgres:@", &format!("{user}@"))
        .replace("/postgres?", &format!("/{database}?"));
    let message = attempt(&bare);
    assert!(
        message.contains("ask its owner for: CREATE EXTENSION vector"),
        "{message}"
    );
    // The extension is there; the schema is somebody else's.
    let message = attempt(&place.connection(Some(&user)));
    assert!(message.contains("permission denied"), "{message}");
    client
        .batch_execute(&format!("DROP DATABASE {database}"))
        .unwrap();
    client.batch_execute(&format!("DROP ROLE {user}")).unwrap();
}

#[test]
fn codes_that_do_not_fit() {
    let place = Place::new();
    let codes = TestCodes::new(20, 4, 1);
    let mut store = place.store();
    let mut refused = |codes: &TestCodes, part: &str| {
        let set = NewSet::new(
            key("model", Metric::L2),
            &codes.names,
            &codes.values,
            codes.width,
        );
        let message = upload(&mut store, &set, &mut unwatched)
            .unwrap_err()
            .to_string();
        assert!(message.contains(part), "{message}");
    };
    let mut diverged = TestCodes::new(20, 4, 1);
    diverged.values[4 * 7 + 1] = f32::NAN;
    refused(&diverged, "that of Ada_0007 is not finite");
    refused(&TestCodes::new(1, 16_001, 1), "at most 16000 numbers");
    refused(&TestCodes::of(Vec::new(), 4), "has no pictures");
    let tables = format!("pg_tables WHERE schemaname = '{}'", place.schema);
    assert_eq!(place.count(&tables), 0);
    // The same key, but other codes.
    let mut store = place.store();
    upload(&mut store, &codes.set(Metric::L2), &mut unwatched).unwrap();
    for other in [TestCodes::new(20, 5, 1), TestCodes::new(21, 4, 1)] {
        let set = other.set(Metric::L2);
        let message = upload(&mut store, &set, &mut unwatched)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("has 20 codes of 4 numbers, and these are"),
            "{message}"
        );
        assert!(message.contains("codes --remove 1"), "{message}");
    }
    assert_eq!(place.count("lfw_tui_codes"), 20);
}

#[test]
fn a_connection_that_is_lost_undoes_the_upload() {
    let place = Place::new();
    let codes = TestCodes::new(3000, 16, 1);
    for stage in ["uploading codes", "indexing codes"] {
        let name = format!("cut_{}", place.schema);
        let connection = format!("{}&application_name={name}", place.connection(None));
        let address = Address::parse(&connection, None).unwrap();
        let mut store = Store::connect(&address).unwrap();
        let mut cut = false;
        let lost = upload(&mut store, &codes.set(Metric::L2), &mut |progress| {
            let is_there = progress.done > 1000 || stage.starts_with("in");
            if !cut && progress.stage == stage && is_there {
                cut = true;
                let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                           WHERE application_name = $1";
                assert!(!administrator().query(cut, &[&name]).unwrap().is_empty());
            }
            Ok(())
        });
        assert!(cut, "{stage}");
        let message = lost.unwrap_err().to_string();
        assert!(
            message.contains("connection was lost") || message.contains("terminating connection"),
            "{message}"
        );
        assert_eq!(place.store().sets().unwrap(), []);
        assert!(store.sets().unwrap_err().to_string().contains("lost"));
    }
}
