//! What Train looks like.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::chart;
use super::code_size_chart;
use super::form::{Field, Form};
use super::layout::{LABEL_COLUMNS, TrainLayout, layout};
use super::settings_diff;
use super::{Panel, TrainTab};
use crate::display::padded;
use crate::number_format;
use crate::runs::RunState;
use crate::runs::RunSummary;
use crate::runs::curve::Bucket;
use crate::runs::follow::MetricKind;
use crate::training::schedule::format_learning_rate;
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::run_monitor::PreviewStrip;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::views::canvas::Canvas;

/// Draws Train.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let train = &app.train;
    if let Some(form) = &train.form {
        return draw_form(canvas, area, form);
    }
    if train.runs.is_empty() {
        return canvas.lines(
            area,
            [
                Line::styled("no run yet", theme.strong),
                Line::default(),
                Line::styled("n  starts one from a form", theme.text),
                Line::styled(
                    "   or, in any terminal: lfw-tui train --preset face --detach",
                    theme.quiet,
                ),
            ],
        );
    }
    let places = layout(app);
    draw_runs(canvas, places.list, train);
    match train.panel {
        Panel::Chart => {
            draw_chart_heading(canvas, places.chart, train);
            chart::draw(canvas, below(places.chart, 1), train);
        }
        Panel::SettingsDiff => {
            canvas.text(places.chart, "asked to do differently", theme.quiet);
            settings_diff::draw(canvas, below(places.chart, 1), train);
        }
        Panel::CodeSize => code_size_chart::draw(canvas, places.chart, app),
    }
    if let (Some((id, strip)), true) = (&train.preview, places.faces.height > 0)
        && Some(id) == train.selected.as_ref()
    {
        draw_preview(canvas, &places, strip);
    }
}

fn below(area: Rect, lines: u16) -> Rect {
    Rect {
        y: area.y + lines,
        height: area.height.saturating_sub(lines),
        ..area
    }
}

/// A glyph and its style for a state.
fn state_glyph(theme: &Theme, state: RunState) -> (&'static str, Style) {
    match state {
        RunState::Queued => ("…", theme.quiet),
        RunState::Running => ("●", theme.accent),
        RunState::Pausing | RunState::Paused => ("‖", theme.warning),
        RunState::Stopping | RunState::Stopped => ("■", theme.quiet),
        RunState::Finished => ("✓", theme.good),
        RunState::Crashed | RunState::Failed => ("✗", theme.bad),
        RunState::Unknown => ("?", theme.quiet),
    }
}

fn draw_runs(canvas: &mut Canvas, area: Rect, train: &TrainTab) {
    let theme = canvas.theme;
    canvas.text(area, "runs", theme.quiet);
    let rows = usize::from(area.height.saturating_sub(1));
    let place = train.selected_index();
    let first = (place + 1).saturating_sub(rows);
    let lines: Vec<Line> = train
        .runs
        .iter()
        .skip(first)
        .take(rows)
        .map(|run| run_row(theme, train, run, area.width))
        .collect();
    canvas.lines(below(area, 1), lines);
}

/// `● face-32   0.00461 ▇▆▅▄▃▃▂▂  62 %  1m58s`.
fn run_row(theme: &Theme, train: &TrainTab, run: &RunSummary, width: u16) -> Line<'static> {
    const SPARKS: usize = 8;
    let is_chosen = Some(&run.id) == train.selected.as_ref();
    let (mark, mark_style) = match (run.diverged, run.unreadable.is_empty()) {
        _ if run.silent_s.is_some() => ("?", theme.warning),
        (true, _) => ("✗", theme.bad),
        (false, true) => state_glyph(theme, run.state),
        (false, false) => ("!", theme.warning),
    };
    let compared = if train.compared.contains(&run.id) {
        "+"
    } else {
        " "
    };
    let error = format!("{:>1$}", error_text(run), error_columns(train));
    let sparks = if width >= 44 {
        let curve = train.curves.get(&run.id);
        let line = curve.map_or(String::new(), |curves| sparkline(curves.loss(), SPARKS));
        format!(" {line:<SPARKS$}")
    } else {
        String::new()
    };
    let state = match run.state {
        _ if run.silent_s.is_some() => "no word".to_string(),
        RunState::Running => {
            let share = number_format::percent(run.step, run.steps).unwrap_or_default();
            let left = run.seconds_left.map_or(String::new(), |seconds| {
                format!(" {}", number_format::duration(seconds))
            });
            match share + &left {
                told if told.is_empty() => run.state_label().to_string(),
                told => told.trim_start().to_string(),
            }
        }
        _ => run.state_label().to_string(),
    };
    let used = 4 + error.width() + sparks.width() + 12;
    let name_width = usize::from(width).saturating_sub(used).clamp(6, 24);
    let name = text::truncate(&run.name, name_width);
    let name_style = if is_chosen {
        theme.selected
    } else {
        theme.text
    };
    Line::from(vec![
        Span::styled(mark.to_string(), mark_style),
        Span::styled(compared.to_string(), theme.accent),
        Span::styled(
            format!("{name}{}", " ".repeat(name_width - name.width())),
            name_style,
        ),
        Span::styled(format!(" {error}"), theme.strong),
        Span::styled(sparks, theme.accent),
        Span::styled(format!("  {state}"), theme.quiet),
    ])
}

/// The error of a run's best model, else of its last step; a dash where neither is known.
fn error_text(run: &RunSummary) -> String {
    let held_out = run.best.map(|best| best.held_out).or(run.held_out);
    number_format::error_or_unknown(held_out.map(|scores| scores.mse).or(run.loss))
}

/// Columns of the list's errors: those of a figure, and of the words for what is none
/// where a run has come to that.
fn error_columns(train: &TrainTab) -> usize {
    let width = |run: &RunSummary| error_text(run).width();
    train
        .runs
        .iter()
        .map(width)
        .max()
        .unwrap_or(0)
        .max(number_format::WIDTH)
}

/// A loss curve in so many characters, on a logarithmic scale: losses fall fast
/// at first and slowly for long.
fn sparkline(buckets: &[Bucket], width: usize) -> String {
    const MARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if buckets.is_empty() {
        return String::new();
    }
    let width = width.min(buckets.len());
    let means: Vec<f64> = (0..width)
        .map(|column| {
            let part =
                &buckets[column * buckets.len() / width..(column + 1) * buckets.len() / width];
            let sum: f64 = part.iter().map(|bucket| f64::from(bucket.mean)).sum();
            (sum / part.len() as f64).max(f64::MIN_POSITIVE).ln()
        })
        .collect();
    let low = means.iter().copied().fold(f64::INFINITY, f64::min);
    let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    means
        .iter()
        .map(|mean| {
            let share = (mean - low) / (high - low).max(1e-6);
            MARKS[((share * 7.0).round() as usize).min(7)]
        })
        .collect()
}

/// What is drawn and how; the values under the cursor.
fn draw_chart_heading(canvas: &mut Canvas, area: Rect, train: &TrainTab) {
    let theme = canvas.theme;
    let curves = train
        .selected
        .as_ref()
        .and_then(|chosen| train.curves.get(chosen));
    let mut spans = vec![Span::styled(train.quantity.label(), theme.quiet)];
    if let Some((step, curves)) = train.cursor.zip(curves) {
        let mut words = format!("  ▲ {}", number_format::count(step));
        if let Some(value) = chart::value_at(curves.curve(train.quantity), step) {
            words += &format!(": {}", number_format::error(value.into()));
        }
        let before = curves.held_out.partition_point(|point| point.step <= step);
        if let Some(point) = before.checked_sub(1).and_then(|at| curves.held_out.get(at)) {
            words += &format!(" · held-out {}", number_format::error(point.scores.mse));
        }
        let marked = curves
            .events
            .iter()
            .filter(|event| chart::is_event_marked(&event.what));
        if let Some(event) = marked.min_by_key(|event| event.step.abs_diff(step))
            && event.step.abs_diff(step) <= train.steps().map_or(0, |(low, high)| (high - low) / 50)
        {
            words += &format!(" · {} {}", event.what, event.detail);
        }
        spans.push(Span::styled(words, theme.accent));
    } else {
        let mut how = vec![if train.logarithmic { "log" } else { "linear" }.to_string()];
        if train.logarithmic_steps {
            how.push("log steps".to_string());
        }
        if train.smoothing_weight() > 0.0 && train.quantity == MetricKind::Loss {
            how.push(format!("smooth {}", train.smoothing_weight()));
        }
        if train.zoom.is_none() {
            how.push("all steps".to_string());
        }
        spans.push(Span::styled(format!("  {}", how.join(" · ")), theme.quiet));
    }
    let left_out = curves.map_or(0, |curves| curves.omitted_rows(train.quantity));
    if left_out > 0 {
        let words = format!(" · {} left out", text::pluralize(left_out as usize, "row"));
        spans.push(Span::styled(words, theme.warning));
    }
    canvas.line(area, Line::from(spans));
}

fn draw_preview(canvas: &mut Canvas, places: &TrainLayout, strip: &PreviewStrip) {
    let theme = canvas.theme;
    let width = places.face_columns * strip.faces;
    let mut rows = vec![("clean", &strip.clean)];
    rows.extend(strip.noisy.as_ref().map(|noisy| ("noisy", noisy)));
    rows.push(("rebuilt", &strip.rebuilt));
    let count = rows.len() as u16;
    for (index, (label, pixels)) in rows.into_iter().enumerate() {
        let y = places.faces.y + index as u16 * places.strip_rows;
        let label_place = Rect {
            y: y + places.strip_rows / 2,
            width: LABEL_COLUMNS,
            height: 1,
            ..places.faces
        };
        canvas.text(label_place, label, theme.quiet);
        let place = Rect::new(
            places.faces.x + LABEL_COLUMNS,
            y,
            width.min(places.faces.width.saturating_sub(LABEL_COLUMNS)),
            places.strip_rows,
        );
        canvas.picture(place, &Picture::pixels(pixels));
    }
    let whose = if strip.held_out {
        "held-out faces"
    } else {
        "training faces"
    };
    let which = if strip.worst { "worst rebuilt" } else { "same" };
    let words = format!(
        "the {which} {} {whose}, as of step {}",
        strip.faces,
        number_format::count(strip.step)
    );
    let under = Rect {
        x: places.faces.x + LABEL_COLUMNS,
        y: places.faces.y + count * places.strip_rows,
        height: 1,
        ..places.faces
    };
    canvas.text(under, words, theme.quiet);
}

fn draw_form(canvas: &mut Canvas, area: Rect, form: &Form) {
    let theme = canvas.theme;
    let mut lines = vec![
        Line::from(vec![
            Span::styled("new run", theme.strong),
            Span::styled(
                "   a process of its own, which goes on when this screen is closed",
                theme.quiet,
            ),
        ]),
        Line::default(),
    ];
    let spare = usize::from(area.height).saturating_sub(lines.len());
    let first = (form.selected + 1).saturating_sub(spare);
    for (index, field) in Field::ALL.into_iter().enumerate().skip(first) {
        lines.push(form_line(theme, form, index, field));
    }
    let (note, beside) = note_and_row(form);
    let style = match form.problem {
        Some(_) => theme.bad,
        None => theme.quiet,
    };
    let row = beside.and_then(|at| at.checked_sub(first)).map(|at| at + 2);
    let room = usize::from(area.width).saturating_sub(FORM_COLUMNS);
    match row.and_then(|row| lines.get_mut(row)) {
        Some(line) if note.width() <= room && !form.path.is_open() => {
            line.push_span(Span::styled(note, style));
        }
        // Below the form, on as many rows as are free.
        _ => {
            let free = usize::from(area.height).saturating_sub(lines.len());
            let wrapped = text::wrap(&note, area.width.into());
            lines.push(Line::default());
            lines.truncate(usize::from(area.height).saturating_sub(wrapped.len().min(free.max(1))));
            lines.extend(wrapped.into_iter().map(|line| Line::styled(line, style)));
        }
    }
    canvas.lines(area, lines);
}

/// Columns of a field's label and value, and the gap behind them.
const FORM_COLUMNS: usize = 16 + 28 + 2;

/// Columns of a path that is typed; what stands beside it makes way.
const PATH_COLUMNS: usize = 60;

/// What is wrong, or what may stand in the chosen field; and the field that it is about.
fn note_and_row(form: &Form) -> (String, Option<usize>) {
    if let Some((wrong, problem)) = &form.problem {
        let at = Field::ALL.iter().position(|field| Some(*field) == *wrong);
        (problem.clone(), at)
    } else {
        let hint = || Field::ALL[form.selected].hint().to_string();
        let words = form.path.candidates_text().unwrap_or_else(hint);
        (words, Some(form.selected))
    }
}

fn form_line(theme: &Theme, form: &Form, index: usize, field: Field) -> Line<'static> {
    let is_here = index == form.selected;
    let value = if is_here && form.input.is_open() {
        format!("{}▏", form.input.text())
    } else if is_here && form.path.is_open() {
        form.path.display_line(PATH_COLUMNS)
    } else if form.value(field).is_empty() {
        "–".to_string()
    } else {
        form.value(field).to_string()
    };
    let style = match (is_here, form.input.is_open() || form.path.is_open()) {
        (true, true) => theme.accent,
        (true, false) => theme.selected,
        (false, _) => theme.text,
    };
    Line::from(vec![
        Span::styled(format!("{:>14}  ", field.label()), theme.quiet),
        Span::styled(padded(&value, 28), style),
        Span::raw("  "),
    ])
}

/// The chosen run in one line: `epoch 15 of 25 · step 11,240 · 1,020 images/s …`.
pub fn status_line(app: &App) -> String {
    let train = &app.train;
    if let Some(run) = train
        .confirming_removal
        .as_ref()
        .and_then(|id| train.runs.iter().find(|run| run.id == *id))
    {
        return format!("remove {} with its checkpoints and pictures?", run.name);
    }
    let Some(run) = train.selected_run() else {
        return String::new();
    };
    let mut parts: Vec<String> = run.silence_label().into_iter().collect();
    parts.push(match (run.state, run.epoch, run.epochs) {
        (_, 0, 0) => run.state_label().to_string(),
        (_, epoch, 0) => format!("{} in epoch {epoch}", run.state_label()),
        (RunState::Running, epoch, epochs) => format!("epoch {epoch} of {epochs}"),
        (_, epoch, epochs) => format!("{} in epoch {epoch} of {epochs}", run.state_label()),
    });
    if run.step > 0 || run.steps > 0 {
        parts.push(format!("step {}", number_format::count(run.step)));
    }
    if run.state.is_live() {
        if let Some(rate) = run.images_per_s {
            parts.push(format!("{} images/s", number_format::rate(rate)));
        }
        if let Some(seconds) = run.seconds_left {
            parts.push(format!("{} left", number_format::duration(seconds)));
        }
    }
    if let Some(rate) = run.learning_rate {
        parts.push(format!("lr {}", format_learning_rate(rate)));
    }
    if let Some(scores) = run.held_out {
        parts.push(if scores.is_finite() {
            format!(
                "held-out {}, {}, SSIM {}",
                number_format::error(scores.mse),
                number_format::decibels(scores.psnr_db),
                number_format::ssim(scores.ssim)
            )
        } else {
            format!("held-out {}", number_format::NOT_FINITE)
        });
    }
    if let Some(error) = &run.error {
        parts.push(error.clone());
    }
    parts.extend(run.unreadable.iter().cloned());
    parts.join(" · ")
}
