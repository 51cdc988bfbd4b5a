//! Who speaks to whom within the cluster: both sides show a certificate of the cluster's own authority.
//!
//! **Invariant:** a node speaks for itself alone: the name that it gives stands in the certificate that it shows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::config::HaConfig;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("ha.{key} = {path}: {why}")]
pub struct TlsError {
    /// The key of the configuration.
    pub key: &'static str,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// The files that this machine shows and trusts. They are read again for each connection, so that renewed ones count at once.
#[derive(Debug)]
pub struct Papers {
    cert: PathBuf,
    key: PathBuf,
    authority: PathBuf,
    server: Mutex<Option<Arc<ServerConfig>>>,
}

impl Papers {
    /// The files that the section names.
    pub fn of(config: &HaConfig) -> Self {
        let path = |path: &Option<PathBuf>| path.clone().unwrap_or_default();
        Self {
            cert: path(&config.tls_cert),
            key: path(&config.tls_key),
            authority: path(&config.tls_ca),
            server: Mutex::new(None),
        }
    }

    /// Whether all of them can be used.
    pub fn examine(&self) -> Result<(), TlsError> {
        self.load_server().map(drop)
    }

    /// For a side that is called. When renewed files cannot be used, those before them are.
    pub fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let mut last = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        match (self.load_server(), last.as_ref()) {
            (Ok(config), _) => Ok(Arc::clone(last.insert(Arc::new(config)))),
            (Err(error), Some(last)) => {
                tracing::warn!(%error, "the renewed certificate cannot be used yet");
                Ok(Arc::clone(last))
            }
            (Err(error), None) => Err(error),
        }
    }

    /// For a side that calls.
    pub fn client(&self) -> Result<ClientConfig, TlsError> {
        let (certs, key) = self.own()?;
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| self.wrong_cert(&error))?
            .with_root_certificates(self.roots()?)
            .with_client_auth_cert(certs, key)
            .map_err(|error| self.wrong_key(&error))
    }

    fn load_server(&self) -> Result<ServerConfig, TlsError> {
        let (certs, key) = self.own()?;
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.roots()?), Arc::clone(&provider))
                .build()
                .map_err(|error| self.wrong_authority(&error))?;
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| self.wrong_cert(&error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(certs, key)
            .map_err(|error| self.wrong_key(&error))
    }

    fn own(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let certs = certificates(&self.cert).map_err(|why| self.wrong_cert(&why))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| self.wrong_key(&error))?;
        Ok((certs, key))
    }

    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for cert in certificates(&self.authority).map_err(|why| self.wrong_authority(&why))? {
            roots.add(cert).map_err(|error| self.wrong_authority(&error))?;
        }
        Ok(roots)
    }

    fn wrong_cert(&self, why: &impl ToString) -> TlsError {
        TlsError { key: "tls_cert", path: self.cert.clone(), why: why.to_string() }
    }

    fn wrong_key(&self, why: &impl ToString) -> TlsError {
        TlsError { key: "tls_key", path: self.key.clone(), why: why.to_string() }
    }

    fn wrong_authority(&self, why: &impl ToString) -> TlsError {
        TlsError { key: "tls_ca", path: self.authority.clone(), why: why.to_string() }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let certs = read.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if certs.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(certs) }
}

/// Whether this name stands in the certificate that was shown.
pub fn is_named(shown: Option<&[CertificateDer<'_>]>, name: &str) -> bool {
    let Some(cert) = shown.and_then(<[_]>::first) else { return false };
    let (Ok(cert), Ok(name)) = (ParsedCertificate::try_from(cert), ServerName::try_from(name)) else {
        return false;
    };
    rustls::client::verify_server_name(&cert, &name).is_ok()
}
