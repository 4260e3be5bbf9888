//! The latest neighbours, and how the encoders' ranks of a face differ.

use crate::dataset::Dataset;
use crate::engine::{Query, SearchResults, SearchRow};

/// Neighbours by which it is said how well an encoder finds a person.
pub(super) const JUDGED: usize = 10;

/// Neighbours ready to be shown.
#[derive(Debug)]
pub(super) struct ShownResults {
    /// As the engine gave them.
    pub(super) found: SearchResults,
    /// The rank of each picture in the first row, from 0; `u32::MAX` where it has none.
    first_ranks: Vec<u32>,
    /// The person of the query's faces, if all of them show one.
    person: Option<usize>,
    /// Other pictures of that person.
    others: usize,
}

/// How a face's rank differs from that in the first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RankChange {
    /// Nearer by so many ranks.
    Up(usize),
    /// Farther by so many ranks.
    Down(usize),
    /// The same rank.
    Same,
    /// Not among the first row's neighbours.
    New,
}

impl RankChange {
    /// `↑12`.
    pub(super) fn label(self) -> String {
        match self {
            Self::Up(ranks) => format!("↑{ranks}"),
            Self::Down(ranks) => format!("↓{ranks}"),
            Self::Same => "=".to_string(),
            Self::New => "new".to_string(),
        }
    }
}

impl ShownResults {
    pub(super) fn new(found: SearchResults, query: &Query, dataset: &Dataset) -> Self {
        let mut first_ranks = vec![u32::MAX; dataset.pictures.len()];
        if let [first, _, ..] = found.rows.as_slice() {
            for (rank, hit) in (0..).zip(&first.hits) {
                if let Some(known) = first_ranks.get_mut(hit.row) {
                    *known = rank;
                }
            }
        }
        let person = person_of(query, dataset);
        let is_of = |face: &usize| {
            let picture = dataset.pictures.get(*face);
            picture.map(|picture| picture.person) == person
        };
        let own = query.faces().filter(is_of).count();
        let all = person.map_or(0, |person| dataset.people[person].pictures.len());
        Self {
            found,
            first_ranks,
            person,
            others: all.saturating_sub(own),
        }
    }

    /// One encoder's row.
    pub(super) fn row(&self, encoder: usize) -> Option<&SearchRow> {
        self.found.rows.get(encoder).map(AsRef::as_ref)
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.found.rows.len()
    }

    /// The query's person; `None` for a file, and for faces of several people.
    pub(super) fn person(&self) -> Option<usize> {
        self.person
    }

    /// Whether a picture shows the query's person.
    pub(super) fn is_same_person(&self, dataset: &Dataset, picture: usize) -> bool {
        let picture = dataset.pictures.get(picture);
        self.person.is_some() && picture.map(|picture| picture.person) == self.person
    }

    /// How many of a row's first ten show the query's person, and of how many that could;
    /// `None` where no other picture does, or the person is unknown.
    pub(super) fn same_person(&self, dataset: &Dataset, encoder: usize) -> Option<(usize, usize)> {
        let row = self.row(encoder)?;
        let judged = row.hits.iter().take(JUDGED);
        let same = judged
            .filter(|hit| self.is_same_person(dataset, hit.row))
            .count();
        let possible = self.others.min(JUDGED).min(row.hits.len());
        (self.others > 0).then_some((same, possible.max(same)))
    }

    /// Other pictures of the query's person in the data set.
    pub(super) fn others(&self) -> usize {
        self.others
    }

    /// How the rank of a picture in a later row differs from that in the first.
    pub(super) fn rank_change(
        &self,
        encoder: usize,
        picture: usize,
        rank: usize,
    ) -> Option<RankChange> {
        if encoder == 0 || self.rows() < 2 {
            return None;
        }
        let first = *self.first_ranks.get(picture)?;
        Some(match first {
            u32::MAX => RankChange::New,
            first => match (first as usize).cmp(&rank) {
                std::cmp::Ordering::Equal => RankChange::Same,
                std::cmp::Ordering::Greater => RankChange::Up(first as usize - rank),
                std::cmp::Ordering::Less => RankChange::Down(rank - first as usize),
            },
        })
    }
}

/// The one person that all of the query's pictures show; `None` if one is a file.
pub(super) fn person_of(query: &Query, dataset: &Dataset) -> Option<usize> {
    if query.faces().count() < query.pictures.len() {
        return None;
    }
    let mut people = query
        .faces()
        .map(|face| dataset.pictures.get(face).map(|picture| picture.person));
    let first = people.next()??;
    people.all(|person| person == Some(first)).then_some(first)
}
