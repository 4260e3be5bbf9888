//! What queries and people are called where there is little room.

use unicode_width::UnicodeWidthStr;

use crate::dataset::Dataset;
use crate::engine::{Direction, PictureRef, Query, Term};
use crate::tui::text;

/// `George W Bush 17`, `me.jpg`, `mean of 3 faces + 1.5 × Smiling`.
pub(super) fn query_name(dataset: &Dataset, query: &Query) -> String {
    let base = match query.pictures.as_slice() {
        [picture] => picture_name(dataset, picture),
        pictures => format!("mean of {}", text::pluralize(pictures.len(), "face")),
    };
    let terms = query.terms.iter().map(|term| term_name(dataset, term));
    std::iter::once(base)
        .chain(terms)
        .collect::<Vec<_>>()
        .join(" ")
}

fn picture_name(dataset: &Dataset, picture: &PictureRef) -> String {
    match picture {
        PictureRef::Index(face) if *face < dataset.pictures.len() => dataset.face_name(*face),
        PictureRef::Index(_) => String::new(),
        PictureRef::File(path) | PictureRef::Cropped(path, _) => path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned(),
    }
}

/// `+ 1.5 × Smiling`.
fn term_name(dataset: &Dataset, term: &Term) -> String {
    let direction = match term.direction {
        Direction::Attribute(index) => dataset
            .attribute_names()
            .get(index)
            .cloned()
            .unwrap_or_default(),
        Direction::Face(face) => picture_name(dataset, &PictureRef::Index(face)),
    };
    format!("{} × {direction}", signed_amount(term.amount))
}

/// `+ 1.5`, `− 0.5`.
pub(super) fn signed_amount(amount: f32) -> String {
    let sign = if amount < 0.0 { '−' } else { '+' };
    format!("{sign} {}", amount.abs())
}

/// A face's name in at most `width` columns: first names are shortened to their initials
/// before anything is cut off, so that the number stays.
pub(super) fn short_name(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_string();
    }
    let words: Vec<&str> = name.split(' ').collect();
    // The last two words are the family name and the picture's number.
    for shortened in 1..words.len().saturating_sub(1) {
        let short: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(index, word)| match word.chars().next() {
                Some(initial) if index < shortened => initial.to_string(),
                _ => (*word).to_string(),
            })
            .collect();
        let short = short.join(" ");
        if short.width() <= width {
            return short;
        }
    }
    // Then only the family name and the number are left.
    let last = words.len().saturating_sub(2);
    let last = words[last..].join(" ");
    if words.len() > 2 && last.width() <= width {
        return last;
    }
    text::truncate(name, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_names_are_shortened_before_the_number_is_lost() {
        assert_eq!(short_name("Ann Lee 3", 13), "Ann Lee 3");
        assert_eq!(short_name("George W Bush 530", 15), "G W Bush 530");
        assert_eq!(
            short_name("Arnold Schwarzenegger 42", 18),
            "Schwarzenegger 42"
        );
        assert_eq!(
            short_name("Arnold Schwarzenegger 42", 19),
            "A Schwarzenegger 42"
        );
        assert_eq!(short_name("George W Bush 530", 9), "Bush 530");
        assert_eq!(short_name("Madonna 12", 5), "Mado…");
        assert_eq!(short_name("", 5), "");
    }
}
