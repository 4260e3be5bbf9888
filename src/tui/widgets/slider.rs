//! A slider as text: `◂ 0.05 ─────●──── 0.50 ▸`.

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
