//! The sections of `config.toml`, with their defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::archive::ArchiveConfig;
use super::backup::BackupConfig;
use super::ha::HaConfig;
use super::limits::LimitsConfig;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the municipalities' files lie.
    #[serde(default = "data_dir")]
    pub data_dir: PathBuf,
    /// The internet side.
    #[serde(default = "citizen_listener", deserialize_with = "citizen_section")]
    pub citizen: Listener,
    /// The LGWAN side.
    #[serde(default = "staff_listener", deserialize_with = "staff_section")]
    pub staff: Listener,
    /// Health checks and metrics.
    #[serde(default = "ops_listener", deserialize_with = "ops_section")]
    pub ops: Listener,
    /// How mail leaves.
    #[serde(default)]
    pub mail: MailConfig,
    /// The cities.
    #[serde(default, rename = "municipality")]
    pub municipalities: Vec<MunicipalityConfig>,
    /// Nightly copies.
    #[serde(default)]
    pub backup: BackupConfig,
    /// Every commit in an archive.
    #[serde(default)]
    pub archive: ArchiveConfig,
    /// The pair of machines and its witness.
    #[serde(default)]
    pub ha: HaConfig,
    /// The program's own log.
    #[serde(default)]
    pub log: LogConfig,
    /// Lists on paper.
    #[serde(default)]
    pub pdf: PdfConfig,
    /// Every limit.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// Whether this is the demo; no file can say so.
    #[serde(skip)]
    pub demo: bool,
}

/// One listener.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Certificate chain (PEM). With it the listener speaks TLS.
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM).
    pub tls_key: Option<PathBuf>,
    /// Certificates of those who may connect (PEM): the proxy in front.
    pub client_ca: Option<PathBuf>,
    /// Whose word about the browser's address and scheme counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may connect at all; empty = everybody.
    pub allow: Vec<IpNet>,
}

/// A listener as it is written: each has an address of its own when it says none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenListener {
    listen: Option<SocketAddr>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
    #[serde(default)]
    trusted_proxies: Vec<IpNet>,
    #[serde(default)]
    allow: Vec<IpNet>,
}

impl WrittenListener {
    fn or(self, usual: &Listener) -> Listener {
        Listener {
            listen: self.listen.unwrap_or(usual.listen),
            tls_cert: self.tls_cert,
            tls_key: self.tls_key,
            client_ca: self.client_ca,
            trusted_proxies: self.trusted_proxies,
            allow: self.allow,
        }
    }
}

fn citizen_section<'de, D: Deserializer<'de>>(section: D) -> Result<Listener, D::Error> {
    Ok(WrittenListener::deserialize(section)?.or(&citizen_listener()))
}

fn staff_section<'de, D: Deserializer<'de>>(section: D) -> Result<Listener, D::Error> {
    Ok(WrittenListener::deserialize(section)?.or(&staff_listener()))
}

fn ops_section<'de, D: Deserializer<'de>>(section: D) -> Result<Listener, D::Error> {
    Ok(WrittenListener::deserialize(section)?.or(&ops_listener()))
}

impl Listener {
    /// A plain listener at this address.
    pub fn plain(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls_cert: None,
            tls_key: None,
            client_ca: None,
            trusted_proxies: Vec::new(),
            allow: Vec::new(),
        }
    }
}

/// How mail leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// To a mail server or into files.
    pub transport: MailTransport,
    /// Mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// User at the mail server.
    pub user: Option<String>,
    /// File that holds the password.
    pub password_file: Option<PathBuf>,
    /// Directory for `transport = "file"`.
    pub dir: PathBuf,
    /// Letters handed over at a time, of all cities together.
    pub connections: u16,
    /// Letters to one destination domain at a time.
    pub domain_connections: u16,
    /// Letters to one destination domain within 60 seconds.
    pub domain_per_minute: u32,
    /// What stood in the password file.
    #[serde(skip)]
    pub password: Option<SecretString>,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: MailTransport::Smtp,
            host: "localhost".to_owned(),
            port: 25,
            tls: MailTls::None,
            user: None,
            password_file: None,
            dir: PathBuf::from("mail"),
            connections: 8,
            domain_connections: 4,
            domain_per_minute: 300,
            password: None,
        }
    }
}

impl MailConfig {
    pub(super) fn read_password(&mut self) -> std::io::Result<()> {
        if let Some(file) = &self.password_file {
            let read = std::fs::read_to_string(file)?;
            self.password = Some(SecretString::from(read.trim_end_matches(['\r', '\n']).to_owned()));
        }
        Ok(())
    }
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// To a mail server.
    Smtp,
    /// Into files.
    File,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Not at all.
    None,
    /// By STARTTLS, required.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// One city.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MunicipalityConfig {
    /// Six-digit code of the local government.
    pub code: String,
    /// Its name in addresses and file names.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Host names that lead to it; empty = any.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Where its pages begin; `/{slug}/` when absent.
    #[serde(default)]
    pub base_path: Option<String>,
    /// Paths of a former system that lead to a page of this one.
    #[serde(default)]
    pub legacy_paths: LegacyPaths,
    /// The start page as mails write it, such as `https://yoyaku.example.lg.jp/mihon/`.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Sender of its mails.
    pub mail_from: String,
    /// Where bounces go, made one for each letter (`bounce+ID@…`); the sender when absent.
    #[serde(default)]
    pub mail_bounce: Option<String>,
    /// Maildir, or directory of files, in which bounces arrive.
    #[serde(default)]
    pub bounce_dir: Option<PathBuf>,
}

impl MunicipalityConfig {
    /// Where its citizen pages begin, with a slash at both ends.
    pub fn base(&self) -> String {
        self.base_path.clone().unwrap_or_else(|| format!("/{}/", self.slug))
    }
}

/// Paths of a former system: a list that leads to the start page, or a table of where each leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "ListOrTable")]
pub struct LegacyPaths(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum ListOrTable {
    List(Vec<String>),
    Table(BTreeMap<String, String>),
}

impl From<ListOrTable> for LegacyPaths {
    fn from(written: ListOrTable) -> Self {
        match written {
            ListOrTable::List(paths) => Self(paths.into_iter().map(|path| (path, "/".to_owned())).collect()),
            ListOrTable::Table(table) => Self(table),
        }
    }
}

impl LegacyPaths {
    /// Where this old path leads, below the city's own path.
    pub fn target(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Every old path with where it leads.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON document a line.
    Json,
}

/// The program's own log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`.
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
    /// Directory of daily files; absent = standard error.
    pub dir: Option<PathBuf>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text, dir: None }
    }
}

/// Lists on paper.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PdfConfig {
    /// A font of the city's for kanji that the program's own lack; asked last.
    pub extra_font: Option<PathBuf>,
}

impl Config {
    /// A configuration with the defaults and no city, whose data lies in `data_dir` and whose copies lie beside it.
    pub fn of_the_house(data_dir: PathBuf) -> Self {
        let dir = data_dir.with_file_name("backup");
        Self {
            data_dir,
            citizen: citizen_listener(),
            staff: staff_listener(),
            ops: ops_listener(),
            mail: MailConfig::default(),
            municipalities: Vec::new(),
            backup: BackupConfig { dir, ..BackupConfig::default() },
            archive: ArchiveConfig::default(),
            ha: HaConfig::default(),
            log: LogConfig::default(),
            pdf: PdfConfig::default(),
            limits: LimitsConfig::default(),
            demo: false,
        }
    }

    pub(super) fn anchor(&mut self, dir: &Path) {
        let anchored = |path: &mut PathBuf| *path = dir.join(&path);
        anchored(&mut self.data_dir);
        anchored(&mut self.mail.dir);
        self.mail.password_file.iter_mut().for_each(anchored);
        for city in &mut self.municipalities {
            city.bounce_dir.iter_mut().for_each(anchored);
        }
        anchored(&mut self.backup.dir);
        let archive = &mut self.archive;
        for path in [&mut archive.dir, &mut archive.secret_key_file, &mut archive.ca_file] {
            path.iter_mut().for_each(anchored);
        }
        self.backup.age_identity_file.iter_mut().for_each(anchored);
        for path in [&mut self.ha.tls_cert, &mut self.ha.tls_key, &mut self.ha.tls_ca] {
            path.iter_mut().for_each(anchored);
        }
        self.log.dir.iter_mut().for_each(anchored);
        self.pdf.extra_font.iter_mut().for_each(anchored);
        for listener in [&mut self.citizen, &mut self.staff, &mut self.ops] {
            for path in [&mut listener.tls_cert, &mut listener.tls_key, &mut listener.client_ca] {
                path.iter_mut().for_each(anchored);
            }
        }
    }
}

fn data_dir() -> PathBuf {
    PathBuf::from("data")
}

fn loopback(port: u16) -> Listener {
    Listener::plain(SocketAddr::from(([127, 0, 0, 1], port)))
}

fn citizen_listener() -> Listener {
    loopback(8080)
}

fn staff_listener() -> Listener {
    loopback(8081)
}

fn ops_listener() -> Listener {
    loopback(8082)
}
