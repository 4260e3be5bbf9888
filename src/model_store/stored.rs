//! A data set's codes in a `PostgreSQL` store.

use super::codes::encode_faces;
use super::fingerprint::model_fingerprint;
use super::loaded::LoadedModel;
use super::pictures::PictureRef;
use super::search::own_rows_among;
use crate::dataset::{Dataset, Faces};
use crate::error::{Error, Result};
use crate::imaging::to_values;
use crate::latent::encode_one;
use crate::paths::Paths;
use crate::progress::{Progress, Watch};
use crate::search::pgvector::{NewSet, PgIndex, SetKey, Store, StoredName, Uploaded, upload};
use crate::search::{Hit, Measure, Whitening};

/// Neighbours that are found beyond those asked for, since some may be copies of the query.
const SPARE: usize = 8;

/// What identifies the codes of a data set by a model, as they are compared.
pub(crate) fn set_key(model: &LoadedModel, dataset: &Dataset, measure: Measure) -> SetKey {
    let is_white = model.spec().kind.codes_are_whitened();
    SetKey {
        data_fingerprint: dataset.fingerprint.clone(),
        model_fingerprint: model_fingerprint(model, dataset.crop()),
        metric: measure.metric,
        whitened: measure.whiten && !is_white,
    }
}

/// How codes are to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// How they are compared.
    pub measure: Measure,
    /// Whether codes that cannot be whitened are an error.
    pub must_whiten: bool,
}

/// Encodes a data set and stores its codes, unless they are there.
///
/// # Errors
/// When a picture cannot be read, a code is not finite, or the server fails; `Cancelled` by the
/// watcher. Nothing is stored then.
pub(crate) fn upload_codes(
    paths: &Paths,
    dataset: &Dataset,
    model: &LoadedModel,
    store: &mut Store,
    wanted: Wanted,
    watch: Watch,
) -> Result<Uploaded> {
    let mut key = set_key(model, dataset, wanted.measure);
    // Saves encoding; and a store that cannot be used is found out first.
    if let Some(set) = store.sets()?.into_iter().find(|set| set.key == key) {
        return Ok(Uploaded::Present(set));
    }
    let faces = Faces::load(paths, dataset, model.faces, watch)?;
    let codes = encode_faces(paths, dataset, model, &faces, watch)?;
    let mut whitening = None;
    if key.whitened {
        match Whitening::fit(&codes.values, codes.width) {
            Ok(fitted) => whitening = Some(fitted),
            Err(error) if wanted.must_whiten => return Err(error),
            Err(error) => {
                watch(Progress::note(&format!("{error}; plain codes are stored")))?;
                key.whitened = false;
            }
        }
    }
    let whitened = match &whitening {
        Some(whitening) => Some((whitening.apply(&codes.values)?, whitening.width())),
        None => None,
    };
    let (values, width): (&[f32], usize) = match &whitened {
        Some((values, width)) => (values, *width),
        None => (&codes.values, codes.width),
    };
    let names: Vec<StoredName> = (0..dataset.pictures.len())
        .map(|row| StoredName {
            picture: dataset.face_id(row),
            person: dataset.people[dataset.pictures[row].person].raw_name(),
        })
        .collect();
    let mut set = NewSet::new(key, &names, values, width);
    set.data_title.clone_from(&dataset.title);
    set.model_name.clone_from(&model.name);
    set.whitening = whitening.as_ref();
    upload(store, &set, watch)
}

/// A picture whose neighbours are wanted.
#[derive(Clone, Copy)]
pub(crate) struct QueryCode<'a> {
    /// Where the data set's tensors are.
    pub paths: &'a Paths,
    /// The model that made the stored codes.
    pub model: &'a LoadedModel,
    /// The picture as the model sees it, `[size, size, 3]`.
    pub bytes: &'a [u8],
    /// Where it is from.
    pub picture: &'a PictureRef,
}

/// The `k` stored faces nearest to a picture, as
/// [`nearest_faces`](super::search::nearest_faces) finds them: without the picture itself, and
/// without copies of it unless they are asked for.
///
/// # Errors
/// When the picture's code is not finite, its width is not that of the stored codes, or the server
/// fails.
pub(crate) fn nearest_stored_faces(
    dataset: &Dataset,
    index: &PgIndex,
    query: QueryCode<'_>,
    (k, with_copies): (usize, bool),
    watch: Watch,
) -> Result<Vec<Hit>> {
    if index.set().pictures != dataset.pictures.len() {
        return Err(Error::invalid(
            index.set().describe(),
            format!(
                "has {} codes, and {} has {} pictures; remove it and store it again",
                index.set().pictures,
                dataset.title,
                dataset.pictures.len()
            ),
        ));
    }
    let code = query_code(dataset, index, query, watch)?;
    let mut spare = SPARE;
    loop {
        let asked = k.saturating_add(spare);
        let mut hits = index.search(&code, asked)?;
        let is_all = hits.len() < asked;
        let equal: Vec<usize> = hits
            .iter()
            .take_while(|hit| hit.distance == 0.0)
            .map(|hit| hit.row)
            .collect();
        let left_out = match query.picture {
            &PictureRef::Index(row) if with_copies => vec![row],
            PictureRef::File(_) | PictureRef::Cropped(..) if with_copies => Vec::new(),
            _ => own_rows_among(dataset, equal, query.picture),
        };
        hits.retain(|hit| !left_out.contains(&hit.row));
        if hits.len() >= k || is_all {
            hits.truncate(k);
            return Ok(hits);
        }
        spare = spare.saturating_mul(4);
    }
}

/// The picture's code as the stored ones are. A face of the data set has the stored one.
fn query_code(
    dataset: &Dataset,
    index: &PgIndex,
    query: QueryCode<'_>,
    watch: Watch,
) -> Result<Vec<f32>> {
    let row = match query.picture {
        &PictureRef::Index(row) => Some(row),
        PictureRef::Cropped(..) => None,
        PictureRef::File(_) => {
            let faces = Faces::load(query.paths, dataset, query.model.faces, watch)?;
            faces.find(query.bytes)
        }
    };
    match row {
        Some(row) => index.code(row),
        None => index.prepare_query(&encode_one(
            query.model.network()?,
            &to_values(query.bytes),
        )?),
    }
}
