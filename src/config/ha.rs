//! The section `[ha]`: the witness of a pair of machines.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The cluster that this machine belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HaConfig {
    /// Name of the cluster; the same on all its machines.
    pub cluster_id: Option<String>,
    /// Name of this machine, as it stands in its certificate.
    pub node: Option<String>,
    /// Where the witness listens (`madoguchi witness`).
    pub listen: Option<SocketAddr>,
    /// Where the witness is, `HOST:PORT`; the host as it stands in its certificate.
    pub witness: Option<String>,
    /// Certificate chain of this machine (PEM).
    pub tls_cert: Option<PathBuf>,
    /// Its private key (PEM).
    pub tls_key: Option<PathBuf>,
    /// The cluster's own authority (PEM).
    pub tls_ca: Option<PathBuf>,
    /// How long leadership lasts without a renewal, in milliseconds.
    pub lease_ms: u64,
}

impl Default for HaConfig {
    fn default() -> Self {
        Self {
            cluster_id: None,
            node: None,
            listen: None,
            witness: None,
            tls_cert: None,
            tls_key: None,
            tls_ca: None,
            lease_ms: 2500,
        }
    }
}

impl HaConfig {
    /// The key of the section that makes no sense, its value, and what is allowed.
    pub(super) fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        if !(500..=60_000).contains(&self.lease_ms) {
            return Some(("lease_ms", self.lease_ms.to_string(), "500 to 60000"));
        }
        for (key, name) in [("cluster_id", &self.cluster_id), ("node", &self.node)] {
            if let Some(name) = name.as_ref().filter(|name| !is_name(name)) {
                return Some((
                    key,
                    name.clone(),
                    "1 to 40 of a-z, 0-9 and -, with a letter at its beginning",
                ));
            }
        }
        if let Some(witness) = self.witness.as_ref().filter(|witness| !is_address(witness)) {
            return Some(("witness", witness.clone(), "HOST:PORT"));
        }
        let part = self.listen.is_some() || self.witness.is_some();
        let needed = [
            ("cluster_id", self.cluster_id.is_some()),
            ("tls_cert", self.tls_cert.is_some()),
            ("tls_key", self.tls_key.is_some()),
            ("tls_ca", self.tls_ca.is_some()),
            ("node", self.node.is_some() || self.witness.is_none()),
        ];
        let missing = needed.iter().find(|(_, given)| part && !given)?;
        Some((missing.0, String::new(), "a value, because listen or witness is given"))
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain)
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse().is_ok_and(|port: u16| port > 0))
}
