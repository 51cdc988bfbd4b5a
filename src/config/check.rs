//! What the types alone cannot say: which values go together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::backup::minute;
use super::{BackupConfig, Config, ConfigError, Listener, MailConfig, MunicipalityConfig};
use crate::base::Email;

pub(super) fn check(path: &Path, config: &Config) -> Result<(), ConfigError> {
    let wrong = |key: &str, value: &str, allowed: &str| ConfigError::Value {
        path: path.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        allowed: allowed.to_owned(),
    };
    for (section, listener) in [("citizen", &config.citizen), ("staff", &config.staff), ("ops", &config.ops)]
    {
        if let Some((key, allowed)) = half_tls(listener) {
            return Err(wrong(&format!("{section}.{key}"), "", allowed));
        }
    }
    if !["error", "warn", "info", "debug"].contains(&config.log.level.as_str()) {
        return Err(wrong("log.level", &config.log.level, "error, warn, info or debug"));
    }
    for (name, value) in config.limits.all() {
        let least = if name == "body_bytes" { 1024 } else { 1 };
        if value < least {
            let allowed = format!("{least} or more; a large number lifts the limit");
            return Err(wrong(&format!("limits.{name}"), &value.to_string(), &allowed));
        }
    }
    if let Some((key, value, allowed)) = wrong_mail(&config.mail) {
        return Err(wrong(&format!("mail.{key}"), &value, allowed));
    }
    if let Some((key, value, allowed)) = wrong_backup(&config.backup) {
        return Err(wrong(&format!("backup.{key}"), &value, allowed));
    }
    if let Some((key, value, allowed)) = wrong_archive(config) {
        return Err(wrong(&format!("archive.{key}"), &value, allowed));
    }
    if let Some((key, value, allowed)) = config.ha.wrong() {
        return Err(wrong(&format!("ha.{key}"), &value, allowed));
    }
    if let Some(city) = same_place(&config.municipalities) {
        let allowed = "a path that no other municipality has at the same host";
        return Err(wrong("municipality.base_path", &city.base(), allowed));
    }
    cities(config, wrong)
}

fn cities(config: &Config, wrong: impl Fn(&str, &str, &str) -> ConfigError) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    for city in &config.municipalities {
        if let Some((key, value, allowed)) = wrong_in(city) {
            return Err(wrong(&format!("municipality.{key}"), &value, allowed));
        }
        for (key, value) in [("code", &city.code), ("slug", &city.slug)] {
            if !seen.insert((key, value.clone())) {
                return Err(wrong(
                    &format!("municipality.{key}"),
                    value,
                    "a value that no other municipality has",
                ));
            }
        }
    }
    Ok(())
}

fn wrong_mail(mail: &MailConfig) -> Option<(&'static str, String, &'static str)> {
    if mail.host.trim().is_empty() {
        return Some(("host", mail.host.clone(), "the name or address of the mail server"));
    }
    if mail.port == 0 {
        return Some(("port", "0".to_owned(), "1 to 65535"));
    }
    if !(1..=32).contains(&mail.connections) {
        return Some(("connections", mail.connections.to_string(), "1 to 32"));
    }
    if !(1..=mail.connections).contains(&mail.domain_connections) {
        let value = mail.domain_connections.to_string();
        return Some(("domain_connections", value, "1 to the number of connections"));
    }
    if mail.domain_per_minute == 0 {
        return Some(("domain_per_minute", "0".to_owned(), "1 or more; a large number lifts the limit"));
    }
    match (&mail.user, &mail.password_file) {
        (Some(_), None) => Some(("password_file", String::new(), "a file, because user is given")),
        (None, Some(_)) => Some(("user", String::new(), "a name, because password_file is given")),
        _ => None,
    }
}

fn wrong_backup(backup: &BackupConfig) -> Option<(&'static str, String, &'static str)> {
    let time = "a time in Japan such as 02:10";
    if !backup.at.is_empty() && minute(&backup.at).is_none() {
        return Some(("at", backup.at.clone(), "a time in Japan such as 02:10, or nothing at all"));
    }
    if minute(&backup.until).is_none() {
        return Some(("until", backup.until.clone(), time));
    }
    if backup.at == backup.until {
        return Some(("until", backup.until.clone(), "another time than at"));
    }
    if backup.keep_days == 0 {
        return Some(("keep_days", "0".to_owned(), "1 or more"));
    }
    if let Some(key) = backup.age_recipients.iter().find(|key| !key.starts_with("age1")) {
        return Some(("age_recipients", key.clone(), "public keys that begin with age1"));
    }
    let to = backup.mail_to.iter().find(|to| Email::parse(to).is_err())?;
    Some(("mail_to", to.clone(), "mail addresses"))
}

fn wrong_archive(config: &Config) -> Option<(&'static str, String, &'static str)> {
    let archive = &config.archive;
    if let Some(dir) = &archive.dir {
        if dir.as_os_str().is_empty() {
            return Some((
                "dir",
                String::new(),
                "a directory, or no such line where nothing is to be archived",
            ));
        }
        if [&config.data_dir, &config.backup.dir].into_iter().any(|taken| dir.starts_with(taken)) {
            let allowed = "a directory that lies neither in data_dir nor in backup.dir";
            return Some(("dir", dir.display().to_string(), allowed));
        }
    }
    if let Some(wrong) = archive.wrong_store() {
        return Some(wrong);
    }
    let most = [
        ("interval_s", archive.interval_s, 3600, "1 to 3600"),
        ("seconds_hours", archive.seconds_hours, u16::MAX, "1 or more"),
        ("minutes_days", archive.minutes_days, u16::MAX, "1 or more"),
        ("keep_days", archive.keep_days, u16::MAX, "1 or more"),
    ];
    let wrong = most.into_iter().find(|(_, value, most, _)| !(1..=*most).contains(value));
    if let Some((key, value, _, allowed)) = wrong {
        return Some((key, value.to_string(), allowed));
    }
    if u32::from(archive.seconds_hours) > u32::from(archive.keep_days) * 24 {
        return Some(("seconds_hours", archive.seconds_hours.to_string(), "not more than keep_days"));
    }
    (archive.minutes_days > archive.keep_days)
        .then(|| ("minutes_days", archive.minutes_days.to_string(), "not more than keep_days"))
}

/// A city whose pages would lie where another's do.
fn same_place(cities: &[MunicipalityConfig]) -> Option<&MunicipalityConfig> {
    let mut taken: BTreeMap<String, Vec<&MunicipalityConfig>> = BTreeMap::new();
    for city in cities {
        let there = taken.entry(city.base()).or_default();
        if there.iter().any(|other| other.slug != city.slug && share_a_host(city, other)) {
            return Some(city);
        }
        there.push(city);
    }
    None
}

fn share_a_host(a: &MunicipalityConfig, b: &MunicipalityConfig) -> bool {
    let anywhere = a.hosts.is_empty() && b.hosts.is_empty();
    anywhere || a.hosts.iter().any(|host| b.hosts.iter().any(|other| host.eq_ignore_ascii_case(other)))
}

fn half_tls(listener: &Listener) -> Option<(&'static str, &'static str)> {
    match (&listener.tls_cert, &listener.tls_key, &listener.client_ca) {
        (Some(_), None, _) => Some(("tls_key", "a file, because tls_cert is given")),
        (None, Some(_), _) => Some(("tls_cert", "a file, because tls_key is given")),
        (None, None, Some(_)) => Some(("tls_cert", "a file, because client_ca is given")),
        _ => None,
    }
}

fn wrong_in(city: &MunicipalityConfig) -> Option<(&'static str, String, &'static str)> {
    let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if city.code.len() != 6 || !city.code.bytes().all(|b| b.is_ascii_digit()) {
        return Some(("code", city.code.clone(), "six digits"));
    }
    if city.slug == "assets" {
        return Some(("slug", city.slug.clone(), "another name: the program's own files lie there"));
    }
    if city.slug.is_empty() || city.slug.len() > 40 || !city.slug.chars().all(slug) {
        return Some(("slug", city.slug.clone(), "1 to 40 of a-z, 0-9 and -"));
    }
    if city.name.trim().is_empty() {
        return Some(("name", city.name.clone(), "the name of the city"));
    }
    let base = city.base();
    if !base.starts_with('/') || !base.ends_with('/') || base.contains("//") {
        return Some(("base_path", base, "a path that begins and ends with a slash"));
    }
    if base.starts_with("/assets/") {
        return Some(("base_path", base, "another path: the program's own files lie there"));
    }
    if base == "/" && city.hosts.is_empty() {
        return Some(("base_path", base, "something else than /, or hosts must be given"));
    }
    let old = city.legacy_paths.iter().find(|(old, new)| !old.starts_with('/') || !new.starts_with('/'));
    if let Some((old, _)) = old {
        return Some(("legacy_paths", old.to_owned(), "paths that begin with a slash"));
    }
    if Email::parse(&city.mail_from).is_err() {
        return Some(("mail_from", city.mail_from.clone(), "a mail address"));
    }
    if let Some(bounce) = &city.mail_bounce
        && !Email::parse(bounce).is_ok_and(|email| email.local().len() <= 30 && !email.local().contains('+'))
    {
        let allowed = "a mail address whose part before the @ has no + and at most 30 characters";
        return Some(("mail_bounce", bounce.clone(), allowed));
    }
    match &city.public_url {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            Some(("public_url", url.clone(), "an address that begins with https://"))
        }
        _ => None,
    }
}
