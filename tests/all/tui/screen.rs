//! What all tabs share.

use super::stage::{Stage, text};
use lfw_tui::engine::{RequestId, ResponseBody};
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::popup::{Popup, PopupKind};
use lfw_tui::tui::tab_id::TabId;

#[test]
fn tabs_go_around() {
    let mut stage = Stage::open(100, 30);
    stage.press("<Tab><Tab>");
    assert_eq!(stage.app.context.tab, TabId::Denoise);
    stage.press("<BackTab><BackTab><BackTab>");
    assert_eq!(stage.app.context.tab, TabId::Morph);
    stage.press("<Tab>");
    assert_eq!(stage.app.context.tab, TabId::Browse);
    for (key, tab) in ["1", "2", "3", "4", "5"].into_iter().zip(TabId::ALL) {
        stage.press(key);
        assert_eq!(stage.app.context.tab, tab);
    }
}

#[test]
fn quitting_and_suspending_are_effects() {
    let mut stage = Stage::open(100, 30);
    stage.press("q<^z><^l>");
    assert_eq!(
        stage.effects,
        [Effect::Quit, Effect::Suspend, Effect::Redraw]
    );
}

#[test]
fn help_lists_every_key_and_scrolls_to_its_end() {
    let mut stage = Stage::open(80, 24);
    stage.press("?");
    assert_eq!(
        stage.app.popup,
        Some(Popup {
            kind: PopupKind::Help,
            scroll: 0
        })
    );
    let first = stage.text();
    assert!(
        first.contains("filter people by a part of their name"),
        "{first}"
    );
    stage.press("G");
    let last = stage.text();
    assert!(last.contains("suspend; `fg` resumes"), "{last}");
    stage.press("k");
    assert_ne!(
        stage.text(),
        last,
        "one line up from the end is visible at once"
    );
    // A key of the tab below closes nothing and does nothing.
    stage.press("s");
    assert_eq!(stage.app.context.tab, TabId::Browse);
    stage.press("q");
    assert_eq!((stage.app.popup, stage.effects.len()), (None, 0));
}

#[test]
fn no_picture_is_drawn_below_a_popup() {
    let mut stage = Stage::open(120, 40);
    let pictures = |text: &str| text.matches('▒').count();
    let before = pictures(&stage.text());
    stage.press("?");
    let during = pictures(&stage.text());
    stage.press("<Esc>");
    assert!(during < before, "{during} of {before}");
    assert_eq!(pictures(&stage.text()), before);
}

#[test]
fn a_small_terminal_says_what_is_needed() {
    let mut stage = Stage::open(40, 10);
    for key in ["1", "2", "3", "4", "5", "?"] {
        stage.press(key);
        let text = stage.text();
        assert!(
            text.contains("40 × 10") && text.contains("60 × 16"),
            "{text}"
        );
    }
    for (columns, rows) in [(1, 1), (3, 200), (200, 2), (59, 16), (60, 15)] {
        stage.app.context.size = (columns, rows);
        stage.draw();
    }
}

#[test]
fn every_tab_draws_at_every_size() {
    for (columns, rows) in [
        (60, 16),
        (61, 17),
        (80, 24),
        (99, 28),
        (200, 16),
        (60, 70),
        (300, 90),
    ] {
        for keys in ["1", "1l?", "1/xx<Enter>", "2", "3", "3v", "4", "5", "D"] {
            let mut stage = Stage::open(columns, rows);
            stage.press(keys);
            check_frame(&mut stage, &format!("{keys} at {columns} × {rows}"));
        }
    }
}

/// The header names all tabs and marks the one in view, the footer explains how to get
/// help or to close what is open, and nothing is drawn in the columns at the edges.
fn check_frame(stage: &mut Stage, what: &str) {
    let buffer = stage.draw();
    let screen = text(&buffer);
    let (columns, rows) = stage.app.context.size;
    assert_eq!((buffer.area.width, buffer.area.height), (columns, rows));
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines.len(), usize::from(rows), "{what}");

    let header = " 1 Browse  2 Train  3 Denoise  4 Search  5 Morph ";
    assert!(lines[0].starts_with(header), "{what}: {}", lines[0]);
    let style = |tab: TabId| {
        let column = header.find(tab.title()).unwrap() as u16;
        buffer[(column, 0)].style()
    };
    let current = stage.app.context.tab;
    for tab in TabId::ALL.into_iter().filter(|tab| *tab != current) {
        assert_ne!(style(tab), style(current), "{what}: {}", tab.title());
    }

    let footer = lines[lines.len() - 1];
    for (key, word) in stage.app.footer() {
        let is_kept = word == "help" || word == "close";
        assert!(
            !is_kept || footer.contains(&format!("{key} {word}")),
            "{what}: {footer}"
        );
    }
    assert!(!footer.is_empty(), "{what}");

    if stage.app.popup.is_none() {
        for row in 1..rows - 2 {
            for column in [0, columns - 1] {
                let symbol = buffer[(column, row)].symbol();
                assert_eq!(symbol, " ", "{what}: column {column}, row {row}");
            }
        }
    }
}

#[test]
fn before_the_data_is_open_and_when_it_cannot_be() {
    let mut stage = Stage::closed(80, 24);
    let effects = stage.app.sync_requests();
    assert!(matches!(effects[..], [Effect::Send(..)]));
    assert!(stage.text().contains("opening the faces"));
    stage.press("12345hjkl?");
    stage.press("<Esc>");
    stage.reply(
        RequestId(1),
        ResponseBody::Failed("faces.tgz: not found".to_string()),
    );
    for tab in [TabId::Browse, TabId::Denoise, TabId::Search, TabId::Morph] {
        stage.app.context.tab = tab;
        let text = stage.text();
        assert!(text.contains("faces.tgz: not found"), "{text}");
        assert!(text.contains("lfw-tui import PATH"), "{text}");
    }
}

#[test]
fn a_long_message_is_shown_whole() {
    let mut stage = Stage::open(80, 24);
    let words: Vec<String> = (1..40).map(|word| format!("word{word}")).collect();
    stage.app.show_error(words.join(" "));
    let text = stage.text();
    for word in words {
        assert!(text.contains(&word), "{word}: {text}");
    }
    stage.press("j");
    assert!(!stage.text().contains("word1 "));
}

#[test]
fn progress_shows_rate_and_time_left() {
    let mut stage = Stage::closed(100, 30);
    stage.app.sync_requests();
    let report = |done| ResponseBody::Progress {
        stage: "reading lfw.tgz".to_string(),
        done,
        total: Some(9_000),
    };
    stage.reply(RequestId(1), report(0));
    stage.app.context.now += std::time::Duration::from_secs(2);
    stage.reply(RequestId(1), report(3_000));
    let text = stage.text();
    assert!(
        text.contains("reading lfw.tgz  3,000 of 9,000 · 1,500/s · 4 s left"),
        "{text}"
    );
}

#[test]
fn the_sample_says_what_it_is() {
    let mut dataset = super::stage::dataset();
    dataset.is_sample = true;
    let mut stage = Stage::with(120, 40, dataset);
    let text = stage.text();
    assert!(text.contains("D, then f, gets real ones"), "{text}");
    stage.press("D");
    let text = stage.text();
    assert!(text.contains("i import") && text.contains("f fetch LFW"));
}
