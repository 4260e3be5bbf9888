//! A connection to the tables.

use postgres::{Client, Transaction};

use super::address::Address;
use super::failure;
use super::schema::{self, Presence};
use super::set::{COLUMNS, SetKey, StoredSet};
use crate::error::{Error, Result};
use crate::progress::{Progress, Watch};

/// The first half of the advisory lock that uploads and removals hold, so that they happen one after
/// another: `lfw` in ASCII. The second half is the schema's name, hashed.
const LOCK: i32 = 0x006c_6677;

/// How often a taken lock is tried again.
const LOCK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(100);

/// A connection to a store of codes.
pub struct Store {
    pub(super) client: Client,
    pub(super) address: Address,
}

impl Store {
    /// Connects. Changes nothing.
    ///
    /// # Errors
    /// When there is no server, or it refuses the user or the password.
    pub fn connect(address: &Address) -> Result<Self> {
        Ok(Self {
            client: address.connect()?,
            address: address.clone(),
        })
    }

    /// All sets, oldest first; none if there are no tables yet.
    ///
    /// # Errors
    /// When a table is not ours, or the user may not read it.
    pub fn sets(&mut self) -> Result<Vec<StoredSet>> {
        let address = self.address.clone();
        let mut transaction = self.begin()?;
        if schema::presence(&mut transaction, &address)? == Presence::Missing {
            return Ok(Vec::new());
        }
        let query = format!("SELECT {COLUMNS} FROM lfw_tui_sets ORDER BY id");
        transaction
            .query(&query, &[])
            .map_err(|error| failure::explain(&address, &error))?
            .iter()
            .map(|row| StoredSet::from_row(row, &address))
            .collect()
    }

    /// The set of this key.
    ///
    /// # Errors
    /// As [`Store::sets`]; [`Error::NotFound`] with what there is, and `advice`.
    pub fn find(&mut self, key: &SetKey, advice: &str) -> Result<StoredSet> {
        let sets = self.sets()?;
        if let Some(set) = sets.iter().find(|set| set.key == *key) {
            return Ok(set.clone());
        }
        let there = match sets.as_slice() {
            [] => "it has none".to_string(),
            sets => {
                let shown: Vec<String> =
                    sets.iter().rev().take(5).map(StoredSet::describe).collect();
                let more = if sets.len() > shown.len() {
                    "; …"
                } else {
                    ""
                };
                format!("it has {}{more}", shown.join("; "))
            }
        };
        Err(Error::not_found(
            format!("codes in {}", self.address),
            format!("{there}. {advice}"),
        ))
    }

    /// Removes a set with its codes and its index, and returns what it was.
    ///
    /// # Errors
    /// When there is none of this number, the user may not remove it; `Cancelled` by the watcher.
    pub fn remove(&mut self, id: i32, watch: Watch) -> Result<StoredSet> {
        let numbers: Vec<String> = self.sets()?.iter().map(|set| set.id.to_string()).collect();
        let address = self.address.clone();
        let failed = |error| failure::explain(&address, &error);
        let mut transaction = self.begin()?;
        lock(&mut transaction, &address, watch)?;
        let query = format!("DELETE FROM lfw_tui_sets WHERE id = $1 RETURNING {COLUMNS}");
        let row = if numbers.contains(&id.to_string()) {
            transaction.query_opt(&query, &[&id]).map_err(failed)?
        } else {
            None
        };
        let Some(row) = row else {
            let there = match numbers.as_slice() {
                [] => "there are no sets".to_string(),
                numbers => format!("the sets are {}", numbers.join(", ")),
            };
            return Err(Error::not_found(format!("set {id} in {address}"), there));
        };
        let set = StoredSet::from_row(&row, &address)?;
        transaction
            .batch_execute(&format!(
                "DROP INDEX IF EXISTS {}; DELETE FROM lfw_tui_codes WHERE set_id = {id}",
                index_name(id)
            ))
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(set)
    }

    pub(super) fn begin(&mut self) -> Result<Transaction<'_>> {
        let Self { client, address } = self;
        client
            .transaction()
            .map_err(|error| failure::explain(address, &error))
    }
}

/// The name of a set's HNSW index.
pub(super) fn index_name(id: i32) -> String {
    format!("lfw_tui_codes_{id}")
}

/// Waits until no other upload or removal is under way, and keeps others out until the transaction
/// ends.
pub(super) fn lock(
    transaction: &mut Transaction<'_>,
    address: &Address,
    watch: Watch,
) -> Result<()> {
    loop {
        let row = transaction
            .query_one(
                "SELECT pg_try_advisory_xact_lock($1, hashtext(coalesce(current_schema(), '')))",
                &[&LOCK],
            )
            .map_err(|error| failure::explain(address, &error))?;
        if row.get(0) {
            return Ok(());
        }
        watch(Progress::note("waiting for another upload to this store"))?;
        std::thread::sleep(LOCK_INTERVAL);
    }
}
