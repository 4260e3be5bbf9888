//! The order of a list of runs.

use std::cmp::Ordering;

use super::figure::Figure;
use crate::config::closest_name;
use crate::runs::RunSummary;

/// What runs are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Column {
    /// The time since they were made: the newest first.
    #[default]
    Age,
    /// The name, ignoring case.
    Name,
    /// The state's word.
    State,
    /// The preset.
    Preset,
    /// A figure: the smallest first, and last those that do not have it.
    Figure(Figure),
}

impl Column {
    /// Those that a key goes through.
    pub(crate) const ON_A_KEY: [Self; 9] = [
        Self::Age,
        Self::Name,
        Self::State,
        Self::Figure(Figure::HeldOut),
        Self::Figure(Figure::Loss),
        Self::Figure(Figure::Done),
        Self::Figure(Figure::Left),
        Self::Figure(Figure::Time),
        Self::Figure(Figure::Code),
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Name => "name",
            Self::State => "state",
            Self::Preset => "preset",
            Self::Figure(figure) => figure.name(),
        }
    }

    /// The next one that the key leads to.
    pub(crate) fn next(self) -> Self {
        let all = Self::ON_A_KEY;
        let place = all.iter().position(|column| *column == self);
        all[place.map_or(0, |place| (place + 1) % all.len())]
    }

    fn compare(self, one: &RunSummary, other: &RunSummary) -> Ordering {
        match self {
            // As they are listed.
            Self::Age => Ordering::Equal,
            Self::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            Self::State => one.state_label().cmp(other.state_label()),
            Self::Preset => one.spec.preset.cmp(&other.spec.preset),
            Self::Figure(figure) => {
                let value = |run| figure.value_in(run).unwrap_or(f64::NAN);
                value(one).total_cmp(&value(other))
            }
        }
    }

    /// Whether a run has nothing to be sorted by.
    fn is_unknown(self, run: &RunSummary) -> bool {
        match self {
            Self::Figure(figure) => figure.value_in(run).is_none_or(f64::is_nan),
            Self::Preset => run.spec.preset.is_none(),
            _ => false,
        }
    }
}

impl std::str::FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = || {
            let words = [Self::Age, Self::Name, Self::State, Self::Preset];
            words.into_iter().chain(Figure::ALL.map(Self::Figure))
        };
        let name = text.to_lowercase().replace('_', "-");
        all().find(|column| column.name() == name).ok_or_else(|| {
            match closest_name(&name, all().map(Self::name)) {
                Some(near) => format!("no such column; did you mean {near}?"),
                None => {
                    let names: Vec<&str> = all().map(Self::name).collect();
                    format!("no such column; they are {}", names.join(", "))
                }
            }
        })
    }
}

/// A column, and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Order {
    /// What runs are sorted by.
    pub(crate) column: Column,
    /// Whether the largest comes first, or the oldest.
    pub(crate) is_reversed: bool,
}

impl Order {
    /// Sorts indices into runs that are listed newest first. Equal ones stay in that order, and
    /// those that have nothing to be sorted by come last in both directions.
    pub(crate) fn sort(self, indices: &mut [usize], runs: &[RunSummary]) {
        if self.column == Column::Age {
            if self.is_reversed {
                indices.reverse();
            }
            return;
        }
        indices.sort_by(|one, other| {
            let (one, other) = (&runs[*one], &runs[*other]);
            let unknown = |run| self.column.is_unknown(run);
            unknown(one).cmp(&unknown(other)).then_with(|| {
                let ordering = self.column.compare(one, other);
                if self.is_reversed {
                    ordering.reverse()
                } else {
                    ordering
                }
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::status::{RunState, Status};
    use crate::runs::{LenientSpec, RunDir};

    fn run(name: &str, loss: Option<f64>) -> RunSummary {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("run.toml"), format!("name = {name:?}\n")).unwrap();
        let run = RunDir::open(home.path()).unwrap();
        let status = Status {
            loss,
            ..Status::default()
        };
        let spec: LenientSpec = run.lenient_spec();
        RunSummary::new(&run, &spec, &status, RunState::Finished)
    }

    #[test]
    fn runs_without_the_figure_are_last_and_equal_ones_stay() {
        let all = [
            run("c", Some(0.2)),
            run("B", None),
            run("a", Some(0.1)),
            run("d", Some(f64::NAN)),
            run("e", Some(0.1)),
        ];
        let sorted = |column: &str, is_reversed| {
            let column = column.parse().unwrap();
            let mut indices: Vec<usize> = (0..all.len()).collect();
            let order = Order {
                column,
                is_reversed,
            };
            order.sort(&mut indices, &all);
            let names = indices.iter().map(|index| all[*index].name.as_str());
            names.collect::<String>()
        };
        assert_eq!(sorted("age", false), "cBade");
        assert_eq!(sorted("age", true), "edaBc");
        assert_eq!(sorted("name", false), "aBcde");
        assert_eq!(sorted("name", true), "edcBa");
        assert_eq!(sorted("loss", false), "aecBd");
        assert_eq!(sorted("loss", true), "caeBd");
        assert_eq!(sorted("state", false), "cBade");
        assert_eq!(sorted("held_out", false), "cBade");
        let problem = "loos".parse::<Column>().unwrap_err();
        assert!(problem.contains("did you mean loss?"), "{problem}");
    }
}
