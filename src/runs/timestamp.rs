//! Times in a run's files: UTC, for people only.

/// The current time, `2026-11-23T20:15:03Z`.
pub(super) fn utc_now() -> String {
    jiff::Timestamp::now().strftime("%FT%TZ").to_string()
}
