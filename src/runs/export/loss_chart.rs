//! The report's loss chart, as SVG.

use std::fmt::Write;

use super::omissions::Omissions;
use crate::number_format;
use crate::runs::curve::Curve;
use crate::runs::metrics_log::Line;

/// The chart's size and the margin for its labels, in CSS pixels.
const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 320.0;
const LABEL_MARGIN: f64 = 60.0;
/// Points of the loss curve, about one per pixel.
const COLUMNS: usize = 840;

const TRAINING_COLOUR: &str = "#1f77b4";
const HELD_OUT_COLOUR: &str = "#d62728";

/// Training and held-out losses by step; only positive, finite values.
struct Losses {
    training: Vec<(u64, f64)>,
    held_out: Vec<(u64, f64)>,
    first_step: u64,
    last_step: u64,
}

/// Losses over steps on a logarithmic scale; empty if there is nothing to show.
/// Values that are not finite are counted as omissions.
pub(super) fn svg(lines: &[Line], omissions: &mut Omissions) -> String {
    let Some(losses) = losses(lines, omissions) else {
        return String::new();
    };
    let Some(scale) = Scale::of(&losses) else {
        return String::new();
    };
    let mut svg = format!(
        "<h2>Loss</h2>\n<p>Mean squared error, black to white being 1, on a logarithmic scale: \
         <span style=\"color:{TRAINING_COLOUR}\">training, step by step</span>, \
         <span style=\"color:{HELD_OUT_COLOUR}\">held-out, at each epoch's end</span>.</p>\n\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">"
    );
    scale.write_axes(&mut svg);
    for (points, colour) in [
        (&losses.training, TRAINING_COLOUR),
        (&losses.held_out, HELD_OUT_COLOUR),
    ] {
        let points: String = points
            .iter()
            .map(|&(step, loss)| format!("{:.1},{:.1} ", scale.x(step), scale.y(loss)))
            .collect();
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" points=\"{points}\"/>"
        );
    }
    svg + "</svg>\n"
}

fn losses(lines: &[Line], omissions: &mut Omissions) -> Option<Losses> {
    let mut training = Curve::default();
    let mut held_out: Vec<(u64, f64)> = Vec::new();
    for line in lines {
        match line {
            Line::Step { step, loss } => training.push(*step, *loss),
            Line::Row(row) => {
                if let Some(loss) = row.loss {
                    training.push(row.step, loss);
                }
                held_out.extend(row.held_out.map(|scores| (row.step, scores.mse)));
            }
        }
    }
    let evaluations = held_out.len();
    held_out.retain(|(_, mse)| mse.is_finite());
    omissions.values += training.skipped() + (evaluations - held_out.len()) as u64;
    held_out.retain(|(_, mse)| *mse > 0.0);
    let (first_step, last_step) = training.step_range()?;
    let training = training
        .downsample(first_step, last_step, COLUMNS)
        .iter()
        .map(|bucket| (bucket.first, f64::from(bucket.mean)))
        .filter(|(_, loss)| *loss > 0.0)
        .collect();
    Some(Losses {
        training,
        held_out,
        first_step,
        last_step,
    })
}

/// From steps and losses to pixels.
struct Scale {
    first_step: u64,
    last_step: u64,
    /// Logarithms of the smallest and largest loss.
    low: f64,
    high: f64,
}

impl Scale {
    fn of(losses: &Losses) -> Option<Self> {
        let all = losses.training.iter().chain(&losses.held_out);
        let (low, high) = all
            .map(|(_, loss)| loss.log10())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        low.is_finite().then(|| Self {
            first_step: losses.first_step,
            last_step: losses.last_step,
            low,
            high: high.max(low + 1e-6),
        })
    }

    fn x(&self, step: u64) -> f64 {
        let steps = (self.last_step - self.first_step).max(1) as f64;
        let share = step.saturating_sub(self.first_step) as f64 / steps;
        LABEL_MARGIN + share.min(1.0) * (WIDTH - LABEL_MARGIN)
    }

    fn y(&self, loss: f64) -> f64 {
        10.0 + (self.high - loss.log10()) / (self.high - self.low) * (HEIGHT - 40.0)
    }

    fn write_axes(&self, svg: &mut String) {
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let loss = 10f64.powf(self.low + share * (self.high - self.low));
            let y = self.y(loss);
            let _ = write!(
                svg,
                "<line x1=\"{LABEL_MARGIN}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"0\" y=\"{:.1}\">{}</text>",
                y + 4.0,
                number_format::error(loss)
            );
        }
        for (step, anchor) in [(self.first_step, "start"), (self.last_step, "end")] {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">step {step}</text>",
                self.x(step),
                HEIGHT - 8.0
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_step_has_no_chart() {
        let mut omissions = Omissions::default();
        assert_eq!(svg(&[], &mut omissions), "");
        let step = |step, loss| Line::Step { step, loss };
        for lines in [
            [step(1, 0.1), step(2, 0.0), step(3, 0.01)],
            [step(0, 3e38), step(u64::MAX, 1e-320), step(u64::MAX, 1e-30)],
            [step(1, f64::NAN), step(2, 1e308), step(3, 0.01)],
        ] {
            let svg = svg(&lines, &mut omissions);
            assert_eq!(svg.matches("<polyline").count(), 2);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
        assert_eq!(omissions.values, 2);
    }
}
