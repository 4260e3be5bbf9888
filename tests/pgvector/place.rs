//! A schema of the test server, and codes to store in it.

use std::sync::atomic::{AtomicU32, Ordering};

use lfw_tui::rng::{Purpose, generator};
use lfw_tui::search::Metric;
use lfw_tui::search::pgvector::{Address, NewSet, SetKey, Store, StoredName};
use postgres::{Client, NoTls};
use rand::RngExt;

/// A schema that is dropped at the end.
pub struct Place {
    pub schema: String,
}

/// The test server's connection string.
pub fn server() -> String {
    std::env::var("LFW_TUI_TEST_PG")
        .expect("LFW_TUI_TEST_PG names no server; run `.ci/pgvector cargo test …`")
}

/// A connection that does not go through the store.
pub fn administrator() -> Client {
    Client::connect(&server(), NoTls).unwrap()
}

impl Place {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("test_{}_{number}", std::process::id());
        let mut client = administrator();
        // Two tests at once would create it twice.
        client
            .batch_execute(&format!(
                "BEGIN; SELECT pg_advisory_xact_lock(1); \
                 CREATE EXTENSION IF NOT EXISTS vector SCHEMA public; COMMIT; \
                 CREATE SCHEMA {schema}"
            ))
            .unwrap();
        Self { schema }
    }

    /// The connection string, with another user where one is named.
    pub fn connection(&self, user: Option<&str>) -> String {
        let options = format!("options=-csearch_path%3D{},public", self.schema);
        let server = match user {
            None => server(),
            Some(user) => server().replace("postgres:@", &format!("{user}@")),
        };
        let separator = if server.contains('?') { '&' } else { '?' };
        format!("{server}{separator}{options}")
    }

    pub fn address(&self) -> Address {
        Address::parse(&self.connection(None), None).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::connect(&self.address()).unwrap()
    }

    /// A connection of the test's own to this schema.
    pub fn client(&self) -> Client {
        let mut client = administrator();
        client
            .batch_execute(&format!("SET search_path = {}, public", self.schema))
            .unwrap();
        client
    }

    /// How many rows a query of this schema counts.
    pub fn count(&self, table: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        self.client().query_one(&query, &[]).unwrap().get(0)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let statement = format!("DROP SCHEMA {} CASCADE", self.schema);
        let _ = administrator().batch_execute(&statement);
    }
}

/// Random codes.
pub struct TestCodes {
    pub values: Vec<f32>,
    pub width: usize,
    pub names: Vec<StoredName>,
}

impl TestCodes {
    pub fn new(rows: usize, width: usize, seed: u64) -> Self {
        let mut random = generator(seed, Purpose::Sketch, 0, 0);
        let values = (0..rows * width)
            .map(|_| random.random_range(-1.0..1.0))
            .collect();
        Self::of(values, width)
    }

    pub fn of(values: Vec<f32>, width: usize) -> Self {
        let names = (0..values.len() / width)
            .map(|row| StoredName {
                picture: format!("Ada_{row:04}"),
                person: "Ada \t\n\\N".to_string(),
            })
            .collect();
        Self {
            values,
            width,
            names,
        }
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    pub fn set(&self, metric: Metric) -> NewSet<'_> {
        NewSet::new(key("model", metric), &self.names, &self.values, self.width)
    }
}

pub fn key(model: &str, metric: Metric) -> SetKey {
    SetKey {
        data_fingerprint: "data".into(),
        model_fingerprint: model.into(),
        metric,
        whitened: false,
    }
}
