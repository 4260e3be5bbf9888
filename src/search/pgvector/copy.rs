//! Codes on their way to the server, as `PostgreSQL`'s binary `COPY`.

use pgvector::Vector;
use postgres::Transaction;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::Type;

use super::address::Address;
use super::failure;
use super::set::NewSet;
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};

/// Codes between two progress reports.
const REPORT_ROWS: usize = 256;

/// Sends the codes of a set.
pub(super) fn copy_codes(
    transaction: &mut Transaction<'_>,
    address: &Address,
    id: i32,
    set: &NewSet<'_>,
    watch: Watch,
) -> Result<()> {
    let failed = |error| failure::explain(address, &error);
    let vector = transaction
        .prepare("SELECT code FROM lfw_tui_codes")
        .map_err(failed)?
        .columns()[0]
        .type_()
        .clone();
    let types = [Type::INT4, Type::INT4, Type::TEXT, Type::TEXT, vector];
    let writer = transaction
        .copy_in("COPY lfw_tui_codes (set_id, ordinal, picture, person, code) FROM STDIN BINARY")
        .map_err(failed)?;
    let mut writer = BinaryCopyInWriter::new(writer, &types);
    let codes = set.values.chunks_exact(set.width);
    for (ordinal, (name, code)) in set.names.iter().zip(codes).enumerate() {
        if ordinal.is_multiple_of(REPORT_ROWS) {
            watch(Progress {
                stage: "uploading codes",
                done: ordinal as u64,
                total: Some(set.names.len() as u64),
                unit: Unit::Pictures,
            })?;
        }
        let code = Vector::from(code.to_vec());
        writer
            .write(&[&id, &(ordinal as i32), &name.picture, &name.person, &code])
            .map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(())
}
