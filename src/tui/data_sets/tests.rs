//! What the keys of the data sets do, and what becomes of reports.

use super::action::DataAction;
use super::messages::{DataCommand, DataUpdate, ImportReport, ImportedData, NewData};
use super::{DataSets, Outcome};
use crate::dataset::{Crop, DatasetSummary};
use crate::progress::Unit;
use crate::runs::data_sets::StoredDataset;
use crate::tui::action::Action;
use crate::tui::context::{Context, MessageKind};
use crate::tui::effect::Effect;
use crate::tui::images::Capabilities;
use crate::tui::path_lookup::{LookupAnswer, LookupResult};
use crate::tui::theme::Theme;

fn stored(id: &str, is_sample: bool) -> StoredDataset {
    StoredDataset {
        summary: DatasetSummary {
            id: id.to_string(),
            title: id.to_string(),
            is_sample,
            fingerprint: format!("print of {id}"),
            pictures: 12,
            people: 3,
            root: format!("/d/{id}/lfw").into(),
            crop: Crop::LFW,
        },
        bytes: None,
        sources: Vec::new(),
        runs: vec!["face".to_string()],
    }
}

/// The popup with three data sets, the first of them selected.
fn opened() -> (DataSets, Context) {
    let size = (100, 30);
    let mut context = Context::new(Theme::colourless(), Capabilities::halfblocks(), size);
    let mut sets = DataSets::default();
    sets.open(&mut context);
    let all = vec![
        stored("a", false),
        stored("b", false),
        stored("sample-1", true),
    ];
    sets.on_update(&mut context, DataUpdate::Listed(Ok(all)), true);
    context.take_effects();
    (sets, context)
}

fn press(sets: &mut DataSets, context: &mut Context, action: DataAction) -> Vec<Effect> {
    sets.update(context, Action::Data(action));
    context.take_effects()
}

fn notice(sets: &DataSets) -> &str {
    sets.notice.as_ref().map_or("", |(_, text)| text)
}

fn progress(number: u64, done: u64) -> DataUpdate {
    let report = ImportReport {
        stage: "reading".to_string(),
        done,
        total: Some(100),
        unit: Unit::Files,
    };
    DataUpdate::Progress(number, report)
}

#[test]
fn a_cancelled_import_reports_nothing_more() {
    let (mut sets, mut context) = opened();
    let fetch = press(&mut sets, &mut context, DataAction::Fetch);
    assert_eq!(fetch, [Effect::Data(DataCommand::Import(1, NewData::Lfw))]);
    sets.on_update(&mut context, progress(1, 41), true);
    assert_eq!(sets.header_word(&context).as_deref(), Some("import 41 %"));
    let cancel = press(&mut sets, &mut context, DataAction::CancelImport);
    assert_eq!(cancel, [Effect::Data(DataCommand::Cancel)]);
    assert!(!sets.is_importing() && notice(&sets).contains("cancelled"));
    // The next import counts, not what the first still says.
    press(&mut sets, &mut context, DataAction::Fetch);
    sets.on_update(&mut context, progress(1, 99), true);
    sets.on_update(
        &mut context,
        DataUpdate::Imported(1, Err("no".to_string())),
        true,
    );
    assert_eq!(sets.header_word(&context).as_deref(), Some("import …"));
    assert!(sets.is_importing() && notice(&sets).is_empty());
}

#[test]
fn what_ends_behind_a_closed_popup_is_said_in_the_status_line() {
    let (mut sets, mut context) = opened();
    context.opened = None;
    press(&mut sets, &mut context, DataAction::Fetch);
    let failed = DataUpdate::Imported(1, Err("no mirror has it".to_string()));
    sets.on_update(&mut context, failed, false);
    let said = (MessageKind::Error, "no mirror has it".to_string());
    assert_eq!(context.message, Some(said));
    assert_eq!(sets.header_word(&context), None);
    // Without a data set, the first that is imported is opened.
    press(&mut sets, &mut context, DataAction::Fetch);
    let imported = ImportedData {
        id: "lfw".to_string(),
        message: "lfw is imported".to_string(),
    };
    let outcome = sets.on_update(
        &mut context,
        DataUpdate::Imported(2, Ok(Some(imported))),
        false,
    );
    assert_eq!(outcome, Outcome::Open("lfw".to_string()));
}

#[test]
fn a_removal_is_asked_for_and_the_sample_stays() {
    let (mut sets, mut context) = opened();
    press(&mut sets, &mut context, DataAction::Remove);
    assert!(sets.confirming.is_some());
    sets.update(&mut context, Action::Back);
    assert!(context.take_effects().is_empty());
    press(&mut sets, &mut context, DataAction::Remove);
    let confirmed = press(&mut sets, &mut context, DataAction::Confirm);
    let first = Box::new(stored("a", false).summary);
    assert_eq!(confirmed, [Effect::Data(DataCommand::Remove(first))]);
    let removed = DataUpdate::Removed("a".to_string(), Ok(()));
    sets.on_update(&mut context, removed, true);
    assert_eq!(notice(&sets), "a was removed");
    sets.update(&mut context, Action::Last);
    press(&mut sets, &mut context, DataAction::Remove);
    assert!(sets.confirming.is_none() && notice(&sets).contains("stays"));
}

#[test]
fn quitting_during_an_import_is_asked_for_twice() {
    let (mut sets, mut context) = opened();
    assert!(sets.confirms_quit(&mut context));
    press(&mut sets, &mut context, DataAction::Fetch);
    assert!(!sets.confirms_quit(&mut context));
    sets.forget_quit();
    assert!(!sets.confirms_quit(&mut context));
    assert!(sets.confirms_quit(&mut context));
}

#[test]
fn a_path_is_imported_with_a_crop_and_a_name_is_opened() {
    let (mut sets, mut context) = opened();
    let accept = |sets: &mut DataSets, context: &mut Context, text: &str| {
        press(sets, context, DataAction::Import);
        for c in text.chars() {
            sets.update(context, Action::Insert(c));
        }
        sets.update(context, Action::Accept);
        let effects = context.take_effects();
        let [Effect::LookUp(lookup)] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        let answer = LookupAnswer::Accepted(text.into(), 0);
        sets.on_path_lookup(LookupResult {
            id: lookup.id,
            wanted: lookup.wanted,
            answer,
        })
    };
    assert_eq!(
        accept(&mut sets, &mut context, "b"),
        Outcome::Open("b".to_string())
    );
    assert_eq!(
        accept(&mut sets, &mut context, "/p/people.zip"),
        Outcome::Stay
    );
    let steps = [DataAction::StepCrop(crate::tui::motion::Step::Next); 2];
    for step in steps {
        press(&mut sets, &mut context, step);
    }
    let effects = press(&mut sets, &mut context, DataAction::Confirm);
    let source = NewData::Path("/p/people.zip".into(), Some(Crop::NONE));
    assert_eq!(effects, [Effect::Data(DataCommand::Import(1, source))]);
}
