//! The comparison of methods: the clean and the damaged face, and what each method
//! makes of it.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::layout::DenoiseLayout;
use super::state::DenoiseTab;
use crate::engine::{Comparison, Denoised};
use crate::number_format;
use crate::tui::areas::row_of;
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;

/// A version of the face.
pub(super) struct Version<'a> {
    pub(super) label: &'a str,
    pub(super) picture: Picture,
    /// How it compares with the clean one; `None` for that itself.
    pub(super) comparison: Option<&'a Comparison>,
    pub(super) label_style: Style,
    pub(super) psnr_style: Style,
}

/// Draws the pictures that came last.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    (tab, context): (&DenoiseTab, &Context),
    result: &Denoised,
) {
    let theme = canvas.theme;
    let versions = versions(canvas, tab, result);
    let layout = DenoiseLayout::new(area, versions.len(), context.capabilities.cell_size);
    for (column, version) in versions.iter().enumerate() {
        let Some(whole) = layout.part(column, 0, area.height) else {
            break;
        };
        draw_version(canvas, &layout, whole, version);
    }
    let middle = 1 + layout.rows / 2;
    if result.pending > 0
        && let Some(place) = layout.part(versions.len(), middle, 1)
    {
        centred(
            canvas,
            place,
            format!("{} to come", result.pending),
            theme.quiet,
        );
    }
}

/// Clean, damaged, then the methods, the best of which is marked if there is more
/// than one. While the part of a file is chosen, the file has the clean picture's place.
pub(super) fn versions<'a>(
    canvas: &Canvas,
    tab: &'a DenoiseTab,
    result: &'a Denoised,
) -> Vec<Version<'a>> {
    let theme = canvas.theme;
    let best = result
        .outputs
        .iter()
        .map(|output| output.quality.psnr_db)
        .fold(f64::NEG_INFINITY, f64::max);
    let mut versions = vec![
        Version {
            label: if tab.crop.is_some() {
                "the part"
            } else {
                "clean"
            },
            picture: match &tab.crop {
                Some(chooser) => Picture::pixels(&chooser.pixels),
                None => Picture::pixels(&result.clean),
            },
            comparison: None,
            label_style: theme.quiet,
            psnr_style: theme.quiet,
        },
        Version {
            label: &result.damaged.label,
            picture: Picture::pixels(&result.damaged.pixels),
            comparison: Some(&result.damaged),
            label_style: theme.quiet,
            psnr_style: theme.text,
        },
    ];
    versions.extend(result.outputs.iter().map(|output| Version {
        label: &output.label,
        picture: Picture::pixels(&output.pixels),
        comparison: Some(output),
        label_style: theme.strong,
        psnr_style: if output.quality.psnr_db >= best && result.outputs.len() > 1 {
            theme.accent
        } else {
            theme.text
        },
    }));
    versions
}

/// Draws a version into its column `whole`.
fn draw_version(canvas: &mut Canvas, layout: &DenoiseLayout, whole: Rect, version: &Version) {
    let theme = canvas.theme;
    let rows = layout.rows;
    let picture_at = |top: u16| Rect {
        height: rows,
        ..row_of(whole, top)
    };
    let label = text::truncate(version.label, whole.width.into());
    centred(canvas, row_of(whole, 0), label, version.label_style);
    canvas.picture(picture_at(1), &version.picture);
    if let Some(comparison) = version.comparison {
        let psnr = text::decibels(comparison.quality.psnr_db);
        centred(canvas, row_of(whole, rows + 1), psnr, version.psnr_style);
        let ssim = number_format::fit_width(comparison.quality.ssim, 3, number_format::WIDTH);
        let ssim = format!("SSIM {ssim}");
        centred(canvas, row_of(whole, rows + 2), ssim, theme.quiet);
        if layout.has_differences {
            let difference = Picture::pixels(&comparison.difference);
            canvas.picture(picture_at(rows + 4), &difference);
        }
        return;
    }
    centred(canvas, row_of(whole, rows + 1), "PSNR", theme.quiet);
    if layout.has_differences {
        let words = ["difference", "from clean,", "four times"];
        for (line, top) in words.into_iter().zip(rows + 3 + rows / 2..) {
            centred(canvas, row_of(whole, top), line, theme.quiet);
        }
    }
}

pub(super) fn centred(canvas: &mut Canvas, area: Rect, text: impl Into<String>, style: Style) {
    canvas.line(area, Line::styled(text.into(), style).centered());
}
