//! What every measured city has: its configuration, and a clerk.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use madoguchi::accounts::{NewStaff, PasswordHash};
use madoguchi::config::{Config, LegacyPaths, Listener, MunicipalityConfig};
use madoguchi::db::Actor;

/// The city's code.
pub const CODE: &str = "999999";

/// Who makes it.
pub const ACTOR: Actor = Actor::System { job: "bench" };

/// The password of the clerk.
pub const PASSWORD: &str = "ひばり tonbo 88";

/// One city on free ports, behind a proxy that names the visitor.
pub fn config(data_dir: PathBuf) -> Config {
    let mut config = Config::of_the_house(data_dir);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let behind_proxy =
        Listener { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Listener::plain(any) };
    (config.citizen, config.staff, config.ops) = (behind_proxy.clone(), behind_proxy, Listener::plain(any));
    config.demo = true;
    config.municipalities = vec![MunicipalityConfig {
        code: CODE.to_owned(),
        slug: "mihon".to_owned(),
        name: "見本市".to_owned(),
        hosts: Vec::new(),
        base_path: None,
        legacy_paths: LegacyPaths::default(),
        public_url: None,
        mail_from: "yoyaku@mihon.example".to_owned(),
        mail_bounce: None,
        bounce_dir: None,
    }];
    config
}

/// Somebody who may do most things.
pub fn clerk(hash: &PasswordHash) -> NewStaff {
    person("clerk", "manager", hash)
}

/// Somebody of this role.
pub fn person(user: &str, role: &str, hash: &PasswordHash) -> NewStaff {
    NewStaff {
        user: user.to_owned(),
        name: "山田 花子".to_owned(),
        role: role.to_owned(),
        password: hash.clone(),
        must_change: false,
        home: None,
    }
}
