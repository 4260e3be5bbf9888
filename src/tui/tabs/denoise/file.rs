//! A picture file that takes the place of the data set's face.

use super::action::DenoiseAction;
use super::keys;
use super::state::{DenoiseTab, OpenedFile};
use crate::display::escaped;
use crate::engine::PictureRef;
use crate::tui::action::Action;
use crate::tui::context::Context;
use crate::tui::crop_chooser::{CropChooser, CropEdit};
use crate::tui::effect::Effect;
use crate::tui::path_lookup::LookupResult;
use crate::tui::widgets::path_input::{PathEdit, Resolution};

impl DenoiseTab {
    /// The opened file, unless another face has been selected since.
    pub(super) fn opened_file(&self, context: &Context) -> Option<&OpenedFile> {
        let file = self.file.as_ref()?;
        (file.instead_of == context.picture()).then_some(file)
    }

    /// The picture that is damaged.
    pub(super) fn source(&self, context: &Context) -> Option<PictureRef> {
        match self.opened_file(context) {
            Some(file) => Some(file.reference()),
            None => context.picture(),
        }
    }

    /// Its name; empty where there is none.
    pub(super) fn source_name(&self, context: &Context) -> String {
        match self.opened_file(context) {
            Some(file) => {
                let name = file.picture.path.file_name().unwrap_or_default();
                escaped(&name.to_string_lossy()).into_owned()
            }
            None => context.picture_name(),
        }
    }

    /// Handles what was found at the path that was typed here. What is no picture changes nothing.
    pub(crate) fn on_path_lookup(&mut self, context: &mut Context, result: LookupResult) {
        match self.path.on_lookup(result) {
            Resolution::Ignored | Resolution::Accepted(..) => {}
            Resolution::Rejected(problem) => context.error(problem),
            Resolution::Picture(picture, more) => {
                if let Some(remark) = &picture.remark {
                    context.info(remark.clone());
                }
                self.file = Some(OpenedFile {
                    crop: picture.crop,
                    picture: *picture,
                    instead_of: context.picture(),
                });
                if more > 0 {
                    let name = self.source_name(context);
                    context.info(format!(
                        "{} files were given; only the first, {name}, is opened",
                        more + 1
                    ));
                }
            }
        }
    }
}

/// Handles an action while a path is typed.
pub(super) fn type_path(tab: &mut DenoiseTab, context: &mut Context, action: Action) {
    if let PathEdit::LookUp(lookup) = tab.path.update(action) {
        context.push_effect(Effect::LookUp(lookup));
    }
}

/// Opens the chooser of the file's part.
pub(super) fn open_crop(tab: &mut DenoiseTab, context: &mut Context) {
    let file = tab.opened_file(context);
    let chooser = file
        .zip(context.dataset())
        .map(|(file, dataset)| CropChooser::new(file.picture.clone(), file.crop, dataset.crop()));
    if chooser.is_none() {
        let key = context.key(keys::MAIN, Action::Denoise(DenoiseAction::OpenFile));
        context.error(format!("only a picture file is cropped: {key} opens one"));
    }
    tab.crop = chooser;
}

/// Handles an action while the part is chosen: the pictures follow every key.
pub(super) fn choose_crop(tab: &mut DenoiseTab, context: &mut Context, action: Action) {
    let (Some(chooser), Some(file)) = (&mut tab.crop, &mut tab.file) else {
        tab.crop = None;
        return;
    };
    let edit = chooser.update(action);
    file.crop = chooser.crop;
    match edit {
        CropEdit::Unhandled | CropEdit::Changed => {}
        CropEdit::Accepted => {
            file.picture.crop = chooser.crop;
            let path = file.picture.path.clone();
            context.push_effect(Effect::RememberCrop(path, chooser.crop));
            tab.crop = None;
        }
        CropEdit::Cancelled => tab.crop = None,
    }
}
