//! The form from which a run is started: fields of text and of choice, filled
//! by a preset and checked before anything starts.

use crate::dataset::faces::SIZES;
use crate::dataset::split::HeldOut;
use crate::dataset::{Noise, Preprocess};
use crate::error::{Error, Result};
use crate::kernels::Precision;
use crate::models::ModelKind;
use crate::paths::user_path::PathKind;
use crate::training::{Schedule, TrainSpec};
use crate::tui::tabs::path_input::PathInput;
use crate::tui::tabs::text_input::TextInput;

/// The precisions by name.
const PRECISIONS: [(&str, Precision); 3] = [
    ("tf32", Precision::Tf32),
    ("f32", Precision::F32),
    ("bf16", Precision::Bf16),
];

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The recipe that fills all others.
    Preset,
    /// The data set.
    Data,
    /// Side of the pictures.
    Size,
    /// The resize.
    Preprocess,
    /// Numbers in a code.
    CodeSize,
    /// Passes.
    Epochs,
    /// Pictures in a step.
    BatchSize,
    /// Learning rate.
    LearningRate,
    /// The learning rate over the run.
    Schedule,
    /// Epochs without a better held-out error that end the run.
    Patience,
    /// The longest gradient.
    ClipNorm,
    /// Decay of the weights' running mean.
    Averaging,
    /// Noise to learn to undo.
    Noise,
    /// What is held out.
    HeldOut,
    /// The seed.
    Seed,
    /// Where to compute.
    Device,
    /// How exact a GPU computes.
    Precision,
    /// What to call it.
    Name,
}

impl Field {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 18] = [
        Self::Preset,
        Self::Data,
        Self::Size,
        Self::Preprocess,
        Self::CodeSize,
        Self::Epochs,
        Self::BatchSize,
        Self::LearningRate,
        Self::Schedule,
        Self::Patience,
        Self::ClipNorm,
        Self::Averaging,
        Self::Noise,
        Self::HeldOut,
        Self::Seed,
        Self::Device,
        Self::Precision,
        Self::Name,
    ];

    /// Its label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Preset => "preset",
            Self::Data => "data",
            Self::Size => "size",
            Self::Preprocess => "preprocessing",
            Self::CodeSize => "code size",
            Self::Epochs => "epochs",
            Self::BatchSize => "batch size",
            Self::LearningRate => "learning rate",
            Self::Schedule => "schedule",
            Self::Patience => "patience",
            Self::ClipNorm => "clip gradient",
            Self::Averaging => "averaging",
            Self::Noise => "noise",
            Self::HeldOut => "held out",
            Self::Seed => "seed",
            Self::Device => "device",
            Self::Precision => "precision",
            Self::Name => "name",
        }
    }

    /// What may stand in it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Preset => "the recipe; changing it fills the rest",
            Self::Data => "a data set's name, a path, or sample",
            Self::Size => "side of the pictures in pixels",
            Self::Preprocess => "seed is the course's resize, smooth is antialiased",
            Self::CodeSize => "numbers in a code",
            Self::Epochs => "passes over the training pictures",
            Self::BatchSize => "pictures in a step",
            Self::LearningRate => "above 0, such as 0.002",
            Self::Schedule => "constant, cosine:warmup, step:epochs:factor",
            Self::Patience => "epochs without a better held-out error; 0 never",
            Self::ClipNorm => "the longest gradient, such as 1; 0 none",
            Self::Averaging => "decay of the weights' mean, such as 0.999; 0 none",
            Self::Noise => "none, gaussian:0.1, rectangles:2, salt-pepper:0.05",
            Self::HeldOut => "share of the pictures, or `people 0.2`",
            Self::Seed => "same seed, same result",
            Self::Device => "auto, cpu, cuda or cuda:N",
            Self::Precision => "of products on a GPU: f32, tf32 or bf16",
            Self::Name => "empty: made from the preset",
        }
    }

    /// Its values, when there are few.
    fn choices(self) -> Vec<String> {
        match self {
            Self::Preset => TrainSpec::preset_names().map(str::to_string).collect(),
            Self::Size => SIZES.iter().map(u32::to_string).collect(),
            Self::Preprocess => vec!["seed".to_string(), "smooth".to_string()],
            Self::Schedule => ["constant", "cosine:0.05", "step:10:0.5"]
                .map(str::to_string)
                .to_vec(),
            Self::Noise => ["none", "gaussian:0.1", "rectangles:2", "salt-pepper:0.05"]
                .map(str::to_string)
                .to_vec(),
            Self::Device => ["auto", "cpu", "cuda"].map(str::to_string).to_vec(),
            Self::Precision => PRECISIONS.map(|(name, _)| name.to_string()).to_vec(),
            Self::Averaging => ["0", "0.99", "0.999"].map(str::to_string).to_vec(),
            Self::ClipNorm => ["0", "0.1", "1"].map(str::to_string).to_vec(),
            _ => Vec::new(),
        }
    }

    /// Factor between neighbouring values, for numbers that are stepped.
    fn steps_by_doubling(self) -> bool {
        matches!(self, Self::CodeSize | Self::BatchSize | Self::LearningRate)
    }
}

/// The form.
#[derive(Debug, Clone)]
pub struct Form {
    values: [String; Field::ALL.len()],
    /// The field under the cursor.
    pub selected: usize,
    /// The value being typed.
    pub input: TextInput,
    /// The data set being typed: a name, or a path that Tab completes.
    pub path: PathInput,
    /// What was wrong when it was sent, and in which field.
    pub problem: Option<(Option<Field>, String)>,
}

impl Form {
    /// Filled by a preset for a data set.
    ///
    /// # Errors
    /// When there is no such preset.
    pub fn new(preset: &str, data: &str) -> Result<Self> {
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

    /// The field under the cursor.
    pub fn field(&self) -> Field {
        Field::ALL[self.selected.min(Field::ALL.len() - 1)]
    }

    /// A field's text.
    pub fn value(&self, field: Field) -> &str {
        &self.values[field as usize]
    }

    fn set(&mut self, field: Field, value: String) {
        self.values[field as usize] = value;
    }

    /// Takes all but data, seed, device and name from a preset.
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

    /// The next or previous value of the field under the cursor: of a choice
    /// the next one, of some numbers half or double, of others one more or less.
    pub fn step_value(&mut self, forwards: bool) {
        self.problem = None;
        let field = self.field();
        let choices = field.choices();
        let value = self.value(field);
        let stepped = if choices.is_empty() {
            step_number(value, forwards, field.steps_by_doubling())
        } else {
            let at = choices.iter().position(|choice| choice == value);
            let next = match (at, forwards) {
                (None, _) => 0,
                (Some(at), true) => (at + 1) % choices.len(),
                (Some(at), false) => at.checked_sub(1).unwrap_or(choices.len() - 1),
            };
            Some(choices[next].clone())
        };
        if let Some(value) = stepped {
            self.enter_value(value);
        }
    }

    /// A value for the field under the cursor.
    pub fn enter_value(&mut self, value: String) {
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

    /// Begins to type the field under the cursor.
    pub fn start_editing(&mut self) {
        let value = self.value(self.field()).to_string();
        if self.field() == Field::Data {
            self.path.open(value);
        } else {
            self.input.set_text(value);
            self.input.open();
        }
        self.problem = None;
    }

    /// What the form says, checked.
    ///
    /// # Errors
    /// The first field that is wrong, and why; no field when several together are.
    pub fn spec(&self) -> Result<TrainSpec, (Option<Field>, String)> {
        let wrong = |field: Field| move |error: Error| (Some(field), error.to_string());
        let mut spec =
            TrainSpec::preset(self.value(Field::Preset)).map_err(wrong(Field::Preset))?;
        spec.data.data = self.value(Field::Data).to_string();
        spec.model.size = self.number(Field::Size)?;
        spec.data.preprocess = match self.value(Field::Preprocess) {
            "smooth" => Preprocess::Smooth,
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
    let problem = format!("{text:?} does not fit: {}", field.hint());
    (Some(field), problem)
}

fn step_number(text: &str, forwards: bool, doubles: bool) -> Option<String> {
    if doubles {
        let value: f64 = text.parse().ok()?;
        let next = if forwards { value * 2.0 } else { value / 2.0 };
        // Whole numbers stay whole.
        let is_whole = value.fract() == 0.0;
        return Some(if is_whole {
            format!("{:.0}", next.floor().max(1.0))
        } else {
            let digits = (2.0 - next.log10().floor()).clamp(0.0, 12.0) as usize;
            format!("{next:.digits$}").trim_end_matches('0').to_string()
        });
    }
    let value: i64 = text.parse().ok()?;
    let next = value.saturating_add(if forwards { 1 } else { -1 });
    Some(next.max(0).to_string())
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
        form.selected = Field::ALL
            .iter()
            .position(|field| *field == Field::LearningRate)
            .unwrap_or(0);
        form.enter_value("fast".to_string());
        let (field, message) = form.spec().expect_err("no number");
        assert_eq!(field, Some(Field::LearningRate));
        assert!(message.contains("fast"), "{message}");
    }

    #[test]
    fn numbers_step_by_ones_or_by_doubling() {
        assert_eq!(step_number("32", true, true).as_deref(), Some("64"));
        assert_eq!(step_number("1", false, true).as_deref(), Some("1"));
        assert_eq!(step_number("0.002", false, true).as_deref(), Some("0.001"));
        assert_eq!(step_number("0.002", true, true).as_deref(), Some("0.004"));
        assert_eq!(step_number("25", false, false).as_deref(), Some("24"));
        assert_eq!(step_number("", true, false), None);
        let largest = i64::MAX.to_string();
        assert_eq!(step_number(&largest, true, false), Some(largest));
    }
}
