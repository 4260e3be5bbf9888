//! Words that several of Morph's modes show.

use crate::engine::RequestKind;
use crate::tui::action::Action;
use crate::tui::context::Context;

/// What is shown while there are no pictures yet.
pub(super) fn waiting(context: &Context) -> String {
    let kinds = [
        RequestKind::Morph,
        RequestKind::Vary,
        RequestKind::Sample,
        RequestKind::Along,
        RequestKind::Axes,
        RequestKind::Square,
    ];
    if kinds.iter().any(|kind| context.is_pending(*kind)) {
        "computing the codes …".to_string()
    } else {
        let again = context.tab_key(Action::Redraw);
        format!("nothing was generated; {again} tries again")
    }
}

/// `+1.5`, `−3`, `0`.
pub(super) fn signed_deviations(deviations: f32) -> String {
    let digits = usize::from((deviations * 10.0).round() % 10.0 != 0.0);
    let size = deviations.abs();
    match deviations {
        _ if size < 0.05 => "0".to_string(),
        _ if deviations < 0.0 => format!("−{size:.digits$}"),
        _ => format!("+{size:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_have_a_sign_and_no_empty_digits() {
        let words = [-3.0, -0.5, 0.0, 0.25, 1.0].map(signed_deviations);
        assert_eq!(words, ["−3", "−0.5", "0", "+0.2", "+1"]);
    }
}
