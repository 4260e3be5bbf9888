//! PCA of a data set, fitted once, then cached on disk.

use super::fitted_cache;
use super::model_file::TrainedOn;
use super::pca::Pca;
use super::spec::{ModelKind, ModelSpec};
use crate::dataset::Faces;
use crate::error::Result;
use crate::paths::Paths;
use crate::progress::Watch;

/// PCA of the given rows of the faces that `data` describes, from the cache or fitted now. A
/// code size larger than the pictures determine is reduced to [`Pca::max_code_size`]. `watch`
/// gets a note when the cache cannot be written.
///
/// # Errors
/// When there are fewer than two pictures, or `watch` cancels.
pub fn load_or_fit(
    paths: &Paths,
    data: TrainedOn,
    faces: &Faces,
    rows: &[usize],
    code_size: u32,
    watch: Watch,
) -> Result<Pca> {
    let size = faces.spec().size;
    let code_size = code_size.min(Pca::max_code_size(rows.len(), size));
    let spec = ModelSpec::linear(ModelKind::Pca, size, code_size);
    let model = fitted_cache::load_or_fit(paths, data, (faces, rows), &spec, watch)?;
    let network = model.network()?;
    Pca::with_parameters(network.spec(), network.parameters().clone())
}
