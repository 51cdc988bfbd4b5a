//! The city that is rushed at: the running program over real ports, with a mail server that takes its time.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use madoguchi::accounts::{self, Password};
use madoguchi::app::App;
use madoguchi::base::{BirthDate, Chance, Clock, NoticeId};
use madoguchi::cards::{self, AddError, NewCard};
use madoguchi::cli::demo::{Invented, shape};
use madoguchi::config::{Config, LimitsConfig};
use madoguchi::db::{Fault, Lane, WriteTx};
use madoguchi::municipalities::{self, Municipality};

pub use crate::house::PASSWORD;
use crate::house::{self, ACTOR, CODE, clerk};

/// The running program.
pub struct City {
    app: App,
    /// The city's file, for what a citizen reads in their mail.
    pub open: Arc<Municipality>,
    /// The citizens' side.
    pub citizen: SocketAddr,
    /// The staff side.
    pub staff: SocketAddr,
    _post: TcpListener,
    _dir: tempfile::TempDir,
}

impl City {
    /// A city with so many cards that can be booked, and a clerk.
    pub async fn open(cards: usize) -> Self {
        Self::open_with(cards, false).await
    }

    /// The same, whose commits are archived beside its data, or not.
    pub async fn open_with(cards: usize, archive: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // It takes connections and says nothing, so that letters wait and their links can be read.
        let post = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut config = config(dir.path().join("data"), post.local_addr().unwrap());
        config.archive.dir = archive.then(|| dir.path().join("archive"));
        let (clock, chance) = (Clock::system(), Chance::system());
        municipalities::create(&config.data_dir, CODE, true, (&clock, &chance), ACTOR).await.unwrap();
        let app = App::start(&config, &clock, &chance).unwrap();
        let registry = app.registry();
        let city = registry.open(&registry.profiles()[0]).await.unwrap();
        let from = clock.now().day().minus(400);
        city.db.write(ACTOR, move |tx| shape(tx, &Invented::load().unwrap(), from)).await.unwrap();
        for first in (0..cards).step_by(500) {
            let last = (first + 500).min(cards);
            city.db.write(ACTOR, move |tx| register(tx, first, last)).await.unwrap();
        }
        let hash = Password::hash(&PASSWORD.to_owned().into(), &chance).unwrap();
        city.db.write(ACTOR, move |tx| accounts::add(tx, &clerk(&hash))).await.unwrap();
        let (citizen, staff) = (app.addresses().citizen, app.addresses().staff);
        Self { app, open: city, citizen, staff, _post: post, _dir: dir }
    }

    /// Stops the program.
    pub async fn close(self) {
        self.app.stop().await;
    }

    /// Seats that were sold beyond what a slot has, and citizens with two live bookings.
    pub async fn oversold(&self) -> (i64, i64) {
        let read = |tx: &madoguchi::db::ReadTx<'_>| {
            let mut beyond = 0;
            for place in madoguchi::calendar::locations(tx)? {
                let days = madoguchi::booking::month_load(tx, place.id, tx.today(), tx.today().plus(90))?;
                let loads = days.into_values().flatten();
                beyond += loads
                    .map(|load| i64::from(load.taken) - i64::from(load.slot.capacity))
                    .filter(|n| *n > 0)
                    .sum::<i64>();
            }
            let twice = tx.one(
                "SELECT count(*) AS n FROM (SELECT person_key FROM booking_member WHERE live = 1
                 GROUP BY person_key HAVING count(*) > 1)",
                [],
                |row| row.get("n"),
            )?;
            Ok::<(i64, i64), Fault>((beyond, twice))
        };
        self.open.db.read(Lane::Staff, read).await.unwrap()
    }
}

/// The notice ID of the `n`th card, as it stands on the notice.
pub fn notice(n: usize) -> String {
    format!("A13-{n:06}")
}

fn register(tx: &WriteTx<'_>, first: usize, last: usize) -> Result<(), AddError> {
    let birth = BirthDate::parse("1990-04-13").unwrap();
    for n in first..last {
        let id = NoticeId::from_norm(format!("A13{n:06}"));
        cards::add(tx, &NewCard::notified(id, &format!("見本 {n}"), "", birth))?;
    }
    Ok(())
}

fn config(data_dir: std::path::PathBuf, post: SocketAddr) -> Config {
    let mut config = house::config(data_dir);
    config.mail.host = post.ip().to_string();
    config.mail.port = post.port();
    config.limits = LimitsConfig { network_failures: 1_000_000, ..LimitsConfig::default() };
    config
}
