//! The presets to begin with on a large Train tab without runs: for each what it learns and what
//! that is good for, its network, and the first faces that it would see.
//!
//! ```text
//!  no runs yet · lfw-deepfunneled: 11,910 pictures to train on, 1,323 held out   time here
//!
//!  f  face                              19m20s    █                █    ▣▣▣ ▣▣▣ ▣▣▣ ▣▣▣
//!     Rebuilds a face from 32 numbers …           █  ▄   ┃   ▄ █   █    ▣▣▣ ▣▣▣ ▣▣▣ ▣▣▣
//!     Browse: rebuilds faces better …          px 32 …                  ▣▣▣ ▣▣▣ ▣▣▣ ▣▣▣
//! ```

use std::sync::LazyLock;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::action::StarterAction;
use super::advice::gain;
use super::keys;
use super::list::{WORDS, all_words, key_line, state_words};
use super::state::Starters;
use crate::dataset::{Dataset, Noise};
use crate::display::padded;
use crate::models::outline;
use crate::models::outline::Outline;
use crate::number_format;
use crate::training::starters::{STARTERS, Starter};
use crate::training::{FirstFaces, TrainSpec};
use crate::tui::action::Action;
use crate::tui::areas::{square_columns, square_rows, without_top};
use crate::tui::context::Context;
use crate::tui::images::Picture;
use crate::tui::tabs::train::action::TrainAction;
use crate::tui::text;
use crate::tui::theme::Theme;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::network;

/// The faces of a preset that are asked for.
pub(crate) const FACES: usize = 8;

/// The rows of the page from which presets have more than a line.
const MIN_ROWS: u16 = 33;
/// Rows of the heading, with a blank one below.
const HEADING_ROWS: u16 = 2;
/// The most rows of a preset, with a blank one below.
const MOST_ROWS: u16 = 14;
/// Columns of the words, where there is room and where there is less.
const TEXT_COLUMNS: [u16; 2] = [64, 56];
/// The same without networks.
const WIDE_TEXT_COLUMNS: u16 = 76;
/// Columns that words below the presets leave.
const WORDS_MARGIN: u16 = 16;
/// Columns between the parts.
const GAP: u16 = 3;
/// The fewest faces beside a network.
const FEWEST_FACES: u16 = 3;

/// Each preset's spec and network. They come with the program, so that none is missing.
static NETWORKS: LazyLock<Vec<(TrainSpec, Outline)>> = LazyLock::new(|| {
    let network = |starter: &Starter| {
        let spec = TrainSpec::preset(starter.preset).ok()?;
        let outline = outline(&spec.model).ok()?;
        Some((spec, outline))
    };
    STARTERS.iter().filter_map(network).collect()
});

/// The presets' specs.
pub(crate) fn specs() -> Vec<TrainSpec> {
    NETWORKS.iter().map(|(spec, _)| spec.clone()).collect()
}

/// Whether the page is shown in `area`, rather than the list alone.
pub(crate) fn fits(area: Rect) -> bool {
    area.height >= MIN_ROWS
}

/// Where the parts of a preset are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    text: u16,
    /// Of networks; none where there is no room.
    network: u16,
    /// Faces side by side, of these columns and rows.
    faces: u16,
    face: (u16, u16),
}

impl Columns {
    /// For presets of that many rows, the last of which is blank.
    fn new(width: u16, rows: u16, cell_size: (u16, u16)) -> Self {
        let all = NETWORKS.iter();
        let widest = all.map(|(_, outline)| network::columns(outline)).max();
        let network = widest.unwrap_or(0) + GAP;
        let rows = rows.saturating_sub(1);
        let face_rows = square_rows(width / 3, rows, cell_size);
        let face = (square_columns(face_rows, cell_size), face_rows);
        let beside = |text: u16, network: u16| {
            let room = width.saturating_sub(text + GAP + network);
            (room + 1) / (face.0 + 1)
        };
        let fits = |text: &u16| beside(*text, network) >= FEWEST_FACES;
        let with_network = TEXT_COLUMNS.into_iter().find(fits);
        let (text, network) = match with_network.filter(|_| rows >= network::MIN_ROWS) {
            Some(text) => (text, network),
            None => {
                // There are fewer rows, too, so that lines are longer.
                let fits = |text: &u16| beside(*text, 0) >= FEWEST_FACES;
                let text = [WIDE_TEXT_COLUMNS, TEXT_COLUMNS[0]].into_iter().find(fits);
                (text.unwrap_or(TEXT_COLUMNS[0]).min(width), 0)
            }
        };
        let faces = beside(text, network).min(FACES as u16);
        Self {
            text: if faces == 0 { width } else { text },
            network,
            faces,
            face,
        }
    }
}

/// A preset as it is drawn.
struct Preset {
    /// Its place among all.
    index: usize,
    starter: Starter,
    /// The key that starts it.
    key: String,
    /// How long it takes.
    state: String,
}

/// Draws the page.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    (context, dataset): (&Context, &Dataset),
    starters: &Starters,
    first: &[FirstFaces],
) {
    let theme = canvas.theme;
    // Words that are read as lines, not as one long row; a popup covers them.
    let words = text::wrap(WORDS, area.width.saturating_sub(WORDS_MARGIN).into());
    let footer_rows = 2 + words.len() as u16;
    let room = area.height.saturating_sub(HEADING_ROWS + footer_rows);
    let rows = (room / STARTERS.len() as u16).min(MOST_ROWS);
    let columns = Columns::new(area.width, rows, context.capabilities.cell_size);
    draw_heading(canvas, area, columns, (dataset, first));
    let mut place = without_top(area, HEADING_ROWS);
    for (index, starter) in STARTERS.into_iter().enumerate() {
        let state = state_words(starters, starter, &[], dataset);
        let spec = NETWORKS.get(index).map(|(spec, _)| spec);
        let seen = first.iter().find(|one| Some(&one.spec) == spec);
        let part = Rect {
            height: rows.saturating_sub(1),
            ..place
        };
        let key = context.key(keys::EMPTY_TRAIN, keys::train(index));
        let preset = Preset {
            index,
            starter,
            key,
            state,
        };
        draw_preset(canvas, part, columns, &preset, seen);
        place = without_top(place, rows);
    }
    // Rows that are left over part the presets from the rest.
    let spare = place.height.saturating_sub(footer_rows).min(1);
    let mut below = footer(
        (theme, context),
        starters,
        dataset,
        (columns.text, area.width),
    );
    below.extend(
        words
            .into_iter()
            .map(|line| Line::styled(line, theme.quiet)),
    );
    canvas.lines(without_top(place, spare), below);
}

/// What is true of all of them, and what the columns show.
fn draw_heading(
    canvas: &mut Canvas,
    area: Rect,
    columns: Columns,
    (dataset, first): (&Dataset, &[FirstFaces]),
) {
    let theme = canvas.theme;
    let words = match first.first() {
        Some(one) if columns.text >= TEXT_COLUMNS[1] => format!(
            " · {} faces to train on, {} held out",
            text::with_thousands(one.training),
            text::with_thousands(one.held_out)
        ),
        _ => format!(" · {}", text::pluralize(dataset.pictures.len(), "picture")),
    };
    let time = "time here";
    let width = usize::from(columns.text);
    let room = width.saturating_sub(11 + time.width());
    let words = padded(&text::truncate(&words, room), room);
    let line = Line::from(vec![
        Span::styled("no runs yet", theme.strong),
        Span::styled(words, theme.quiet),
        Span::styled(time, theme.quiet),
    ]);
    canvas.line(
        Rect {
            width: columns.text,
            ..area
        },
        line,
    );
    let mut right = right_of(area, columns.text + GAP);
    if columns.network > 0 {
        canvas.text(right, "its network, from left to right", theme.quiet);
        right = right_of(right, columns.network);
    }
    if columns.faces > 0 {
        canvas.text(right, "the first faces that it sees", theme.quiet);
    }
}

fn right_of(area: Rect, columns: u16) -> Rect {
    Rect {
        x: area.x + columns,
        width: area.width.saturating_sub(columns),
        ..area
    }
}

/// A preset: words, network, faces.
fn draw_preset(
    canvas: &mut Canvas,
    area: Rect,
    columns: Columns,
    preset: &Preset,
    first: Option<&FirstFaces>,
) {
    let words = Rect {
        width: columns.text,
        ..area
    };
    let Some((spec, outline)) = NETWORKS.get(preset.index) else {
        return;
    };
    let theme = canvas.theme;
    let lines = words_of(theme, preset, (spec, outline), words);
    canvas.lines(words, lines);
    let mut right = right_of(area, columns.text + GAP);
    if columns.network > 0 {
        network::draw(canvas, right, outline);
        right = right_of(right, columns.network);
    }
    let faces = first.map_or([].as_slice(), |first| first.faces.as_slice());
    for (place, face) in (0..columns.faces).zip(faces) {
        let (width, height) = columns.face;
        let x = right.x + place * (width + 1);
        let at = Rect::new(x, right.y, width, height);
        canvas.picture(at, &Picture::pixels(face));
    }
}

/// `f  face … 19m20s`, what it learns, what gets better, and its figures.
fn words_of(
    theme: &Theme,
    preset: &Preset,
    (spec, outline): (&TrainSpec, &Outline),
    area: Rect,
) -> Vec<Line<'static>> {
    const INDENT: usize = 3;
    let name = preset.starter.preset;
    let mut head = key_line(theme, &preset.key, name, &preset.state, area.width);
    if let Some(name) = head.spans.get_mut(1) {
        name.style = theme.strong;
    }
    let width = usize::from(area.width).saturating_sub(INDENT);
    let indented = |line: String, style| {
        let line = text::truncate(&line, width);
        Line::styled(format!("{:INDENT$}{line}", ""), style)
    };
    let figures: Vec<_> = figures(spec, outline)
        .into_iter()
        .map(|line| indented(line, theme.quiet))
        .collect();
    let better = gain(name).map(|(tab, gain)| {
        let better = format!("{}: {gain}", tab.title());
        indented(better, theme.accent)
    });
    let rows = usize::from(area.height);
    let learns = text::wrap(&spec.description, width);
    let needed = 1 + learns.len() + usize::from(better.is_some()) + figures.len();
    let mut lines = vec![head];
    lines.extend(learns.into_iter().map(|line| indented(line, theme.text)));
    lines.extend(better);
    if rows > needed {
        lines.push(Line::default());
    }
    lines.extend(figures);
    lines
}

/// What it is, and how it is trained: `face · code 32 · 5,082,595 weights · 32×32 px, seed`.
fn figures(spec: &TrainSpec, outline: &Outline) -> [String; 2] {
    let model = &spec.model;
    let code = format!("{} · code {}", model.kind, model.code_size);
    let size = format!("{0}×{0} px, {1}", model.size, spec.data.preprocess);
    let Some(weights) = outline.weights else {
        let steps = "fitted at once, without steps".to_string();
        return [format!("{code} · {size}"), steps];
    };
    let weights = number_format::count(weights as u64);
    let mirrored = if spec.flips { " · mirrored" } else { "" };
    let noise = match spec.noise {
        Noise::None => String::new(),
        noise => format!(" · noise {noise}"),
    };
    let (epochs, batch) = (spec.epochs, spec.batch_size);
    [
        format!("{code} · {weights} weights · {size}"),
        format!("{epochs} epochs, {batch} faces a step{mirrored}{noise}"),
    ]
}

/// The other keys, in `columns`, with what more fits in `width`.
fn footer(
    (theme, context): (&Theme, &Context),
    starters: &Starters,
    dataset: &Dataset,
    (columns, width): (u16, u16),
) -> Vec<Line<'static>> {
    let all = "all of these, one after another: for the night";
    let time = all_words(starters, &[], dataset);
    let key = |action| context.key(keys::EMPTY_TRAIN, action);
    let start = key(Action::Starter(StarterAction::TrainAll));
    let open = key(Action::Train(TrainAction::OpenForm));
    let form = "a run from a form with every setting";
    let mut form = key_line(theme, &open, form, "", columns);
    let command = "or, in any terminal: lfw-tui train --preset face --detach";
    let gap = " ".repeat(GAP.into());
    if usize::from(width) >= usize::from(columns + GAP) + command.len() {
        form.push_span(Span::styled(format!("{gap}{command}"), theme.quiet));
    }
    vec![key_line(theme, &start, all, &time, columns), form]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_network_and_parts_fit() {
        assert_eq!(NETWORKS.len(), STARTERS.len());
        for (width, rows, cell) in [
            (78, 6, (8, 17)),
            (118, 6, (8, 17)),
            (158, 7, (8, 17)),
            (198, 9, (6, 13)),
            (400, 14, (10, 20)),
        ] {
            let columns = Columns::new(width, rows, cell);
            let faces = columns.faces * (columns.face.0 + 1);
            let used = columns.text + columns.network + faces;
            assert!(used <= width, "{width}: {columns:?}");
            assert!(columns.face.1 < rows, "{width}: {columns:?}");
            assert_eq!(columns.network > 0, width >= 158, "{width}: {columns:?}");
            assert!(columns.faces >= 1 || width < 100, "{width}: {columns:?}");
        }
    }

    #[test]
    fn figures_are_the_specs() {
        let [network, steps] = figures(&NETWORKS[0].0, &NETWORKS[0].1);
        assert_eq!(network, "identity · code 900 · 128×128 px, wide");
        assert_eq!(steps, "fitted at once, without steps");
        for (spec, outline) in NETWORKS.iter() {
            for line in figures(spec, outline) {
                let room = usize::from(TEXT_COLUMNS[0]) - 3;
                assert!(line.chars().count() <= room, "{line}");
            }
        }
        let (spec, outline) = &NETWORKS[3];
        let [network, steps] = figures(spec, outline);
        assert!(network.starts_with("denoiser · code 256 · "), "{network}");
        assert!(network.ends_with(" weights · 32×32 px, seed"), "{network}");
        assert_eq!(steps, "64 epochs, 32 faces a step · mirrored · noise any");
    }
}
