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

/// What the configurations of a cluster's machines have in common, for the end of their section `[ha]`.
pub const CLUSTER: &str =
    "cluster_id = \"mihon\"\ntls_cert = \"node.pem\"\ntls_key = \"node.key\"\ntls_ca = \"ca.pem\"\n";

/// A node of a pair: its name and the other's, the ports that it listens at, and those at which it finds the others.
pub struct Node<'a> {
    pub name: &'a str,
    pub other: &'a str,
    /// Of citizens, staff and operators.
    pub listeners: [u16; 3],
    pub link: u16,
    pub peer: u16,
    pub witness: u16,
}

impl Node<'_> {
    /// Its configuration but for the cities. Keys of further sections, or sections, can follow.
    pub fn configuration(&self) -> String {
        let Self { name, other, listeners: [citizen, staff, ops], link, peer, witness } = self;
        format!(
            "[ha]\nmode = \"witness\"\nnode = \"{name}\"\npeer_node = \"{other}\"\nlisten = \"127.0.0.1:{link}\"\n\
             peer = \"127.0.0.1:{peer}\"\nwitness = \"localhost:{witness}\"\n{CLUSTER}[mail]\ntransport = \"file\"\n\
             [citizen]\nlisten = \"127.0.0.1:{citizen}\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
             [staff]\nlisten = \"127.0.0.1:{staff}\"\n[ops]\nlisten = \"127.0.0.1:{ops}\"\n[backup]\nat = \"\"\n"
        )
    }
}
