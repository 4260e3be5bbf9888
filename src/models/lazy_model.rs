//! A model whose network is made when it is first needed: codes that are kept need none.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use candle_core::Device;
use sha2::{Digest, Sha256};

use super::autoencoder::Autoencoder;
use super::mirrored::Mirrored;
use super::model_file::StoredModel;
use super::spec::ModelSpec;
use crate::error::Result;

/// A network, or what it is made from.
pub(crate) struct LazyModel {
    spec: ModelSpec,
    identity: [u8; 32],
    device: Device,
    network: OnceLock<Arc<dyn Autoencoder>>,
    /// Dropped when the network is made.
    stored: Mutex<Option<StoredModel>>,
}

impl LazyModel {
    /// A network that is there.
    pub(crate) fn ready(network: Arc<dyn Autoencoder>, identity: [u8; 32]) -> Self {
        Self {
            spec: network.spec().clone(),
            identity,
            device: network.device().clone(),
            network: OnceLock::from(network),
            stored: Mutex::new(None),
        }
    }

    /// A network that is made of this.
    pub(crate) fn stored(stored: StoredModel, identity: [u8; 32]) -> Self {
        Self {
            spec: stored.metadata.model.clone(),
            identity,
            device: stored.device.clone(),
            network: OnceLock::new(),
            stored: Mutex::new(Some(stored)),
        }
    }

    /// The shape of the network.
    pub(crate) fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// A hash of what determines the weights: of the file that holds them, or of everything that
    /// the model is fitted to. Models of the same identity give the same codes, but for rounding.
    pub(crate) fn identity(&self) -> [u8; 32] {
        self.identity
    }

    /// The device that the network is made on.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// The network; made now, if it was not needed before.
    ///
    /// # Errors
    /// When the weights are not those of such a network, or the device has too little memory.
    pub(crate) fn network(&self) -> Result<&Arc<dyn Autoencoder>> {
        if let Some(network) = self.network.get() {
            return Ok(network);
        }
        // A thread that panicked left it as it was.
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a stored model, another thread has just made the network.
        if let Some(model) = &*stored {
            let network = Arc::from(model.build()?);
            self.network.get_or_init(|| network);
            *stored = None;
        }
        drop(stored);
        Ok(self.network.wait())
    }

    /// The same with the mean of the codes of a face and its mirror image.
    ///
    /// # Errors
    /// As [`LazyModel::network`].
    pub(crate) fn mirrored(&self) -> Result<Self> {
        let hash = Sha256::new().chain_update(self.identity);
        Ok(Self::ready(
            Arc::new(Mirrored(self.network()?.clone())),
            hash.chain_update("mirrored").finalize().into(),
        ))
    }
}
