//! One machine without another one, configured like a node of the pair in everything else.

use std::sync::Arc;

use super::citizen::Front;
use super::city::{CODE, city};
use super::machine::Machine;
use super::papers::port;

/// The machine, on. Off when dropped.
pub struct Alone {
    _dir: tempfile::TempDir,
    _machine: Machine,
    pub front: Arc<Front>,
}

impl Alone {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [citizen, staff, ops, nobody] = [(); 4].map(|()| port());
        let text = format!(
            "[mail]\ntransport = \"file\"\n[backup]\nat = \"\"\n\
             [citizen]\nlisten = \"127.0.0.1:{citizen}\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n\
             [staff]\nlisten = \"127.0.0.1:{staff}\"\n[ops]\nlisten = \"127.0.0.1:{ops}\"\n\
             [[municipality]]\ncode = \"{CODE}\"\nslug = \"mihon\"\nname = \"見本市\"\n\
             mail_from = \"yoyaku@mihon.example.jp\"\npublic_url = \"http://yoyaku.mihon.example/mihon/\"\n"
        );
        std::fs::write(dir.path().join("config.toml"), text).unwrap();
        let machine = Machine::new(dir.path(), "serve");
        city().await.copy_to(&dir.path().join("data"));
        machine.start();
        let way = |port: u16| format!("http://127.0.0.1:{port}");
        // Nobody listens at the second address.
        let front = Front::before(vec![(way(citizen), way(ops)), (way(nobody), way(nobody))]);
        while front.leader().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Self { _dir: dir, _machine: machine, front }
    }
}
