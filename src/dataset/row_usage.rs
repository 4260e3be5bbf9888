//! How much of a protocol or attribute file a data set could use.

use crate::number_format::count;

/// How many rows of a file could be used.
#[derive(Debug, Default)]
pub(crate) struct RowUsage {
    /// Rows about a known person or picture.
    pub matching: usize,
    /// All rows, including unusable ones.
    pub rows: usize,
    /// One message for each unusable row.
    pub unusable: Vec<String>,
    /// Other irregularities.
    pub remarks: Vec<String>,
}

impl RowUsage {
    pub(crate) fn is_complete(&self) -> bool {
        self.matching == self.rows && self.unusable.is_empty() && self.remarks.is_empty()
    }

    /// One line such as `pairs.txt: 5,998 of 6,000 pairs match; 1 row cannot be used (line 7: …)`.
    pub(crate) fn summary(&self, file: &str, unit: &str) -> String {
        let mut text = format!(
            "{file}: {} of {} {unit} match",
            count(self.matching as u64),
            count(self.rows as u64)
        );
        match self.unusable.as_slice() {
            [] => {}
            [only] => text += &format!("; 1 row cannot be used ({only})"),
            [first, ..] => {
                text += &format!(
                    "; {} rows cannot be used (the first: {first})",
                    count(self.unusable.len() as u64)
                );
            }
        }
        for remark in &self.remarks {
            text += &format!("; {remark}");
        }
        text
    }
}
