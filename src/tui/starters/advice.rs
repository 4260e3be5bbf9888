//! What would make a tab better, in one line.

use super::state::{Duration, Starters, missing};
use crate::dataset::Dataset;
use crate::number_format;
use crate::runs::RunSummary;
use crate::tui::tab_id::TabId;

/// What a preset would do for each tab, the most helpful first.
const GAINS: [(TabId, &str, &str); 5] = [
    (TabId::Browse, "face", "rebuilds faces better than PCA"),
    (
        TabId::Denoise,
        "denoiser",
        "removes noise better, draws faces that fit",
    ),
    (
        TabId::Search,
        "identity",
        "finds the same person more often",
    ),
    (TabId::Morph, "generative", "faces that mix and vary better"),
    (TabId::Morph, "faces", "makes new, sharp faces from noise"),
];

/// The tab that a preset makes better, and how.
pub(super) fn gain(preset: &str) -> Option<(TabId, &'static str)> {
    let (tab, _, gain) = GAINS.into_iter().find(|(_, of, _)| *of == preset)?;
    Some((tab, gain))
}

/// What would make a tab better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The preset.
    pub preset: &'static str,
    /// What the key of the presets does: `trains denoiser (about 2h03m): removes noise better, draws
    /// faces that fit`.
    pub sentence: String,
    /// The same in short: `train denoiser, 2h03m`.
    pub short: String,
}

impl Starters {
    /// What would make a tab better on this data set; `None` where it is there already. The built-in
    /// sample has models of its own.
    pub(crate) fn advice(
        &self,
        tab: TabId,
        runs: &[RunSummary],
        dataset: &Dataset,
    ) -> Option<Advice> {
        if dataset.is_sample {
            return None;
        }
        let missing = missing(runs, dataset);
        let is_missing = |preset: &str| missing.iter().any(|one| one.preset == preset);
        if tab == TabId::Train {
            let preset = missing.first()?.preset;
            let names: Vec<&str> = missing.iter().map(|one| one.preset).collect();
            return Some(Advice {
                preset,
                sentence: format!("trains what is missing here: {}", names.join(", ")),
                short: format!("train {preset}"),
            });
        }
        let (_, preset, gain) = GAINS
            .into_iter()
            .find(|(of, preset, _)| *of == tab && is_missing(preset))?;
        let (about, time) = match self.durations.get(preset) {
            Some(Duration::Impossible(_)) => return None,
            Some(Duration::AtMost(seconds)) => {
                let time = number_format::duration(*seconds);
                (format!(" (at most {time})"), format!(", ≤ {time}"))
            }
            Some(Duration::Seconds(seconds)) => {
                let time = number_format::duration(*seconds);
                (format!(" (about {time})"), format!(", {time}"))
            }
            None if self.is_measuring() => (" (measuring …)".to_string(), String::new()),
            None => (String::new(), String::new()),
        };
        Some(Advice {
            preset,
            sentence: format!("trains {preset}{about}: {gain}"),
            short: format!("train {preset}{time}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::StarterAction;
    use super::super::state::{Presence, presence};
    use super::*;
    use crate::dataset::sample;
    use crate::engine::OpenedDataset;
    use crate::paths::Paths;
    use crate::progress::unwatched;
    use crate::runs::RunState;
    use crate::training::TrainSpec;
    use crate::training::starters::STARTERS;
    use crate::tui::action::Action;
    use crate::tui::context::Context;
    use crate::tui::data_sets::messages::{DataCommand, Forecasted};
    use crate::tui::effect::Effect;
    use crate::tui::images::Capabilities;
    use crate::tui::run_monitor::RunCommand;
    use crate::tui::theme::Theme;
    use std::sync::{Arc, OnceLock};

    /// The sample's pictures, as if they had been imported.
    fn imported() -> Arc<Dataset> {
        static HOME: OnceLock<(tempfile::TempDir, Arc<Dataset>)> = OnceLock::new();
        let (_, dataset) = HOME.get_or_init(|| {
            let home = tempfile::tempdir().unwrap();
            let paths = Paths::below(home.path());
            let mut dataset = sample::ensure(&paths, &mut unwatched).unwrap();
            dataset.is_sample = false;
            (home, Arc::new(dataset))
        });
        dataset.clone()
    }

    fn context() -> Context {
        let mut context = Context::new(Theme::colourless(), Capabilities::halfblocks(), (80, 24));
        context.opened = Some(OpenedDataset {
            dataset: imported(),
            faces: crate::dataset::FaceSpec::default(),
            device: "cpu".to_string(),
            device_note: None,
        });
        context
    }

    /// A run of a preset on the data set that has not begun.
    fn queued(preset: &str) -> (tempfile::TempDir, RunSummary) {
        let home = tempfile::tempdir().unwrap();
        let mut spec = TrainSpec::preset(preset).unwrap();
        spec.data.fingerprint = imported().fingerprint.clone();
        let run = crate::runs::create(&Paths::below(home.path()), &spec).unwrap();
        let summary = RunSummary::read(&run).unwrap();
        (home, summary)
    }

    #[test]
    fn each_tab_says_what_would_help_until_there_is_such_a_run() {
        let (mut starters, dataset) = (Starters::default(), imported());
        let mut context = context();
        starters.sync(&mut context, Some(&[]), false);
        let measure = Effect::Data(DataCommand::Measure(dataset.id.clone()));
        assert_eq!(context.take_effects(), [measure]);
        let short = |starters: &Starters, tab, runs: &[RunSummary]| {
            starters
                .advice(tab, runs, &dataset)
                .map(|advice| advice.short)
        };
        for tab in TabId::ALL {
            let advice = starters.advice(tab, &[], &dataset).expect("advice");
            assert!(advice.sentence.chars().count() <= 76, "{advice:?}");
            assert!(advice.short.chars().count() <= 27, "{advice:?}");
        }
        let seconds = Forecasted::Seconds("denoiser".to_string(), 7_380.0);
        starters.on_forecast(&dataset.id, seconds);
        assert_eq!(
            short(&starters, TabId::Denoise, &[]).as_deref(),
            Some("train denoiser, 2h03m")
        );
        let (_home, run) = queued("denoiser");
        let runs = [run];
        assert_eq!(short(&starters, TabId::Denoise, &runs), None);
        assert!(short(&starters, TabId::Browse, &runs).is_some());
        // A run that ended with a checkpoint is there to be used.
        let mut ended = runs[0].clone();
        ended.checkpoint = Some(Default::default());
        let denoiser = STARTERS.into_iter().find(|one| one.preset == "denoiser");
        let denoiser = denoiser.unwrap();
        for (state, expected) in [
            (RunState::Stopped, Presence::EndedEarly),
            (RunState::Finished, Presence::Trained),
        ] {
            ended.state = state;
            let both = [runs[0].clone(), ended.clone()];
            assert_eq!(short(&starters, TabId::Denoise, &both[1..]), None);
            assert_eq!(presence(denoiser, &both[1..], &dataset), expected);
        }
        ended.state = RunState::Crashed;
        let both = [ended, runs[0].clone()];
        assert_eq!(presence(denoiser, &both, &dataset), Presence::Queued);
        // The sample has its own models.
        let mut sample = (*dataset).clone();
        sample.is_sample = true;
        assert_eq!(starters.advice(TabId::Browse, &[], &sample), None);
    }

    #[test]
    fn all_that_is_missing_is_queued_and_a_letter_starts_one() {
        let (mut starters, mut context) = (Starters::default(), context());
        let (_home, run) = queued("face");
        let runs = [run];
        let letter = |place| Action::Starter(StarterAction::Train(place));
        // It waits already.
        assert!(!starters.update(&mut context, &runs, letter(1)));
        assert!(context.take_effects().is_empty());
        assert!(starters.update(&mut context, &runs, letter(3)));
        let effects = context.take_effects();
        let [Effect::Runs(RunCommand::Start(spec))] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        assert_eq!(
            (spec.preset.as_str(), &spec.data.data),
            ("denoiser", &imported().id)
        );
        let all = Action::Starter(StarterAction::TrainAll);
        assert!(starters.update(&mut context, &runs, all));
        let effects = context.take_effects();
        let [Effect::Runs(RunCommand::StartQueue(specs))] = effects.as_slice() else {
            panic!("{effects:?}");
        };
        let presets: Vec<&str> = specs.iter().map(|spec| spec.preset.as_str()).collect();
        assert_eq!(presets, ["identity", "generative", "denoiser", "faces"]);
    }
}
