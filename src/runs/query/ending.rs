//! How a filter ends while it is typed: what is begun there is no mistake yet.

use super::figure::Figure;
use super::filter::Field;

/// The end of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It can stand.
    Whole,
    /// The name of a field or a figure, or its beginning; it may be meant as a part of a run's
    /// name. With what is missing after a name.
    Name(Option<String>),
    /// What is missing.
    Missing(String),
}

/// How a filter ends.
pub(crate) fn ending(text: &str) -> Ending {
    let missing = |what: String| Ending::Missing(format!("{what} is missing"));
    if text.matches('"').count() % 2 == 1 {
        return missing("the closing quote".to_string());
    }
    let word = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.strip_prefix('-').unwrap_or(word);
    let term = word.rsplit('|').next().unwrap_or_default().to_lowercase();
    if term.is_empty() {
        let is_begun = text.ends_with(['-', '|']);
        return if is_begun {
            missing("a word".to_string())
        } else {
            Ending::Whole
        };
    }
    let field = |name: &str| Field::ALL.into_iter().find(|field| field.name() == name);
    let figure = |name: &str| Figure::ALL.into_iter().find(|figure| figure.name() == name);
    let Some(sign) = term.find([':', '<', '>', '=']) else {
        let names = Field::ALL.map(Field::name).into_iter();
        let mut names = names.chain(Figure::ALL.map(Figure::name));
        return if figure(&term).is_some() {
            let what = format!("a comparison such as {term}<1 is missing, unless it is a name");
            Ending::Name(Some(what))
        } else if field(&term).is_some() {
            let what = format!("a word after {term}: is missing, unless it is a name");
            Ending::Name(Some(what))
        } else if names.any(|name| name.starts_with(&term)) {
            Ending::Name(None)
        } else {
            Ending::Whole
        };
    };
    let (name, value) = term.split_at(sign);
    if !value.trim_start_matches([':', '<', '>', '=']).is_empty() {
        return Ending::Whole;
    }
    if figure(name).is_some() && !value.starts_with(':') {
        missing(format!("a number for {name}"))
    } else if field(name).is_some() && (value == ":" || value == "=") {
        missing(format!("a word for {name}"))
    } else {
        Ending::Whole
    }
}

/// The filter without what is only begun at its end.
pub(crate) fn whole_part(text: &str) -> &str {
    let without_signs = text.trim_end_matches(['|', '-']);
    if without_signs.len() < text.len() && ending(without_signs) == Ending::Whole {
        return without_signs;
    }
    let mut is_quoted = false;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        is_quoted ^= c == '"';
        if c.is_whitespace() && !is_quoted {
            end = at;
        }
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_can_be_left_out() {
        for (text, expected) in [
            ("loss<", ""),
            ("tag:a loss<", "tag:a"),
            ("tag:a|", "tag:a"),
            ("bee -", "bee "),
            ("bee name:\"a b", "bee"),
            ("", ""),
        ] {
            assert_eq!(whole_part(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_begun_is_no_mistake_yet() {
        for (text, expected) in [
            ("", None),
            ("bee ", None),
            ("loss<0.2", None),
            ("loss<0.2 tag:night", None),
            ("losss<", None),
            ("loss:", None),
            ("state<", None),
            ("loss<", Some("a number for loss is missing")),
            ("x -LOSS>=", Some("a number for loss is missing")),
            ("tag:", Some("a word for tag is missing")),
            ("tag:a|", Some("a word is missing")),
            ("-", Some("a word is missing")),
            ("name:\"a b", Some("the closing quote is missing")),
        ] {
            let expected = expected.map_or(Ending::Whole, |what| Ending::Missing(what.to_string()));
            assert_eq!(ending(text), expected, "{text}");
        }
        for (text, is_whole) in [
            ("los", false),
            ("a|sta", false),
            ("loss", true),
            ("tag", true),
        ] {
            let Ending::Name(missing) = ending(text) else {
                panic!("{text}");
            };
            assert_eq!(missing.is_some(), is_whole, "{text}");
        }
    }
}
