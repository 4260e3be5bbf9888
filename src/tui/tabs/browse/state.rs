//! What Browse knows.

use crate::dataset::Dataset;
use crate::dataset::normalize::search_key;
use crate::engine::Reconstruction;
use crate::tui::widgets::text_input::TextInput;

/// How people are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SortOrder {
    /// Most pictures first, then by name.
    #[default]
    Count,
    /// By name.
    Name,
}

impl SortOrder {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Count => Self::Name,
            Self::Name => Self::Count,
        }
    }
}

/// Browse's state.
#[derive(Debug, Default)]
pub struct BrowseTab {
    /// How people are sorted.
    pub(crate) sort_order: SortOrder,
    /// The filter of names.
    pub(crate) filter: TextInput,
    /// The people listed, by index in the data set.
    pub people: Vec<usize>,
    /// The selected one's index in `people`.
    pub(crate) selected: usize,
    /// The selected picture, counted within the person.
    pub picture: usize,
    /// Whether the keys move among pictures, not among people.
    pub in_pictures: bool,
    /// What a model makes of a picture, which it names: it may be another than
    /// the selected one.
    pub(crate) details: Option<Reconstruction>,
}

impl BrowseTab {
    /// The selected person's index in the data set; `None` when the filter
    /// matches no name.
    pub fn person(&self) -> Option<usize> {
        self.people.get(self.selected).copied()
    }

    /// The selected picture's index in the data set.
    pub(super) fn selected_picture(&self, dataset: &Dataset) -> Option<usize> {
        let pictures = &dataset.people.get(self.person()?)?.pictures;
        (!pictures.is_empty()).then(|| pictures.start + self.picture.min(pictures.len() - 1))
    }

    /// Lists the people that pass the filter; the selected one stays selected if
    /// it does.
    pub(super) fn refresh_list(&mut self, dataset: &Dataset) {
        let previous = self.person();
        let wanted = search_key(self.filter.text());
        self.people = (0..dataset.people.len())
            .filter(|&person| {
                wanted.is_empty() || search_key(&dataset.people[person].folder).contains(&wanted)
            })
            .collect();
        if self.sort_order == SortOrder::Count {
            // Stable: equal counts stay in the order of their names.
            self.people
                .sort_by_key(|&person| std::cmp::Reverse(dataset.people[person].pictures.len()));
        }
        let kept = previous.and_then(|previous| self.people.iter().position(|&p| p == previous));
        if kept.is_none() {
            self.picture = 0;
        }
        self.selected = kept.unwrap_or(0);
        if self.people.is_empty() {
            self.in_pictures = false;
        }
    }

    /// Selects a person by index in the list; an index past its end is its last.
    pub(super) fn select_person(&mut self, index: usize) {
        let index = index.min(self.people.len().saturating_sub(1));
        if index != self.selected {
            self.selected = index;
            self.picture = 0;
        }
    }
}
