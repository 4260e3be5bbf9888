//! A filter of runs, as it is typed:
//!
//! ```text
//! filter     = word { blank word }              all words must hold
//! word       = [ "-" ] term { "|" term }        "-" for those where it does not hold
//! term       = text                             in the name
//!            | field ":" text                   state:running tag:night preset:face
//!            | figure comparison number         loss<0.005 epoch>=10 left<2h
//! comparison = "<" | "<=" | ">" | ">=" | "="
//! ```
//!
//! Text with blanks or signs is quoted: `name:"a b"`. Case does not matter. A figure that a run
//! does not have compares to nothing.

use super::figure::Figure;
use crate::config::closest_name;
use crate::runs::RunSummary;

/// A filter of runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filter {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq)]
struct Word {
    is_negated: bool,
    any_of: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Text(Field, String),
    Number(Figure, Comparison, f64),
}

/// What a text is looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// A part of the name.
    Name,
    /// The id.
    Id,
    /// The preset.
    Preset,
    /// The network.
    Model,
    /// The state's word, `live`, `ended` or `silent`.
    State,
    /// A tag.
    Tag,
    /// A part of the note.
    Note,
    /// A part of the noise, as `gaussian:0.1`.
    Noise,
    /// A part of the data set's title.
    Data,
}

impl Field {
    pub(super) const ALL: [Self; 9] = [
        Self::Name,
        Self::Id,
        Self::Preset,
        Self::Model,
        Self::State,
        Self::Tag,
        Self::Note,
        Self::Noise,
        Self::Data,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Id => "id",
            Self::Preset => "preset",
            Self::Model => "model",
            Self::State => "state",
            Self::Tag => "tag",
            Self::Note => "note",
            Self::Noise => "noise",
            Self::Data => "data",
        }
    }

    fn holds(self, run: &RunSummary, wanted: &str) -> bool {
        let contains = |text: &str| text.to_lowercase().contains(wanted);
        let is = |text: &str| text.to_lowercase() == wanted;
        let spec = &run.spec;
        match self {
            Self::Name => contains(&run.name),
            Self::Id => is(&run.id),
            Self::Preset => spec.preset.as_deref().is_some_and(is),
            Self::Model => spec.model.as_deref().is_some_and(is),
            Self::State => match wanted {
                "live" => run.state.is_live(),
                "ended" => !run.state.is_live(),
                "silent" => run.silent_s.is_some(),
                wanted => run.state_label() == wanted,
            },
            Self::Tag => run.tags.iter().any(|tag| is(tag)),
            Self::Note => run.note.as_deref().is_some_and(contains),
            Self::Noise => spec.noise.as_deref().is_some_and(contains),
            Self::Data => spec.data.as_deref().is_some_and(contains),
        }
    }
}

/// What `state:` knows.
pub(super) const STATES: [&str; 14] = [
    "running", "finished", "queued", "paused", "stopped", "failed", "crashed", "diverged",
    "pausing", "stopping", "unknown", "live", "ended", "silent",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
}

impl Comparison {
    const SIGNS: [(&'static str, Self); 5] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("<", Self::Below),
        (">", Self::Above),
        ("=", Self::Equal),
    ];

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => (value - limit).abs() <= limit.abs() * 1e-9,
        }
    }
}

/// A character of a filter: its place, from 1, and whether it is quoted.
#[derive(Debug, Clone, Copy)]
struct Char {
    c: char,
    at: usize,
    is_quoted: bool,
}

impl Char {
    fn is(self, c: char) -> bool {
        self.c == c && !self.is_quoted
    }
}

impl Filter {
    /// Reads a filter; an empty one lets everything through.
    ///
    /// # Errors
    /// What is wrong, and at which character.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let chars = unquote(text)?;
        let words = chars
            .split(|c| c.c.is_whitespace() && !c.is_quoted)
            .filter(|word| !word.is_empty())
            .map(parse_word)
            .collect::<Result<_, _>>()?;
        Ok(Self { words })
    }

    /// Whether it lets everything through.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it lets a run through.
    pub(crate) fn accepts(&self, run: &RunSummary) -> bool {
        self.words
            .iter()
            .all(|word| word.is_negated != word.any_of.iter().any(|term| term.holds(run)))
    }
}

impl Term {
    fn holds(&self, run: &RunSummary) -> bool {
        match self {
            Self::Text(field, text) => field.holds(run, text),
            Self::Number(figure, comparison, limit) => figure
                .value_in(run)
                .is_some_and(|value| comparison.holds(value, *limit)),
        }
    }
}

/// Takes the quotes away, and keeps in mind what was between them.
fn unquote(text: &str) -> Result<Vec<Char>, String> {
    let mut chars = Vec::new();
    let mut opened = None;
    for (at, c) in (1..).zip(text.chars()) {
        match (c, opened) {
            ('"', None) => opened = Some(at),
            ('"', Some(_)) => opened = None,
            _ => chars.push(Char {
                c,
                at,
                is_quoted: opened.is_some(),
            }),
        }
    }
    match opened {
        Some(at) => Err(format!("at character {at}: this quote is not closed")),
        None => Ok(chars),
    }
}

fn text_of(chars: &[Char]) -> String {
    chars.iter().map(|c| c.c).collect()
}

fn parse_word(word: &[Char]) -> Result<Word, String> {
    let is_negated = word[0].is('-');
    let terms = &word[usize::from(is_negated)..];
    let mut next = word[0].at + usize::from(is_negated);
    let mut any_of = Vec::new();
    for term in terms.split(|c| c.is('|')) {
        let place = term.first().map_or(next, |first| first.at);
        any_of.push(parse_term(term, place)?);
        // Behind the term and the bar.
        next = term.last().map_or(next, |last| last.at + 1) + 1;
    }
    Ok(Word { is_negated, any_of })
}

fn parse_term(term: &[Char], place: usize) -> Result<Term, String> {
    let wrong = |at: usize, what: String| Err(format!("at character {at}: {what}"));
    if term.is_empty() {
        return wrong(place, "a word is missing here".to_string());
    }
    let is_sign = |c: &Char| !c.is_quoted && ":<>=".contains(c.c);
    let Some(sign) = term.iter().position(is_sign) else {
        return Ok(Term::Text(Field::Name, text_of(term).to_lowercase()));
    };
    let name = text_of(&term[..sign]).to_lowercase();
    let value = |length: usize| {
        let text = text_of(&term[sign + length..]);
        let at = term
            .get(sign + length)
            .map_or(term[sign].at + length, |c| c.at);
        (text, at)
    };
    if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) {
        let (text, at) = value(1);
        if !term[sign].is(':') && !term[sign].is('=') {
            let what = format!("{name} is text: write {name}:… for it");
            return wrong(term[sign].at, what);
        }
        return parse_text(field, &text.to_lowercase()).or_else(|what| wrong(at, what));
    }
    let Some(figure) = Figure::named(&name) else {
        let names = || {
            Field::ALL
                .map(Field::name)
                .into_iter()
                .chain(Figure::ALL.map(Figure::name))
        };
        let advice = match closest_name(&name, names()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("they are {}", names().collect::<Vec<_>>().join(", ")),
        };
        let what = format!("{name:?} is neither a field nor a figure; {advice}");
        return wrong(place, what);
    };
    let signs = text_of(&term[sign..]);
    let found = Comparison::SIGNS
        .iter()
        .find(|(written, _)| signs.starts_with(written));
    let Some((written, comparison)) = found else {
        let what = format!("{name} is a figure: write {name}<… or {name}>… for it");
        return wrong(term[sign].at, what);
    };
    let (text, at) = value(written.len());
    match figure.parse(&text) {
        Some(limit) => Ok(Term::Number(figure, *comparison, limit)),
        None => wrong(at, format!("{text:?} is not a number for {name}")),
    }
}

fn parse_text(field: Field, text: &str) -> Result<Term, String> {
    if text.is_empty() {
        return Err(format!("a word for {} is missing here", field.name()));
    }
    if field == Field::State && !STATES.contains(&text) {
        let advice = match closest_name(text, STATES) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("they are {}", STATES.join(", ")),
        };
        return Err(format!("{text:?} is not a state; {advice}"));
    }
    Ok(Term::Text(field, text.to_string()))
}

#[cfg(test)]
mod tests;
