//! Every tab in as many colours as the terminal has.

use lfw_tui::tui::colours::Depth;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::stage::Stage;

fn colours(buffer: &Buffer) -> impl Iterator<Item = Color> + '_ {
    buffer.content.iter().flat_map(|cell| [cell.fg, cell.bg])
}

#[test]
fn no_tab_has_more_colours_than_the_terminal() {
    for (depth, is_shown) in [
        (Depth::Truecolor, (|_| true) as fn(Color) -> bool),
        (Depth::Ansi256, |colour| !matches!(colour, Color::Rgb(..))),
        (Depth::Ansi16, |colour| {
            !matches!(colour, Color::Rgb(..) | Color::Indexed(_))
        }),
        (Depth::None, |colour| colour == Color::Reset),
    ] {
        let mut stage = Stage::open(100, 30);
        stage.set_depth(depth);
        for tab in ["1", "2", "3", "4", "5", "?"] {
            stage.press(tab);
            let buffer = stage.draw();
            for colour in colours(&buffer) {
                assert!(is_shown(colour), "{depth:?}, tab {tab}: {colour:?}");
            }
            if tab == "1" && depth > Depth::None {
                assert!(colours(&buffer).any(|colour| colour != Color::Reset));
            }
        }
    }
}

#[test]
fn without_colours_what_is_chosen_is_still_seen_and_pictures_are_shades() {
    let mut stage = Stage::open(100, 30);
    stage.set_depth(Depth::None);
    let buffer = stage.draw();
    // The tab in view, in the header.
    assert!(buffer[(2, 0)].modifier.contains(Modifier::REVERSED));
    let drawn: Vec<&str> = buffer
        .content
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .filter(|symbol| "░▒▓█▀▄▌▐".contains(*symbol))
        .collect();
    assert!(drawn.len() > 100, "{} cells of pictures", drawn.len());
    // Plain pictures of some grey: more than one shade, no stripes of one glyph.
    assert!(drawn.iter().any(|symbol| *symbol != drawn[0]));
}

#[test]
fn more_colours_that_come_later_draw_the_pictures_again() {
    let mut stage = Stage::open(100, 30);
    stage.set_depth(Depth::Ansi256);
    let few = stage.draw();
    stage.set_depth(Depth::Truecolor);
    let many = stage.draw();
    assert!(!colours(&few).any(|colour| matches!(colour, Color::Rgb(..))));
    // The stage's pictures have a blue of 90.
    assert!(colours(&many).any(|colour| matches!(colour, Color::Rgb(_, _, 90))));
}
