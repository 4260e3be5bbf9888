//! What can be read of a `run.toml`, whoever wrote it: a name, and whatever else
//! it says. Nothing is filled in for what it does not say.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::RunDir;
use crate::error::{Error, Result};
use crate::paths::symlinks;
use crate::training::TrainSpec;
use crate::training::spec::flatten_toml;

/// What a run was asked to do, as far as its `run.toml` tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LenientSpec {
    /// What the user calls it; its id where the file gives no name.
    pub name: String,
    /// One sentence on what it is for; may be empty.
    pub description: String,
    /// The preset that it started from.
    pub preset: Option<String>,
    /// The network: `pca`, `linear`, `conv`, or another program's word.
    pub model: Option<String>,
    /// Numbers in a code.
    pub code_size: Option<u32>,
    /// Side of a face in pixels.
    pub size: Option<u32>,
    /// What is put on its input.
    pub noise: Option<String>,
    /// The data set's title.
    pub data: Option<String>,
    /// Passes over the training pictures.
    pub epochs: Option<u32>,
    /// All that the file says, by name: `optimizer.learning_rate`, `0.002`.
    pub settings: BTreeMap<String, String>,
    /// Whether this program can train and judge the run.
    pub is_complete: bool,
    /// Why the file could not be read, when it could not.
    pub problem: Option<String>,
}

impl LenientSpec {
    /// Reads a run's.
    pub fn read(run: &RunDir) -> Self {
        let mut outline = match read(run) {
            Ok((table, Ok(spec))) => Self::from_spec(&table, &spec),
            Ok((table, Err(_))) => Self::from_table(&table),
            Err(error) => Self {
                problem: Some(error.to_string()),
                ..Self::default()
            },
        };
        outline.name = printable(&outline.name);
        if outline.name.trim().is_empty() {
            outline.name = run.id();
        }
        outline
    }

    fn from_spec(table: &Table, spec: &TrainSpec) -> Self {
        Self {
            preset: Some(spec.preset.clone()).filter(|preset| !preset.is_empty()),
            model: Some(spec.model.kind.to_string()),
            code_size: Some(spec.model.code_size),
            size: Some(spec.model.size),
            noise: Some(spec.noise.to_string()),
            epochs: Some(spec.epochs).filter(|epochs| *epochs > 0),
            settings: spec.flat_settings(),
            is_complete: true,
            ..Self::from_table(table)
        }
    }

    fn from_table(table: &Table) -> Self {
        let text = |value: Option<&Value>| {
            let text = printable(value?.as_str()?);
            Some(text).filter(|text| !text.is_empty())
        };
        let within = |part: &str, name: &str| table.get(part)?.as_table()?.get(name);
        let number = |value: Option<&Value>| u32::try_from(value?.as_integer()?).ok();
        let mut settings = BTreeMap::new();
        flatten_toml("", table, &mut settings);
        for told in ["name", "description"] {
            settings.remove(told);
        }
        Self {
            name: text(table.get("name")).unwrap_or_default(),
            description: text(table.get("description")).unwrap_or_default(),
            preset: text(table.get("preset")),
            model: text(within("model", "kind")).or_else(|| text(table.get("model"))),
            code_size: number(within("model", "code_size")).filter(|size| *size > 0),
            size: number(within("model", "size")).filter(|size| *size > 0),
            noise: text(table.get("noise")),
            data: text(within("data", "title"))
                .or_else(|| text(within("data", "data")))
                .or_else(|| text(table.get("data"))),
            epochs: number(table.get("epochs")).filter(|epochs| *epochs > 0),
            settings,
            is_complete: false,
            problem: None,
        }
    }
}

/// A run's name.
///
/// # Errors
/// When its file cannot be read.
pub(super) fn read_name(run: &RunDir) -> Result<String> {
    read(run).map(|_| LenientSpec::read(run).name)
}

/// The file as TOML, and as a spec where it is one.
pub(super) fn read(run: &RunDir) -> Result<(Table, Result<TrainSpec>)> {
    if run.path().is_symlink() {
        symlinks::reject_untrusted_links(run.path())?;
    }
    let file = run.spec_path();
    let text = std::fs::read_to_string(&file).map_err(Error::io(&file, "read"))?;
    let text = text.trim_start_matches('\u{feff}');
    let table: Table = text
        .parse()
        .map_err(|error| Error::invalid(file.display(), one_line_message(&error)))?;
    let spec = TrainSpec::from_toml(&file.display().to_string(), text);
    Ok((table, spec))
}

/// The parser's reason without its picture of the place.
fn one_line_message(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

/// What neither moves a cursor nor turns the direction of text.
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
