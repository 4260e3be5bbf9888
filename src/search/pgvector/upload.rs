//! Storing a set.

use postgres::Transaction;

use super::address::Address;
use super::copy::copy_codes;
use super::failure;
use super::index_build;
use super::schema::{self, Presence};
use super::set::{COLUMNS, NewSet, StoredSet};
use super::store::{Store, lock};
use crate::error::{Error, Result};
use crate::progress::Watch;
use crate::search::whitening::Whitening;

/// The most numbers that a `vector` holds.
const MAX_WIDTH: usize = 16_000;

/// What an upload found or did.
#[derive(Debug, Clone, PartialEq)]
pub enum Uploaded {
    /// The set is new.
    New(StoredSet),
    /// It was there already, and nothing was sent.
    Present(StoredSet),
}

/// Stores a set with its index in one transaction, so that others see all of it or nothing. Makes
/// the tables where there are none. If the set is there already, as when somebody else has stored it
/// a moment ago, nothing changes.
///
/// # Errors
/// When codes are not finite or too wide, a table is not ours, a set of this key has another width,
/// the server has no extension `vector`, the user no right to create, or the connection is lost;
/// `Cancelled` by the watcher. Nothing has changed then.
pub fn upload(store: &mut Store, set: &NewSet<'_>, watch: Watch) -> Result<Uploaded> {
    check_codes(set)?;
    let address = store.address.clone();
    let mut transaction = store.begin()?;
    // Before any lock: a reader without further rights may learn that the set is there.
    let mut presence = schema::presence(&mut transaction, &address)?;
    if presence == Presence::Ready
        && let Some(present) = present(&mut transaction, &address, set)?
    {
        return Ok(Uploaded::Present(present));
    }
    lock(&mut transaction, &address, watch)?;
    if presence == Presence::Missing {
        presence = schema::presence(&mut transaction, &address)?;
    }
    match presence {
        Presence::Missing => schema::create(&mut transaction, &address)?,
        Presence::Ready => {
            if let Some(present) = present(&mut transaction, &address, set)? {
                return Ok(Uploaded::Present(present));
            }
        }
    }
    let id = insert(&mut transaction, &address, set)?;
    copy_codes(&mut transaction, &address, id, set, watch)?;
    let failed = |error| failure::explain(&address, &error);
    let indexed = index_build::build(&mut transaction, &address, id, set, watch)?;
    let query = format!("UPDATE lfw_tui_sets SET indexed = $1 WHERE id = $2 RETURNING {COLUMNS}");
    let row = transaction
        .query_one(&query, &[&indexed, &id])
        .map_err(failed)?;
    let stored = StoredSet::from_row(&row, &address)?;
    transaction.commit().map_err(failed)?;
    Ok(Uploaded::New(stored))
}

fn check_codes(set: &NewSet<'_>) -> Result<()> {
    let wrong = |problem: String| Err(Error::invalid("codes", problem));
    if set.width == 0 || set.values.len() != set.names.len() * set.width {
        return wrong(format!(
            "{} numbers do not make {} codes of {}",
            set.values.len(),
            set.names.len(),
            set.width
        ));
    }
    if set.names.is_empty() {
        return wrong("there are none: the data set has no pictures".to_string());
    }
    if set.width > MAX_WIDTH || i32::try_from(set.names.len()).is_err() {
        return wrong(format!(
            "PostgreSQL's vectors hold at most {MAX_WIDTH} numbers, and a set 2,147,483,647 codes; \
             these are {} codes of {}",
            set.names.len(),
            set.width
        ));
    }
    match set.values.iter().position(|value| !value.is_finite()) {
        Some(at) => wrong(format!(
            "that of {} is not finite; the model's weights are not usable",
            set.names[at / set.width].picture
        )),
        None => Ok(()),
    }
}

/// The set of the same key, if there is one.
fn present(
    transaction: &mut Transaction<'_>,
    address: &Address,
    set: &NewSet<'_>,
) -> Result<Option<StoredSet>> {
    let query = format!(
        "SELECT {COLUMNS} FROM lfw_tui_sets WHERE data_fingerprint = $1 AND model_fingerprint = $2 \
         AND metric = $3 AND whitened = $4"
    );
    let key = &set.key;
    let row = transaction
        .query_opt(
            &query,
            &[
                &key.data_fingerprint,
                &key.model_fingerprint,
                &key.metric.to_string(),
                &key.whitened,
            ],
        )
        .map_err(|error| failure::explain(address, &error))?;
    let Some(row) = row else { return Ok(None) };
    let stored = StoredSet::from_row(&row, address)?;
    if (stored.width, stored.pictures) != (set.width, set.names.len()) {
        return Err(Error::invalid(
            address,
            format!(
                "{} has {} codes of {} numbers, and these are {} of {}; remove it first \
                 (lfw-tui codes --remove {})",
                stored.describe(),
                stored.pictures,
                stored.width,
                set.names.len(),
                set.width,
                stored.id
            ),
        ));
    }
    Ok(Some(stored))
}

/// Adds the set's row and returns its number.
fn insert(transaction: &mut Transaction<'_>, address: &Address, set: &NewSet<'_>) -> Result<i32> {
    let zero_codes = set
        .values
        .chunks_exact(set.width)
        .filter(|code| code.iter().all(|&value| value == 0.0))
        .count();
    let whitening = set.whitening.map(Whitening::to_bytes);
    let row = transaction
        .query_one(
            "INSERT INTO lfw_tui_sets (data_title, data_fingerprint, model_name, \
             model_fingerprint, metric, whitened, width, pictures, zero_codes, indexed, whitening) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, false, $10) RETURNING id",
            &[
                &set.data_title,
                &set.key.data_fingerprint,
                &set.model_name,
                &set.key.model_fingerprint,
                &set.key.metric.to_string(),
                &set.key.whitened,
                &(set.width as i32),
                &(set.names.len() as i64),
                &(zero_codes as i64),
                &whitening,
            ],
        )
        .map_err(|error| failure::explain(address, &error))?;
    Ok(row.get(0))
}
