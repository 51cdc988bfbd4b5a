//! The cluster's authority, a certificate for every machine, and ports that nobody else takes.

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// Who signs the certificates of one cluster.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Puts a certificate of this name, its key and the authority into a machine's directory.
    pub fn furnish(&self, dir: &Path, name: &str) {
        let (cert, key) = self.certificate(name);
        for (file, text) in [("node.pem", cert), ("node.key", key), ("ca.pem", self.0.pem())] {
            std::fs::write(dir.join(file), text).unwrap();
        }
    }

    /// A certificate of this name and its key.
    pub fn certificate(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (cert.pem(), key.serialize_pem())
    }
}

/// A port for a machine. It stays free while the machine is down: it lies below those that the system gives to whoever calls somebody.
pub fn port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id() % 120 * 100;
    for _ in 0..12_000 {
        let number = (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000 + 20_000;
        let port = u16::try_from(number).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
