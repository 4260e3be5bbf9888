//! Train's list by its keys: filters, orders, notes, tags, and the worker's log.

use lfw_tui::runs::{LogText, RunState, RunSummary};
use lfw_tui::tui::action::Action;
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::run_monitor::{RunCommand, RunControl, RunUpdate};

use super::stage::Stage;
use super::train::run;

fn summary(id: &str, change: impl FnOnce(&mut RunSummary)) -> RunSummary {
    let mut summary = run(id, RunState::Finished);
    change(&mut summary);
    summary
}

/// Runs of different losses, the newest first.
fn runs() -> Vec<RunSummary> {
    let all = [("ant", 0.3), ("bee", 0.1), ("cow", 0.2), ("dog", 0.4)];
    all.map(|(id, loss)| summary(id, |run| run.loss = Some(loss)))
        .to_vec()
}

fn open(columns: u16, rows: u16, runs: Vec<RunSummary>) -> Stage {
    let mut stage = Stage::open(columns, rows);
    stage.press("2");
    stage.app.on_run_update(RunUpdate::Runs(runs));
    stage
}

/// Enters text that the stage would take for names of keys.
fn type_text(stage: &mut Stage, text: &str) {
    for c in text.chars() {
        stage.app.update(Action::Insert(c));
    }
}

/// The names in the list, from top to bottom.
fn listed(stage: &mut Stage) -> Vec<String> {
    let text = stage.text();
    let names = text.lines().filter_map(|line| {
        let at = line.find("face-")?;
        let name = line[at..].split_whitespace().next()?;
        (at < 8).then(|| name.trim_start_matches("face-").to_string())
    });
    names.collect()
}

fn commands(stage: &Stage) -> Vec<&RunCommand> {
    let commands = stage.effects.iter().filter_map(|effect| match effect {
        Effect::Runs(command) if !matches!(command, RunCommand::Watch(_)) => Some(command),
        _ => None,
    });
    commands.collect()
}

#[test]
fn the_list_is_sorted_by_a_key_and_the_selection_stays_on_its_run() {
    let mut stage = open(120, 40, runs());
    assert_eq!(listed(&mut stage), ["ant", "bee", "cow", "dog"]);
    assert!(stage.text().contains("runs by age ▴"));
    stage.press("j");
    let selected = |stage: &Stage| {
        stage
            .app
            .tabs
            .train
            .selected_id()
            .unwrap_or_default()
            .to_string()
    };
    assert_eq!(selected(&stage), "bee");
    stage.press("O");
    assert_eq!(listed(&mut stage), ["dog", "cow", "bee", "ant"]);
    assert!(stage.text().contains("runs by age ▾"));
    stage.press("Oo");
    assert!(stage.text().contains("runs by name ▴"));
    stage.press("ooo");
    assert!(stage.text().contains("runs by loss ▴"));
    assert_eq!(listed(&mut stage), ["bee", "cow", "ant", "dog"]);
    assert_eq!(selected(&stage), "bee");
    // The list changes under the selection.
    let mut changed = runs();
    changed[1].loss = Some(0.9);
    changed.insert(0, summary("elk", |run| run.loss = Some(0.05)));
    stage.app.on_run_update(RunUpdate::Runs(changed));
    assert_eq!(listed(&mut stage), ["elk", "cow", "ant", "dog", "bee"]);
    assert_eq!(selected(&stage), "bee");
    // It is gone: the run in its row takes its place.
    stage
        .app
        .on_run_update(RunUpdate::Runs(runs()[2..].to_vec()));
    assert_eq!(selected(&stage), "dog");
}

#[test]
fn a_queued_run_is_taken_out_of_the_queue_by_the_key_that_stops() {
    let mut stage = open(100, 30, vec![run("a", RunState::Queued)]);
    stage.press("xc");
    let stop = RunCommand::Control("a".to_string(), RunControl::Stop);
    assert_eq!(format!("{:?}", commands(&stage)), format!("{:?}", [stop]));
    assert!(stage.message().contains("does nothing now"));
}

#[test]
fn a_filter_is_seen_while_it_is_typed_and_its_mistakes_are_told() {
    let mut all = runs();
    all[2].tags = vec!["night".to_string()];
    let mut stage = open(100, 30, all);
    stage.press("G/");
    type_text(&mut stage, "loss<0.2");
    assert_eq!(listed(&mut stage), ["bee"]);
    stage.press("5");
    assert_eq!(listed(&mut stage), ["bee", "cow"]);
    type_text(&mut stage, " losss<");
    let text = stage.text();
    assert!(
        text.contains("at character 11: \"losss\" is neither"),
        "{text}"
    );
    // The last text without a mistake counts, whose last word was a part of a name.
    assert!(listed(&mut stage).is_empty());
    stage.press("<Enter>");
    assert!(stage.text().contains("filter: loss<0.25 losss<"));
    stage.press("<Esc>");
    assert_eq!(listed(&mut stage).len(), 4);
    assert_eq!(stage.app.tabs.train.selected_id(), Some("dog"));
    // What is only begun changes nothing, and what it lacks is said.
    stage.press("/");
    for (typed, lacks) in [("los", ""), ("s", "a comparison such as loss<1 is missing")] {
        type_text(&mut stage, typed);
        assert_eq!(listed(&mut stage).len(), 4);
        assert!(stage.text().contains(lacks));
    }
    stage.app.update(Action::Insert('<'));
    assert!(stage.text().contains("a number for loss is missing"));
    type_text(&mut stage, "0.25 ta");
    assert_eq!(listed(&mut stage), ["bee", "cow"]);
    type_text(&mut stage, "g:");
    assert_eq!(listed(&mut stage), ["bee", "cow"]);
    assert!(stage.text().contains("a word for tag is missing"));
    // A part of a name counts at once.
    stage.press("<^u>ant");
    let shown = listed(&mut stage);
    assert!(shown[0] == "ant" && !shown.contains(&"bee".to_string()));
    stage.press("<Esc>");
    stage.press("/ta<Tab>ni<Tab><Enter>");
    assert_eq!(listed(&mut stage), ["cow"]);
    assert!(
        stage.text().contains("runs by age ▴ · 1 of 4"),
        "{}",
        stage.text()
    );
    stage.press("/ nobody<Enter>");
    assert!(stage.text().contains("no run passes"));
    assert_eq!(stage.app.tabs.train.selected_id(), None);
    for key in ["x", "d", "i", "t", "L", " ", "j", "Z", "v", "e", "w"] {
        stage.press(key);
        stage.text();
    }
    stage.press("e");
    stage.press("/");
    stage.app.update(Action::EraseAll);
    stage.press("<Enter>");
    assert_eq!(listed(&mut stage).len(), 4);
}

#[test]
fn notes_and_tags_are_typed() {
    let mut all = runs();
    all[0].note = Some("first\nsecond".to_string());
    all[0].tags = vec!["night".to_string(), "v2".to_string()];
    let mut stage = open(120, 40, all.clone());
    assert!(stage.text().contains("#night #v2 first · second"));
    stage.press("i");
    assert!(
        stage.text().contains("note: first⏎second"),
        "{}",
        stage.text()
    );
    stage.press(", q<Enter>");
    stage.press("t");
    assert!(stage.text().contains("tags: night v2"));
    stage.press("+<Enter>");
    assert!(
        stage.text().contains("must be letters, digits"),
        "{}",
        stage.text()
    );
    stage.app.update(Action::Erase);
    stage.press("old<Enter>");
    stage.press("jt n<Tab><Enter>");
    let note = RunCommand::SetNote {
        id: "ant".to_string(),
        note: "first\nsecond, q".to_string(),
        base: "first\nsecond".to_string(),
    };
    let told = commands(&stage);
    assert_eq!(told[0], &note);
    let RunCommand::ChangeTags(id, change) = told[1] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (id.as_str(), change.add.as_slice()),
        ("ant", &["old".to_string()][..])
    );
    assert!(change.remove.is_empty());
    let RunCommand::ChangeTags(id, change) = told[2] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (id.as_str(), change.add.as_slice()),
        ("bee", &["night".to_string()][..])
    );
    assert_eq!(told.len(), 3);
    // Where there is room, tags have a column.
    let mut wide = open(200, 60, all);
    let text = wide.text();
    let line = text.lines().find(|line| line.contains("face-ant")).unwrap();
    assert!(line.contains("finished     #night #v2"), "{line}");
}

#[test]
fn the_workers_log_is_followed_and_scrolled() {
    let mut stage = open(80, 24, runs());
    stage.press("L");
    let lines = |from: usize, to: usize| LogText {
        first: 0,
        lines: (from..to).map(|number| format!("line {number}.")).collect(),
        is_cut: false,
        exists: true,
        problem: None,
    };
    let update = |stage: &mut Stage, text: LogText| {
        stage
            .app
            .on_run_update(RunUpdate::Log("ant".to_string(), text));
    };
    update(&mut stage, LogText::default());
    assert!(
        stage
            .text()
            .contains("there is none; only workers in the background")
    );
    update(&mut stage, lines(0, 100));
    let text = stage.text();
    assert!(
        text.contains("worker.log of face-ant · 100 lines"),
        "{text}"
    );
    assert!(
        text.contains("line 99.") && !text.contains("line 9."),
        "{text}"
    );
    update(&mut stage, lines(0, 101));
    assert!(stage.text().contains("line 100."));
    stage.press("g");
    update(&mut stage, lines(0, 102));
    let text = stage.text();
    assert!(
        text.contains("line 0.") && !text.contains("line 101."),
        "{text}"
    );
    stage.press("G");
    assert!(stage.text().contains("line 101."));
    let mut long = lines(0, 1);
    long.lines = vec!["x".repeat(150)];
    update(&mut stage, long);
    assert!(stage.text().contains(&format!("\n {}", "x".repeat(72))));
    // Nothing of another run.
    stage
        .app
        .on_run_update(RunUpdate::Log("bee".to_string(), lines(0, 3)));
    assert!(!stage.text().contains("line 2."));
    stage.press("q");
    assert!(stage.text().contains("runs by age"));
    assert!(stage.effects.iter().all(|effect| *effect != Effect::Quit));
}

#[test]
fn many_runs_scroll_no_more_than_needed() {
    let many = (0..300).map(|number| summary(&format!("{number:03}"), |_| {}));
    let mut stage = open(80, 24, many.collect());
    let first = listed(&mut stage);
    assert_eq!(first[0], "000");
    let rows = first.len();
    stage.press("G");
    assert_eq!(listed(&mut stage).last().unwrap(), "299");
    let end = listed(&mut stage);
    // The row moves, not the list.
    stage.press("kk");
    assert_eq!(listed(&mut stage), end);
    stage.press("g");
    assert_eq!(listed(&mut stage), first);
    for _ in 0..rows {
        stage.press("j");
    }
    assert_eq!(listed(&mut stage)[0], "001");
}
