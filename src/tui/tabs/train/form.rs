//! The form from which a run is started: fields filled by a preset, and checked
//! before anything starts.

use super::action::TrainAction;
use super::field::{Field, PRECISIONS};
use crate::dataset::split::HeldOut;
use crate::dataset::{Noise, Preprocess};
use crate::error::{Error, Result};
use crate::models::ModelKind;
use crate::paths::user_path::PathKind;
use crate::training::{Schedule, TrainSpec};
use crate::tui::action::Action;
use crate::tui::motion::{Direction, Step};
use crate::tui::path_lookup::{Lookup, LookupResult};
use crate::tui::pointer::target::Target;
use crate::tui::widgets::path_input::{PathEdit, PathInput, Resolution};
use crate::tui::widgets::text_input::{EditOutcome, TextInput};

/// What an action did to the form.
#[derive(Debug)]
pub(super) enum FormOutcome {
    /// It stays open.
    Open,
    /// It stays open, and the path typed into it is to be looked up.
    LookUp(Lookup),
    /// It was closed.
    Closed,
    /// The run is to be started.
    Start(Box<TrainSpec>),
}

/// The form.
#[derive(Debug, Clone)]
pub struct Form {
    values: [String; Field::ALL.len()],
    /// The field under the cursor.
    pub(crate) selected: usize,
    /// The value being typed.
    pub(crate) input: TextInput,
    /// The data set being typed: a name, or a path that Tab completes.
    pub path: PathInput,
    /// What is wrong, and in which field.
    pub problem: Option<(Option<Field>, String)>,
}

impl Form {
    /// A form filled by a preset, for a data set.
    ///
    /// # Errors
    /// When there is no such preset.
    pub(crate) fn new(preset: &str, data: &str) -> Result<Self> {
        let mut form = Self {
            values: Default::default(),
            selected: 0,
            input: TextInput::default(),
            path: PathInput::new(PathKind::Data),
            problem: None,
        };
        form.load_preset(preset)?;
        form.set(Field::Data, data.to_string());
        Ok(form)
    }

    /// The selected field.
    pub(super) fn field(&self) -> Field {
        Field::ALL[self.selected.min(Field::ALL.len() - 1)]
    }

    /// A field's text.
    pub fn value(&self, field: Field) -> &str {
        &self.values[field as usize]
    }

    fn set(&mut self, field: Field, value: String) {
        self.values[field as usize] = value;
    }

    /// Fills all fields but data and name from a preset; seed, device and precision
    /// only if they are empty.
    fn load_preset(&mut self, preset: &str) -> Result<()> {
        let spec = TrainSpec::preset(preset)?;
        let share = spec.data.held_out.share();
        self.set(Field::Preset, preset.to_string());
        self.set(Field::Size, spec.model.size.to_string());
        self.set(
            Field::Preprocess,
            match spec.data.preprocess {
                Preprocess::Seed => "seed",
                Preprocess::Smooth => "smooth",
                Preprocess::Wide => "wide",
            }
            .to_string(),
        );
        self.set(Field::CodeSize, spec.model.code_size.to_string());
        let epochs = match spec.model.kind {
            ModelKind::Pca => String::new(),
            _ => spec.epochs.to_string(),
        };
        self.set(Field::Epochs, epochs);
        self.set(Field::BatchSize, spec.batch_size.to_string());
        self.set(
            Field::LearningRate,
            spec.optimizer.learning_rate.to_string(),
        );
        self.set(Field::Schedule, spec.schedule.to_string());
        self.set(Field::Patience, spec.patience.to_string());
        self.set(Field::ClipNorm, spec.optimizer.clip_norm.to_string());
        self.set(Field::Averaging, spec.averaging.to_string());
        self.set(Field::Noise, spec.noise.to_string());
        self.set(
            Field::HeldOut,
            match spec.data.held_out {
                HeldOut::Pictures(_) => share.to_string(),
                HeldOut::People(_) => format!("people {share}"),
            },
        );
        if self.value(Field::Seed).is_empty() {
            self.set(Field::Seed, spec.seed.to_string());
            self.set(Field::Device, spec.device);
            let precision = PRECISIONS.iter().find(|(_, one)| *one == spec.precision);
            let name = precision.map_or("", |(name, _)| name);
            self.set(Field::Precision, name.to_string());
        }
        Ok(())
    }

    /// Handles an action of the user.
    pub(super) fn update(&mut self, action: Action) -> FormOutcome {
        let moves = match action {
            Action::Move(_) => true,
            Action::Click(Target::Field(index)) => index != self.selected,
            _ => false,
        };
        if self.path.is_open() {
            self.problem = None;
            match self.path.update(action) {
                PathEdit::LookUp(lookup) => return FormOutcome::LookUp(lookup),
                PathEdit::Unhandled if moves => {
                    let text = self.path.text().to_string();
                    self.path.close();
                    self.enter_value(&text);
                }
                PathEdit::Handled | PathEdit::Unhandled => return FormOutcome::Open,
            }
        }
        if self.input.is_open() {
            let outcome = self.input.update(action);
            if outcome != EditOutcome::Accepted && !moves {
                return FormOutcome::Open;
            }
            self.input.update(Action::Accept);
            let text = self.input.text().to_string();
            self.enter_value(&text);
        }
        match action {
            Action::Move(Direction::Down) => self.move_to(Step::Next),
            Action::Move(Direction::Up) => self.move_to(Step::Previous),
            Action::Train(TrainAction::StepValue(step)) => self.step_value(step),
            Action::Train(TrainAction::Edit) => self.start_editing(),
            Action::Click(Target::Field(index)) if index == self.selected => self.start_editing(),
            Action::Click(Target::Field(index)) => {
                self.selected = index.min(Field::ALL.len() - 1);
            }
            Action::Back => return FormOutcome::Closed,
            Action::Train(TrainAction::Start) => return self.submit(),
            _ => {}
        }
        FormOutcome::Open
    }

    fn move_to(&mut self, step: Step) {
        self.selected = step.wrap(self.selected, Field::ALL.len());
    }

    /// The run to start; or the form stays open at the field that is wrong.
    fn submit(&mut self) -> FormOutcome {
        match self.spec() {
            Ok(spec) => FormOutcome::Start(Box::new(spec)),
            Err((field, problem)) => {
                if let Some(field) = field {
                    self.selected = field as usize;
                }
                self.problem = Some((field, problem));
                FormOutcome::Open
            }
        }
    }

    /// Handles what was found at the path typed as the data set.
    pub(super) fn on_path_lookup(&mut self, result: LookupResult) {
        let problem = match self.path.on_lookup(result) {
            Resolution::Ignored | Resolution::Picture(..) => return,
            Resolution::Rejected(problem) => problem,
            Resolution::Accepted(path, _) => match path.into_os_string().into_string() {
                Ok(data) => return self.enter_value(&data),
                Err(path) => format!("{}: its name is not UTF-8", path.display()),
            },
        };
        self.problem = Some((Some(Field::Data), problem));
    }

    /// The next or previous value of the selected field: the neighbouring choice;
    /// of some numbers half or double; of others one more or less.
    fn step_value(&mut self, step: Step) {
        self.problem = None;
        let field = self.field();
        let choices = field.choices();
        let value = self.value(field);
        let stepped = if choices.is_empty() {
            step_number(value, step, field.steps_by_doubling())
        } else {
            let selected = choices.iter().position(|choice| choice == value);
            let next = selected.map_or(0, |index| step.wrap(index, choices.len()));
            Some(choices[next].clone())
        };
        if let Some(value) = stepped {
            self.enter_value(&value);
        }
    }

    /// Sets the selected field; a preset fills the others too.
    fn enter_value(&mut self, value: &str) {
        let field = self.field();
        self.problem = None;
        if field == Field::Preset {
            if let Err(error) = self.load_preset(value.trim()) {
                self.problem = Some((Some(field), error.to_string()));
            }
        } else {
            self.set(field, value.trim().to_string());
        }
    }

    /// Begins to edit the selected field.
    fn start_editing(&mut self) {
        let value = self.value(self.field()).to_string();
        if self.field() == Field::Data {
            self.path.open(value);
        } else {
            self.input.set_text(value);
            self.input.open();
        }
        self.problem = None;
    }

    /// The run that the form describes, checked.
    ///
    /// # Errors
    /// The first field that is wrong, and why; no field if values do not go together.
    pub(crate) fn spec(&self) -> Result<TrainSpec, (Option<Field>, String)> {
        let wrong = |field: Field| move |error: Error| (Some(field), error.to_string());
        let mut spec =
            TrainSpec::preset(self.value(Field::Preset)).map_err(wrong(Field::Preset))?;
        spec.data.data = self.value(Field::Data).to_string();
        spec.model.size = self.number(Field::Size)?;
        spec.data.preprocess = match self.value(Field::Preprocess) {
            "smooth" => Preprocess::Smooth,
            "wide" => Preprocess::Wide,
            _ => Preprocess::Seed,
        };
        spec.model.code_size = self.number(Field::CodeSize)?;
        if spec.model.kind != ModelKind::Pca {
            spec.epochs = self.number(Field::Epochs)?;
        }
        spec.batch_size = self.number(Field::BatchSize)?;
        spec.optimizer.learning_rate = self.number(Field::LearningRate)?;
        let schedule = self.value(Field::Schedule);
        spec.schedule = schedule
            .parse::<Schedule>()
            .map_err(wrong(Field::Schedule))?;
        spec.patience = self.number(Field::Patience)?;
        spec.optimizer.clip_norm = self.number(Field::ClipNorm)?;
        spec.averaging = self.number(Field::Averaging)?;
        let noise = self.value(Field::Noise);
        spec.noise = noise.parse::<Noise>().map_err(wrong(Field::Noise))?;
        let held_out = self.value(Field::HeldOut);
        spec.data.held_out = match held_out.strip_prefix("people") {
            Some(share) => HeldOut::People(parse(Field::HeldOut, share)?),
            None => HeldOut::Pictures(parse(Field::HeldOut, held_out)?),
        };
        spec.data
            .held_out
            .validate()
            .map_err(wrong(Field::HeldOut))?;
        spec.seed = self.number(Field::Seed)?;
        spec.device = self.value(Field::Device).to_string();
        crate::device::parse(&spec.device).map_err(wrong(Field::Device))?;
        let precision = self.value(Field::Precision);
        let known = PRECISIONS.iter().find(|(name, _)| *name == precision);
        let (_, precision) = known.ok_or_else(|| invalid_value(Field::Precision, precision))?;
        spec.precision = *precision;
        spec.name = self.value(Field::Name).trim().to_string();
        if !spec.name.is_empty() {
            let wrong = |problem| (Some(Field::Name), format!("{:?} {problem}", spec.name));
            crate::runs::check_name(&spec.name).map_err(wrong)?;
        }
        spec.validate().map_err(|error| (None, error.to_string()))?;
        Ok(spec)
    }

    fn number<T: std::str::FromStr>(&self, field: Field) -> Result<T, (Option<Field>, String)> {
        parse(field, self.value(field))
    }
}

fn parse<T: std::str::FromStr>(field: Field, text: &str) -> Result<T, (Option<Field>, String)> {
    text.trim().parse().map_err(|_| invalid_value(field, text))
}

fn invalid_value(field: Field, text: &str) -> (Option<Field>, String) {
    let problem = format!("{text:?} is not valid: {}", field.hint());
    (Some(field), problem)
}

/// The number that follows or precedes the one in `text`, as text. `None` if it is
/// no number.
fn step_number(text: &str, step: Step, by_doubling: bool) -> Option<String> {
    if !by_doubling {
        let value: i64 = text.parse().ok()?;
        let next = match step {
            Step::Next => value.saturating_add(1),
            Step::Previous => value.saturating_sub(1),
        };
        return Some(next.max(0).to_string());
    }
    let value: f64 = text.parse().ok()?;
    let next = match step {
        Step::Next => value * 2.0,
        Step::Previous => value / 2.0,
    };
    // Whole numbers stay whole.
    Some(if value.fract() == 0.0 {
        format!("{:.0}", next.floor().max(1.0))
    } else {
        let digits = (2.0 - next.log10().floor()).clamp(0.0, 12.0) as usize;
        format!("{next:.digits$}").trim_end_matches('0').to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_fills_a_form_that_can_be_sent() {
        for preset in TrainSpec::preset_names() {
            let form = Form::new(preset, "sample").expect("a preset");
            let spec = form.spec().expect("a valid form");
            let mut expected = TrainSpec::preset(preset).expect("a preset");
            expected.data.data = "sample".to_string();
            expected.name = String::new();
            assert_eq!(spec, expected, "{preset}");
        }
    }

    #[test]
    fn a_wrong_value_names_its_field() {
        let mut form = Form::new("conv", "sample").expect("a preset");
        form.selected = Field::LearningRate as usize;
        form.enter_value("fast");
        let (field, message) = form.spec().expect_err("no number");
        assert_eq!(field, Some(Field::LearningRate));
        assert!(message.contains("fast"), "{message}");
    }

    #[test]
    fn numbers_step_by_ones_or_by_doubling() {
        assert_eq!(step_number("32", Step::Next, true).as_deref(), Some("64"));
        assert_eq!(step_number("1", Step::Previous, true).as_deref(), Some("1"));
        assert_eq!(
            step_number("0.002", Step::Previous, true).as_deref(),
            Some("0.001")
        );
        assert_eq!(
            step_number("0.002", Step::Next, true).as_deref(),
            Some("0.004")
        );
        assert_eq!(
            step_number("25", Step::Previous, false).as_deref(),
            Some("24")
        );
        assert_eq!(step_number("", Step::Next, false), None);
        let largest = i64::MAX.to_string();
        assert_eq!(step_number(&largest, Step::Next, false), Some(largest));
    }
}
