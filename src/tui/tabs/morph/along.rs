//! A moved along a direction: which one, and how far.

use super::action::MorphAction;
use super::keys;
use crate::engine::{Generated, Heading};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::motion::Step;
use crate::tui::tabs::browse::action::BrowseAction;
use crate::tui::tabs::browse::keys as browse_keys;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::keys as search_keys;
use crate::tui::text;

/// How far the pictures go to either side, in standard deviations of real faces' codes.
pub(super) const REACH: f32 = 3.0;

/// Pictures at first, and at most; an odd number, so that A is in the middle.
const DEFAULT_STEPS: usize = 7;
const MOST_STEPS: usize = 13;

/// The attribute that is shown first where a data set has it.
const FIRST_ATTRIBUTE: &str = "Smiling";

/// A direction to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// To the marked faces.
    Marked,
    /// To the faces with an attribute.
    Attribute(String),
}

/// What Morph knows of directions.
#[derive(Debug)]
pub(crate) struct AlongDirection {
    /// The latest pictures.
    pub made: Option<Generated>,
    /// The selected picture.
    pub selected: usize,
    /// How many pictures there are.
    pub steps: usize,
    /// The direction that the user chose.
    chosen: Option<Choice>,
    /// The faces that the direction to the marked ones comes from; none for all others.
    from: Vec<usize>,
}

impl Default for AlongDirection {
    fn default() -> Self {
        Self {
            made: None,
            selected: DEFAULT_STEPS / 2,
            steps: DEFAULT_STEPS,
            chosen: None,
            from: Vec::new(),
        }
    }
}

/// The keys that mark faces, and where they do: `t on Browse or Search`.
pub(super) fn marking_keys(context: &Context) -> String {
    let on_browse = Action::Browse(BrowseAction::ToggleTag);
    let on_browse = context.key(browse_keys::MAIN, on_browse);
    let on_search = Action::Search(SearchAction::ToggleTag);
    let on_search = context.key(search_keys::MAIN, on_search);
    if on_browse == on_search {
        format!("{on_browse} on Browse or Search")
    } else {
        format!("{on_browse} on Browse or {on_search} on Search")
    }
}

impl AlongDirection {
    /// The directions there are: to the marked faces, and the data set's attributes.
    pub(super) fn choices(context: &Context) -> Vec<Choice> {
        let marked = (!context.tagged.is_empty()).then_some(Choice::Marked);
        let dataset = context.dataset();
        let names = dataset.map_or(&[][..], |dataset| dataset.attribute_names());
        let attributes = names.iter().cloned().map(Choice::Attribute);
        marked.into_iter().chain(attributes).collect()
    }

    /// The place of the present direction among these.
    pub(super) fn place(&self, choices: &[Choice]) -> Option<usize> {
        let find = |wanted: &Choice| choices.iter().position(|choice| choice == wanted);
        let first = Choice::Attribute(FIRST_ATTRIBUTE.to_string());
        let chosen = self.chosen.as_ref().and_then(find);
        chosen
            .or_else(|| find(&Choice::Marked))
            .or_else(|| find(&first))
            .or_else(|| (!choices.is_empty()).then_some(0))
    }

    /// The present direction.
    fn choice(&self, context: &Context) -> Option<Choice> {
        let mut choices = Self::choices(context);
        let place = self.place(&choices)?;
        Some(choices.swap_remove(place))
    }

    /// The present direction, for the engine.
    pub(super) fn heading(&self, context: &Context) -> Option<Heading> {
        Some(match self.choice(context)? {
            Choice::Attribute(name) => Heading::Attribute(name),
            Choice::Marked => Heading::Sets {
                to: context.tagged.clone(),
                from: self.others(context),
            },
        })
    }

    /// The faces that the direction to the marked ones comes from.
    fn others(&self, context: &Context) -> Vec<usize> {
        let from = self.from.iter().copied();
        from.filter(|face| !context.tagged.contains(face)).collect()
    }

    /// What a direction is called.
    pub(super) fn name(&self, choice: &Choice, context: &Context) -> String {
        match choice {
            Choice::Attribute(name) => name.clone(),
            Choice::Marked => {
                let marked = text::pluralize(context.tagged.len(), "marked face");
                match self.others(context).len() {
                    0 => marked,
                    others => format!("{marked}, from {others} others"),
                }
            }
        }
    }

    /// What the present direction is called; empty without one.
    pub(super) fn present_name(&self, context: &Context) -> String {
        let choice = self.choice(context);
        choice.map_or(String::new(), |choice| self.name(&choice, context))
    }

    /// Chooses a direction so many further on or back; stops at the ends.
    pub(super) fn choose(&mut self, context: &Context, step: Step, by: usize) {
        let mut choices = Self::choices(context);
        let Some(place) = self.place(&choices) else {
            return;
        };
        let wanted = match step {
            Step::Next => (place + by).min(choices.len() - 1),
            Step::Previous => place.saturating_sub(by),
        };
        self.chosen = Some(choices.swap_remove(wanted));
    }

    /// Chooses a direction by its place.
    pub(super) fn choose_at(&mut self, context: &Context, place: usize) {
        let chosen = Self::choices(context).into_iter().nth(place);
        self.chosen = chosen.or(self.chosen.take());
    }

    /// The direction comes from the marked faces from now on, and others can be marked; without
    /// marked faces, it comes from all others again.
    pub(super) fn come_from_marked(&mut self, context: &mut Context) {
        if context.tagged.is_empty() && self.from.is_empty() {
            let come = Action::Morph(MorphAction::ComeFromMarked);
            let come = context.key(keys::ALONG, come);
            return context.info(format!(
                "{} marks faces: the direction leads to them, or after {come} from them to others",
                marking_keys(context)
            ));
        }
        self.from = std::mem::take(&mut context.tagged);
        if self.from.is_empty() {
            return context.info("the direction comes from all other faces again");
        }
        let count = text::pluralize(self.from.len(), "face");
        context.info(format!(
            "the direction comes from {count}: {} marks those that it leads to",
            marking_keys(context)
        ));
        self.chosen = Some(Choice::Marked);
    }

    /// Sets the number of pictures, within bounds; the selected one stays about where it is.
    pub(super) fn set_steps(&mut self, steps: usize) {
        let share = self.selected as f64 / (self.steps - 1) as f64;
        self.steps = steps.clamp(3, MOST_STEPS);
        self.selected = (share * (self.steps - 1) as f64).round() as usize;
    }

    /// How far a picture is from A, in standard deviations.
    pub(super) fn deviations(&self, step: usize) -> f32 {
        REACH * (2.0 * step as f32 / (self.steps - 1) as f32 - 1.0)
    }
}
