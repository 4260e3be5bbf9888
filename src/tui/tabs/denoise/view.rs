//! What Denoise looks like.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::psnr_chart;
use crate::display::padded;
use crate::engine::{Comparison, Denoised};
use crate::number_format;
use crate::tui::app::App;
use crate::tui::graphics::Picture;
use crate::tui::text;
use crate::tui::views::canvas::{Canvas, square_columns, square_rows};
use crate::tui::views::no_dataset::no_dataset;
use crate::tui::views::slider::slider;

/// The fewest rows of a picture that are worth a second row of pictures.
const MIN_SECOND_ROW: u16 = 6;

/// Draws Denoise.
pub fn render(canvas: &mut Canvas, area: Rect, app: &App) {
    if app.opened.is_none() {
        return no_dataset(canvas, area, app);
    }
    draw_heading(canvas, area, app);
    let below = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    };
    if app.denoise.picker.is_some() {
        return draw_picker(canvas, below, app);
    }
    if app.denoise.show_chart {
        return psnr_chart::draw(canvas, below, app);
    }
    if let Some(result) = &app.denoise.result {
        draw_pictures(canvas, below, app, result);
    } else {
        let style = canvas.theme.quiet;
        let words = match app.face {
            None => "no face is chosen: 1 shows the people",
            Some(_) => "fitting the first model …",
        };
        canvas.text(below, words, style);
    }
}

/// The face, the kind of noise, the slider and its level.
fn draw_heading(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let levels = &app.denoise.sliders;
    let name = match app.dataset().zip(app.face) {
        Some((dataset, face)) if face < dataset.pictures.len() => dataset.face_name(face),
        _ => String::new(),
    };
    let level = if app.denoise.level_input.is_open() {
        format!("{}▏", app.denoise.level_input.text())
    } else {
        levels.label()
    };
    let name_width = usize::from(area.width / 4);
    let name = text::truncate(&name, name_width);
    let kind = levels.kind.title();
    let level_width = level.width().max(8) as u16;
    let left = (name.width().max(name_width) + kind.width() + 4) as u16;
    canvas.line(
        area,
        Line::from(vec![
            Span::styled(padded(&name, name_width) + "  ", theme.strong),
            Span::styled(kind, theme.quiet),
        ]),
    );
    let track = Rect {
        x: area.x + left,
        width: area.width.saturating_sub(left + level_width + 2),
        height: 1,
        ..area
    };
    let (low, high) = levels.end_labels();
    canvas.line(
        track,
        slider(theme, levels.fraction(), low, high, track.width),
    );
    let right = Rect {
        x: track.right() + 2,
        width: level_width,
        height: 1,
        ..area
    };
    canvas.text(right, level, theme.accent);
}

/// A column of the comparison.
struct Column<'a> {
    label: &'a str,
    picture: Picture,
    restored: Option<&'a Comparison>,
}

fn draw_pictures(canvas: &mut Canvas, area: Rect, app: &App, result: &Denoised) {
    let theme = canvas.theme;
    let mut columns = vec![
        Column {
            label: "clean",
            picture: Picture::pixels(&result.clean),
            restored: None,
        },
        Column {
            label: "noisy",
            picture: Picture::pixels(&result.noisy.pixels),
            restored: Some(&result.noisy),
        },
    ];
    columns.extend(result.outputs.iter().map(|output| Column {
        label: &output.label,
        picture: Picture::pixels(&output.pixels),
        restored: Some(output),
    }));
    let cell = app.graphics.cell_size;
    // At least three columns of method pictures' room, so that a second method
    // does not make everything jump.
    let count = columns.len().max(4) as u16;
    let most_columns = (area.width.saturating_sub(2 * (count - 1))) / count;
    // Above the pictures a line of labels; below them PSNR, SSIM; with a second
    // row a blank line and its label as well.
    let in_two = area.height.saturating_sub(5) / 2;
    let two = square_rows(most_columns, in_two, cell);
    let one = square_rows(most_columns, area.height.saturating_sub(4), cell);
    // A row less for each is a fair price for seeing the differences.
    let second = two >= MIN_SECOND_ROW && two + 2 >= one;
    let rows = if second { two } else { one };
    let width = square_columns(rows, cell).min(most_columns);
    let gap = 2 + (most_columns - width).min(4);
    let best = columns
        .iter()
        .skip(2)
        .filter_map(|column| column.restored)
        .map(|restored| restored.psnr_db)
        .fold(f32::NEG_INFINITY, f32::max);
    for (i, column) in columns.iter().enumerate() {
        let x = area.x + i as u16 * (width + gap);
        let at = |y: u16, height: u16| Rect::new(x, area.y + y, width, height);
        if x + width > area.right() {
            break;
        }
        let label = text::truncate(column.label, width.into());
        let style = if i < 2 { theme.quiet } else { theme.strong };
        centred(canvas, at(0, 1), label, style);
        canvas.picture(at(1, rows), &column.picture);
        if let Some(restored) = column.restored {
            let is_best = i >= 2 && restored.psnr_db >= best && columns.len() > 3;
            let style = if is_best { theme.accent } else { theme.text };
            centred(
                canvas,
                at(rows + 1, 1),
                text::decibels(restored.psnr_db),
                style,
            );
            centred(
                canvas,
                at(rows + 2, 1),
                format!(
                    "SSIM {}",
                    number_format::fit_width(restored.ssim.into(), 3, number_format::WIDTH)
                ),
                theme.quiet,
            );
            if second {
                canvas.picture(at(rows + 4, rows), &Picture::pixels(&restored.difference));
            }
        } else {
            centred(canvas, at(rows + 1, 1), "PSNR", theme.quiet);
            if second {
                let words = ["difference", "from clean,", "four times"];
                for (line, y) in words.into_iter().zip(rows + 3 + rows / 2..) {
                    centred(canvas, at(y, 1), line, theme.quiet);
                }
            }
        }
    }
    let words = format!("{} to come", result.pending);
    let x = area.x + columns.len() as u16 * (width + gap);
    if result.pending > 0 && x + width <= area.right() {
        centred(
            canvas,
            Rect::new(x, area.y + 1 + rows / 2, width, 1),
            words,
            theme.quiet,
        );
    }
}

fn centred(canvas: &mut Canvas, area: Rect, words: impl Into<String>, style: Style) {
    canvas.line(area, Line::styled(words.into(), style).centered());
}

/// The list from which methods are chosen.
fn draw_picker(canvas: &mut Canvas, area: Rect, app: &App) {
    let theme = canvas.theme;
    let shown = super::shown_models(app);
    let at = app.denoise.picker.unwrap_or(0);
    let mut lines = vec![Line::styled("methods shown beside PCA-256", theme.quiet)];
    for (i, card) in app.models.iter().enumerate() {
        let mark = if shown.contains(&card.reference) {
            "✓"
        } else {
            " "
        };
        let style = if i == at { theme.selected } else { theme.text };
        let objective = match card.objective {
            crate::dataset::Noise::None => "plain".to_string(),
            noise => format!("learned {noise}"),
        };
        let facts = format!(
            "code {:>4} · {objective} · {} × {} {} · {}",
            card.code_size, card.faces.size, card.faces.size, card.faces.preprocess, card.data
        );
        // What tells models apart comes first; a narrow screen cuts the rest.
        let facts = text::truncate(&facts, usize::from(area.width).saturating_sub(31));
        lines.push(Line::from(vec![
            Span::styled(
                format!(" {mark} {} ", padded(&text::truncate(&card.label, 24), 24)),
                style,
            ),
            Span::styled(format!(" {facts}"), theme.quiet),
        ]));
    }
    let first = (at + 2).saturating_sub(usize::from(area.height));
    canvas.lines(area, lines.into_iter().skip(first));
}
