//! TLS of a listener: certificates from files, read again when they change.
//!
//! **Invariant:** a renewed file that cannot be used is told in the log, and the certificate before it stays in force.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::config::Listener;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The TLS side of a listener. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tls {
    files: Arc<Files>,
    config: Arc<watch::Sender<Arc<ServerConfig>>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Files {
    section: &'static str,
    cert: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

impl Tls {
    /// The TLS side of the section `section`, if it has one.
    pub(super) fn of(section: &'static str, config: &Listener) -> Result<Option<Self>, StartError> {
        let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(None) };
        let client_ca = config.client_ca.clone();
        let files = Files { section, cert: cert.clone(), key: key.clone(), client_ca };
        let loaded = Arc::new(files.load()?);
        Ok(Some(Self { files: Arc::new(files), config: Arc::new(watch::Sender::new(loaded)) }))
    }

    /// Shakes hands with the certificate that is in force now.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.config.borrow());
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Looks at the files until it is told to stop, and takes what is new into use.
    pub(super) async fn watch(self, stop: CancellationToken) {
        let mut seen = self.files.times();
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let now = self.files.times();
            if now == seen {
                continue;
            }
            match self.files.load() {
                Ok(config) => {
                    self.config.send_replace(Arc::new(config));
                    tracing::info!(listener = self.files.section, "renewed certificate in use");
                    seen = now;
                }
                // Certificate and key may be written one after the other: look again.
                Err(error) => tracing::warn!(%error, "the renewed certificate cannot be used yet"),
            }
        }
    }
}

impl Files {
    fn load(&self) -> Result<ServerConfig, StartError> {
        let certs = certificates(&self.cert).map_err(|why| self.wrong("tls_cert", &self.cert, why))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| self.wrong("tls_key", &self.key, error.to_string()))?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| self.wrong("tls_cert", &self.cert, error.to_string()))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(ca) => {
                let wrong = |why: String| self.wrong("client_ca", ca, why);
                let mut roots = rustls::RootCertStore::empty();
                for cert in certificates(ca).map_err(wrong)? {
                    roots.add(cert).map_err(|error| wrong(error.to_string()))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|error| wrong(error.to_string()))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(certs, key)
            .map_err(|error| self.wrong("tls_key", &self.key, error.to_string()))?;
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn wrong(&self, key: &'static str, path: &Path, why: String) -> StartError {
        StartError::Tls { section: self.section, key, path: path.to_owned(), why }
    }

    /// When each file was changed last.
    fn times(&self) -> [Option<SystemTime>; 3] {
        let time = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
        [time(&self.cert), time(&self.key), self.client_ca.as_deref().and_then(time)]
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let certs = read.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if certs.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(certs) }
}
