//! Encoders judged side by side: which pictures each was fitted to, whom of the judged people it
//! has seen, and how well its codes tell them apart.

mod codes;
mod encoder;
mod fitted;
mod judged_set;
mod pictures;
mod row;

use std::sync::Arc;

use candle_core::Device;

use self::codes::{encode, name_model};
pub(crate) use self::encoder::Encoder;
pub use self::encoder::EncoderRef;
use self::fitted::{FittedOn, built_in_fit};
use self::judged_set::JudgedSet;
pub use self::judged_set::Setup;
use self::pictures::judged_rows;
pub use self::row::EncoderRow;
use super::data::DataChoice;
use crate::dataset::Dataset;
use crate::dataset::pairs::VerificationPairs;
use crate::error::{Error, Result};
use crate::number_format::count;
use crate::paths::Paths;
use crate::progress::Watch;
use crate::search::{CodeTable, Metric};
use crate::verification::judge;

/// What to judge encoders by, beside the data set.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct VerifyOptions<'a> {
    /// A data set, or a run whose training pictures are meant, to fit built-in encoders to.
    pub fit_on: Option<&'a str>,
    /// Judge only on people of whom no encoder has seen a picture.
    pub unseen: bool,
}

/// Encoders that are ready to be judged on the same pictures and pairs.
pub(crate) struct Verification {
    set: JudgedSet,
    encoders: Vec<(Encoder, FittedOn)>,
}

impl Verification {
    /// Finds the pictures that each encoder was or will be fitted to, and the pairs that all are
    /// judged on. Nothing is computed yet.
    ///
    /// # Errors
    /// When a data set or file cannot be read, or there is nothing to judge by.
    pub(crate) fn prepare(
        choice: DataChoice<'_>,
        dataset: Dataset,
        encoders: Vec<Encoder>,
        options: VerifyOptions<'_>,
        watch: Watch,
    ) -> Result<Self> {
        let built_in = built_in_fit(choice, &dataset, options.fit_on, watch)?;
        let encoders = encoders
            .into_iter()
            .map(|encoder| {
                let fitted = FittedOn::of(&encoder, &built_in, &dataset, choice, watch)?;
                Ok((encoder, fitted))
            })
            .collect::<Result<Vec<_>>>()?;
        let rows = if options.unseen {
            unseen_rows(&dataset, &encoders)?
        } else {
            (0..dataset.pictures.len()).collect()
        };
        let pairs = VerificationPairs::of(&dataset)?;
        let judged = judged_rows(choice.paths, &dataset, &rows, pairs, watch)?;
        let setup = Setup::new(&dataset, &judged, options.unseen);
        if setup.people < 2 {
            return Err(Error::invalid(
                &dataset.title,
                "has one person only: there is nobody to tell apart; judge on another data set \
                 with --data",
            ));
        }
        if setup.pairs == 0 && !judged.has_queries() {
            return Err(Error::invalid(
                &dataset.title,
                "nobody has two different pictures, so there is nothing to judge by; judge on \
                 another data set with --data",
            ));
        }
        let set = JudgedSet {
            paths: choice.paths.clone(),
            dataset,
            rows,
            judged,
            setup,
        };
        Ok(Self { set, encoders })
    }

    /// Which pictures and pairs are judged.
    pub(crate) fn setup(&self) -> &Setup {
        &self.set.setup
    }

    /// How many encoders there are.
    pub(crate) fn len(&self) -> usize {
        self.encoders.len()
    }

    /// What the screen and commands call an encoder.
    pub(crate) fn label(&self, encoder: usize) -> String {
        self.encoders[encoder].0.label()
    }

    /// Judges one encoder: plain codes by their distance, then whitened ones by cosine; codes that
    /// are white already only by cosine. Each row is handed over as soon as it is known.
    ///
    /// # Errors
    /// When the model cannot be loaded or fitted, its codes are of no use, or `each` fails;
    /// `Cancelled` by the watcher.
    pub(crate) fn judge(
        &self,
        encoder: usize,
        open_device: impl FnOnce() -> Result<Device>,
        watch: Watch,
        each: &mut dyn FnMut(EncoderRow) -> Result<()>,
    ) -> Result<()> {
        let (source, fitted) = &self.encoders[encoder];
        let coded = encode(&self.set, source, fitted, open_device, watch)?;
        let named = |error| name_model(&coded.label, error);
        let (plain, width) = (&coded.codes.values, coded.codes.width);
        let (values, width) = match &coded.whitening {
            None => (plain.clone(), width),
            Some(whitening) => {
                let table = CodeTable::new(plain.clone(), width, Metric::L2)?;
                let stage = format!("judging {}", coded.label);
                let figures =
                    judge(&table, &self.set.judged, &stage, &mut *watch).map_err(named)?;
                let metric = (Metric::L2, false);
                each(EncoderRow::new(&self.set, &coded, fitted, metric, figures))?;
                (whitening.apply(plain)?.into(), whitening.width())
            }
        };
        let table = CodeTable::new(values, width, Metric::Cosine)?;
        let stage = format!("judging {}, whitened", coded.label);
        let figures = judge(&table, &self.set.judged, &stage, watch).map_err(named)?;
        each(EncoderRow::new(
            &self.set,
            &coded,
            fitted,
            (Metric::Cosine, true),
            figures,
        ))
    }
}

/// An encoder that was judged for the screen, or why it cannot be.
#[derive(Debug, Default)]
pub(crate) struct JudgedEncoder {
    /// Plain and whitened.
    pub rows: Vec<Arc<EncoderRow>>,
    /// One line.
    pub problem: Option<String>,
}

/// Judges one encoder on all pictures of a data set. What is wrong with the encoder, or with the
/// data set, is part of the result.
///
/// # Errors
/// `Cancelled` by the watcher.
pub(crate) fn judge_alone(
    paths: &Paths,
    dataset: &Dataset,
    device: &Device,
    encoder: &EncoderRef,
    watch: Watch,
) -> Result<JudgedEncoder> {
    let choice = DataChoice {
        paths,
        data: None,
        default: None,
    };
    let mut rows = Vec::new();
    let mut judge = || {
        let encoders = vec![Encoder::from_ref(paths, encoder)?];
        let options = VerifyOptions::default();
        let all = Verification::prepare(choice, dataset.clone(), encoders, options, &mut *watch)?;
        all.judge(0, || Ok(device.clone()), watch, &mut |row| {
            rows.push(Arc::new(row));
            Ok(())
        })
    };
    let problem = match judge() {
        Ok(()) => None,
        Err(error @ Error::Cancelled) => return Err(error),
        Err(error) => Some(error.to_string()),
    };
    Ok(JudgedEncoder { rows, problem })
}

/// The pictures of people of whom no encoder has seen a picture.
fn unseen_rows(dataset: &Dataset, encoders: &[(Encoder, FittedOn)]) -> Result<Vec<usize>> {
    for (encoder, fitted) in encoders {
        if fitted.is_unknown() {
            return Err(Error::invalid(
                encoder.label(),
                "nobody knows any more whom it has seen: the data set that it was trained on is \
                 gone; import it again, or judge it without --unseen",
            ));
        }
    }
    let is_unseen = |person: usize| !encoders.iter().any(|(_, on)| on.has_seen(dataset, person));
    let people: Vec<bool> = (0..dataset.people.len()).map(is_unseen).collect();
    let rows: Vec<usize> = (0..dataset.pictures.len())
        .filter(|&row| people[dataset.pictures[row].person])
        .collect();
    if rows.is_empty() {
        let pictures = count(dataset.pictures.len() as u64);
        return Err(Error::invalid(
            &dataset.title,
            format!(
                "--unseen leaves none of its {pictures} pictures: together the encoders have seen \
                 everybody; fit built-in ones to other pictures with --fit-on, to a data set or to \
                 those of a run that held people out"
            ),
        ));
    }
    Ok(rows)
}
