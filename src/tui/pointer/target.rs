//! What can be pointed at.

/// Something that a click selects. If it is selected already, the click opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Browse: a person, by place in the list.
    Person(usize),
    /// Browse: a picture of the person, from 0.
    Picture(usize),
    /// Search: a neighbour.
    Neighbour {
        /// The encoder's row, from 0.
        encoder: usize,
        /// From 0.
        rank: usize,
    },
    /// Denoise, Search: a model, by place in the list to choose from.
    Model(usize),
    /// Train: a run, by place in the list.
    Run(usize),
    /// Train: a field of the form for a new run, from 0.
    Field(usize),
    /// Morph: a made face, from 0.
    Frame(usize),
    /// Morph: an axis, from 0.
    Axis(usize),
    /// Morph: a direction, from 0.
    Direction(usize),
    /// A data set, by place in the list.
    DataSet(usize),
    /// A crop of what is to be imported, from 0.
    Crop(usize),
    /// A preset to begin with, from 0.
    Preset(usize),
}

/// Something along which the pointer slides, from its beginning (0) to its end
/// ([`Track::END`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// Denoise: the level of the damage.
    Level,
    /// Train: the steps of the chart, and its cursor.
    Steps,
    /// Morph: the radius of variations, the spread of new faces.
    Spread,
    /// Morph: the place on an axis, from 0.
    Axis(usize),
}

impl Track {
    /// The position at its end.
    pub(crate) const END: u16 = 1000;

    /// A position as a share from 0 to 1.
    pub(crate) fn share(position: u16) -> f64 {
        f64::from(position.min(Self::END)) / f64::from(Self::END)
    }
}
