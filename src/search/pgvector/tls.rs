//! Encrypted connections.

use std::path::PathBuf;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::variables::ROOTS_VARIABLE;
use crate::error::{Error, Result};

/// Trusts the certificates that [`ROOTS_VARIABLE`] names, else Mozilla's authorities.
///
/// # Errors
/// When that file cannot be read or holds no certificate.
pub(super) fn connector() -> Result<MakeRustlsConnect> {
    let Some(file) = std::env::var_os(ROOTS_VARIABLE).filter(|file| !file.is_empty()) else {
        return Ok(MakeRustlsConnect::with_webpki_roots());
    };
    let file = PathBuf::from(file);
    let wrong =
        |problem: String| Error::invalid(format!("{ROOTS_VARIABLE}={}", file.display()), problem);
    let pem = std::fs::read(&file).map_err(Error::io(&file, "read"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate in PEM format".to_string()));
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
