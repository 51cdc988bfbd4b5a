//! Tries everything that the configuration names, and tells line by line what it found.
//!
//! **Invariant:** nothing is changed and nothing of a running server is disturbed: files are looked at, ports are taken and
//! given back at once, the mail server is greeted and left, a store of the archive gets an object that is removed again.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::Access;
use serde::Serialize;

use super::StartError;
use super::listener::listen;
use super::lock::{DataDir, LockError};
use super::tls::Tls;
use crate::arbiter::{Client, Papers};
use crate::config::{Config, Encryption, Listener, MailTransport, MunicipalityConfig};
use crate::db::Db;
use crate::lists::Fonts;
use crate::mail::Transport;
use crate::municipalities;
use crate::{archive, backup};

/// How long the mail server may take to greet.
const GREETING: Duration = Duration::from_secs(10);

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warning,
    /// It does not work.
    Wrong,
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub verdict: Verdict,
    /// The key of the configuration that it is about.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What was found.
    pub found: String,
}

/// What the configuration names, tried one after the other.
pub async fn check(config: &Config) -> Vec<Finding> {
    let mut list = List::default();
    let running = list.data_dir(&config.data_dir);
    for (section, listener) in [("citizen", &config.citizen), ("staff", &config.staff), ("ops", &config.ops)]
    {
        list.listener(section, listener, running);
    }
    list.mail(config).await;
    if config.municipalities.is_empty() {
        list.add(Verdict::Wrong, "municipality", "", "自治体がひとつもありません");
    }
    for city in &config.municipalities {
        list.city(config, city);
    }
    list.backup(config);
    list.archive(config);
    list.ha(config).await;
    if let Some(dir) = &config.log.dir {
        list.directory("log.dir", dir);
    }
    if let Some(font) = &config.pdf.extra_font {
        let usable = fs::read(font).map_err(|error| error.to_string());
        let usable = usable.and_then(|file| Fonts::with_extra(file).map_err(|error| error.to_string()));
        let (verdict, found) = match usable {
            Ok(_) => (Verdict::Ok, "フォントとして読めます".to_owned()),
            Err(why) => (Verdict::Wrong, why),
        };
        list.add(verdict, "pdf.extra_font", &font.display().to_string(), &found);
    }
    for (name, value) in config.limits.lifted() {
        let found = "制限が緩められています。試験が終わったら戻してください";
        list.add(Verdict::Warning, &format!("limits.{name}"), &value.to_string(), found);
    }
    list.0
}

#[derive(Default)]
struct List(Vec<Finding>);

impl List {
    fn add(&mut self, verdict: Verdict, key: &str, value: &str, found: &str) {
        let (key, value, found) = (key.to_owned(), value.to_owned(), found.to_owned());
        self.0.push(Finding { verdict, key, value, found });
    }

    /// The directory of the cities' files; whether a server owns it.
    fn data_dir(&mut self, dir: &Path) -> bool {
        let value = dir.display().to_string();
        if !dir.is_dir() {
            let found = "ありません。municipality add が作ります";
            self.add(Verdict::Warning, "data_dir", &value, found);
            return false;
        }
        if !self.directory("data_dir", dir) {
            return false;
        }
        self.private("data_dir", dir);
        match DataDir::lock(dir) {
            Ok(_) => false,
            Err(LockError::Owned { .. }) => {
                self.add(Verdict::Ok, "data_dir", &value, "サーバーが動いています");
                true
            }
            Err(error) => {
                self.add(Verdict::Wrong, "data_dir", &value, &error.to_string());
                false
            }
        }
    }

    /// Whether this process may read and write in a directory.
    fn directory(&mut self, key: &str, dir: &Path) -> bool {
        let value = dir.display().to_string();
        let all = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
        match rustix::fs::access(dir, all) {
            Ok(()) => self.add(Verdict::Ok, key, &value, "読み書きできます"),
            Err(error) => self.add(Verdict::Wrong, key, &value, &error.to_string()),
        }
        rustix::fs::access(dir, all).is_ok()
    }

    /// A file or directory that nobody else may look into.
    fn private(&mut self, key: &str, path: &Path) {
        let Ok(meta) = fs::metadata(path) else { return };
        let mode = meta.permissions().mode() & 0o777;
        let value = path.display().to_string();
        if mode & 0o077 != 0 {
            let found = format!("ほかの利用者にも開かれています（{mode:o}）。所有者だけにしてください");
            self.add(Verdict::Warning, key, &value, &found);
        }
        if meta.uid() != rustix::process::geteuid().as_raw() {
            let found = format!("所有者（uid {}）が、この確認をしている利用者と違います", meta.uid());
            self.add(Verdict::Warning, key, &value, &found);
        }
    }

    fn listener(&mut self, section: &'static str, config: &Listener, running: bool) {
        let (key, value) = (format!("{section}.listen"), config.listen.to_string());
        match listen(config.listen) {
            Ok(_) => self.add(Verdict::Ok, &key, &value, "空いています"),
            Err(error) if running && error.kind() == std::io::ErrorKind::AddrInUse => {
                self.add(Verdict::Ok, &key, &value, "使われています（サーバーが動いています）");
            }
            Err(error) => self.add(Verdict::Wrong, &key, &value, &error.to_string()),
        }
        if let (Some(cert), Some(private)) = (&config.tls_cert, &config.tls_key) {
            let value = cert.display().to_string();
            match Tls::of(section, config) {
                Err(StartError::Tls { key, path, why, .. }) => {
                    let value = path.display().to_string();
                    self.add(Verdict::Wrong, &format!("{section}.{key}"), &value, &why);
                }
                Err(error) => {
                    self.add(Verdict::Wrong, &format!("{section}.tls_cert"), &value, &error.to_string());
                }
                Ok(_) => self.add(Verdict::Ok, &format!("{section}.tls_cert"), &value, "使えます"),
            }
            self.private(&format!("{section}.tls_key"), private);
        }
        if section != "citizen" && config.allow.is_empty() && !config.listen.ip().is_loopback() {
            let found = "どこからでもつながります。ネットワークを限ってください";
            self.add(Verdict::Warning, &format!("{section}.allow"), "[]", found);
        }
        if let Some(net) = config.trusted_proxies.iter().find(|net| net.prefix_len() == 0) {
            let found = "だれの X-Forwarded-For でも信じます。プロキシのアドレスだけにしてください";
            self.add(Verdict::Warning, &format!("{section}.trusted_proxies"), &net.to_string(), found);
        }
    }

    async fn mail(&mut self, config: &Config) {
        let mail = &config.mail;
        if let Some(file) = &mail.password_file {
            self.private("mail.password_file", file);
        }
        let (key, value) = match mail.transport {
            MailTransport::File => ("mail.dir", mail.dir.display().to_string()),
            MailTransport::Smtp => ("mail.host", format!("{}:{}", mail.host, mail.port)),
        };
        let greeted = match Transport::new(mail) {
            Ok(transport) => tokio::time::timeout(GREETING, transport.greets())
                .await
                .unwrap_or_else(|_| Err("10秒待っても返事がありません".to_owned())),
            Err(error) => Err(error.to_string()),
        };
        match greeted {
            Ok(()) => self.add(Verdict::Ok, key, &value, "使えます"),
            Err(why) => self.add(Verdict::Wrong, key, &value, &why),
        }
        if mail.transport == MailTransport::File {
            let found = "メールは送られず、ファイルになります";
            self.add(Verdict::Warning, "mail.transport", "file", found);
        }
    }

    /// Where the copies go: can it be written, is it another disk, is there room, do the keys work.
    fn backup(&mut self, config: &Config) {
        let (backup, dir) = (&config.backup, &config.backup.dir);
        let value = dir.display().to_string();
        if dir.is_dir() {
            if self.directory("backup.dir", dir) {
                self.private("backup.dir", dir);
            }
        } else {
            self.add(Verdict::Warning, "backup.dir", &value, "ありません。最初の写しのときに作ります");
        }
        let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
        if dir.is_dir() && device(dir) == device(&config.data_dir) {
            let found = "データと同じディスクです。ディスクが壊れると両方を失います";
            self.add(Verdict::Warning, "backup.dir", &value, found);
        }
        if let Ok(room) = backup::room(dir)
            && room.free >> 20 < backup.min_free_mb
        {
            let found = format!("空きが {}MB しかありません。写しは取られません", room.free >> 20);
            self.add(Verdict::Wrong, "backup.min_free_mb", &backup.min_free_mb.to_string(), &found);
        }
        if let Some(file) = &backup.age_identity_file {
            self.private("backup.age_identity_file", file);
        }
        let key = if backup.age_recipients.is_empty() {
            "backup.age_identity_file"
        } else {
            "backup.age_recipients"
        };
        match backup::check_keys(&backup.age_recipients, backup.age_identity_file.as_deref()) {
            Err(why) => self.add(Verdict::Wrong, key, "", &why),
            Ok(()) if !backup.age_recipients.is_empty() => {
                self.add(Verdict::Ok, key, &backup.age_recipients.len().to_string(), "暗号化します");
            }
            Ok(()) => {}
        }
        if backup.night().is_none() {
            let found = "自動では写しを取りません。timer などで madoguchi backup now を呼んでください";
            self.add(Verdict::Warning, "backup.at", "", found);
        } else if backup.mail_to.is_empty() {
            self.add(Verdict::Warning, "backup.mail_to", "[]", "失敗がだれにも知らされません");
        }
    }

    /// The certificates of the cluster, and whether the witness answers this node.
    async fn ha(&mut self, config: &Config) {
        let ha = &config.ha;
        let (Some(cert), Some(private)) = (&ha.tls_cert, &ha.tls_key) else { return };
        match Papers::of(ha).examine() {
            Ok(()) => self.add(Verdict::Ok, "ha.tls_cert", &cert.display().to_string(), "使えます"),
            Err(error) => {
                let value = error.path.display().to_string();
                self.add(Verdict::Wrong, &format!("ha.{}", error.key), &value, &error.why);
                return;
            }
        }
        self.private("ha.tls_key", private);
        let (Some(client), Some(witness)) = (Client::of(ha), &ha.witness) else { return };
        match client.look().await {
            Ok(answer) => {
                let (leader, epoch) = (answer.register.leader, answer.register.epoch);
                let found = format!("答えました。主は {leader}（第 {epoch} 代）です");
                self.add(Verdict::Ok, "ha.witness", witness, &found);
            }
            Err(error) => self.add(Verdict::Wrong, "ha.witness", witness, &error.to_string()),
        }
    }

    /// Where commits go: can it be written, is it another disk, is there room.
    fn archive(&mut self, config: &Config) {
        if config.archive.url.is_some() {
            return self.store(config);
        }
        let Some(dir) = &config.archive.dir else {
            let found = "書込みを保管しない設定です。戻せるのはバックアップの時点だけです";
            self.add(Verdict::Warning, "archive.dir", "", found);
            return;
        };
        let value = dir.display().to_string();
        if dir.exists() && !dir.is_dir() {
            self.add(Verdict::Wrong, "archive.dir", &value, "ディレクトリではありません");
            return;
        }
        if !dir.exists() {
            self.add(Verdict::Warning, "archive.dir", &value, "ありません。起動すると作ります");
            return;
        }
        if self.directory("archive.dir", dir) {
            self.private("archive.dir", dir);
        }
        let device = |path: &Path| fs::metadata(path).map(|meta| meta.dev()).ok();
        if device(dir) == device(&config.data_dir) {
            let found = "データと同じディスクです。ディスクが壊れると両方を失います";
            self.add(Verdict::Warning, "archive.dir", &value, found);
        }
        let least = config.archive.min_free_mb;
        if let Ok(free) = archive::free(dir)
            && free >> 20 < least
        {
            let found = format!("空きが {}MB しかありません。書込みは保管されません", free >> 20);
            self.add(Verdict::Wrong, "archive.min_free_mb", &least.to_string(), &found);
        }
    }

    /// The store of the archive: whether it takes a small object, gives it back, lists it and removes it.
    fn store(&mut self, config: &Config) {
        let archive = &config.archive;
        if let Some(file) = &archive.secret_key_file {
            self.private("archive.secret_key_file", file);
        }
        match archive::try_store(archive) {
            Ok(at) => self.add(Verdict::Ok, "archive.url", &at, "書けて、読めて、消せます"),
            Err(error) => {
                self.add(
                    Verdict::Wrong,
                    "archive.url",
                    archive.url.as_deref().unwrap_or_default(),
                    &error.sentence(),
                );
            }
        }
        if archive.encryption == Encryption::Bucket {
            let found = "暗号化をバケットの規則に任せます。規則があることを確かめてください";
            self.add(Verdict::Warning, "archive.encryption", "bucket", found);
        }
    }

    fn city(&mut self, config: &Config, city: &MunicipalityConfig) {
        let key = format!("municipality.{}", city.slug);
        let file = municipalities::file_of(&config.data_dir, &city.code);
        let value = file.display().to_string();
        match Db::examine(&file, &city.code) {
            Ok(found) if found.demo != config.demo => {
                self.add(Verdict::Wrong, &key, &value, "見本（demo）のファイルです");
            }
            Ok(found) if found.version < found.known => {
                let found = format!("版 {}。起動すると {} に上げます", found.version, found.known);
                self.add(Verdict::Ok, &key, &value, &found);
            }
            Ok(found) => self.add(Verdict::Ok, &key, &value, &format!("版 {}、{}", found.version, city.code)),
            Err(error) => self.add(Verdict::Wrong, &key, &value, &error.to_string()),
        }
        if file.exists() {
            self.private(&key, &file);
        }
        if let Some(dir) = &city.bounce_dir {
            self.directory(&format!("{key}.bounce_dir"), dir);
        }
        if city.public_url.is_none() {
            let found = "書かれていません。メールのリンクが待ち受けのアドレスになります";
            self.add(Verdict::Warning, &format!("{key}.public_url"), "", found);
        }
    }
}
