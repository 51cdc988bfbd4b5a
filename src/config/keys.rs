//! Every key that `config.toml` may hold. A key that is not here is refused; `config.toml` in the repository explains each.

use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;

/// The keys of each section; those of the file itself stand under the empty name.
pub(super) const SECTIONS: [(&str, &[&str]); 12] = [
    (
        "",
        &[
            "data_dir",
            "citizen",
            "staff",
            "ops",
            "mail",
            "municipality",
            "backup",
            "archive",
            "ha",
            "log",
            "limits",
            "pdf",
        ],
    ),
    ("citizen", &["listen", "tls_cert", "tls_key", "client_ca", "trusted_proxies"]),
    ("staff", &["listen", "tls_cert", "tls_key", "client_ca", "trusted_proxies", "allow"]),
    ("ops", &["listen", "tls_cert", "tls_key", "client_ca", "allow"]),
    (
        "mail",
        &[
            "transport",
            "host",
            "port",
            "tls",
            "user",
            "password_file",
            "dir",
            "connections",
            "domain_connections",
            "domain_per_minute",
        ],
    ),
    (
        "municipality",
        &[
            "code",
            "slug",
            "name",
            "hosts",
            "base_path",
            "legacy_paths",
            "public_url",
            "mail_from",
            "mail_bounce",
            "bounce_dir",
        ],
    ),
    (
        "backup",
        &[
            "dir",
            "at",
            "until",
            "keep_days",
            "keep_months",
            "min_free_mb",
            "drill",
            "age_recipients",
            "age_identity_file",
            "mail_to",
        ],
    ),
    (
        "archive",
        &[
            "dir",
            "url",
            "endpoint",
            "region",
            "access_key",
            "secret_key_file",
            "ca_file",
            "encryption",
            "kms_key",
            "interval_s",
            "seconds_hours",
            "minutes_days",
            "keep_days",
            "min_free_mb",
        ],
    ),
    (
        "ha",
        &[
            "mode",
            "cluster_id",
            "node",
            "peer_node",
            "peer",
            "listen",
            "witness",
            "tls_cert",
            "tls_key",
            "tls_ca",
            "lease_ms",
            "renew_ms",
            "ping_ms",
            "suspect_ms",
            "ack_timeout_ms",
            "on_standby_loss",
            "alarm_s",
        ],
    ),
    ("log", &["level", "format", "dir"]),
    ("pdf", &["extra_font"]),
    (
        "limits",
        &[
            "network_failures",
            "notice_failures",
            "notice_wait_minutes",
            "notice_failures_a_day",
            "mails_an_hour",
            "mails_a_day",
            "sign_in_failures",
            "sign_in_wait_minutes",
            "body_bytes",
            "request_seconds",
            "connections",
        ],
    ),
];

/// Refuses the first key that nobody knows.
pub(super) fn check(path: &Path, table: &Table) -> Result<(), ConfigError> {
    check_section(path, "", table)?;
    for (section, value) in table {
        match value {
            Value::Table(inner) => check_section(path, section, inner)?,
            Value::Array(list) => {
                for inner in list.iter().filter_map(Value::as_table) {
                    check_section(path, section, inner)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_section(path: &Path, section: &str, table: &Table) -> Result<(), ConfigError> {
    let Some((_, known)) = SECTIONS.iter().find(|(name, _)| *name == section) else { return Ok(()) };
    let Some((key, value)) = table.iter().find(|(key, _)| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let named = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
    Err(ConfigError::UnknownKey {
        path: path.to_owned(),
        value: shown(key, value),
        key: named,
        allowed: known.join(", "),
    })
}

/// A value as an error may show it: short, and never a password that somebody wrote into the wrong file.
fn shown(key: &str, value: &Value) -> String {
    if ["pass", "secret", "token", "key"].iter().any(|word| key.to_lowercase().contains(word)) {
        return "(hidden)".to_owned();
    }
    let text = value.to_string().replace('\n', " ");
    if text.chars().count() <= 60 { text } else { text.chars().take(60).chain(['…']).collect() }
}
