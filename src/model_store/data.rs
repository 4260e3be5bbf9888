//! Which pictures belong to a model: the data set that it was trained on, and
//! the pictures that it has not seen.

use std::sync::Arc;

use std::path::Path;

use candle_core::Device;

use super::fitted::FittedModel;
use super::loaded::{LoadedModel, PCA_SEED};
use super::source::ModelSource;
use crate::dataset::split::{HeldOut, Split};
use crate::dataset::{self, Dataset, Faces};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::progress::Watch;
use crate::runs::training_data;

/// What is held out of the data that PCA and the Wiener filter are fitted to: what a run holds out
/// by default, and with [`PCA_SEED`] the same pictures.
const PCA_HELD_OUT: HeldOut = HeldOut::Pictures(0.1);

/// Fewer pictures than this are all fitted to, where nothing is evaluated.
const LEAST_TO_HOLD_OUT: usize = 20;

/// Where a command takes its faces from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataChoice<'a> {
    /// Where data sets are kept.
    pub paths: &'a Paths,
    /// What `--data` names.
    pub data: Option<&'a str>,
    /// The data set of the settings, for models without one of their own.
    pub default: Option<&'a str>,
}

impl DataChoice<'_> {
    /// The model's own data, whatever `--data` names.
    fn own(self) -> Self {
        Self { data: None, ..self }
    }
}

/// Pictures that a model did not see, and how they were chosen.
pub(crate) struct HeldOutPictures {
    /// The data set's title.
    pub data: String,
    /// All its faces.
    pub faces: Faces,
    /// The rows to evaluate on.
    pub rows: Vec<usize>,
    /// `all`, `held-out 0.1 of the pictures`, `held-out 0.2 of the people`.
    pub split: String,
}

/// Which pictures of a data set a model was fitted on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seen {
    /// All.
    All,
    /// All but these, ascending.
    AllBut(Arc<Vec<usize>>),
    /// Those of another data set.
    OtherPictures,
    /// That cannot be known.
    #[default]
    Unknown,
}

/// The pictures of a data set that PCA and the Wiener filter are fitted to where nobody names
/// others: nine tenths, so that they are as blind to the rest as a run is.
pub(crate) fn reference_split(dataset: &Dataset) -> Result<Split> {
    let pictures = dataset.pictures.len();
    if pictures < LEAST_TO_HOLD_OUT {
        return Ok(Split {
            training: (0..pictures).collect(),
            held_out: Vec::new(),
        });
    }
    PCA_HELD_OUT.split(dataset, PCA_SEED)
}

/// What PCA and the Wiener filter have seen of the data set that is open.
///
/// # Errors
/// As [`reference_split`].
pub(crate) fn seen_by_references(dataset: &Dataset) -> Result<Seen> {
    let held_out = reference_split(dataset)?.held_out;
    Ok(if held_out.is_empty() {
        Seen::All
    } else {
        Seen::AllBut(Arc::new(held_out))
    })
}

impl FittedModel {
    /// The rows of a data set that it is fitted to where nobody names others: PCA as
    /// [`reference_split`] says, the descriptor all, as it is there to find every face.
    ///
    /// # Errors
    /// As [`reference_split`].
    pub(crate) fn rows(self, dataset: &Dataset) -> Result<Vec<usize>> {
        match self {
            Self::Pca { .. } => Ok(reference_split(dataset)?.training),
            Self::Descriptor => Ok((0..dataset.pictures.len()).collect()),
        }
    }

    fn seen(self, dataset: &Dataset) -> Result<Seen> {
        match self {
            Self::Pca { .. } => seen_by_references(dataset),
            Self::Descriptor => Ok(Seen::All),
        }
    }
}

impl ModelSource {
    /// The data set that `--data` names; else the one that the model was trained
    /// on; for PCA the settings' data set, else the one used last.
    ///
    /// # Errors
    /// When it cannot be found, or its pictures have changed since the run began.
    pub(crate) fn dataset(&self, choice: DataChoice<'_>, watch: Watch) -> Result<Dataset> {
        let paths = choice.paths;
        if choice.data.is_some() {
            return dataset::resolve(paths, choice.data, watch);
        }
        match self {
            Self::Run(_, spec) => {
                training_data::find_dataset(paths, spec, watch).map_err(add_data_advice)
            }
            Self::Bundled(..) => dataset::resolve(paths, Some("sample"), watch),
            Self::Fitted(_) => dataset::resolve(paths, choice.default, watch),
        }
    }

    /// As [`ModelSource::dataset`], or `None` where nothing needs one: a trained
    /// model and picture files only.
    ///
    /// # Errors
    /// As [`ModelSource::dataset`].
    pub(crate) fn dataset_for(
        &self,
        choice: DataChoice<'_>,
        pictures: &[&str],
        watch: Watch,
    ) -> Result<Option<Dataset>> {
        let needed = choice.data.is_some()
            || matches!(self, Self::Fitted(_))
            || !pictures.iter().all(|picture| Path::new(picture).is_file());
        needed.then(|| self.dataset(choice, watch)).transpose()
    }

    /// Loads the model, or fits one to `dataset`: see [`FittedModel::rows`].
    ///
    /// # Errors
    /// When there is no checkpoint yet, it is damaged, or PCA has no data set.
    pub(crate) fn load(
        &self,
        paths: &Paths,
        dataset: Option<&Dataset>,
        open_device: impl FnOnce() -> Result<Device>,
        watch: Watch,
    ) -> Result<LoadedModel> {
        match (self, dataset) {
            (&Self::Fitted(fitted), Some(dataset)) => {
                fit(paths, dataset, fitted, &fitted.rows(dataset)?, watch)
            }
            (Self::Fitted(_), None) => Err(no_dataset()),
            (stored, _) => LoadedModel::load(stored, &open_device()?),
        }
    }

    /// Loads the model, or fits PCA to these rows of a data set.
    ///
    /// # Errors
    /// When there is no checkpoint yet, it is damaged, or the rows are too few.
    pub(crate) fn load_fitted_to(
        &self,
        paths: &Paths,
        (dataset, rows): (&Dataset, &[usize]),
        open_device: impl FnOnce() -> Result<Device>,
        watch: Watch,
    ) -> Result<LoadedModel> {
        match self {
            &Self::Fitted(fitted) => fit(paths, dataset, fitted, rows, watch),
            Self::Run(..) | Self::Bundled(..) => LoadedModel::load(self, &open_device()?),
        }
    }

    /// Whether it has no file of its own, but is fitted to whatever pictures it is used on.
    pub(crate) fn is_fitted_on_demand(&self) -> bool {
        match self {
            Self::Fitted(_) => true,
            Self::Run(..) | Self::Bundled(..) => false,
        }
    }

    /// The data set that the model was trained or fitted on and the rows that
    /// trained it, where it is evaluated on `choice.data`.
    ///
    /// # Errors
    /// As [`ModelSource::dataset`].
    pub(crate) fn training_rows(
        &self,
        choice: DataChoice<'_>,
        watch: Watch,
    ) -> Result<(Dataset, Vec<usize>)> {
        let own = self.dataset(choice.own(), watch)?;
        if let &Self::Fitted(fitted) = self
            && choice.data.is_some()
        {
            let rows = fitted.rows(&own)?;
            return Ok((own, rows));
        }
        let (held_out, seed) = self.held_out();
        let training = held_out.split(&own, seed)?.training;
        Ok((own, training))
    }

    /// The model and the pictures to evaluate it on: all of `--data`, else those
    /// that were held out of its own.
    ///
    /// # Errors
    /// When there is no picture that it has not seen.
    pub(crate) fn load_for_evaluation(
        &self,
        choice: DataChoice<'_>,
        open_device: impl FnOnce() -> Result<Device>,
        watch: Watch,
    ) -> Result<(LoadedModel, HeldOutPictures)> {
        let (model, dataset) = match self {
            &Self::Fitted(fitted) => {
                let own = self.dataset(choice.own(), watch)?;
                let other = match choice.data {
                    Some(_) => Some(self.dataset(choice, watch)?),
                    None => None,
                };
                check_not_fitted_to(fitted, &own, other.as_ref())?;
                let rows = match other {
                    Some(_) => fitted.rows(&own)?,
                    None => PCA_HELD_OUT.split(&own, PCA_SEED)?.training,
                };
                let model = fit(choice.paths, &own, fitted, &rows, watch)?;
                (model, other.unwrap_or(own))
            }
            stored => {
                let dataset = stored.dataset(choice, watch)?;
                (LoadedModel::load(stored, &open_device()?)?, dataset)
            }
        };
        let faces = Faces::load(choice.paths, &dataset, model.faces, watch)?;
        let (rows, split) = if choice.data.is_some() {
            ((0..faces.len()).collect(), "all".to_string())
        } else {
            let (held_out, seed) = self.held_out();
            let rows = held_out.split(&dataset, seed)?.held_out;
            (rows, describe(held_out))
        };
        if rows.is_empty() {
            return Err(Error::invalid(
                &model.name,
                "held no pictures out; evaluate it on other pictures with --data",
            ));
        }
        let data = dataset.title;
        let pictures = HeldOutPictures {
            data,
            faces,
            rows,
            split,
        };
        Ok((model, pictures))
    }

    /// The rows of a data set that the model was fitted on, ascending; none of pictures other
    /// than its own.
    ///
    /// # Errors
    /// When the model's split is not one of the data set.
    pub(crate) fn seen_rows(&self, dataset: &Dataset) -> Result<Vec<usize>> {
        let fingerprint = match self {
            Self::Run(_, spec) => &spec.data.fingerprint,
            Self::Bundled(_, metadata) => &metadata.data.fingerprint,
            // Fitted to the data set that is open.
            Self::Fitted(fitted) => return fitted.rows(dataset),
        };
        if *fingerprint != dataset.fingerprint {
            return Ok(Vec::new());
        }
        let (held_out, seed) = self.held_out();
        Ok(held_out.split(dataset, seed)?.training)
    }

    /// Which pictures of a data set the model was fitted on. Unlike [`Self::seen_rows`], it tells
    /// apart a model of other pictures.
    ///
    /// # Errors
    /// When the model's split is not one of the data set.
    pub(crate) fn seen(&self, dataset: &Dataset) -> Result<Seen> {
        let fingerprint = match self {
            Self::Run(_, spec) => &spec.data.fingerprint,
            Self::Bundled(_, metadata) => &metadata.data.fingerprint,
            Self::Fitted(fitted) => return fitted.seen(dataset),
        };
        if *fingerprint != dataset.fingerprint {
            return Ok(Seen::OtherPictures);
        }
        let (held_out, seed) = self.held_out();
        let held_out = held_out.split(dataset, seed)?.held_out;
        Ok(Seen::AllBut(Arc::new(held_out)))
    }

    /// What is held out of the model's own data set, and the seed that draws it.
    fn held_out(&self) -> (HeldOut, u64) {
        match self {
            Self::Run(_, spec) => (spec.data.held_out, spec.seed),
            Self::Fitted(_) => (PCA_HELD_OUT, PCA_SEED),
            Self::Bundled(_, metadata) => (
                metadata.data.held_out.unwrap_or(PCA_HELD_OUT),
                metadata.seed,
            ),
        }
    }
}

fn fit(
    paths: &Paths,
    dataset: &Dataset,
    fitted: FittedModel,
    rows: &[usize],
    watch: Watch,
) -> Result<LoadedModel> {
    let faces = Faces::load(paths, dataset, fitted.face_spec(), watch)?;
    LoadedModel::fit(paths, dataset, (&faces, rows), fitted, watch)
}

fn check_not_fitted_to(fitted: FittedModel, own: &Dataset, other: Option<&Dataset>) -> Result<()> {
    match other {
        Some(other) if other.fingerprint == own.fingerprint => Err(Error::invalid(
            fitted.name(),
            format!(
                "is fitted to this data set, {}; leave out --data to evaluate it on a held-out \
                 tenth",
                own.title
            ),
        )),
        _ => Ok(()),
    }
}

/// A command may use another data set where the run's own is gone.
fn add_data_advice(error: Error) -> Error {
    let add = |text| format!("{text}; or choose another data set with --data");
    match error {
        Error::NotFound { what, advice } => Error::not_found(what, add(advice)),
        Error::Invalid { what, problem } => Error::invalid(what, add(problem)),
        error => error,
    }
}

pub(super) fn no_dataset() -> Error {
    Error::invalid("data", "no data set is open; choose one with --data")
}

fn describe(held_out: HeldOut) -> String {
    match held_out {
        HeldOut::Pictures(share) => format!("held-out {share} of the pictures"),
        HeldOut::People(share) => format!("held-out {share} of the people"),
    }
}
