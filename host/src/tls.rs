//! TLS settings for upstreams: rustls with ring, built-in roots, further ones from a PEM file.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Why TLS could not be set up: the file and what is wrong with it.
#[derive(Debug)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for TlsError {}

/// The client's settings; `ca_file` is `SSL_CERT_FILE`.
pub fn client_config(ca_file: Option<&str>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = ca_file {
        add_file(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add_file(roots: &mut RootCertStore, path: &str) -> Result<(), TlsError> {
    let refused = |problem: &dyn fmt::Display| TlsError(format!("SSL_CERT_FILE={path}: {problem}"));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| refused(&error))?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| refused(&error))?;
        roots.add(certificate).map_err(|error| refused(&error))?;
        added += 1;
    }
    if added == 0 {
        return Err(refused(&"no certificate in it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roots_are_enough() {
        assert!(client_config(None).is_ok());
    }

    #[test]
    fn bad_file_is_named() {
        let error = client_config(Some("/nonexistent.pem")).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("SSL_CERT_FILE=/nonexistent.pem: ")
        );
    }
}
