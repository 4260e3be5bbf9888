//! The faces that Morph starts from: A and B.

use crate::dataset::Dataset;
use crate::engine::PictureRef;
use crate::tui::context::Context;
use crate::tui::made_face::MadeFace;
use crate::tui::motion::Step;

/// The faces at the ends of the path: the marked ones; for A else the selected
/// face, for B else a face of the person after A's.
pub(super) fn endpoints(context: &Context) -> Option<[usize; 2]> {
    let count = context.dataset()?.pictures.len();
    let is_there = |face: &usize| *face < count;
    let a = context.marks[0].or(context.face).filter(is_there)?;
    let b = context.marks[1]
        .filter(is_there)
        .or_else(|| context.face_of_adjacent_person(a, Step::Next))?;
    Some([a, b])
}

/// The picture of A: a made face where none is marked, else the face `a`.
pub(super) fn a_picture(context: &Context, a: usize) -> PictureRef {
    made_a(context).map_or(PictureRef::Index(a), MadeFace::picture)
}

/// Its name.
pub(super) fn a_name(context: &Context, dataset: &Dataset, a: usize) -> String {
    made_a(context).map_or_else(|| dataset.face_name(a), |made| made.name.clone())
}

/// The made face that is A.
pub(super) fn made_a(context: &Context) -> Option<&MadeFace> {
    context
        .made_face
        .as_ref()
        .filter(|_| context.marks[0].is_none())
}
