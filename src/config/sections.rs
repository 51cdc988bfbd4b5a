//! The sections of `config.toml`, with their defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use serde::Deserialize;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the municipalities' files lie.
    #[serde(default = "data_dir")]
    pub data_dir: PathBuf,
    /// The internet side.
    #[serde(default = "citizen_listener")]
    pub citizen: Listener,
    /// The LGWAN side.
    #[serde(default = "staff_listener")]
    pub staff: Listener,
    /// Health checks and metrics.
    #[serde(default = "ops_listener")]
    pub ops: Listener,
    /// How mail leaves.
    #[serde(default)]
    pub mail: MailConfig,
    /// The cities.
    #[serde(default, rename = "municipality")]
    pub municipalities: Vec<MunicipalityConfig>,
    /// The program's own log.
    #[serde(default)]
    pub log: LogConfig,
    /// Every limit.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// Whether this is the demo; no file can say so.
    #[serde(skip)]
    pub demo: bool,
}

/// One listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Address and port; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Certificate chain (PEM). With it the listener speaks TLS.
    #[serde(default)]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM).
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
    /// Certificates of those who may connect (PEM): the proxy in front.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
    /// Whose word about the browser's address and scheme counts.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
    /// Who may connect at all; empty = everybody.
    #[serde(default)]
    pub allow: Vec<IpNet>,
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
    /// The start page as mails write it, such as `https://yoyaku.example.lg.jp/mihon/`.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Sender of its mails.
    pub mail_from: String,
}

impl MunicipalityConfig {
    /// Where its citizen pages begin, with a slash at both ends.
    pub fn base(&self) -> String {
        self.base_path.clone().unwrap_or_else(|| format!("/{}/", self.slug))
    }
}

/// The program's own log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`.
    pub level: String,
    /// Directory of daily files; absent = standard error.
    pub dir: Option<PathBuf>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), dir: None }
    }
}

/// Every limit, so that a load or security test from one address can lift it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Failed checks an hour from one network (IPv4 address, IPv6 /64).
    pub network_failures: u32,
    /// Failed checks of a city within ten minutes, from whatever networks, at which wrong ones are answered by mail only …
    pub city_failures: u32,
    /// … if at least this share of all checks failed, in percent.
    pub city_failure_percent: u32,
    /// Failed checks of one notice ID from one network before that pair waits.
    pub notice_failures: u32,
    /// How long it waits, in minutes.
    pub notice_wait_minutes: u32,
    /// Failed checks of one notice ID in a day before the answer comes by mail only.
    pub notice_failures_a_day: u32,
    /// Mails to one address in an hour.
    pub mails_an_hour: u32,
    /// Mails to one address in a day.
    pub mails_a_day: u32,
    /// Failed sign-ins of one member of staff, and from one network, before they wait.
    pub sign_in_failures: u32,
    /// How long they wait, in minutes.
    pub sign_in_wait_minutes: u32,
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Longest time for one request, in seconds.
    pub request_seconds: u64,
    /// Connections at once per listener.
    pub connections: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            network_failures: 10,
            city_failures: 200,
            city_failure_percent: 30,
            notice_failures: 5,
            notice_wait_minutes: 30,
            notice_failures_a_day: 20,
            mails_an_hour: 3,
            mails_a_day: 10,
            sign_in_failures: 5,
            sign_in_wait_minutes: 30,
            body_bytes: 64 * 1024,
            request_seconds: 30,
            connections: 4096,
        }
    }
}

impl LimitsConfig {
    /// The longest time for one request.
    pub fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}

impl Config {
    /// A configuration with the defaults and no city, whose data lies in `data_dir`.
    pub fn of_the_house(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            citizen: citizen_listener(),
            staff: staff_listener(),
            ops: ops_listener(),
            mail: MailConfig::default(),
            municipalities: Vec::new(),
            log: LogConfig::default(),
            limits: LimitsConfig::default(),
            demo: false,
        }
    }

    pub(super) fn anchor(&mut self, dir: &Path) {
        let anchored = |path: &mut PathBuf| *path = dir.join(&path);
        anchored(&mut self.data_dir);
        anchored(&mut self.mail.dir);
        self.mail.password_file.iter_mut().for_each(anchored);
        self.log.dir.iter_mut().for_each(anchored);
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
