//! The pictures that an encoder, or the whitening of its codes, is fitted to.

use std::collections::HashSet;

use super::encoder::Encoder;
use crate::dataset::normalize::join_key;
use crate::dataset::{self, Dataset, OfficialPart};
use crate::error::{Error, Result};
use crate::model_store::ModelSource;
use crate::model_store::data::DataChoice;
use crate::models::model_file;
use crate::number_format::count;
use crate::progress::{Progress, Watch};
use crate::runs::{self, checkpoint};

/// Pictures of a data set that something is fitted to.
#[derive(Clone)]
pub(super) struct FittedOn {
    /// The data set.
    pub dataset: Dataset,
    /// Its rows that are used, ascending.
    pub rows: Vec<usize>,
    /// What they are, in words.
    pub words: String,
    /// The join keys of the people that the encoder has seen; `None` where nobody knows any more.
    people: Option<HashSet<String>>,
}

impl FittedOn {
    fn new(dataset: Dataset, rows: Vec<usize>, words: String) -> Self {
        let folders = rows.iter().map(|&row| {
            let person = dataset.pictures[row].person;
            dataset.people[person].folder.as_str()
        });
        let people = folders.collect::<HashSet<_>>().into_iter().map(join_key);
        Self {
            people: Some(people.collect()),
            dataset,
            rows,
            words,
        }
    }

    fn all_of(dataset: Dataset) -> Self {
        let pictures = dataset.pictures.len();
        let words = format!("all {} of {}", pictures_in_words(pictures), dataset.title);
        Self::new(dataset, (0..pictures).collect(), words)
    }

    /// The training pictures of a run or bundled model; where those are gone, the judged ones stand
    /// in for the whitening. For others, `built_in`.
    ///
    /// # Errors
    /// `Cancelled` by the watcher.
    pub(super) fn of(
        encoder: &Encoder,
        built_in: &Self,
        judged: &Dataset,
        choice: DataChoice<'_>,
        watch: Watch,
    ) -> Result<Self> {
        let source = match encoder.source() {
            Some(source) if !source.is_fitted_on_demand() => source,
            _ => return Ok(built_in.clone()),
        };
        match trained_on(source, choice, watch) {
            Ok(own) => Ok(own),
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Err(error) => {
                let title = &judged.title;
                watch(Progress::note(&format!(
                    "{}: {error}; its codes are whitened by the pictures of {title} instead",
                    encoder.label()
                )))?;
                let words = format!("pictures that are gone; whitened by {title}");
                let mut own = Self::all_of(judged.clone());
                own.words = words;
                own.people = match learned_people(source) {
                    people if people.is_empty() => None,
                    people => Some(people.iter().map(|folder| join_key(folder)).collect()),
                };
                Ok(own)
            }
        }
    }

    /// Whether it is unknown whom the encoder has seen.
    pub(super) fn is_unknown(&self) -> bool {
        self.people.is_none()
    }

    /// Whether the encoder has seen a picture of a person of `dataset`.
    pub(super) fn has_seen(&self, dataset: &Dataset, person: usize) -> bool {
        let key = || join_key(&dataset.people[person].folder);
        self.people
            .as_ref()
            .is_some_and(|seen| seen.contains(&key()))
    }

    /// How many of these people of `dataset` the encoder has seen; `None` if unknown.
    pub(super) fn count_seen(&self, dataset: &Dataset, people: &[usize]) -> Option<usize> {
        let seen = |person: &&usize| self.has_seen(dataset, **person);
        (!self.is_unknown()).then(|| people.iter().filter(seen).count())
    }
}

/// The people whose names a stored model learned, as its file says.
fn learned_people(source: &ModelSource) -> Vec<String> {
    match source {
        ModelSource::Run(run, _) => checkpoint::model_path(run)
            .and_then(|folder| model_file::load_metadata(&folder))
            .map_or(Vec::new(), |metadata| metadata.people),
        ModelSource::Bundled(..) | ModelSource::Fitted(_) => Vec::new(),
    }
}

/// The pictures that a stored model was trained on.
fn trained_on(source: &ModelSource, choice: DataChoice<'_>, watch: Watch) -> Result<FittedOn> {
    let (dataset, rows) = source.training_rows(choice, watch)?;
    let words = if rows.len() == dataset.pictures.len() {
        return Ok(FittedOn::all_of(dataset));
    } else {
        let pictures = count(rows.len() as u64);
        format!("{pictures} training pictures of {}", dataset.title)
    };
    Ok(FittedOn::new(dataset, rows, words))
}

/// The pictures that built-in encoders are fitted to: those that `fit_on` names; else those of the
/// people of `peopleDevTrain`, so that nobody else has been seen; else all that are judged.
///
/// # Errors
/// When what `fit_on` names cannot be found.
pub(super) fn built_in_fit(
    choice: DataChoice<'_>,
    judged: &Dataset,
    fit_on: Option<&str>,
    watch: Watch,
) -> Result<FittedOn> {
    if let Some(name) = fit_on {
        let run = match name {
            "latest" => runs::find(choice.paths, name).map(Some),
            name => runs::find_exactly(choice.paths, name),
        };
        let run = match run {
            // A path that is no run's may be a data set's.
            Err(Error::NotFound { .. }) if name != "latest" => None,
            run => run?,
        };
        if let Some(run) = run {
            let spec = Box::new(run.spec()?);
            return trained_on(&ModelSource::Run(run, spec), choice, watch);
        }
        let other = dataset::resolve(choice.paths, Some(name), watch)?;
        return Ok(FittedOn::all_of(other));
    }
    let is_training = |row: &usize| {
        let person = judged.pictures[*row].person;
        judged.people[person].official_part == Some(OfficialPart::Training)
    };
    let rows: Vec<usize> = (0..judged.pictures.len()).filter(is_training).collect();
    if rows.len() < 2 {
        return Ok(FittedOn::all_of(judged.clone()));
    }
    let words = format!(
        "{} of {}: the people of peopleDevTrain",
        pictures_in_words(rows.len()),
        judged.title
    );
    Ok(FittedOn::new(judged.clone(), rows, words))
}

fn pictures_in_words(pictures: usize) -> String {
    match pictures {
        1 => "1 picture".to_string(),
        several => format!("{} pictures", count(several as u64)),
    }
}
