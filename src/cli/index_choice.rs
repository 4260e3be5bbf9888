//! Where a search happens.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::search::IndexKind;

/// What `--index` names: an index of this program, or the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexChoice {
    /// In memory.
    Local(IndexKind),
    /// In a `PostgreSQL` database with pgvector.
    Pgvector,
}

static CHOICES: LazyLock<Vec<IndexChoice>> = LazyLock::new(|| {
    let local = IndexKind::value_variants().iter().copied();
    let mut choices: Vec<IndexChoice> = local.map(IndexChoice::Local).collect();
    choices.push(IndexChoice::Pgvector);
    choices
});

impl ValueEnum for IndexChoice {
    fn value_variants<'a>() -> &'a [Self] {
        &CHOICES
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Local(kind) => kind.to_possible_value(),
            Self::Pgvector => Some(
                PossibleValue::new("pgvector")
                    .help("Codes in PostgreSQL, which `codes -o postgresql://` stored"),
            ),
        }
    }
}
