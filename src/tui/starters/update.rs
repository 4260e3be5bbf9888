//! How the presets to begin with change, and how they are started.

use super::action::StarterAction;
use super::state::{Duration, Measured, Presence, Starters, missing, presence};
use crate::dataset::{Dataset, SAMPLE_NAME};
use crate::runs::RunSummary;
use crate::training::TrainSpec;
use crate::training::starters::{STARTERS, Starter};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::data_sets::messages::{DataCommand, Forecasted};
use crate::tui::effect::Effect;
use crate::tui::motion::Direction;
use crate::tui::pointer::target::Target;
use crate::tui::run_monitor::RunCommand;
use crate::tui::tab_id::TabId;

impl Starters {
    /// The popup was opened from a tab: what would help there is selected.
    pub(crate) fn open(&mut self, context: &Context, runs: &[RunSummary]) {
        let advice = context
            .dataset()
            .and_then(|dataset| self.advice(context.tab, runs, dataset));
        let wanted = advice.and_then(|advice| {
            STARTERS
                .iter()
                .position(|starter| starter.preset == advice.preset)
        });
        self.selected = wanted.unwrap_or(0);
    }

    /// Handles an action in the popup or on an empty Train tab. Gives whether the popup is to be
    /// closed.
    pub(crate) fn update(
        &mut self,
        context: &mut Context,
        runs: &[RunSummary],
        action: Action,
    ) -> bool {
        let last = STARTERS.len() - 1;
        match action {
            Action::Move(Direction::Down) => self.selected = (self.selected + 1).min(last),
            Action::Move(Direction::Up) => self.selected = self.selected.saturating_sub(1),
            Action::Click(Target::Preset(place)) if place != self.selected => {
                self.selected = place.min(last);
            }
            Action::Enter | Action::Click(Target::Preset(_)) => {
                return self.train(context, runs, self.selected);
            }
            Action::Starter(StarterAction::Train(place)) => {
                return self.train(context, runs, place);
            }
            Action::Starter(StarterAction::TrainAll) => return train_all(context, runs),
            Action::Back => return true,
            _ => {}
        }
        false
    }

    fn train(&self, context: &mut Context, runs: &[RunSummary], place: usize) -> bool {
        let Some((starter, dataset)) = STARTERS.get(place).zip(context.dataset().cloned()) else {
            context.error("no data set is open to train on");
            return false;
        };
        if let Some(Duration::Impossible(problem)) = self.durations.get(starter.preset) {
            context.error(problem.clone());
            return false;
        }
        match presence(*starter, runs, &dataset) {
            Presence::Queued | Presence::Training => {
                let key = context.tab_key(Action::ShowTab(TabId::Train));
                context.info(format!("{} is on its way: {key} shows it", starter.preset));
                return false;
            }
            Presence::Missing | Presence::EndedEarly | Presence::Trained => {}
        }
        match spec_of(*starter, &dataset) {
            Ok(spec) => {
                context.info(format!("starting {} …", starter.preset));
                context.push_effect(Effect::Runs(RunCommand::Start(Box::new(spec))));
                true
            }
            Err(problem) => {
                context.error(problem);
                false
            }
        }
    }

    /// Has measured what is wanted now: for the data set that is open, while no run trains, which
    /// would make the figures wrong.
    pub(crate) fn sync(
        &mut self,
        context: &mut Context,
        runs: Option<&[RunSummary]>,
        is_shown: bool,
    ) {
        let (Some(runs), Some(dataset)) = (runs, context.dataset().cloned()) else {
            return;
        };
        if self.data.as_ref() != Some(&dataset.id) {
            self.stop_measuring(context);
            self.measured = Measured::Nothing;
            self.durations.clear();
            self.data = Some(dataset.id.clone());
        }
        if runs.iter().any(|run| run.state.is_live()) {
            return self.stop_measuring(context);
        }
        let is_wanted = is_shown || (!dataset.is_sample && !missing(runs, &dataset).is_empty());
        if self.measured == Measured::Nothing && is_wanted {
            self.measured = Measured::Some;
            let measure = DataCommand::Measure(data_name(&dataset));
            context.push_effect(Effect::Data(measure));
        }
    }

    fn stop_measuring(&mut self, context: &mut Context) {
        if self.is_measuring() {
            self.measured = Measured::Nothing;
            context.push_effect(Effect::Data(DataCommand::StopMeasuring));
        }
    }

    /// Handles a measurement.
    pub(crate) fn on_forecast(&mut self, data: &str, forecast: Forecasted) {
        let is_of =
            |id: &String| id == data || (data == SAMPLE_NAME && *id == crate::dataset::sample::ID);
        if !self.data.as_ref().is_some_and(is_of) {
            return;
        }
        match forecast {
            Forecasted::Seconds(preset, seconds) => {
                self.durations.insert(preset, Duration::Seconds(seconds));
            }
            Forecasted::AtMost(preset, seconds) => {
                // The least of several is nearest.
                let seconds = match self.durations.get(&preset) {
                    Some(Duration::AtMost(before)) => before.min(seconds),
                    _ => seconds,
                };
                self.durations.insert(preset, Duration::AtMost(seconds));
            }
            Forecasted::Impossible(preset, problem) => {
                self.durations.insert(preset, Duration::Impossible(problem));
            }
            Forecasted::End => self.measured = Measured::All,
        }
    }
}

/// Trains all presets without a run, one after another. Gives whether it does.
fn train_all(context: &mut Context, runs: &[RunSummary]) -> bool {
    let Some(dataset) = context.dataset().cloned() else {
        context.error("no data set is open to train on");
        return false;
    };
    let missing = missing(runs, &dataset);
    if missing.is_empty() {
        let key = context.tab_key(Action::ShowTab(TabId::Train));
        context.info(format!(
            "all of these are trained or on their way: {key} shows them"
        ));
        return false;
    }
    let specs: Result<Vec<TrainSpec>, String> = missing
        .iter()
        .map(|starter| spec_of(*starter, &dataset))
        .collect();
    match specs {
        Ok(specs) => {
            let names: Vec<&str> = missing.iter().map(|starter| starter.preset).collect();
            context.info(format!(
                "starting {}, one after another …",
                names.join(", ")
            ));
            context.push_effect(Effect::Runs(RunCommand::StartQueue(specs)));
            context.tab = TabId::Train;
            true
        }
        Err(problem) => {
            context.error(problem);
            false
        }
    }
}

fn spec_of(starter: Starter, dataset: &Dataset) -> Result<TrainSpec, String> {
    let mut spec = TrainSpec::preset(starter.preset).map_err(|error| error.to_string())?;
    spec.data.data = data_name(dataset);
    Ok(spec)
}

/// As `--data` takes it.
fn data_name(dataset: &Dataset) -> String {
    if dataset.is_sample {
        SAMPLE_NAME.to_string()
    } else {
        dataset.id.clone()
    }
}
