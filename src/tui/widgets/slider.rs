//! A slider as text: `◂ 0.05 ─────●──── 0.50 ▸`.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::theme::Theme;

/// A slider of `width` cells with its ends' labels; `share` (0 to 1) is where
/// the knob is.
pub(crate) fn slider(
    theme: &Theme,
    share: f64,
    low: &str,
    high: &str,
    width: u16,
) -> Line<'static> {
    let labels = low.chars().count() + high.chars().count() + 6;
    let track = usize::from(width).saturating_sub(labels).max(3);
    let knob = (share.clamp(0.0, 1.0) * (track - 1) as f64).round() as usize;
    Line::from(vec![
        Span::styled(format!("◂ {low} "), theme.quiet),
        Span::styled("━".repeat(knob), theme.accent),
        Span::styled("●", theme.accent),
        Span::styled("─".repeat(track - 1 - knob), theme.quiet),
        Span::styled(format!(" {high} ▸"), theme.quiet),
    ])
}

/// Where the track is, of a slider drawn in `area` with these labels.
pub(crate) fn track_area(area: Rect, low: &str, high: &str) -> Rect {
    let (before, after) = (
        low.chars().count() as u16 + 3,
        high.chars().count() as u16 + 3,
    );
    Rect {
        x: area.x + before,
        width: area.width.saturating_sub(before + after).max(3),
        height: area.height.min(1),
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_knob_reaches_both_ends() {
        let theme = Theme::colourless();
        let text = |share| slider(&theme, share, "0", "1", 20).to_string();
        assert!(text(0.0).starts_with("◂ 0 ●"));
        assert!(text(1.0).ends_with("● 1 ▸"));
        assert_eq!(text(0.5).chars().count(), 20);
    }
}
