//! How Train's state changes.

use std::collections::BTreeSet;

use super::action::TrainAction;
use super::form::{Form, FormOutcome};
use super::keys;
use super::log_view::LogView;
use super::prompt::Prompt;
use super::prompt_update;
use super::scale::Scale;
use super::state::{Panel, SMOOTHING_WEIGHTS, TrainTab};
use crate::engine::RequestKind;
use crate::runs::follow::MetricKind;
use crate::runs::{RunState, RunSummary};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::motion::{Direction, Step};
use crate::tui::pointer::target::{Target, Track};
use crate::tui::run_monitor::{RunCommand, RunControl, RunUpdate, Watched};
use crate::tui::run_news::{self, RunMark};
use crate::tui::tab_id::TabId;

/// Why a key does nothing.
fn no_run(context: &Context) -> String {
    let key = |action| context.key(keys::MAIN, Action::Train(action));
    let (start, filter) = (key(TrainAction::OpenForm), key(TrainAction::Filter));
    format!("there is no run here: {start} starts one, {filter} changes the filter")
}

/// Handles an action of the user.
pub(super) fn update(tab: &mut TrainTab, context: &mut Context, action: Action) {
    if tab.prompt.is_some() {
        return prompt_update::update(tab, context, action);
    }
    if let Some(log) = &mut tab.log {
        if action == Action::Back {
            tab.log = None;
        } else {
            log.update(action, context.size);
        }
        return;
    }
    if tab.form.is_some() {
        return update_form(tab, context, action);
    }
    if let Some(id) = tab.confirming_removal.take() {
        match action {
            Action::Train(TrainAction::Confirm) => control(context, id, RunControl::Remove),
            Action::Back => {}
            _ => tab.confirming_removal = Some(id),
        }
        return;
    }
    match action {
        Action::Train(action) => handle(tab, context, action),
        Action::Back => {
            tab.cursor = None;
            tab.zoom = None;
        }
        Action::Click(Target::Run(index)) => {
            if let Some(run) = tab.rows.get(&tab.runs, index) {
                tab.select_run(run.id.clone());
            }
        }
        Action::Slide(Track::Steps, position) => slide_cursor(tab, Track::share(position)),
        action => move_selection(tab, context, action),
    }
}

/// Puts the chart's cursor at a share of its way from the first step to the last.
fn slide_cursor(tab: &mut TrainTab, share: f64) {
    let Some((low, high)) = tab.steps() else {
        return;
    };
    let scale = Scale {
        steps: low..=high,
        logarithmic: tab.logarithmic,
        logarithmic_steps: tab.logarithmic_steps,
        columns: 1,
    };
    let (left, right) = (scale.x(low), scale.x(high));
    let step = scale.step(left + (right - left) * share) as u64;
    tab.cursor = Some(step.clamp(low, high));
}

fn move_selection(tab: &mut TrainTab, context: &Context, action: Action) {
    let selected = tab.selected_row();
    let last = tab.rows.len().saturating_sub(1);
    let half = (tab.list_rows(context) / 2).max(1);
    let row = match action {
        Action::Move(Direction::Down) => selected + 1,
        Action::Move(Direction::Up) => selected.saturating_sub(1),
        Action::HalfPageDown => selected + half,
        Action::HalfPageUp => selected.saturating_sub(half),
        Action::First => 0,
        Action::Last => last,
        _ => return,
    };
    if let Some(run) = tab.rows.get(&tab.runs, row.min(last)) {
        tab.select_run(run.id.clone());
    }
}

fn control(context: &mut Context, id: String, control: RunControl) {
    context.push_effect(Effect::Runs(RunCommand::Control(id, control)));
}

fn handle(tab: &mut TrainTab, context: &mut Context, action: TrainAction) {
    match action {
        TrainAction::OpenForm => open_form(tab, context),
        TrainAction::Filter => {
            let selected = tab.selected.clone();
            tab.prompt = Some(Prompt::filter(&tab.rows, selected, &tab.runs));
        }
        TrainAction::NextOrder => {
            tab.rows.order.column = tab.rows.order.column.next();
            tab.refresh_rows();
        }
        TrainAction::ReverseOrder => {
            tab.rows.order.is_reversed = !tab.rows.order.is_reversed;
            tab.refresh_rows();
        }
        TrainAction::EditNote | TrainAction::EditTags | TrainAction::OpenLog => {
            open_words(tab, context, action);
        }
        TrainAction::ToggleLogValues => tab.logarithmic = !tab.logarithmic,
        TrainAction::ToggleLogSteps => tab.logarithmic_steps = !tab.logarithmic_steps,
        TrainAction::NextMetric => select_next_metric(tab),
        TrainAction::ToggleWorst => tab.show_worst = !tab.show_worst,
        TrainAction::ToggleSettingsDiff => tab.toggle_panel(Panel::SettingsDiff),
        TrainAction::ToggleCodeSizeChart => tab.toggle_panel(Panel::CodeSize),
        TrainAction::NextSmoothing => {
            tab.smoothing = (tab.smoothing + 1) % SMOOTHING_WEIGHTS.len();
        }
        TrainAction::MoveCursor(step) => move_cursor(tab, context, step),
        TrainAction::ZoomIn => zoom(tab, |width| (width / 2).max(8)),
        TrainAction::ZoomOut => zoom(tab, |width| width.saturating_mul(2)),
        TrainAction::ToggleCompared => {
            if let Some(id) = tab.selected_run().map(|run| run.id.clone())
                && !tab.compared.remove(&id)
            {
                tab.compared.insert(id);
            }
        }
        TrainAction::Remove => ask_removal(tab, context),
        TrainAction::Start
        | TrainAction::Edit
        | TrainAction::StepValue(_)
        | TrainAction::Confirm => {}
        TrainAction::Pause
        | TrainAction::Resume
        | TrainAction::Stop
        | TrainAction::StopAfterEpoch
        | TrainAction::Checkpoint
        | TrainAction::DoubleLearningRate
        | TrainAction::HalveLearningRate
        | TrainAction::MoreNoise
        | TrainAction::LessNoise
        | TrainAction::RollBack => control_selected(tab, context, action),
    }
}

/// Opens what is written of the selected run: by people, or by its worker.
fn open_words(tab: &mut TrainTab, context: &mut Context, action: TrainAction) {
    let Some(run) = tab.selected_run() else {
        return context.info(no_run(context));
    };
    match action {
        TrainAction::EditNote => tab.prompt = Some(Prompt::note(run, &tab.runs)),
        TrainAction::EditTags => tab.prompt = Some(Prompt::tags(run, &tab.runs)),
        _ => tab.log = Some(LogView::new(run.id.clone(), run.name.clone())),
    }
}

/// Controls the selected run, or says why the key does nothing now.
fn control_selected(tab: &TrainTab, context: &mut Context, action: TrainAction) {
    let Some(run) = tab.selected_run() else {
        return context.info(no_run(context));
    };
    match control_for(run, action) {
        Some(wanted) => control(context, run.id.clone(), wanted),
        None if run.diverged => {
            let key = context.key(keys::MAIN, Action::Train(TrainAction::RollBack));
            context.info(format!(
                "{} has diverged: {key} rolls it back to its last good checkpoint",
                run.name
            ));
        }
        None => context.info(format!(
            "{} is {}: that key does nothing now",
            run.name, run.state
        )),
    }
}

/// What a key does with a run in its state; `None` for nothing.
fn control_for(run: &RunSummary, action: TrainAction) -> Option<RunControl> {
    let state = run.state;
    let is_paused = matches!(state, RunState::Paused | RunState::Pausing);
    match action {
        TrainAction::Pause if is_paused => Some(RunControl::Resume),
        TrainAction::Resume if is_paused || state.is_resumable() => Some(RunControl::Resume),
        TrainAction::RollBack => {
            let has_nothing_to_undo = state == RunState::Finished && !run.diverged;
            let can = !state.is_live() || state == RunState::Paused;
            let rate = run.learning_rate.filter(|_| can && !has_nothing_to_undo)?;
            Some(RunControl::RollBack(rate / 10.0))
        }
        TrainAction::Stop | TrainAction::StopAfterEpoch if state == RunState::Queued => {
            Some(RunControl::Stop)
        }
        _ if !state.is_live() => None,
        TrainAction::Pause => Some(RunControl::Pause),
        TrainAction::Stop => Some(RunControl::Stop),
        TrainAction::StopAfterEpoch => Some(RunControl::StopAfterEpoch),
        TrainAction::Checkpoint => Some(RunControl::Checkpoint),
        TrainAction::DoubleLearningRate => Some(RunControl::ScaleLearningRate(2.0)),
        TrainAction::HalveLearningRate => Some(RunControl::ScaleLearningRate(0.5)),
        TrainAction::MoreNoise => Some(RunControl::MoreNoise),
        TrainAction::LessNoise => Some(RunControl::LessNoise),
        _ => None,
    }
}

/// Whether a key would do something now.
pub(super) fn does_something(tab: &TrainTab, action: TrainAction) -> bool {
    let run = tab.selected_run();
    match action {
        // Resuming has a key of its own.
        TrainAction::Pause => {
            run.is_some_and(|run| matches!(control_for(run, action), Some(RunControl::Pause)))
        }
        TrainAction::Resume
        | TrainAction::Stop
        | TrainAction::StopAfterEpoch
        | TrainAction::Checkpoint
        | TrainAction::DoubleLearningRate
        | TrainAction::HalveLearningRate
        | TrainAction::MoreNoise
        | TrainAction::LessNoise
        | TrainAction::RollBack => run.is_some_and(|run| control_for(run, action).is_some()),
        TrainAction::MoveCursor(_) | TrainAction::ZoomIn | TrainAction::ZoomOut => {
            tab.steps().is_some()
        }
        TrainAction::ToggleCompared
        | TrainAction::EditNote
        | TrainAction::EditTags
        | TrainAction::OpenLog => run.is_some(),
        TrainAction::Remove => run.is_some_and(|run| !run.state.is_live()),
        _ => true,
    }
}

fn ask_removal(tab: &mut TrainTab, context: &mut Context) {
    let Some(run) = tab.selected_run() else {
        return;
    };
    if run.state.is_live() {
        let key = context.key(keys::MAIN, Action::Train(TrainAction::Stop));
        context.error(format!(
            "{} is {}: {key} stops it first",
            run.name, run.state
        ));
    } else {
        tab.confirming_removal = Some(run.id.clone());
    }
}

/// The next metric that the selected run has values of.
fn select_next_metric(tab: &mut TrainTab) {
    let curves = tab.selected_curves();
    let all = MetricKind::ALL;
    let selected = all.iter().position(|one| *one == tab.quantity);
    let following = all.iter().cycle().skip(selected.unwrap_or(0) + 1);
    let has_values = |metric: &&MetricKind| {
        **metric == MetricKind::Loss
            || curves.is_some_and(|curves| !curves.curve(**metric).is_empty())
    };
    let next = following.take(all.len()).find(has_values).copied();
    tab.quantity = next.unwrap_or_default();
}

/// Moves the chart's cursor by about a column.
fn move_cursor(tab: &mut TrainTab, context: &Context, step: Step) {
    let Some((low, high)) = tab.steps() else {
        return;
    };
    let columns = u64::from(tab.layout(context).chart.width.max(16)) - 12;
    let distance = ((high - low) / columns.max(1)).max(1);
    let cursor = tab.cursor.unwrap_or(high);
    tab.cursor = Some(match step {
        Step::Next => cursor.saturating_add(distance).min(high),
        Step::Previous => cursor.saturating_sub(distance).max(low),
    });
}

/// Shows another number of steps, around the cursor or the end.
fn zoom(tab: &mut TrainTab, new_width: impl Fn(u64) -> u64) {
    let Some(((from, to), (low, high))) = tab.steps().zip(tab.all_steps()) else {
        return;
    };
    let centre = tab.cursor.unwrap_or(to).clamp(from, to);
    let width = new_width(to - from);
    if width >= high - low {
        tab.zoom = None;
        return;
    }
    let from = centre.saturating_sub(width / 2).max(low);
    let from = from.min(high.saturating_sub(width));
    tab.zoom = Some((from, from + width));
}

fn open_form(tab: &mut TrainTab, context: &mut Context) {
    let data = context
        .dataset()
        .map_or_else(|| "sample".to_string(), |dataset| dataset.id.clone());
    match Form::new("face", &data) {
        Ok(form) => tab.form = Some(form),
        Err(error) => context.error(error.to_string()),
    }
}

fn update_form(tab: &mut TrainTab, context: &mut Context, action: Action) {
    let Some(form) = &mut tab.form else {
        return;
    };
    match form.update(action) {
        FormOutcome::Open => {}
        FormOutcome::LookUp(lookup) => context.push_effect(Effect::LookUp(lookup)),
        FormOutcome::Closed => tab.form = None,
        FormOutcome::Start(spec) => {
            tab.form = None;
            context.info("starting the run …");
            context.push_effect(Effect::Runs(RunCommand::Start(spec)));
        }
    }
}

/// Asks the monitor to watch what is shown, if that has changed.
pub(super) fn sync_monitor(tab: &mut TrainTab, context: &mut Context, is_shown: bool) {
    let rows = tab.list_rows(context);
    let selected = tab.selected_row();
    tab.rows.scroll_to(selected, rows);
    let in_view = tab.rows.in_view(&tab.runs, rows).map(|run| &run.id);
    let watched = Watched {
        is_shown,
        followed: tab.compared.iter().chain(in_view).cloned().collect(),
        log: tab.log.as_ref().map(|log| log.run.clone()),
        selected: tab.selected.clone(),
        step: tab.cursor,
        worst: tab.show_worst,
    };
    if watched != tab.watched {
        tab.watched = watched.clone();
        context.push_effect(Effect::Runs(RunCommand::Watch(watched)));
    }
}

/// Handles news of the runs.
pub(super) fn on_run_update(tab: &mut TrainTab, context: &mut Context, update: RunUpdate) {
    match update {
        RunUpdate::Runs(runs) => {
            // Other tabs can use the models of runs.
            if has_ended_run(&tab.runs, &runs) || checkpoints(&tab.runs) != checkpoints(&runs) {
                context.requests.invalidate(RequestKind::ListModels);
            }
            tell_news(tab, context, &runs);
            set_runs(tab, runs);
        }
        RunUpdate::Curves(id, curves) => {
            tab.curves.insert(id, curves);
        }
        RunUpdate::Preview(id, strip) => tab.preview = Some((id, strip)),
        RunUpdate::Log(id, text) => {
            if let Some(log) = tab.log.as_mut().filter(|log| log.run == id) {
                log.text = Some(text);
            }
        }
        RunUpdate::Started(id) => tab.select_run(id),
        RunUpdate::CommandDone(Ok(text)) => context.info(text),
        RunUpdate::CommandDone(Err(text)) => context.error(text),
    }
}

/// Tells of runs that have ended or go wrong. One that is stopped while Train is in view is no
/// news to whoever looks at it.
fn tell_news(tab: &TrainTab, context: &mut Context, runs: &[RunSummary]) {
    let is_in_view = context.tab == TabId::Train;
    let mut news = run_news::between(&tab.runs, runs);
    news.retain(|news| !(is_in_view && news.was_asked));
    let Some(notification) = run_news::notification(&news) else {
        return;
    };
    context.push_effect(Effect::Notify(notification));
    let mark = run_news::mark(&news);
    if !is_in_view {
        context.run_mark = context.run_mark.max(mark);
    }
    if context.message.is_none() {
        let text = run_news::message(&news);
        match mark {
            Some(RunMark::Wrong) => context.error(text),
            _ => context.info(text),
        }
    }
}

/// Whether a run that was live is so no more, or gone.
fn has_ended_run(old: &[RunSummary], new: &[RunSummary]) -> bool {
    let is_live_now = |id: &str| new.iter().any(|run| run.id == id && run.state.is_live());
    old.iter()
        .any(|run| run.state.is_live() && !is_live_now(&run.id))
}

fn checkpoints(runs: &[RunSummary]) -> Vec<Option<u64>> {
    runs.iter().map(|run| run.checkpoint).collect()
}

fn set_runs(tab: &mut TrainTab, runs: Vec<RunSummary>) {
    let row = tab.selected_row();
    tab.runs = runs;
    tab.runs_are_known = true;
    let ids: BTreeSet<&String> = tab.runs.iter().map(|run| &run.id).collect();
    tab.compared.retain(|id| ids.contains(id));
    tab.curves.retain(|id, _| ids.contains(id));
    tab.refresh_rows_at(row);
}
