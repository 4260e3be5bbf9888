//! Reads any program's `run.toml`. Settings that the file leaves out stay
//! unknown; no defaults are filled in.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::training::TrainSpec;
use crate::training::spec::flatten_toml;

/// The settings that lists show of a run; `None` where its files do not give them.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SpecSummary {
    /// The preset it started from.
    pub preset: Option<String>,
    /// The network: `pca`, `linear`, `conv`, or another program's name for it.
    pub model: Option<String>,
    /// Latent dimensions.
    pub code_size: Option<u32>,
    /// Side of a face in pixels.
    pub size: Option<u32>,
    /// Noise on the model's input, as `gaussian:0.1`.
    pub noise: Option<String>,
    /// The data set's title.
    pub data: Option<String>,
    /// The data set's fingerprint.
    #[serde(skip)]
    pub fingerprint: Option<String>,
}

/// The settings in a `run.toml`, as far as they can be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LenientSpec {
    /// The user's name for the run; its id if the file gives none.
    pub(crate) name: String,
    /// What the run is for, in one sentence; may be empty.
    pub(crate) description: String,
    /// What lists show.
    pub(crate) summary: SpecSummary,
    /// Passes over the training pictures.
    pub(crate) epochs: Option<u32>,
    /// Every setting by its dotted name, such as `optimizer.learning_rate`.
    pub settings: BTreeMap<String, String>,
    /// Whether this program can train and evaluate the run.
    pub(crate) is_complete: bool,
    /// Why the file could not be read.
    pub(crate) problem: Option<String>,
}

/// A `run.toml` that is valid TOML.
pub(super) struct ParsedSpec {
    table: Table,
    /// The spec, or why this program cannot use it.
    pub(super) spec: Result<TrainSpec>,
}

impl ParsedSpec {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(Error::io(file, "read"))?;
        let text = text.trim_start_matches('\u{feff}');
        let table: Table = text
            .parse()
            .map_err(|error| Error::invalid(file.display(), one_line_message(&error)))?;
        let spec = TrainSpec::from_toml(&file.display().to_string(), text);
        Ok(Self { table, spec })
    }
}

impl LenientSpec {
    /// Takes what can be used; `id` stands in for a missing name.
    pub(super) fn new(parsed: Result<ParsedSpec>, id: String) -> Self {
        let mut lenient = match parsed {
            Ok(ParsedSpec {
                table,
                spec: Ok(spec),
            }) => Self::from_spec(&table, &spec),
            Ok(ParsedSpec { table, .. }) => Self::from_table(&table),
            Err(error) => Self {
                problem: Some(error.to_string()),
                ..Self::default()
            },
        };
        lenient.name = printable(&lenient.name);
        if lenient.name.trim().is_empty() {
            lenient.name = id;
        }
        lenient
    }

    fn from_spec(table: &Table, spec: &TrainSpec) -> Self {
        let written = Self::from_table(table);
        Self {
            summary: SpecSummary {
                preset: Some(spec.preset.clone()).filter(|preset| !preset.is_empty()),
                model: Some(spec.model.kind.to_string()),
                code_size: Some(spec.model.code_size),
                size: Some(spec.model.size),
                noise: Some(spec.noise.to_string()),
                ..written.summary
            },
            epochs: Some(spec.epochs).filter(|epochs| *epochs > 0),
            settings: spec.flat_settings(),
            is_complete: true,
            ..written
        }
    }

    fn from_table(table: &Table) -> Self {
        let text = |value: Option<&Value>| {
            let text = printable(value?.as_str()?);
            Some(text).filter(|text| !text.is_empty())
        };
        let within = |part: &str, name: &str| table.get(part)?.as_table()?.get(name);
        let number = |value: Option<&Value>| u32::try_from(value?.as_integer()?).ok();
        let positive = |value: Option<&Value>| number(value).filter(|number| *number > 0);
        let mut settings = BTreeMap::new();
        flatten_toml("", table, &mut settings);
        for shown_elsewhere in ["name", "description"] {
            settings.remove(shown_elsewhere);
        }
        Self {
            name: text(table.get("name")).unwrap_or_default(),
            description: text(table.get("description")).unwrap_or_default(),
            summary: SpecSummary {
                preset: text(table.get("preset")),
                model: text(within("model", "kind")).or_else(|| text(table.get("model"))),
                code_size: positive(within("model", "code_size")),
                size: positive(within("model", "size")),
                noise: text(table.get("noise")),
                data: text(within("data", "title"))
                    .or_else(|| text(within("data", "data")))
                    .or_else(|| text(table.get("data"))),
                fingerprint: text(within("data", "fingerprint")),
            },
            epochs: positive(table.get("epochs")),
            settings,
            is_complete: false,
            problem: None,
        }
    }
}

/// The parser's reason without its excerpt of the file.
fn one_line_message(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

/// Replaces characters that move the cursor or change the text's direction.
fn printable(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().take(256).map(shown).collect()
}
