//! Train: runs, their charts, and the faces as they are learned.

mod chart;
mod code_size_chart;
pub mod form;
mod keys;
mod layout;
mod settings_diff;
mod state;
mod view;

use std::collections::BTreeSet;

use self::form::{Field, Form};
use self::state::SMOOTHING_WEIGHTS;
use super::path_input::{PathEdit, Resolution};
use super::text_input::EditOutcome;
use crate::engine::{Request, ResponseBody};
use crate::runs::RunState;
use crate::runs::RunSummary;
use crate::runs::follow::MetricKind;
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, MessageKind};
use crate::tui::keymap::Mode;
use crate::tui::path_lookup::LookupResult;
use crate::tui::run_monitor::{RunCommand, RunControl, RunUpdate, Watched};

pub use keys::{KEYS, PARTS};
pub use state::{Panel, TrainTab};
pub use view::render;

/// Train's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainAction {
    /// Open the form for a new run.
    OpenForm,
    /// In the form: start the run.
    Start,
    /// In the form: type the field under the cursor.
    Edit,
    /// In the form: the next (true) or previous value.
    StepValue(bool),
    /// Pause, or go on.
    Pause,
    /// Go on with a run that rests or has no worker.
    Resume,
    /// Stop with a checkpoint.
    Stop,
    /// Stop after the epoch.
    StopAfterEpoch,
    /// Save now.
    Checkpoint,
    /// Back to the last good checkpoint at a tenth of the learning rate.
    RollBack,
    /// Ask whether to remove the chosen run.
    Remove,
    /// Yes, remove it.
    Confirm,
    /// Take the run into the comparison or out.
    ToggleCompared,
    /// The chart's cursor to the left (false) or right.
    MoveCursor(bool),
    /// Look closer (true) or from farther away.
    Zoom(bool),
    /// Linear or logarithmic values.
    ToggleLogValues,
    /// Linear or logarithmic steps.
    ToggleLogSteps,
    /// The next quantity in the chart.
    NextMetric,
    /// Double (true) or halve the learning rate.
    ScaleLearningRate(bool),
    /// More (true) or less noise.
    StepNoise(bool),
    /// The faces rebuilt worst, or the fixed ones.
    ToggleWorst,
    /// What the compared runs were asked to do differently, or the chart.
    ToggleSettingsDiff,
    /// Error against code size, or the chart.
    ToggleCodeSizeChart,
    /// More or no smoothing.
    NextSmoothing,
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    match &app.train {
        TrainTab {
            form: Some(form), ..
        } if form.input.is_open() => Mode::Text,
        TrainTab {
            form: Some(form), ..
        } if form.path.is_open() => Mode::Path,
        TrainTab { form: Some(_), .. } => Mode::Part(Tab::Train, 0),
        TrainTab {
            confirming_removal: Some(_),
            ..
        } => Mode::Part(Tab::Train, 1),
        _ => Mode::Tab(Tab::Train),
    }
}

/// Another data set is open: runs are the same.
pub fn on_dataset_opened(_app: &mut App) {}

/// What Train needs from the engine: runs are other processes, but not their
/// comparison with PCA.
pub fn requests(app: &App) -> Vec<(Topic, Request)> {
    let train = &app.train;
    match train.selected_run() {
        Some(run) if train.panel == Panel::CodeSize => {
            let (run, stamp) = (
                run.id.clone(),
                code_size_chart::finished_runs_stamp(&train.runs),
            );
            vec![(Topic::CodeSizeCurve, Request::CodeSizeCurve { run, stamp })]
        }
        _ => Vec::new(),
    }
}

/// An answer has come.
pub fn on_response(app: &mut App, answer: ResponseBody) {
    if let ResponseBody::CodeSizeCurve(curve) = answer {
        app.train.code_curve = Some(curve);
    }
}

/// Tells the watcher what to watch when that has changed.
pub fn sync_monitor(app: &mut App) -> Option<Effect> {
    let watch = Watched {
        shown: app.tab == Tab::Train && app.popup.is_none(),
        selected: app.train.selected.clone(),
        step: app.train.cursor,
        worst: app.train.show_worst,
    };
    if watch == app.train.watched {
        return None;
    }
    app.train.watched = watch.clone();
    Some(Effect::Runs(RunCommand::Watch(watch)))
}

/// The watcher has news.
pub fn on_run_update(app: &mut App, news: RunUpdate) {
    let train = &mut app.train;
    match news {
        RunUpdate::Runs(runs) => {
            let was_live = train.runs.iter().filter(|run| run.state.is_live());
            let ended = was_live
                .filter(|old| {
                    !runs
                        .iter()
                        .any(|run| run.id == old.id && run.state.is_live())
                })
                .count();
            let checkpoints = |runs: &[RunSummary]| -> Vec<Option<u64>> {
                runs.iter().map(|run| run.checkpoint).collect()
            };
            let saved = checkpoints(&runs) != checkpoints(&train.runs);
            train.runs = runs;
            let ids: BTreeSet<&String> = train.runs.iter().map(|run| &run.id).collect();
            train.compared.retain(|id| ids.contains(id));
            train.curves.retain(|id, _| ids.contains(id));
            if train.selected_run().is_none() {
                train.selected = train.runs.first().map(|run| run.id.clone());
            }
            // Models that other tabs can use have come or gone.
            if ended > 0 || saved {
                app.invalidate(Topic::Models);
            }
        }
        RunUpdate::Curves(id, curves) => {
            train.curves.insert(id, curves);
        }
        RunUpdate::Preview(id, strip) => train.preview = Some((id, strip)),
        RunUpdate::Started(id) => {
            select_run(train, id);
        }
        RunUpdate::CommandDone(Ok(text)) => app.message = Some((MessageKind::Info, text)),
        RunUpdate::CommandDone(Err(text)) => app.message = Some((MessageKind::Error, text)),
    }
}

fn select_run(train: &mut TrainTab, id: String) {
    if train.selected.as_ref() != Some(&id) {
        train.selected = Some(id);
        train.cursor = None;
        train.zoom = None;
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.train.form.is_some() {
        return update_form(app, action);
    }
    if let Some(id) = app.train.confirming_removal.take() {
        return match action {
            Any::Train(TrainAction::Confirm) => control(id, RunControl::Remove),
            _ => Vec::new(),
        };
    }
    match action {
        Any::Train(own) => return act(app, own),
        Any::Back => {
            app.train.cursor = None;
            app.train.zoom = None;
        }
        action => move_selection(app, action),
    }
    Vec::new()
}

fn move_selection(app: &mut App, action: Any) {
    let place = app.train.selected_index();
    let last = app.train.runs.len().saturating_sub(1);
    let place = match action {
        Any::Move(Direction::Down) => place + 1,
        Any::Move(Direction::Up) => place.saturating_sub(1),
        Any::First => 0,
        Any::Last => last,
        _ => return,
    };
    if let Some(run) = app.train.runs.get(place.min(last)) {
        let id = run.id.clone();
        select_run(&mut app.train, id);
    }
}

fn control(id: String, steer: RunControl) -> Vec<Effect> {
    vec![Effect::Runs(RunCommand::Control(id, steer))]
}

fn act(app: &mut App, action: TrainAction) -> Vec<Effect> {
    match action {
        TrainAction::OpenForm => return open_form(app),
        TrainAction::ToggleLogValues => app.train.logarithmic = !app.train.logarithmic,
        TrainAction::ToggleLogSteps => app.train.logarithmic_steps = !app.train.logarithmic_steps,
        TrainAction::NextMetric => select_next_metric(&mut app.train),
        TrainAction::ToggleWorst => app.train.show_worst = !app.train.show_worst,
        TrainAction::ToggleSettingsDiff => app.train.toggle_panel(Panel::SettingsDiff),
        TrainAction::ToggleCodeSizeChart => app.train.toggle_panel(Panel::CodeSize),
        TrainAction::NextSmoothing => {
            app.train.smoothing = (app.train.smoothing + 1) % SMOOTHING_WEIGHTS.len();
        }
        TrainAction::MoveCursor(right) => move_cursor(app, right),
        TrainAction::Zoom(closer) => zoom(&mut app.train, closer),
        TrainAction::ToggleCompared => {
            if let Some(id) = app.train.selected_run().map(|run| run.id.clone())
                && !app.train.compared.remove(&id)
            {
                app.train.compared.insert(id);
            }
        }
        TrainAction::Remove => return confirm_removal(app),
        TrainAction::Start
        | TrainAction::Edit
        | TrainAction::StepValue(_)
        | TrainAction::Confirm => {}
        TrainAction::Pause
        | TrainAction::Resume
        | TrainAction::Stop
        | TrainAction::StopAfterEpoch
        | TrainAction::Checkpoint
        | TrainAction::ScaleLearningRate(_)
        | TrainAction::StepNoise(_)
        | TrainAction::RollBack => return act_on_run(app, action),
    }
    Vec::new()
}

/// Steers the chosen run, or says why that makes no sense now.
fn act_on_run(app: &mut App, action: TrainAction) -> Vec<Effect> {
    let Some(run) = app.train.selected_run() else {
        app.message = Some((
            MessageKind::Info,
            "there is no run yet: n starts one".to_string(),
        ));
        return Vec::new();
    };
    let (id, state) = (run.id.clone(), run.state);
    let order = match (action, state) {
        (TrainAction::Pause, RunState::Paused | RunState::Pausing) => Some(RunControl::Resume),
        (TrainAction::Pause, state) if state.is_live() => Some(RunControl::Pause),
        (TrainAction::Resume, state)
            if state.is_resumable() || matches!(state, RunState::Paused | RunState::Pausing) =>
        {
            Some(RunControl::Resume)
        }
        (TrainAction::Stop, state) if state.is_live() => Some(RunControl::Stop),
        (TrainAction::StopAfterEpoch, state) if state.is_live() => Some(RunControl::StopAfterEpoch),
        (TrainAction::Checkpoint, state) if state.is_live() => Some(RunControl::Checkpoint),
        (TrainAction::ScaleLearningRate(up), state) if state.is_live() => {
            Some(RunControl::ScaleLearningRate(if up { 2.0 } else { 0.5 }))
        }
        (TrainAction::StepNoise(more), state) if state.is_live() => {
            Some(RunControl::StepNoise(more))
        }
        (TrainAction::RollBack, RunState::Finished) if !run.diverged => None,
        (TrainAction::RollBack, state) if !state.is_live() || state == RunState::Paused => run
            .learning_rate
            .map(|rate| RunControl::RollBack(rate / 10.0)),
        _ => None,
    };
    if let Some(order) = order {
        control(id, order)
    } else {
        let text = if run.diverged {
            format!(
                "{} has diverged: B goes back to its last good checkpoint",
                run.name
            )
        } else {
            format!("{} is {state}: that key does nothing now", run.name)
        };
        app.message = Some((MessageKind::Info, text));
        Vec::new()
    }
}

fn confirm_removal(app: &mut App) -> Vec<Effect> {
    if let Some(run) = app.train.selected_run() {
        if run.state.is_live() {
            let text = format!("{} is {}: stop it first (x)", run.name, run.state);
            app.message = Some((MessageKind::Error, text));
        } else {
            app.train.confirming_removal = Some(run.id.clone());
        }
    }
    Vec::new()
}

/// The next quantity that the chosen run has any value of.
fn select_next_metric(train: &mut TrainTab) {
    let curves = train.selected.as_ref().and_then(|id| train.curves.get(id));
    let all = MetricKind::ALL;
    let at = all.iter().position(|one| *one == train.quantity);
    let next = all.iter().cycle().skip(at.unwrap_or(0) + 1).take(all.len());
    let known = |quantity: &&MetricKind| {
        **quantity == MetricKind::Loss
            || curves.is_some_and(|curves| !curves.curve(**quantity).is_empty())
    };
    train.quantity = next
        .copied()
        .find(|quantity| known(&quantity))
        .unwrap_or_default();
}

fn move_cursor(app: &mut App, right: bool) {
    let Some((low, high)) = app.train.steps() else {
        return;
    };
    let columns = u64::from(layout::layout(app).chart.width.max(16)) - 12;
    let step = ((high - low) / columns.max(1)).max(1);
    let at = app.train.cursor.unwrap_or(high);
    app.train.cursor = Some(if right {
        at.saturating_add(step).min(high)
    } else {
        at.saturating_sub(step).max(low)
    });
}

fn zoom(train: &mut TrainTab, closer: bool) {
    let Some(((from, to), (low, high))) = train.steps().zip(train.all_steps()) else {
        return;
    };
    let centre = train.cursor.unwrap_or(to).clamp(from, to);
    let width = to - from;
    let width = if closer {
        (width / 2).max(8)
    } else {
        width.saturating_mul(2)
    };
    if width >= high - low {
        train.zoom = None;
        return;
    }
    let from = centre.saturating_sub(width / 2).max(low);
    let from = from.min(high.saturating_sub(width));
    train.zoom = Some((from, from + width));
}

fn open_form(app: &mut App) -> Vec<Effect> {
    let data = app
        .dataset()
        .map_or_else(|| "sample".to_string(), |dataset| dataset.id.clone());
    match Form::new("face", &data) {
        Ok(form) => app.train.form = Some(form),
        Err(error) => app.message = Some((MessageKind::Error, error.to_string())),
    }
    Vec::new()
}

fn update_form(app: &mut App, action: Any) -> Vec<Effect> {
    let Some(form) = &mut app.train.form else {
        return Vec::new();
    };
    if form.path.is_open() {
        form.problem = None;
        match form.path.update(action) {
            PathEdit::LookUp(lookup) => return vec![Effect::LookUp(lookup)],
            PathEdit::Unhandled if matches!(action, Any::Move(_)) => {
                let text = form.path.text().to_string();
                form.path.close();
                form.enter_value(text);
            }
            PathEdit::Handled | PathEdit::Unhandled => return Vec::new(),
        }
    }
    if form.input.is_open() {
        let typed = form.input.update(action);
        let accepted = typed == EditOutcome::Accepted || matches!(action, Any::Move(_));
        if !accepted {
            return Vec::new();
        }
        form.input.update(Any::Accept);
        let text = form.input.text().to_string();
        form.enter_value(text);
    }
    let last = Field::ALL.len() - 1;
    match action {
        Any::Move(Direction::Down) => {
            form.selected = if form.selected == last {
                0
            } else {
                form.selected + 1
            }
        }
        Any::Move(Direction::Up) => form.selected = form.selected.checked_sub(1).unwrap_or(last),
        Any::Train(TrainAction::StepValue(forwards)) => form.step_value(forwards),
        Any::Train(TrainAction::Edit) => form.start_editing(),
        Any::Back => app.train.form = None,
        Any::Train(TrainAction::Start) => match form.spec() {
            Ok(spec) => {
                app.train.form = None;
                app.message = Some((MessageKind::Info, "starting the run …".to_string()));
                return vec![Effect::Runs(RunCommand::Start(Box::new(spec)))];
            }
            Err((field, problem)) => {
                if let Some(at) = field.and_then(|f| Field::ALL.iter().position(|g| *g == f)) {
                    form.selected = at;
                }
                form.problem = Some((field, problem));
            }
        },
        _ => {}
    }
    Vec::new()
}

/// A data set that was typed into the form was looked at.
pub fn on_path_lookup(app: &mut App, looked: LookupResult) {
    let Some(form) = &mut app.train.form else {
        return;
    };
    match form.path.on_lookup(looked) {
        Resolution::Ignored => {}
        Resolution::Rejected(problem) => form.problem = Some((Some(Field::Data), problem)),
        Resolution::Accepted(path, _) => match path.into_os_string().into_string() {
            Ok(data) => form.enter_value(data),
            Err(path) => {
                let problem = format!("{}: its name is not UTF-8", path.display());
                form.problem = Some((Some(Field::Data), problem));
            }
        },
    }
}

/// Train's status line.
pub fn status(app: &App) -> String {
    view::status_line(app)
}
