//! The HNSW index of a set.

use std::time::{Duration, Instant};

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::address::Address;
use super::failure;
use super::set::NewSet;
use super::store::index_name;
use super::tls;
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};
use crate::search::metric::Metric;

/// pgvector indexes vectors of at most this many numbers.
pub(super) const MAX_INDEXED_WIDTH: usize = 2000;

/// How often the watcher is asked, and how often the server is asked how far it is.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);
const REPORT_INTERVAL: Duration = Duration::from_millis(500);

/// Builds the index of a set's codes, which is a partial one: only their own. Returns whether there
/// is one now: not where codes are too wide, or where the user may not create indexes, since only
/// the tables' owner may; a note says so.
///
/// # Errors
/// When the server fails; `Cancelled` by the watcher, after which it has stopped.
pub(super) fn build(
    transaction: &mut Transaction<'_>,
    address: &Address,
    id: i32,
    set: &NewSet<'_>,
    watch: Watch,
) -> Result<bool> {
    if set.width > MAX_INDEXED_WIDTH {
        watch(Progress::note(&format!(
            "pgvector indexes codes of at most {MAX_INDEXED_WIDTH} numbers; searches in these of \
             {} compare all",
            set.width
        )))?;
        return Ok(false);
    }
    let failed = |error| failure::explain(address, &error);
    let statement = format!(
        "CREATE INDEX {} ON lfw_tui_codes USING hnsw ((code::vector({})) {}) WHERE set_id = {id}",
        index_name(id),
        set.width,
        match set.key.metric {
            Metric::L2 => "vector_l2_ops",
            Metric::Cosine => "vector_cosine_ops",
        },
    );
    let process: i32 = transaction
        .query_one("SELECT pg_backend_pid()", &[])
        .map_err(failed)?
        .get(0);
    let stop = transaction.cancel_token();
    let savepoint = transaction.savepoint("index").map_err(failed)?;
    let built = std::thread::scope(|scope| {
        let build = scope.spawn(move || {
            let mut savepoint = savepoint;
            savepoint.batch_execute(&statement)?;
            savepoint.commit()
        });
        // Progress is told only to another connection. There may be none to spare.
        let mut observer = address.connect().ok();
        let total = set.names.len() as u64;
        let (mut done, mut asked) = (0, Instant::now());
        while !build.is_finished() {
            std::thread::sleep(WATCH_INTERVAL);
            if asked.elapsed() > REPORT_INTERVAL {
                asked = Instant::now();
                done = observer
                    .as_mut()
                    .and_then(|observer| indexed_codes(observer, process))
                    .unwrap_or(done);
            }
            let cancelled = watch(Progress {
                stage: "indexing codes",
                done: done.min(total),
                total: Some(total),
                unit: Unit::Pictures,
            });
            if let Err(error) = cancelled {
                if let Ok(connector) = tls::connector() {
                    let _ = stop.cancel_query(connector);
                }
                let _ = build.join();
                return Err(error);
            }
        }
        Ok(build
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    match built {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            watch(Progress::note(
                "only the owner of the table lfw_tui_codes can index it; searches in these codes \
                 compare all",
            ))?;
            Ok(false)
        }
        Err(error) => Err(failed(error)),
    }
}

/// How many codes the process has put into the index it builds.
fn indexed_codes(observer: &mut Client, process: i32) -> Option<u64> {
    let row = observer
        .query_opt(
            "SELECT tuples_done FROM pg_stat_progress_create_index WHERE pid = $1",
            &[&process],
        )
        .ok()??;
    row.get::<_, Option<i64>>(0)?.try_into().ok()
}
