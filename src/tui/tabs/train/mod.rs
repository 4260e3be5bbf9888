//! Train: runs, their charts, and the faces as they are learned.

mod chart;
mod codes;
mod differences;
pub mod form;
mod keys;
mod layout;
mod state;
mod view;

use std::collections::BTreeSet;

use self::form::{Field, Form};
use self::state::SMOOTHING;
use super::input::Typed;
use super::path_entry::{Answered, Entered};
use crate::engine::{Answer, Request};
use crate::runs::RunSummary;
use crate::runs::State as RunState;
use crate::runs::follow::Quantity;
use crate::tui::action::{Action as Any, Direction, Effect, Tab, Topic};
use crate::tui::app::{App, Tone};
use crate::tui::keymap::Mode;
use crate::tui::path_lookup::Looked;
use crate::tui::run_watch::{News, Order, Steer, Watch};

pub use keys::{KEYS, PARTS};
pub use state::{Panel, State};
pub use view::render;

/// Train's own actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Open the form for a new run.
    New,
    /// In the form: start the run.
    Start,
    /// In the form: type the field under the cursor.
    Edit,
    /// In the form: the next (true) or previous value.
    Value(bool),
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
    Compare,
    /// The chart's cursor to the left (false) or right.
    Cursor(bool),
    /// Look closer (true) or from farther away.
    Zoom(bool),
    /// Linear or logarithmic values.
    Log,
    /// Linear or logarithmic steps.
    LogSteps,
    /// The next quantity in the chart.
    Quantity,
    /// Double (true) or halve the learning rate.
    Rate(bool),
    /// More (true) or less noise.
    Noise(bool),
    /// The faces rebuilt worst, or the fixed ones.
    Worst,
    /// What the compared runs were asked to do differently, or the chart.
    Differences,
    /// Error against code size, or the chart.
    Codes,
    /// More or no smoothing.
    Smooth,
}

/// What keys mean.
pub fn mode(app: &App) -> Mode {
    match &app.train {
        State {
            form: Some(form), ..
        } if form.input.is_open() => Mode::Text,
        State {
            form: Some(form), ..
        } if form.path.is_open() => Mode::Path,
        State { form: Some(_), .. } => Mode::Part(Tab::Train, 0),
        State {
            removing: Some(_), ..
        } => Mode::Part(Tab::Train, 1),
        _ => Mode::Tab(Tab::Train),
    }
}

/// Another data set is open: runs are the same.
pub fn opened(_app: &mut App) {}

/// What Train needs from the engine: runs are other processes, but not their
/// comparison with PCA.
pub fn wants(app: &App) -> Vec<(Topic, Request)> {
    let train = &app.train;
    match train.run() {
        Some(run) if train.panel == Panel::Codes => {
            let (run, stamp) = (run.id.clone(), codes::stamp(&train.runs));
            vec![(Topic::CodeCurve, Request::CodeCurve { run, stamp })]
        }
        _ => Vec::new(),
    }
}

/// An answer has come.
pub fn answer(app: &mut App, answer: Answer) {
    if let Answer::CodeCurve(curve) = answer {
        app.train.codes = Some(curve);
    }
}

/// Tells the watcher what to watch when that has changed.
pub fn settle(app: &mut App) -> Option<Effect> {
    let watch = Watch {
        shown: app.tab == Tab::Train && app.popup.is_none(),
        chosen: app.train.chosen.clone(),
        at: app.train.cursor,
        worst: app.train.worst,
    };
    if watch == app.train.told {
        return None;
    }
    app.train.told = watch.clone();
    Some(Effect::Run(Order::Watch(watch)))
}

/// The watcher has news.
pub fn hear(app: &mut App, news: News) {
    let train = &mut app.train;
    match news {
        News::Runs(runs) => {
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
            if train.run().is_none() {
                train.chosen = train.runs.first().map(|run| run.id.clone());
            }
            // Models that other tabs can use have come or gone.
            if ended > 0 || saved {
                app.ask_again(Topic::Models);
            }
        }
        News::Curves(id, curves) => {
            train.curves.insert(id, curves);
        }
        News::Strip(id, strip) => train.strip = Some((id, strip)),
        News::Started(id) => {
            choose(train, id);
        }
        News::Done(Ok(text)) => app.message = Some((Tone::Note, text)),
        News::Done(Err(text)) => app.message = Some((Tone::Problem, text)),
    }
}

fn choose(train: &mut State, id: String) {
    if train.chosen.as_ref() != Some(&id) {
        train.chosen = Some(id);
        train.cursor = None;
        train.zoom = None;
    }
}

/// The user did something.
pub fn update(app: &mut App, action: Any) -> Vec<Effect> {
    if app.train.form.is_some() {
        return update_form(app, action);
    }
    if let Some(id) = app.train.removing.take() {
        return match action {
            Any::Train(Action::Confirm) => steer(id, Steer::Remove),
            _ => Vec::new(),
        };
    }
    match action {
        Any::Train(own) => return act(app, own),
        Any::Back => {
            app.train.cursor = None;
            app.train.zoom = None;
        }
        action => move_choice(app, action),
    }
    Vec::new()
}

fn move_choice(app: &mut App, action: Any) {
    let place = app.train.place();
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
        choose(&mut app.train, id);
    }
}

fn steer(id: String, steer: Steer) -> Vec<Effect> {
    vec![Effect::Run(Order::Steer(id, steer))]
}

fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::New => return open_form(app),
        Action::Log => app.train.logarithmic = !app.train.logarithmic,
        Action::LogSteps => app.train.logarithmic_steps = !app.train.logarithmic_steps,
        Action::Quantity => next_quantity(&mut app.train),
        Action::Worst => app.train.worst = !app.train.worst,
        Action::Differences => app.train.show(Panel::Differences),
        Action::Codes => app.train.show(Panel::Codes),
        Action::Smooth => app.train.smoothing = (app.train.smoothing + 1) % SMOOTHING.len(),
        Action::Cursor(right) => move_cursor(app, right),
        Action::Zoom(closer) => zoom(&mut app.train, closer),
        Action::Compare => {
            if let Some(id) = app.train.run().map(|run| run.id.clone())
                && !app.train.compared.remove(&id)
            {
                app.train.compared.insert(id);
            }
        }
        Action::Remove => return ask_removal(app),
        Action::Start | Action::Edit | Action::Value(_) | Action::Confirm => {}
        Action::Pause
        | Action::Resume
        | Action::Stop
        | Action::StopAfterEpoch
        | Action::Checkpoint
        | Action::Rate(_)
        | Action::Noise(_)
        | Action::RollBack => return act_on_run(app, action),
    }
    Vec::new()
}

/// Steers the chosen run, or says why that makes no sense now.
fn act_on_run(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(run) = app.train.run() else {
        app.message = Some((Tone::Note, "there is no run yet: n starts one".to_string()));
        return Vec::new();
    };
    let (id, state) = (run.id.clone(), run.state);
    let order = match (action, state) {
        (Action::Pause, RunState::Paused | RunState::Pausing) => Some(Steer::Resume),
        (Action::Pause, state) if state.is_live() => Some(Steer::Pause),
        (Action::Resume, state)
            if state.is_resumable() || matches!(state, RunState::Paused | RunState::Pausing) =>
        {
            Some(Steer::Resume)
        }
        (Action::Stop, state) if state.is_live() => Some(Steer::Stop),
        (Action::StopAfterEpoch, state) if state.is_live() => Some(Steer::StopAfterEpoch),
        (Action::Checkpoint, state) if state.is_live() => Some(Steer::Checkpoint),
        (Action::Rate(up), state) if state.is_live() => {
            Some(Steer::Rate(if up { 2.0 } else { 0.5 }))
        }
        (Action::Noise(more), state) if state.is_live() => Some(Steer::Noise(more)),
        (Action::RollBack, RunState::Finished) if !run.diverged => None,
        (Action::RollBack, state) if !state.is_live() || state == RunState::Paused => {
            run.learning_rate.map(|rate| Steer::RollBack(rate / 10.0))
        }
        _ => None,
    };
    match order {
        Some(order) => steer(id, order),
        None => {
            let text = match run.diverged {
                true => format!(
                    "{} has diverged: B goes back to its last good checkpoint",
                    run.name
                ),
                false => format!("{} is {state}: that key does nothing now", run.name),
            };
            app.message = Some((Tone::Note, text));
            Vec::new()
        }
    }
}

fn ask_removal(app: &mut App) -> Vec<Effect> {
    if let Some(run) = app.train.run() {
        if run.state.is_live() {
            let text = format!("{} is {}: stop it first (x)", run.name, run.state);
            app.message = Some((Tone::Problem, text));
        } else {
            app.train.removing = Some(run.id.clone());
        }
    }
    Vec::new()
}

/// The next quantity that the chosen run has any value of.
fn next_quantity(train: &mut State) {
    let curves = train.chosen.as_ref().and_then(|id| train.curves.get(id));
    let all = Quantity::ALL;
    let at = all.iter().position(|one| *one == train.quantity);
    let next = all.iter().cycle().skip(at.unwrap_or(0) + 1).take(all.len());
    let known = |quantity: &&Quantity| {
        **quantity == Quantity::Loss
            || curves.is_some_and(|curves| !curves.of(**quantity).is_empty())
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
    app.train.cursor = Some(match right {
        true => at.saturating_add(step).min(high),
        false => at.saturating_sub(step).max(low),
    });
}

fn zoom(train: &mut State, closer: bool) {
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
        Err(error) => app.message = Some((Tone::Problem, error.to_string())),
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
            Entered::Look(lookup) => return vec![Effect::Look(lookup)],
            Entered::Other if matches!(action, Any::Move(_)) => {
                let text = form.path.text().to_string();
                form.path.close();
                form.take(text);
            }
            Entered::Nothing | Entered::Other => return Vec::new(),
        }
    }
    if form.input.is_open() {
        let typed = form.input.update(action);
        let accepted = typed == Typed::Accepted || matches!(action, Any::Move(_));
        if !accepted {
            return Vec::new();
        }
        form.input.update(Any::Accept);
        let text = form.input.text().to_string();
        form.take(text);
    }
    let last = Field::ALL.len() - 1;
    match action {
        Any::Move(Direction::Down) => form.at = if form.at == last { 0 } else { form.at + 1 },
        Any::Move(Direction::Up) => form.at = form.at.checked_sub(1).unwrap_or(last),
        Any::Train(Action::Value(forwards)) => form.step(forwards),
        Any::Train(Action::Edit) => form.edit(),
        Any::Back => app.train.form = None,
        Any::Train(Action::Start) => match form.spec() {
            Ok(spec) => {
                app.train.form = None;
                app.message = Some((Tone::Note, "starting the run …".to_string()));
                return vec![Effect::Run(Order::Start(Box::new(spec)))];
            }
            Err((field, problem)) => {
                if let Some(at) = field.and_then(|f| Field::ALL.iter().position(|g| *g == f)) {
                    form.at = at;
                }
                form.problem = Some((field, problem));
            }
        },
        _ => {}
    }
    Vec::new()
}

/// A data set that was typed into the form was looked at.
pub fn looked(app: &mut App, looked: Looked) {
    let Some(form) = &mut app.train.form else {
        return;
    };
    match form.path.answer(looked) {
        Answered::Nothing => {}
        Answered::Refused(problem) => form.problem = Some((Some(Field::Data), problem)),
        Answered::Taken(path, _) => match path.into_os_string().into_string() {
            Ok(data) => form.take(data),
            Err(path) => {
                let problem = format!("{}: its name is not UTF-8", path.display());
                form.problem = Some((Some(Field::Data), problem));
            }
        },
    }
}

/// Train's status line.
pub fn status(app: &App) -> String {
    view::facts(app)
}
