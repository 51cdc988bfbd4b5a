//! The section `[archive]`.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What the key of a store is called in the environment, as its own tools call it.
const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// Every commit in an archive, so that any shipped moment can be gone back to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArchiveConfig {
    /// Directory of the archive; absent = none.
    pub dir: Option<PathBuf>,
    /// `s3://BUCKET/PREFIX`: the archive lies in an S3-compatible store; absent = in none.
    pub url: Option<String>,
    /// Address of the store; absent = the one that its maker runs in the region.
    pub endpoint: Option<String>,
    /// Region of the bucket.
    pub region: String,
    /// Name of the key; absent = the environment names it.
    pub access_key: Option<String>,
    /// File that holds the secret of the key.
    pub secret_key_file: Option<PathBuf>,
    /// Certificates of the authorities that the store's certificate may come from; absent = those of the system.
    pub ca_file: Option<PathBuf>,
    /// How the store encrypts what it keeps.
    pub encryption: Encryption,
    /// Name of the store's key for `encryption = "aws:kms"`; absent = its own choice.
    pub kms_key: Option<String>,
    /// Seconds from one file to the next.
    pub interval_s: u16,
    /// How many hours back any of those seconds can be gone to; before that, steps of five minutes.
    pub seconds_hours: u16,
    /// How many days back those steps of five minutes can be gone to; before that, steps of an hour.
    pub minutes_days: u16,
    /// How many days back the archive reaches.
    pub keep_days: u16,
    /// Room that must be left in the directory, in MB; below it nothing is shipped.
    pub min_free_mb: u64,
    /// What stood in the file of the secret, or in the environment.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// How a store encrypts what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Encryption {
    /// Each object by the store's own keys.
    #[serde(rename = "AES256")]
    Aes256,
    /// Each object by a key that is kept apart from the store.
    #[serde(rename = "aws:kms")]
    Kms,
    /// By a rule of the bucket: nothing is asked for with each object.
    #[serde(rename = "bucket")]
    Bucket,
}

impl Default for ArchiveConfig {
    fn default() -> Self {
        Self {
            dir: None,
            url: None,
            endpoint: None,
            region: "ap-northeast-1".to_owned(),
            access_key: None,
            secret_key_file: None,
            ca_file: None,
            encryption: Encryption::Aes256,
            kms_key: None,
            interval_s: 1,
            seconds_hours: 24,
            minutes_days: 7,
            keep_days: 30,
            min_free_mb: 1024,
            secret: None,
        }
    }
}

impl ArchiveConfig {
    /// Whether anything is to be archived.
    pub fn is_on(&self) -> bool {
        self.dir.is_some() || self.url.is_some()
    }

    /// The bucket and the prefix in it; `None` without one.
    pub fn bucket(&self) -> Option<(&str, &str)> {
        let rest = self.url.as_ref()?.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Some((bucket, prefix.trim_end_matches('/')))
    }

    /// What makes no sense about the store: the key, its value, what is allowed.
    pub(super) fn wrong_store(&self) -> Option<(&'static str, String, &'static str)> {
        let Some(url) = &self.url else {
            let given = [
                ("endpoint", self.endpoint.is_some()),
                ("access_key", self.access_key.is_some()),
                ("secret_key_file", self.secret_key_file.is_some()),
                ("ca_file", self.ca_file.is_some()),
                ("kms_key", self.kms_key.is_some()),
            ];
            let (key, _) = given.into_iter().find(|(_, given)| *given)?;
            return Some((key, String::new(), "a line for a store, which is given by url"));
        };
        if cfg!(not(feature = "s3")) {
            return Some(("url", url.clone(), "no such line: this build reaches no store (feature s3)"));
        }
        if self.dir.is_some() {
            return Some(("url", url.clone(), "either dir or url"));
        }
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        let fine = |(bucket, prefix): (&str, &str)| {
            bucket.len() >= 3
                && plain(bucket)
                && plain(prefix)
                && !prefix.starts_with('/')
                && !prefix.contains("//")
        };
        if !self.bucket().is_some_and(fine) {
            return Some(("url", url.clone(), "s3://BUCKET or s3://BUCKET/PREFIX, of A-Z a-z 0-9 . _ - /"));
        }
        if let Some(endpoint) = self.endpoint.as_ref().filter(|endpoint| !is_safe(endpoint)) {
            let allowed =
                "https://HOST or https://HOST:PORT; http:// only for a store on this machine (127.0.0.1)";
            return Some(("endpoint", endpoint.clone(), allowed));
        }
        match (&self.access_key, &self.secret_key_file) {
            (Some(_), None) => {
                Some(("secret_key_file", String::new(), "a file, because access_key is given"))
            }
            (None, Some(_)) => {
                Some(("access_key", String::new(), "a name, because secret_key_file is given"))
            }
            _ if self.kms_key.is_some() && self.encryption != Encryption::Kms => {
                let allowed = "no such line, or encryption = \"aws:kms\"";
                Some(("kms_key", self.kms_key.clone().unwrap_or_default(), allowed))
            }
            _ => None,
        }
    }

    /// Whether both lie in the same store and are reached in the same way.
    pub fn same_store(&self, other: &Self) -> bool {
        let secret = |one: &Self| one.secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let place = |one: &Self| {
            let (keys, papers) = (one.access_key.clone(), (one.ca_file.clone(), one.kms_key.clone()));
            (
                one.bucket().map(|(name, _)| name.to_owned()),
                one.endpoint.clone(),
                one.region.clone(),
                keys,
                papers,
            )
        };
        place(self) == place(other) && self.encryption == other.encryption && secret(self) == secret(other)
    }

    /// Reads the secret of the store's key: from its file, else both name and secret from the environment.
    pub(super) fn read_secret(&mut self) -> std::io::Result<()> {
        if let Some(file) = &self.secret_key_file {
            let read = std::fs::read_to_string(file)?;
            self.secret = Some(SecretString::from(read.trim().to_owned()));
        } else if self.url.is_some()
            && let (Ok(name), Ok(secret)) = (std::env::var(ACCESS_KEY), std::env::var(SECRET_KEY))
        {
            (self.access_key, self.secret) = (Some(name), Some(SecretString::from(secret)));
        }
        Ok(())
    }
}

/// Whether nobody between here and there can read what is sent.
fn is_safe(endpoint: &str) -> bool {
    let here = ["127.0.0.1", "localhost", "[::1]"];
    let host =
        |rest: &str| rest.trim_end_matches('/').rsplit_once(':').map_or(rest, |(host, _)| host).to_owned();
    match (endpoint.strip_prefix("https://"), endpoint.strip_prefix("http://")) {
        (Some(rest), _) => !rest.is_empty(),
        (_, Some(rest)) => here.contains(&host(rest).as_str()),
        _ => false,
    }
}
