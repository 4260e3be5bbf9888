//! Takes out of a frame what is never twice the same: how long something took.

use ratatui::buffer::Buffer;

/// Words that follow a measured number.
const UNITS: [&str; 6] = ["ms", "s", "images/s", "faces/s", "MB/s", "left"];

/// Removes the parts of the status line that tell a time or a rate.
pub(super) fn without_times(buffer: &mut Buffer) {
    let area = buffer.area;
    let Some(y) = area.bottom().checked_sub(2) else {
        return;
    };
    let row = area.left()..area.right();
    let line: String = row.clone().map(|x| buffer[(x, y)].symbol()).collect();
    let kept: Vec<&str> = line.split(" · ").filter(|part| !tells_time(part)).collect();
    let kept = kept.join(" · ");
    if kept.trim_end() == line.trim_end() {
        return;
    }
    for x in row {
        buffer[(x, y)].set_symbol(" ");
    }
    let style = buffer[(1.min(area.right() - 1), y)].style();
    buffer.set_string(0, y, kept, style);
}

fn tells_time(part: &str) -> bool {
    let words: Vec<&str> = part.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let is_number = pair[0]
            .trim_start_matches('~')
            .replace(',', "")
            .parse::<f64>()
            .is_ok();
        is_number && UNITS.contains(&pair[1].trim_end_matches([',', ':']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    #[test]
    fn only_parts_with_times_go() {
        let shown = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 70, 2));
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
            without_times(&mut buffer);
            let line: String = (0..70).map(|x| buffer[(x, 0)].symbol()).collect();
            line.trim_end().to_string()
        };
        assert_eq!(
            shown(" seed 32×32 · 2 methods in 57.6 ms · 11 passes in 0.5 s"),
            " seed 32×32"
        );
        assert_eq!(
            shown(" epoch 3 · 1,020 images/s · lr 0.1"),
            " epoch 3 · lr 0.1"
        );
        for same in [
            "",
            " a · b",
            " 3 steps · the rest",
            " held-out 0.004, 27 dB",
        ] {
            assert_eq!(shown(same), same);
        }
    }
}
