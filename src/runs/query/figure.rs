//! The figures of a run that a filter compares and an order sorts by.

use crate::runs::RunSummary;

/// A number that lists show of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Mean squared error of the last step's pictures.
    Loss,
    /// The best mean squared error on held-out pictures.
    HeldOut,
    /// The PSNR of the same, in dB.
    Psnr,
    /// The SSIM of the same.
    Ssim,
    /// The epoch of the last step.
    Epoch,
    /// Steps done.
    Step,
    /// Steps done of all, in percent.
    Done,
    /// Seconds until it is finished.
    Left,
    /// Seconds of work so far.
    Time,
    /// Training pictures per second.
    Speed,
    /// The learning rate.
    LearningRate,
    /// Latent dimensions.
    Code,
    /// The side of a face in pixels.
    Size,
}

impl Figure {
    /// All of them.
    pub(crate) const ALL: [Self; 13] = [
        Self::Loss,
        Self::HeldOut,
        Self::Psnr,
        Self::Ssim,
        Self::Epoch,
        Self::Step,
        Self::Done,
        Self::Left,
        Self::Time,
        Self::Speed,
        Self::LearningRate,
        Self::Code,
        Self::Size,
    ];

    /// Its name in filters and orders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::HeldOut => "held-out",
            Self::Psnr => "psnr",
            Self::Ssim => "ssim",
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Done => "done",
            Self::Left => "left",
            Self::Time => "time",
            Self::Speed => "images/s",
            Self::LearningRate => "lr",
            Self::Code => "code",
            Self::Size => "size",
        }
    }

    /// The figure of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace('_', "-");
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }

    /// Its value in a run; `None` if that is unknown.
    pub(crate) fn value_in(self, run: &RunSummary) -> Option<f64> {
        let held_out = run.best.map(|best| best.held_out).or(run.held_out);
        match self {
            Self::Loss => run.loss,
            Self::HeldOut => held_out.map(|scores| scores.mse),
            Self::Psnr => held_out.map(|scores| scores.psnr_db),
            Self::Ssim => held_out.map(|scores| scores.ssim),
            Self::Epoch => Some(f64::from(run.epoch)),
            Self::Step => Some(run.step as f64),
            Self::Done => (run.steps > 0).then(|| 100.0 * run.step as f64 / run.steps as f64),
            Self::Left => run.seconds_left.filter(|_| run.state.is_live()),
            Self::Time => Some(run.seconds),
            Self::Speed => run.images_per_s,
            Self::LearningRate => run.learning_rate,
            Self::Code => run.spec.code_size.map(f64::from),
            Self::Size => run.spec.size.map(f64::from),
        }
    }

    /// Reads `0.005`, `1e-3`, `10k`, `62%` of what is done, and `2h` or `90m` of a time.
    pub(super) fn parse(self, text: &str) -> Option<f64> {
        let is_time = matches!(self, Self::Left | Self::Time);
        let (digits, unit) = match text.chars().last()? {
            's' if is_time => (&text[..text.len() - 1], 1.0),
            'm' if is_time => (&text[..text.len() - 1], 60.0),
            'h' if is_time => (&text[..text.len() - 1], 3600.0),
            'd' if is_time => (&text[..text.len() - 1], 86400.0),
            'k' if !is_time => (&text[..text.len() - 1], 1e3),
            'M' if !is_time => (&text[..text.len() - 1], 1e6),
            '%' if self == Self::Done => (&text[..text.len() - 1], 1.0),
            _ => (text, 1.0),
        };
        // Words such as `inf` are no figures.
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
        let number: f64 = digits.parse().ok().filter(|_| is_number)?;
        Some(number * unit).filter(|number| number.is_finite())
    }
}
