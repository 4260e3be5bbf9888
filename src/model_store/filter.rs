//! Which pictures a search may find: a line of words, of which all must hold.
//!
//! `bush` is a part of the person's name, `+smiling` and `-smiling` the sign of an attribute's
//! score, `@devtrain` and `@devtest` a part of LFW's development split, and `@training` and
//! `@held-out` what the encoder was fitted on and what it was not.

use crate::dataset::normalize::search_key;
use crate::dataset::{Dataset, OfficialPart};

/// The most completions of a word.
const MAX_COMPLETIONS: usize = 200;

/// A filter of pictures. The empty one lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    clauses: Vec<Clause>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Clause {
    /// The person's name contains this key.
    Name(String),
    /// The score of the attribute of this index is positive, or negative.
    Attribute(usize, bool),
    /// The person is in a part of LFW's development split.
    Official(OfficialPart),
    /// The encoder was fitted on the picture, or not.
    Training(bool),
}

/// The parts of splits, as they are written.
const PARTS: [(&str, Clause); 4] = [
    ("@devtest", Clause::Official(OfficialPart::Test)),
    ("@devtrain", Clause::Official(OfficialPart::Training)),
    ("@held-out", Clause::Training(false)),
    ("@training", Clause::Training(true)),
];

impl Filter {
    /// Reads a line of words.
    ///
    /// # Errors
    /// Names the first word that means nothing for this data set, and what to write.
    pub fn parse(text: &str, dataset: &Dataset) -> Result<Self, String> {
        let clause = |word: &str| -> Result<Clause, String> {
            match word.split_at_checked(1) {
                Some(("+", name)) => Ok(Clause::Attribute(find_attribute(dataset, name)?, true)),
                Some(("-", name)) => Ok(Clause::Attribute(find_attribute(dataset, name)?, false)),
                Some(("@", _)) => find_part(dataset, word),
                _ => find_name(dataset, word),
            }
        };
        let clauses = text.split_whitespace().map(clause);
        Ok(Self {
            clauses: clauses.collect::<Result<_, _>>()?,
        })
    }

    /// Whether all pictures pass.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether it asks what an encoder was fitted on.
    pub(crate) fn needs_training_rows(&self) -> bool {
        let is_training = |clause: &Clause| matches!(clause, Clause::Training(_));
        self.clauses.iter().any(is_training)
    }

    /// Whether each picture passes. `training` are the pictures that the encoder was fitted
    /// on, ascending.
    pub(crate) fn mask(&self, dataset: &Dataset, training: &[usize]) -> Vec<bool> {
        let mut mask = vec![true; dataset.pictures.len()];
        for clause in &self.clauses {
            let people: Option<Vec<bool>> = match clause {
                Clause::Name(key) => Some(
                    dataset
                        .people
                        .iter()
                        .map(|person| search_key(&person.folder).contains(key))
                        .collect(),
                ),
                _ => None,
            };
            for (row, passes) in mask.iter_mut().enumerate() {
                *passes &= match clause {
                    Clause::Name(_) => people
                        .as_ref()
                        .is_some_and(|people| people[dataset.pictures[row].person]),
                    Clause::Attribute(index, is_present) => {
                        let score = dataset.attributes(row).and_then(|row| row.get(*index));
                        score.is_some_and(|score| {
                            if *is_present {
                                *score > 0.0
                            } else {
                                *score < 0.0
                            }
                        })
                    }
                    Clause::Official(part) => {
                        dataset.people[dataset.pictures[row].person].official_part == Some(*part)
                    }
                    Clause::Training(is_training) => {
                        training.binary_search(&row).is_ok() == *is_training
                    }
                };
            }
        }
        mask
    }
}

fn find_name(dataset: &Dataset, word: &str) -> Result<Clause, String> {
    let key = search_key(word);
    let mut people = dataset.people.iter();
    if people.any(|person| search_key(&person.folder).contains(&key)) {
        return Ok(Clause::Name(key));
    }
    Err(format!("no name contains “{word}”"))
}

fn find_part(dataset: &Dataset, word: &str) -> Result<Clause, String> {
    let known = PARTS.iter().find(|(name, _)| *name == word);
    let Some((_, clause)) = known else {
        let names = PARTS.map(|(name, _)| name).join(", ");
        return Err(format!("{word}: the parts are {names}"));
    };
    let has_split = || dataset.people.iter().any(|p| p.official_part.is_some());
    if matches!(clause, Clause::Official(_)) && !has_split() {
        return Err(format!(
            "{word}: the data set came without peopleDevTrain and peopleDevTest"
        ));
    }
    Ok(clause.clone())
}

/// The index of the attribute that a word means: its name without blanks and in lower case,
/// or a part of it that only one has.
///
/// # Errors
/// When none has it, or several do: names them.
pub(crate) fn find_attribute(dataset: &Dataset, word: &str) -> Result<usize, String> {
    let names = dataset.attribute_names();
    if names.is_empty() {
        return Err("the data set came without attributes".to_string());
    }
    let wanted = attribute_word(word);
    let words: Vec<String> = names.iter().map(|name| attribute_word(name)).collect();
    if let Some(exact) = words.iter().position(|word| *word == wanted) {
        return Ok(exact);
    }
    let having = |has: &dyn Fn(&String) -> bool| -> Vec<usize> {
        let all = words.iter().enumerate();
        all.filter(|(_, word)| has(word))
            .map(|(index, _)| index)
            .collect()
    };
    let mut found = having(&|word| word.starts_with(&wanted));
    if found.is_empty() {
        found = having(&|word| word.contains(&wanted));
    }
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(format!("no attribute is called “{word}”")),
        several => {
            let mut listed: Vec<&str> = several.iter().map(|&i| words[i].as_str()).collect();
            listed.truncate(4);
            Err(format!("“{word}” may mean {}", listed.join(", ")))
        }
    }
}

/// An attribute's name as a word: `wearing-hat`.
pub(crate) fn attribute_word(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// What the last word of a filter can be completed to: the whole text of each, and its label.
pub(crate) fn complete(text: &str, dataset: &Dataset) -> Vec<(String, String)> {
    let start = text.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, word) = text.split_at(start);
    let key = search_key(word);
    let candidates: Vec<String> = match word.split_at_checked(1) {
        Some((sign @ ("+" | "-"), name)) => attributes_with(dataset, name)
            .map(|name| format!("{sign}{name}"))
            .collect(),
        Some(("@", _)) => {
            let parts = PARTS.iter().map(|(name, _)| (*name).to_string());
            parts.filter(|part| part.starts_with(word)).collect()
        }
        Some(_) => {
            // Single words of names: each is one condition.
            let names = dataset
                .people
                .iter()
                .map(|person| search_key(&person.folder));
            let mut words: Vec<String> = names
                .filter(|name| name.contains(&key))
                .flat_map(|name| name.split(' ').map(str::to_string).collect::<Vec<_>>())
                .filter(|word| word.starts_with(&key))
                .collect();
            words.sort_unstable();
            words.dedup();
            words
        }
        None => ["+", "-", "@"].map(str::to_string).to_vec(),
    };
    candidates
        .into_iter()
        .take(MAX_COMPLETIONS)
        .map(|candidate| (format!("{before}{candidate}"), candidate))
        .collect()
}

/// The words of the attributes that contain a text.
pub(crate) fn attributes_with(dataset: &Dataset, text: &str) -> impl Iterator<Item = String> {
    let wanted = attribute_word(text);
    let words = dataset
        .attribute_names()
        .iter()
        .map(|name| attribute_word(name));
    words.filter(move |word| word.contains(&wanted))
}
