//! The way of one face along an axis or a direction.

use super::codes::{CodeDistribution, EncodedFaces};
use super::filter::find_attribute;
use super::generate::principal_axes;
use super::heading::Heading;
use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::latent::{Codes, deviations_at};
use crate::progress::Watch;

/// Where a face goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Way {
    /// Along a principal axis of the codes, from 0.
    Axis(usize),
    /// To the faces with an attribute, by its name or the beginning of it.
    Attribute(String),
}

impl Way {
    /// What it is called: `axis 3`, `Wearing Hat`.
    ///
    /// # Errors
    /// When the data set has no such attribute.
    pub(crate) fn name(&self, dataset: &Dataset) -> Result<String> {
        match self {
            Self::Axis(axis) => Ok(format!("axis {}", axis + 1)),
            Self::Attribute(word) => {
                let index = find_attribute(dataset, word)
                    .map_err(|problem| Error::Usage(format!("--direction {word}: {problem}")))?;
                let name = dataset.attribute_names().get(index).cloned();
                Ok(name.unwrap_or_default())
            }
        }
    }

    /// `steps` codes from `reach` standard deviations before `from` to as many after it; without
    /// a code to start from, around the mean code.
    ///
    /// # Errors
    /// When there is no such axis or attribute, or no face has or lacks it; `Cancelled` by the
    /// watcher.
    pub(crate) fn codes(
        &self,
        (dataset, real, distribution): (&Dataset, &EncodedFaces, &CodeDistribution),
        from: Option<&[f32]>,
        (reach, steps): (f32, usize),
        watch: Watch,
    ) -> Result<Codes> {
        let statistics = &distribution.statistics;
        match self {
            &Self::Axis(axis) => {
                let axes = principal_axes(&real.model, statistics, watch)?;
                let there_are = axes.shares().len();
                if axis >= there_are {
                    return Err(Error::Usage(format!(
                        "--axis {}: the codes of {} have axes 1 to {there_are}",
                        axis + 1,
                        real.model.label
                    )));
                }
                let mut values = vec![0.0; axis + 1];
                let mut all = Vec::with_capacity(steps * real.codes.width);
                for step in 0..steps {
                    values[axis] = deviations_at(step, steps, reach);
                    all.extend(axes.place(from, &values)?);
                }
                Ok(Codes {
                    rows: steps,
                    width: real.codes.width,
                    values: all.into(),
                })
            }
            Self::Attribute(_) => {
                let heading = Heading::Attribute(self.name(dataset)?);
                let direction = heading.direction(dataset, &real.codes)?;
                let mean = statistics.mean();
                statistics.along(from.unwrap_or(&mean), &direction, reach, steps)
            }
        }
    }
}
