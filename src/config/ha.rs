//! The section `[ha]`: the witness of a pair of machines.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// Whether this machine is one of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HaMode {
    /// One machine alone.
    #[serde(rename = "off")]
    Alone,
    /// One of two; people decide who takes over.
    Manual,
    /// One of two, with a witness.
    Witness,
}

/// What the leader does when the other node is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnStandbyLoss {
    /// It goes on alone.
    Solo,
    /// It takes no more writes.
    Stop,
}

/// The cluster that this machine belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HaConfig {
    /// Whether this machine is one of two.
    pub mode: HaMode,
    /// Name of the cluster; the same on all its machines.
    pub cluster_id: Option<String>,
    /// Name of this machine, as it stands in its certificate.
    pub node: Option<String>,
    /// Name of the other machine, as it stands in its certificate.
    pub peer_node: Option<String>,
    /// Where the other machine is, `HOST:PORT` of its `listen`.
    pub peer: Option<String>,
    /// Where the witness listens (`madoguchi witness`), or this machine for the other one.
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
    /// Between two renewals.
    pub renew_ms: u64,
    /// Between two signs of life to the other machine.
    pub ping_ms: u64,
    /// Silence after which the leader is thought lost.
    pub suspect_ms: u64,
    /// How long the leader waits for the other machine.
    pub ack_timeout_ms: u64,
    /// What it does then.
    pub on_standby_loss: OnStandbyLoss,
    /// How long something may be wrong with the pair before the operators get a letter, in seconds.
    pub alarm_s: u64,
}

impl Default for HaConfig {
    fn default() -> Self {
        Self {
            mode: HaMode::Alone,
            cluster_id: None,
            node: None,
            peer_node: None,
            peer: None,
            listen: None,
            witness: None,
            tls_cert: None,
            tls_key: None,
            tls_ca: None,
            lease_ms: 2500,
            renew_ms: 400,
            ping_ms: 250,
            suspect_ms: 1000,
            ack_timeout_ms: 1000,
            on_standby_loss: OnStandbyLoss::Solo,
            alarm_s: 60,
        }
    }
}

impl HaConfig {
    /// The key of the section that makes no sense, its value, and what is allowed.
    pub(super) fn wrong(&self) -> Option<(&'static str, String, &'static str)> {
        if !(500..=60_000).contains(&self.lease_ms) {
            return Some(("lease_ms", self.lease_ms.to_string(), "500 to 60000"));
        }
        for (key, value, most) in [
            ("renew_ms", self.renew_ms, self.lease_ms / 2),
            ("suspect_ms", self.suspect_ms, self.lease_ms),
            ("ping_ms", self.ping_ms, self.suspect_ms / 2),
            ("ack_timeout_ms", self.ack_timeout_ms, 60_000),
        ] {
            if !(50..=most).contains(&value) {
                return Some((
                    key,
                    value.to_string(),
                    "50 or more; renew_ms at most half of lease_ms, suspect_ms at most lease_ms, ping_ms at most half of suspect_ms",
                ));
            }
        }
        if !(1..=86_400).contains(&self.alarm_s) {
            return Some(("alarm_s", self.alarm_s.to_string(), "1 to 86400"));
        }
        let names = [("cluster_id", &self.cluster_id), ("node", &self.node), ("peer_node", &self.peer_node)];
        for (key, name) in names {
            if let Some(name) = name.as_ref().filter(|name| !is_name(name)) {
                return Some((
                    key,
                    name.clone(),
                    "1 to 40 of a-z, 0-9 and -, with a letter at its beginning",
                ));
            }
        }
        for (key, address) in [("witness", &self.witness), ("peer", &self.peer)] {
            if let Some(address) = address.as_ref().filter(|address| !is_address(address)) {
                return Some((key, address.clone(), "HOST:PORT"));
            }
        }
        if self.node.is_some() && self.node == self.peer_node {
            return Some(("peer_node", self.peer_node.clone().unwrap_or_default(), "another name than node"));
        }
        if let Some(wrong) = self.wrong_in_pair() {
            return Some(wrong);
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

    fn wrong_in_pair(&self) -> Option<(&'static str, String, &'static str)> {
        if self.mode == HaMode::Alone {
            return None;
        }
        let given = [
            ("listen", self.listen.is_some()),
            ("node", self.node.is_some()),
            ("peer", self.peer.is_some()),
            ("peer_node", self.peer_node.is_some()),
            ("witness", self.witness.is_some() || self.mode == HaMode::Manual),
        ];
        if let Some((key, _)) = given.iter().find(|(_, given)| !given) {
            return Some((key, String::new(), "a value, because mode is witness or manual"));
        }
        let witness = self.witness.clone().filter(|_| self.mode == HaMode::Manual)?;
        Some(("witness", witness, "nothing, because mode is manual"))
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
