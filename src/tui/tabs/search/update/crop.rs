//! How the part of a file that is the face is chosen; the neighbours follow every key.

use std::path::Path;

use crate::dataset::FaceCrop;
use crate::engine::{PictureRef, Query};
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::crop_chooser::{CropChooser, CropEdit};
use crate::tui::effect::Effect;
use crate::tui::opened_picture::OpenedPicture;
use crate::tui::tabs::search::action::SearchAction;
use crate::tui::tabs::search::keys;
use crate::tui::tabs::search::state::SearchTab;

/// Opened files whose pictures are kept for when they are queries again.
const MAX_OPENED: usize = 8;

/// Keeps a picture that was opened, and makes it the query.
pub(super) fn open_picture(tab: &mut SearchTab, context: &mut Context, picture: OpenedPicture) {
    if let Some(remark) = &picture.remark {
        context.info(remark.clone());
    }
    let query = file_query(&picture, picture.crop);
    tab.opened.retain(|known| known.path != picture.path);
    if tab.opened.len() == MAX_OPENED {
        tab.opened.remove(0);
    }
    tab.opened.push(picture);
    tab.set_query(context, query);
}

fn file_query(picture: &OpenedPicture, crop: FaceCrop) -> Query {
    PictureRef::of_file(picture.path.clone(), crop).into()
}

/// The query's file, and what of it is the face.
pub(super) fn file_and_crop(query: &Query) -> Option<(&Path, FaceCrop)> {
    match query.pictures.first()? {
        PictureRef::File(path) => Some((path, FaceCrop::AsData)),
        PictureRef::Cropped(path, crop) => Some((path, *crop)),
        PictureRef::Index(_) => None,
    }
}

/// Opens the chooser for the query's file.
pub(super) fn open(tab: &mut SearchTab, context: &mut Context) {
    let query = tab.query(context);
    let Some((path, crop)) = query.as_ref().and_then(file_and_crop) else {
        let key = context.key(keys::MAIN, Action::Search(SearchAction::OpenFile));
        return context.error(format!("only a picture file is cropped: {key} opens one"));
    };
    let opened = tab.opened.iter().find(|known| known.path == *path);
    let Some((picture, dataset)) = opened.cloned().zip(context.dataset()) else {
        let key = context.key(keys::MAIN, Action::Search(SearchAction::OpenFile));
        return context.error(format!("open the file again with {key} to choose its crop"));
    };
    tab.crop = Some(CropChooser::new(picture, crop, dataset.crop()));
}

/// Handles an action while the chooser is open.
pub(super) fn update(tab: &mut SearchTab, context: &mut Context, action: Action) {
    let Some(chooser) = &mut tab.crop else {
        return;
    };
    let edit = chooser.update(action);
    let (file, crop) = (chooser.picture.path.clone(), chooser.crop);
    let mut query = file_query(&chooser.picture, crop);
    match edit {
        CropEdit::Unhandled => return,
        CropEdit::Accepted => {
            let opened = tab.opened.iter_mut();
            for known in opened.filter(|known| known.path == file) {
                known.crop = crop;
            }
            context.push_effect(Effect::RememberCrop(file, crop));
            tab.crop = None;
            return;
        }
        CropEdit::Cancelled => tab.crop = None,
        CropEdit::Changed => {}
    }
    query.terms = tab
        .query(context)
        .map(|query| query.terms)
        .unwrap_or_default();
    tab.replace_query(context, query);
}
