//! Faces from noise: which denoiser draws them, and which pass is shown.

use std::time::{Duration, Instant};

use super::action::MorphAction;
use super::keys;
use crate::engine::{FacesFromNoise, ModelInfo, ModelRef, NoiseParams, NoisePass};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::{Direction, Step};

/// How long a pass is shown at least while the faces rise: a few a second are enough for the eye.
const SHOWN_TIME: Duration = Duration::from_millis(200);

/// Passes that arrive within this time came while a frame was drawn: only the latest counts.
const BURST_TIME: Duration = Duration::from_millis(20);

/// What Morph knows of faces from noise.
#[derive(Debug, Default)]
pub(crate) struct NoiseSheet {
    /// The denoiser that the user chose; `None` for the first that fits.
    chosen_denoiser: Option<ModelRef>,
    /// Whether no passes are to be made for now.
    pub is_paused: bool,
    /// The latest answer.
    pub drawn: Option<FacesFromNoise>,
    /// The pass that the user went to, as an index of `drawn.passes`; `None` follows the latest.
    chosen_pass: Option<usize>,
    /// The pass that is shown while the latest is followed.
    followed: usize,
    /// Since when.
    followed_since: Option<Instant>,
    /// The selected face.
    selected: usize,
}

/// The blind denoisers to choose from.
fn denoisers(context: &Context) -> impl Iterator<Item = &ModelInfo> {
    let all = context.models.iter();
    all.filter(|info| info.kind.is_blind_denoiser())
}

impl NoiseSheet {
    /// The denoiser that draws: the chosen one, else the selected model if it is one, else the
    /// newest that was trained on the data set, else any.
    pub(super) fn denoiser<'a>(&self, context: &'a Context) -> Option<&'a ModelInfo> {
        let title = context.dataset().map(|dataset| dataset.title.as_str());
        let chosen = self.chosen_denoiser.as_ref().or(context.model.as_ref());
        denoisers(context)
            .find(|info| Some(&info.reference) == chosen)
            .or_else(|| denoisers(context).find(|info| Some(info.data.as_str()) == title))
            .or_else(|| denoisers(context).next())
    }

    /// The denoiser that finishes faces like those of a model: the model itself or the chosen one
    /// where they fit, else the newest that was trained on the data set, else any that fits.
    pub(super) fn finisher<'a>(
        &self,
        context: &'a Context,
        model: &ModelInfo,
    ) -> Option<&'a ModelInfo> {
        let title = context.dataset().map(|dataset| dataset.title.as_str());
        let fitting = || denoisers(context).filter(|info| info.faces == model.faces);
        let find = |wanted: &ModelRef| fitting().find(|info| info.reference == *wanted);
        find(&model.reference)
            .or_else(|| find(self.chosen_denoiser.as_ref()?))
            .or_else(|| fitting().find(|info| Some(info.data.as_str()) == title))
            .or_else(|| fitting().next())
    }

    /// Chooses the next denoiser, around the end.
    pub(super) fn choose_next_denoiser(&mut self, context: &mut Context) {
        let current = self.denoiser(context).map(|info| info.reference.clone());
        let all: Vec<ModelRef> = denoisers(context)
            .map(|info| info.reference.clone())
            .collect();
        let place = all.iter().position(|one| Some(one) == current.as_ref());
        match place {
            Some(_) if all.len() == 1 => context.info("there is no other denoiser"),
            Some(place) => {
                self.chosen_denoiser = Some(all[Step::Next.wrap(place, all.len())].clone());
                self.start_over();
            }
            None => {}
        }
    }

    /// The faces that are wanted; `None` without a denoiser.
    pub(super) fn params(&self, context: &Context, seed: u64, count: usize) -> Option<NoiseParams> {
        Some(NoiseParams {
            model: self.denoiser(context)?.reference.clone(),
            count,
            seed,
            passes: None,
        })
    }

    /// Whether passes are still to be made for these faces.
    pub(super) fn needs(&self, params: &NoiseParams) -> bool {
        let is_done = self.drawn.as_ref().is_some_and(|drawn| {
            let fewer = NoiseParams {
                count: drawn.params.count,
                ..params.clone()
            };
            drawn.is_done && drawn.params == fewer && drawn.params.count >= params.count
        });
        !is_done && !self.is_paused
    }

    /// Other faces are wanted.
    pub(super) fn start_over(&mut self) {
        self.is_paused = false;
        self.chosen_pass = None;
    }

    /// Takes over an answer. `pictures_are_ready` says whether the pass that is shown has been
    /// drawn completely: a line or a processor that is slower than the sampler skips passes.
    pub(super) fn on_drawn(
        &mut self,
        drawn: FacesFromNoise,
        now: Instant,
        pictures_are_ready: bool,
    ) {
        let same_faces = |before: &FacesFromNoise| {
            (&before.params.model, before.params.seed) == (&drawn.params.model, drawn.params.seed)
        };
        if !self.drawn.as_ref().is_some_and(same_faces) {
            self.chosen_pass = None;
            self.followed_since = None;
        }
        let last = drawn.passes.len().saturating_sub(1);
        let shown_for = self
            .followed_since
            .map(|since| now.saturating_duration_since(since));
        match shown_for {
            Some(time) if time < BURST_TIME => self.followed = last,
            Some(time) if !drawn.is_done && (time < SHOWN_TIME || !pictures_are_ready) => {
                self.followed = self.followed.min(last);
            }
            Some(_) | None => {
                self.followed = last;
                self.followed_since = Some(now);
            }
        }
        self.drawn = Some(drawn);
    }

    /// The pass that is shown.
    pub(super) fn shown(&self) -> Option<&NoisePass> {
        let passes = &self.drawn.as_ref()?.passes;
        passes.get(self.shown_index()).map(AsRef::as_ref)
    }

    fn last_index(&self) -> usize {
        let drawn = self.drawn.as_ref();
        drawn.map_or(0, |drawn| drawn.passes.len().saturating_sub(1))
    }

    fn shown_index(&self) -> usize {
        let shown = self.chosen_pass.unwrap_or(self.followed);
        shown.min(self.last_index())
    }

    /// Shows the pass before or after; at the latest, follows again.
    pub(super) fn scrub(&mut self, step: Step) {
        self.show(match step {
            Step::Next => self.shown_index() + 1,
            Step::Previous => self.shown_index().saturating_sub(1),
        });
    }

    /// Shows a pass; one past the last follows the latest.
    pub(super) fn show(&mut self, index: usize) {
        let last = self.last_index();
        self.chosen_pass = (index < last).then_some(index);
        self.followed = last;
    }

    /// Whether a pass is shown that the user went to.
    pub(super) fn is_looking_back(&self) -> bool {
        self.chosen_pass.is_some()
    }

    /// Stops making passes, or goes on.
    pub(super) fn toggle_pause(&mut self, context: &mut Context) {
        if self.drawn.as_ref().is_some_and(|drawn| drawn.is_done) {
            let key = |action| context.key(keys::NOISE, Action::Morph(action));
            let back = key(MorphAction::StepPicture(Step::Previous));
            let on = key(MorphAction::StepPicture(Step::Next));
            let renew = key(MorphAction::NewSeed);
            return context.info(format!(
                "all passes are made: {back} and {on} go through them, {renew} draws new faces"
            ));
        }
        self.is_paused = !self.is_paused;
        self.show(usize::MAX);
    }

    /// Selects a face.
    pub(super) fn select(&mut self, face: usize) {
        self.selected = face;
    }

    /// The selected one of `count` faces.
    pub(super) fn selected(&self, count: usize) -> usize {
        self.selected.min(count.saturating_sub(1))
    }

    /// Moves the selection in a sheet of `count` faces in rows of `columns`.
    pub(super) fn move_selection(&mut self, direction: Direction, count: usize, columns: usize) {
        let selected = self.selected(count);
        let columns = columns.max(1);
        self.selected = match direction {
            Direction::Left => selected.saturating_sub(1),
            Direction::Right => selected + 1,
            Direction::Up if selected >= columns => selected - columns,
            Direction::Down if selected + columns < count => selected + columns,
            Direction::Up | Direction::Down => selected,
        }
        .min(count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn drawn(seed: u64, passes: usize) -> FacesFromNoise {
        let pass = |number| {
            Arc::new(NoisePass {
                number,
                sigma: 1.0,
                pictures: Vec::new(),
            })
        };
        FacesFromNoise {
            params: NoiseParams {
                model: ModelRef::Bundled("sample-denoiser".to_string()),
                count: 4,
                seed,
                passes: None,
            },
            model: "sample-denoiser".to_string(),
            passes: (0..passes).map(pass).collect(),
            expected: 10,
            is_done: passes == 11,
        }
    }

    fn shown(sheet: &NoiseSheet) -> usize {
        sheet.shown().unwrap().number
    }

    #[test]
    fn a_pass_stays_until_it_was_seen_and_the_latest_comes_next() {
        let mut sheet = NoiseSheet::default();
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        sheet.on_drawn(drawn(0, 1), at(0), true);
        assert_eq!(shown(&sheet), 0);
        for (passes, ms) in [(2, 60), (3, 120), (4, 180)] {
            sheet.on_drawn(drawn(0, passes), at(ms), true);
            assert_eq!(shown(&sheet), 0);
        }
        // Its pictures are still being drawn.
        sheet.on_drawn(drawn(0, 5), at(240), false);
        assert_eq!(shown(&sheet), 0);
        sheet.on_drawn(drawn(0, 6), at(300), true);
        assert_eq!(shown(&sheet), 5);
        // What has piled up behind a slow frame comes at once.
        sheet.on_drawn(drawn(0, 7), at(900), true);
        sheet.on_drawn(drawn(0, 8), at(901), true);
        assert_eq!(shown(&sheet), 7);
        // The last is shown in any case, and other faces from their first pass.
        sheet.on_drawn(drawn(0, 11), at(950), false);
        assert_eq!(shown(&sheet), 10);
        sheet.on_drawn(drawn(1, 1), at(990), false);
        assert_eq!(shown(&sheet), 0);
    }

    #[test]
    fn the_passes_can_be_gone_through_while_more_are_made() {
        let mut sheet = NoiseSheet::default();
        let now = Instant::now();
        sheet.on_drawn(drawn(0, 5), now, true);
        sheet.scrub(Step::Previous);
        sheet.scrub(Step::Previous);
        assert_eq!(shown(&sheet), 2);
        sheet.on_drawn(drawn(0, 8), now + SHOWN_TIME, true);
        assert_eq!(shown(&sheet), 2);
        sheet.show(0);
        sheet.scrub(Step::Previous);
        assert!(sheet.is_looking_back());
        assert_eq!(shown(&sheet), 0);
        sheet.show(usize::MAX);
        assert_eq!(shown(&sheet), 7);
        sheet.on_drawn(drawn(0, 11), now + 2 * SHOWN_TIME, true);
        assert_eq!(shown(&sheet), 10);
    }
}
